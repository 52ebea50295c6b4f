// Calls that are handed on: RFC 5589 between the lines of a box and their server, as the people at the phones hear it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { reallyHeard } from "../../host/sound/listen.ts";
import { BUILDS, VirtualBox } from "../support/virtual-box.ts";
import { voice1, voice2 } from "../support/voices.ts";

const LATER = 150_000;

/** Requests and responses, in their order, each once: `REFER`, `202`. */
function watch(virtual: VirtualBox): string[] {
  const seen: string[] = [];
  virtual.box.onSip(({ summary }) => {
    seen.push(summary.split(" ")[0]!);
  });
  return seen;
}

/** Two phones talk, and each hears the other. */
async function hearEachOther(virtual: VirtualBox, one: number, other: number): Promise<void> {
  virtual.until(() => virtual.isTalking(one) && virtual.isTalking(other), 5000, "the answer");
  await virtual.pass(300);
  await virtual.run(Promise.all([virtual.phone(one).play(voice1), virtual.phone(other).play(voice2)]));
  await virtual.pass(400);
  for (const [ear, said] of [
    [one, voice2],
    [other, voice1],
  ] as const) {
    const verdict = reallyHeard(virtual.phone(ear).heard.samples(), said);
    assert.ok(verdict.heard, `phone ${ear}: ${verdict.reason}`);
  }
}

function isOver(virtual: VirtualBox, phones: number): void {
  for (let line = 1; line <= phones; line++) virtual.phone(line).hang();
  virtual.clock.advance(LATER);
  assert.deepEqual(virtual.leftOver(), []);
  assert.ok(virtual.areAllRegistered);
}

for (const build of BUILDS) {
  test(`RFC 5589 §6: 101 talks to 102 and sends it to 103, which answers: 102 talks to 103, 101 is free (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, phones: 3, seed: 501 });
    await virtual.connect(1, 2);
    const seen = watch(virtual);
    virtual.box.orderLine(1, "transfer", "103");
    await virtual.rings(3);
    await virtual.hears(2, "ringback");
    assert.ok(seen.includes("REFER") && seen.includes("202") && seen.includes("NOTIFY"));
    virtual.phone(3).lift();
    await virtual.run(virtual.phone(1).waitForCurrentDrop(5000));
    await hearEachOther(virtual, 2, 3);
    assert.deepEqual(
      virtual.reported(1, Report.TransferProgress).map(({ value }) => value),
      [100, 180],
    );
    assert.equal(virtual.reported(1, Report.Transferred).length, 1);
    assert.deepEqual(
      virtual.reported(2, Report.Referred).map(({ text }) => text),
      ["103"],
    );
    isOver(virtual, 3);
  });

  test(`RFC 5589 §6.2: 103 is busy: 101 and 102 talk on (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, phones: 3, seed: 502 });
    await virtual.connect(1, 2);
    virtual.phone(3).lift();
    await virtual.pass(500);
    virtual.box.orderLine(2, "transfer", "103");
    virtual.until(() => virtual.reported(2, Report.TransferFailed).length === 1, 5000, "the end of the transfer");
    assert.equal(virtual.reported(2, Report.TransferFailed)[0]?.value, 486);
    await hearEachOther(virtual, 1, 2);
    isOver(virtual, 3);
  });

  test(`101 hangs up as soon as it has sent 102 to 103: the two find each other (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, phones: 3, seed: 503 });
    await virtual.connect(1, 2);
    virtual.box.orderLine(1, "transfer", "103");
    virtual.phone(1).hang();
    await virtual.rings(3);
    virtual.phone(3).lift();
    await hearEachOther(virtual, 2, 3);
    isOver(virtual, 3);
  });

  test(`102 hangs up while 103 rings: nobody is left with a call (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, phones: 3, seed: 504 });
    await virtual.connect(1, 2);
    virtual.box.orderLine(1, "transfer", "103");
    await virtual.rings(3);
    virtual.phone(2).hang();
    virtual.until(() => virtual.state(3) === "idle", 3000, "the end of the ringing");
    virtual.until(() => !virtual.isTalking(1), 3000, "the end of the first call");
    isOver(virtual, 3);
  });

  test(`RFC 5589 §7: 101 talks to 102, 103 to 104; 101 and 103 are connected away: 102 talks to 104 (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, phones: 4, seed: 505 });
    await virtual.connect(1, 2);
    await virtual.connect(3, 4);
    virtual.box.orderLine(1, "connect", "3");
    virtual.until(() => !virtual.isTalking(1) && !virtual.isTalking(3), 5000, "the connection");
    await hearEachOther(virtual, 2, 4);
    assert.equal(virtual.reported(4, Report.CallReplaced).length, 1);
    assert.equal(virtual.reported(4, Report.CallIncoming).length, 1, "104 did not ring once more");
    isOver(virtual, 4);
  });
}

test("a call that nobody talks in cannot be transferred, and the console says so", async () => {
  const virtual = await VirtualBox.startRegistered({ phones: 2, seed: 506 });
  assert.throws(() => virtual.box.orderLine(1, "transfer", "102"), /line 1 is not in a call that is answered/);
  await virtual.call(1, "102");
  await virtual.rings(2);
  assert.throws(() => virtual.box.orderLine(1, "transfer", "103"), /line 1 is not in a call that is answered/);
  isOver(virtual, 2);
});

test("a number that nobody has: the transfer fails with 404, the call goes on", async () => {
  const virtual = await VirtualBox.startRegistered({ phones: 2, seed: 507 });
  await virtual.connect(1, 2);
  virtual.box.orderLine(1, "transfer", "199");
  virtual.until(() => virtual.reported(1, Report.TransferFailed).length === 1, 5000, "the end of the transfer");
  assert.equal(virtual.reported(1, Report.TransferFailed)[0]?.value, 404);
  await hearEachOther(virtual, 1, 2);
  isOver(virtual, 2);
});
