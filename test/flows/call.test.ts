// A call as its two users see it: by keys and by rotary dial, to the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { reallyHeard } from "../../host/sound/listen.ts";
import { BUILDS, VirtualBox } from "../support/virtual-box.ts";
import { voice1, voice2 } from "../support/voices.ts";

/** What is on its way when the last word is said. */
const LAST_WORDS = 400;

/** Both speak at once; each has to hear the other, and not itself. */
async function talk(virtual: VirtualBox, one: number, other: number): Promise<void> {
  const [first, second] = [virtual.phone(one), virtual.phone(other)];
  await virtual.run(Promise.all([first.play(voice1), second.play(voice2)]));
  await virtual.pass(LAST_WORDS);
  for (const [ear, said, own] of [
    [first, voice2, voice1],
    [second, voice1, voice2],
  ] as const) {
    const verdict = reallyHeard(ear.heard.samples(), said);
    assert.ok(verdict.heard, `${ear.name}: ${verdict.reason}`);
    assert.equal(reallyHeard(ear.heard.samples(), own).heard, false, `${ear.name} hears itself`);
  }
}

/** `left` has been hung up on: its current drops once, then congestion tone, and hung up it is as new. */
async function isLeft(virtual: VirtualBox, left: number): Promise<void> {
  const phone = virtual.phone(left);
  await virtual.run(phone.waitForCurrentDrop(5000));
  await virtual.hears(left, "congestion");
  const [drop, ...more] = phone.currentDrops;
  assert.equal(Math.round(drop!.to - drop!.from), 500);
  assert.deepEqual(more, [], "the current drops once");
  phone.hang();
  virtual.until(() => virtual.state(left) === "idle", 2000, `phone ${left} on-hook`);
}

for (const build of BUILDS) {
  for (const mode of ["dtmf", "pulse"] as const) {
    const how = mode === "dtmf" ? "with keys" : "with a rotary dial";

    test(`phone 1 dials phone 2 ${how}, hears it ring, both hear each other; the caller hangs up (${build})`, async () => {
      const virtual = await VirtualBox.startRegistered({ build, seed: 11 });
      virtual.phone(1).mode = mode;
      await virtual.call(1, "102");
      await virtual.rings(2);
      await virtual.hears(1, "ringback");
      virtual.phone(2).lift();
      virtual.until(() => virtual.isTalking(1) && virtual.isTalking(2), 500, "the answer");
      assert.ok(!virtual.phone(2).isRinging);
      await talk(virtual, 1, 2);

      virtual.phone(1).hang();
      await isLeft(virtual, 2);
      assert.equal(virtual.state(1), "idle");
      virtual.clock.advance(100_000);
      assert.deepEqual(virtual.leftOver(), []);
    });
  }

  test(`the called hangs up: the caller's current drops, then it hears congestion tone (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 12 });
    await virtual.connect(1, 2);
    await virtual.pass(500);
    virtual.phone(2).hang();
    await isLeft(virtual, 1);
    virtual.clock.advance(100_000);
    assert.deepEqual(virtual.leftOver(), []);
  });

  test(`600 says back what it hears, and is free for the next caller at once (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 13 });
    for (const [line, mode, voice] of [
      [1, "dtmf", voice1],
      [2, "pulse", voice2],
    ] as const) {
      const phone = virtual.phone(line);
      phone.mode = mode;
      await virtual.call(line, "600");
      virtual.until(() => virtual.isTalking(line), 5000, "the echo test's answer");
      await virtual.run(phone.play(voice));
      await virtual.pass(LAST_WORDS);
      const verdict = reallyHeard(phone.heard.samples(), voice);
      assert.ok(verdict.heard, verdict.reason);
      phone.hang();
      virtual.until(() => virtual.state(3) === "idle" && virtual.state(line) === "idle", 5000, "both on-hook");
    }
    virtual.clock.advance(100_000);
    assert.deepEqual(virtual.leftOver(), []);
  });
}

test("an idle phone rings at 20 Hz, two seconds on and four off, while the caller hears the same pace", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 14 });
  await virtual.call(1, "102");
  await virtual.rings(2);
  await virtual.hears(1, "ringback");
  await virtual.pass(14_000);
  const { bell } = virtual.phone(2);
  assert.deepEqual(bell.cadence.map((length) => Math.round(length)).slice(0, 5), [2000, 4000, 2000, 4000, 2000]);
  assert.ok(bell.bursts.every(({ frequency }) => frequency === 20));
  await virtual.stop();
});

test("two calls at once do not hear each other", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 15, phones: 4 });
  await virtual.connect(1, 2);
  await virtual.connect(3, 4);
  const third = virtual.run(virtual.phone(3).play(voice1));
  await talk(virtual, 1, 2);
  await third;
  await virtual.pass(LAST_WORDS);
  const silence = virtual.phone(3).heard.samples(voice1.length);
  assert.equal(reallyHeard(virtual.phone(4).heard.samples(), voice1).heard, true);
  assert.equal(reallyHeard(silence, voice1).heard, false);
  assert.equal(reallyHeard(silence, voice2).heard, false);
  for (const line of [1, 2, 3, 4]) virtual.phone(line).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
});

test("both hang up at the same moment: nothing is left of the call", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 16 });
  for (let apart = 0; apart <= 40; apart += 4) {
    await virtual.connect(1, 2);
    await virtual.pass(300);
    virtual.phone(1).hang();
    await virtual.pass(apart);
    virtual.phone(2).hang();
    virtual.until(
      () => virtual.state(1) === "idle" && virtual.state(2) === "idle",
      3000,
      `both on-hook, ${apart} ms apart`,
    );
    await virtual.pass(1000);
    assert.equal(virtual.inUse()["adapter sessionsUsed"], 0, `${apart} ms apart`);
  }
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
});

test("a bad wire is heard, and yet each understands the other", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 17 });
  await virtual.connect(1, 2);
  virtual.network.wire = { delay: 30, jitter: 20, loss: 0.01, duplicates: 0.02, reordering: 0.03, heldFor: 80 };
  await talk(virtual, 1, 2);
  const { lost, overtaken } = virtual.network.counts;
  assert.ok(lost > 0 && overtaken > 0, JSON.stringify(virtual.network.counts));
  for (const line of [1, 2]) virtual.phone(line).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
});
