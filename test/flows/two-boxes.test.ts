// Two adapters at one server: what one core may have kept to itself in other tests has to cross the network here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { reallyHeard } from "../../host/sound/listen.ts";
import { BUILDS, type Build, VirtualBox } from "../support/virtual-box.ts";
import { BAD_WIRE, GOOD_WIRE } from "../support/virtual-network.ts";
import { voice1, voice2 } from "../support/voices.ts";

async function twoBoxes(build: Build, seed: number): Promise<[VirtualBox, VirtualBox]> {
  const home = await VirtualBox.startRegistered({ build, seed, guests: 2 });
  return [home, await VirtualBox.startRegistered({ build, beside: home })];
}

async function connect(from: VirtualBox, to: VirtualBox, number: string): Promise<void> {
  await from.call(1, number);
  await to.rings(1);
  await from.hears(1, "ringback");
  to.phone(1).lift();
  from.until(() => from.isTalking(1) && to.isTalking(1), 5000, "the answer");
}

function isOver(boxes: readonly VirtualBox[]): void {
  const [home] = boxes as [VirtualBox];
  for (const box of boxes) box.phone(1).hang();
  home.clock.advance(150_000);
  for (const box of boxes) {
    assert.deepEqual(box.leftOver(), []);
    assert.ok(box.areAllRegistered);
  }
}

for (const build of BUILDS) {
  test(`a phone of one box calls one of the other, both ways: each hears the other, either may hang up (${build})`, async () => {
    const boxes = await twoBoxes(build, 131);
    const [home, away] = boxes;
    for (const [from, to, number] of [
      [home, away, "201"],
      [away, home, "101"],
    ] as const) {
      await connect(from, to, number);
      await home.run(Promise.all([from.phone(1).play(voice1), to.phone(1).play(voice2)]));
      await home.pass(400);
      for (const [ear, said] of [
        [from, voice2],
        [to, voice1],
      ] as const) {
        const verdict = reallyHeard(ear.phone(1).heard.samples(), said);
        assert.ok(verdict.heard, verdict.reason);
      }
      to.phone(1).hang();
      await home.run(from.phone(1).waitForCurrentDrop(5000));
      from.phone(1).hang();
      await home.pass(3000);
    }
    isOver(boxes);
  });

  test(`the caller gives up, the called is busy, the called does not answer: across two boxes and a bad wire (${build})`, async () => {
    const boxes = await twoBoxes(build, 132);
    const [home, away] = boxes;
    home.network.wire = BAD_WIRE;
    await home.call(1, "201");
    await away.rings(1);
    home.phone(1).hang();
    home.until(() => home.state(1) === "idle" && away.state(1) === "idle", 40_000, "the end of the ringing");

    await away.lift(1);
    await home.call(1, "201");
    await home.hears(1, "busy");
    for (const box of boxes) box.phone(1).hang();
    await home.pass(3000);

    await away.call(1, "101");
    await home.rings(1);
    await away.hears(1, "congestion", 90_000);
    home.network.wire = GOOD_WIRE;
    isOver(boxes);
  });
}

test("the other box loses its power during a call: the one that is left hears nothing, hangs up, and can call at once", async () => {
  const boxes = await twoBoxes("release", 133);
  const [home, away] = boxes;
  await connect(home, away, "201");
  await home.pass(1000);
  home.network.wire = (from, to) => ({
    ...GOOD_WIRE,
    loss: from.startsWith("127.0.0.2") || to.startsWith("127.0.0.2") ? 1 : 0,
  });
  await home.pass(3000);
  assert.ok(home.isTalking(1));
  home.phone(1).hang();
  home.until(() => home.state(1) === "idle", 3000, "on-hook");
  await home.connect(1, 2);
  home.phone(2).hang();
  home.phone(1).hang();
  home.clock.advance(100_000);
  assert.deepEqual(home.leftOver(), []);

  // calling the one without power: silence, then congestion tone
  await home.call(1, "201");
  await home.hears(1, "congestion", 40_000);
  home.network.wire = GOOD_WIRE;
  isOver(boxes);
});
