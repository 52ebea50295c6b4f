// The wire is slow, or cut, at the worst moment. Both phones get out of it by themselves or by hanging up, and nothing is left over.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BUILDS, VirtualBox } from "../support/virtual-box.ts";
import { GOOD_WIRE, type Wire } from "../support/virtual-network.ts";

const ADAPTER = "127.0.0.1:5070";
const SERVER = "127.0.0.1:5060";
const CUT: Wire = { ...GOOD_WIRE, loss: 1 };
const SLOW: Wire = { ...GOOD_WIRE, delay: 900 };

/** Signalling in one direction goes over `wire`, all else over a good one. */
const only = (from: string, wire: Wire) => (source: string) => (source === from ? wire : GOOD_WIRE);

async function isOver(virtual: VirtualBox, ...lifted: number[]): Promise<void> {
  for (const line of lifted) virtual.phone(line).hang();
  virtual.until(() => [1, 2].every((line) => virtual.state(line) === "idle"), 3000, "both on-hook");
  virtual.network.wire = GOOD_WIRE;
  virtual.clock.advance(200_000);
  assert.deepEqual(virtual.leftOver(), []);
  assert.ok(virtual.areAllRegistered);
  await virtual.connect(1, 2);
  for (const line of [1, 2]) virtual.phone(line).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
}

for (const build of BUILDS) {
  test(`RFC 3261 §15: the called lifts and hangs up before the ACK is there: BYE waits for it (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 81 });
    const sip: string[] = [];
    virtual.box.onSip(({ from, summary }) => sip.push(`${from}: ${summary}`));
    await virtual.call(1, "102");
    await virtual.rings(2);
    virtual.network.wire = SLOW;
    virtual.phone(2).lift();
    await virtual.pass(300);
    virtual.phone(2).hang();
    virtual.until(() => virtual.state(2) === "idle", 3000, "the called on-hook");
    assert.ok(!sip.some((line) => line.includes("BYE")), "no BYE yet");
    await virtual.pass(10_000);
    const [ack, bye] = [
      sip.findIndex((line) => line.includes("ACK 102")),
      sip.findIndex((line) => line.includes("BYE")),
    ];
    assert.ok(bye > ack && sip[bye]!.startsWith("phone2"), sip.join("\n"));
    await isOver(virtual, 1);
  });

  test(`the answer's ACK never arrives: after 32 seconds the called loses the call, the caller can hang up (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 82 });
    await virtual.call(1, "102");
    await virtual.rings(2);
    virtual.phone(2).lift();
    virtual.until(() => virtual.isTalking(2), 1000, "the answer");
    virtual.network.wire = only(ADAPTER, CUT);
    const answered = virtual.clock.now();
    virtual.until(() => virtual.state(2) === "disconnected", 40_000, "the end at the called");
    assert.ok(Math.abs(virtual.clock.now() - answered - 32_000) < 600, `${virtual.clock.now() - answered} ms`);
    virtual.network.wire = GOOD_WIRE;
    await isOver(virtual, 1, 2);
  });

  test(`signalling is cut during a call: they talk on; hung up in the dark, both are free again (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 83 });
    await virtual.connect(1, 2);
    await virtual.pass(500);
    virtual.network.wire = (from) => (from === SERVER || from === ADAPTER ? CUT : GOOD_WIRE);
    await virtual.pass(5000);
    assert.ok(virtual.isTalking(1) && virtual.isTalking(2));
    virtual.phone(1).hang();
    await virtual.pass(40_000);
    assert.equal(virtual.state(1), "idle");
    assert.ok(virtual.isTalking(2), "nobody has told phone 2");
    await isOver(virtual, 2);
  });

  test(`the wire dies while it rings: the called rings no longer than ring_timeout, the caller can give up (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 84, keys: () => "ring_timeout = 10" });
    await virtual.call(1, "102");
    await virtual.rings(2);
    virtual.network.wire = CUT;
    virtual.until(() => virtual.state(2) === "idle", 11_000, "the end of the ringing");
    assert.equal(virtual.state(1), "ringback");
    await isOver(virtual, 1);
  });
}

test("a handset lifted as its phone stops ringing after ring_timeout has dial tone or the call, at every millisecond", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 85, keys: () => "ring_timeout = 5" });
  const seen: Record<string, number> = {};
  for (let early = -5; early <= 25; early++) {
    await virtual.call(1, "102");
    await virtual.rings(2);
    const since = virtual.clock.now() - virtual.phone(2).bell.bursts.at(-1)!.from;
    virtual.clock.setTimeout(() => virtual.phone(2).lift(), 5000 - since - early);
    await virtual.pass(6000);
    const states = `${virtual.state(1)} ${virtual.state(2)}`;
    seen[states] = (seen[states] ?? 0) + 1;
    assert.ok(["talking talking", "congestion dial-tone"].includes(states), `${early} ms early: ${states}`);
    for (const line of [1, 2]) virtual.phone(line).hang();
    virtual.until(
      () => [1, 2].every((line) => virtual.state(line) === "idle"),
      4000,
      `both on-hook, ${early} ms early`,
    );
    await virtual.pass(500);
    assert.equal(virtual.inUse()["adapter sessionsUsed"], 0, `${early} ms early`);
    virtual.phone(2).bell.forget();
  }
  assert.equal(Object.keys(seen).length, 2, JSON.stringify(seen));
  await isOver(virtual);
});

test("eight lines: all of them in four calls at once", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 86, phones: 7 });
  for (const [caller, called] of [
    [1, 2],
    [3, 4],
    [5, 6],
  ] as const)
    await virtual.connect(caller, called);
  await virtual.call(7, "600");
  virtual.until(() => [1, 2, 3, 4, 5, 6, 7, 8].every((line) => virtual.isTalking(line)), 5000, "eight lines in calls");
  await virtual.pass(3000);
  for (let line = 1; line <= 8; line++) {
    const { received, lost, late } = virtual.box.adapter.rtp(line - 1);
    assert.ok(
      received >= 140 && lost === 0 && late === 0,
      `line ${line}: ${received} received, ${lost} lost, ${late} late`,
    );
  }
  for (let line = 1; line <= 7; line++) virtual.phone(line).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
});
