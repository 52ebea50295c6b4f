// Two people act at the same moment: whatever comes first, both phones agree on what happened, and nothing is left of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { BUILDS, type Build, VirtualBox } from "../support/virtual-box.ts";

const WIRE = { delay: 5, jitter: 0, loss: 0, duplicates: 0, reordering: 0, heldFor: 0 };

/** Hangs up what is lifted; after that and a second both lines are as new. */
async function settles(virtual: VirtualBox, when: string): Promise<void> {
  for (const line of [1, 2]) virtual.phone(line).hang();
  virtual.until(() => virtual.state(1) === "idle" && virtual.state(2) === "idle", 3000, `both on-hook, ${when}`);
  await virtual.pass(500);
  assert.equal(virtual.inUse()["adapter sessionsUsed"], 0, when);
  assert.ok(!virtual.phone(1).isRinging && !virtual.phone(2).isRinging, when);
}

function isClean(virtual: VirtualBox): void {
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
  const { sent } = virtual.network.traffic("127.0.0.1:5060");
  assert.ok(sent > 0);
  for (const line of [1, 2]) {
    const count = (...kinds: number[]) =>
      virtual.reports.filter((each) => each.line === line && kinds.includes(each.report)).length;
    assert.equal(count(Report.CallStarted, Report.CallIncoming), count(Report.CallEnded, Report.CallFailed));
    assert.equal(count(Report.MediaStarted), count(Report.MediaStopped));
  }
}

test("two phones that call each other both hear busy tone", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 31, wire: WIRE });
  for (let apart = 0; apart <= 60; apart += 20) {
    for (const line of [1, 2]) virtual.phone(line).lift();
    await virtual.pass(1000);
    const first = virtual.phone(1).dial("102");
    await virtual.pass(apart);
    await virtual.run(Promise.all([first, virtual.phone(2).dial("101")]));
    const ears = [virtual.hears(1, "busy"), virtual.hears(2, "busy")];
    await Promise.all(ears);
    await settles(virtual, `${apart} ms apart`);
  }
  isClean(virtual);
});

/** Phone 2 is lifted so many ms after the INVITE left phone 1: for a call of its own, or is it an answer? */
async function glare(build: Build): Promise<Record<string, number>> {
  const virtual = await VirtualBox.startRegistered({ build, seed: 32, wire: WIRE });
  const seen: Record<string, number> = {};
  for (let after = 0; after <= 70; after++) {
    const when = `lifted ${after} ms after the INVITE`;
    const stop = virtual.box.onSip(({ summary }) => {
      if (!summary.startsWith("INVITE")) return;
      stop();
      virtual.clock.setTimeout(() => virtual.phone(2).lift(), after);
    });
    await virtual.call(1, "102");
    await virtual.pass(600);
    const states = `${virtual.state(1)} ${virtual.state(2)}`;
    seen[states] = (seen[states] ?? 0) + 1;
    if (states === "talking talking") assert.ok(virtual.isTalking(1) && virtual.isTalking(2), when);
    else assert.equal(states, "busy dial-tone", when);
    await settles(virtual, when);
  }
  isClean(virtual);
  return seen;
}

/** Phone 1 is on-hook at some moment; phone 2, which rings, is lifted so many ms before or after. */
async function race(build: Build, window: number): Promise<Record<string, number>> {
  const virtual = await VirtualBox.startRegistered({ build, seed: 33, wire: WIRE });
  const seen: Record<string, number> = {};
  // how long the hook takes to tell a hang-up from a flash
  await virtual.call(1, "102");
  await virtual.rings(2);
  virtual.phone(1).hang();
  const from = virtual.clock.now();
  virtual.until(() => virtual.state(1) === "idle", 3000, "on-hook");
  const onHook = virtual.clock.now() - from;
  await settles(virtual, "at first");

  for (let after = -window; after <= window; after++) {
    const when = `lifted ${after} ms after the caller hung up`;
    await virtual.call(1, "102");
    await virtual.rings(2);
    virtual.phone(1).hang();
    virtual.clock.setTimeout(() => virtual.phone(2).lift(), onHook + after);
    await virtual.pass(onHook + window + 700);
    assert.equal(virtual.state(1), "idle", when);
    const state = virtual.state(2);
    seen[state] = (seen[state] ?? 0) + 1;
    assert.ok(state === "dial-tone" || state === "disconnected", `${when}: ${state}`);
    assert.equal(virtual.phone(2).currentDrops.length, state === "disconnected" ? 1 : 0, when);
    await settles(virtual, when);
  }
  isClean(virtual);
  return seen;
}

for (const build of BUILDS) {
  test(`a handset lifted as a call comes in answers it or makes the caller hear busy tone, at every millisecond (${build})`, async () => {
    const seen = await glare(build);
    assert.ok(seen["talking talking"]! > 5 && seen["busy dial-tone"]! > 5, JSON.stringify(seen));
  });

  test(`a handset lifted as the caller hangs up has dial tone or loses the call, at every millisecond (${build})`, async () => {
    const seen = await race(build, 40);
    assert.ok(seen["dial-tone"]! > 5 && seen.disconnected! > 5, JSON.stringify(seen));
  });
}
