// The simulator's sound clock on virtual time: no drift, no wake-up without a line, and what becomes of a program that was held up.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../host/clock.ts";
import { Pacer } from "../../host/sound/pacer.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

/** A clock whose timers fire later than asked for, as Node's do. */
function lateClock(clock: VirtualClock, lateness: () => number): Clock {
  return {
    now: () => clock.now(),
    wallClock: () => clock.wallClock(),
    setTimeout: (callback, delay) => clock.setTimeout(callback, delay + lateness()),
    clearTimeout: (handle) => clock.clearTimeout(handle),
  };
}

test("a frame comes at once, then every 20 ms, for as long as a line wants it", () => {
  const clock = new VirtualClock();
  clock.advance(7);
  const frames: number[] = [];
  const pacer = new Pacer(clock, (now) => frames.push(now));
  clock.advance(1000);
  assert.equal(clock.pending, 0, "idle, nothing wakes up");
  pacer.start(1);
  clock.advance(100);
  assert.deepEqual(frames, [1007, 1027, 1047, 1067, 1087, 1107]);
  pacer.start(2);
  pacer.stop(1);
  clock.advance(20);
  assert.equal(frames.length, 7, "one beat for all lines");
  assert.deepEqual([pacer.isActive(1), pacer.isActive(2)], [false, true]);
  pacer.stop(2);
  assert.equal(clock.pending, 0);
  clock.advance(1000);
  assert.equal(frames.length, 7);
});

test("timers that are always late do not make the clock slow", () => {
  const clock = new VirtualClock();
  let frames = 0;
  const pacer = new Pacer(
    lateClock(clock, () => 1.6),
    () => frames++,
  );
  pacer.start(1);
  clock.advance(60_010);
  assert.equal(frames, 3001);
  const { p50, p99, max, skipped } = pacer.lateness;
  assert.ok(Math.abs(p50 - 1.6) < 0.021 && Math.abs(p99 - 1.6) < 0.021 && Math.abs(max - 1.6) < 1e-6);
  assert.equal(skipped, 0);
});

test("with an exact sleep the rest of a timer is waited for: no frame is early or late", () => {
  const clock = new VirtualClock();
  const frames: number[] = [];
  let round = 0;
  const pacer = new Pacer(
    lateClock(clock, () => [-0.9, 0, 0.4, 0.9][round++ % 4]!),
    (now) => frames.push(now),
    (duration) => clock.advance(duration),
  );
  clock.advance(50);
  pacer.start(1);
  clock.advance(10_000);
  assert.ok(frames.length >= 500);
  for (const [index, at] of frames.entries()) assert.ok(Math.abs(at - (50 + 20 * index)) < 1e-6 || index === 0);
  assert.ok(pacer.lateness.p99 <= 0.021, `p99 ${pacer.lateness.p99}`);
});

test("held up for 70 ms, the frames owed come at once; held up for longer, four come and the rest is given up", () => {
  const clock = new VirtualClock();
  const frames: number[] = [];
  let stuck = 0;
  const pacer = new Pacer(
    lateClock(clock, () => {
      const late = stuck;
      stuck = 0;
      return late;
    }),
    (now) => frames.push(now),
  );
  pacer.start(1);
  clock.advance(90);
  assert.equal(frames.length, 5);
  stuck = 70;
  clock.advance(20);
  assert.deepEqual(frames.splice(0), [0, 20, 40, 60, 80, 100], "that timer was set before");
  clock.advance(80);
  assert.deepEqual(frames.splice(0), [190, 190, 190, 190], "due at 120, 140, 160, 180");
  stuck = 1000;
  clock.advance(20);
  frames.length = 0;
  clock.advance(1010);
  assert.deepEqual(frames, [1220, 1220, 1220, 1220]);
  assert.equal(pacer.lateness.skipped, 47);
  assert.equal(pacer.lateness.max, 1000);
});

test("a line that stops within a frame stops the beat, one that starts again gets a new one", () => {
  const clock = new VirtualClock();
  const frames: number[] = [];
  const pacer: Pacer = new Pacer(clock, (now) => {
    frames.push(now);
    if (frames.length === 3) pacer.stop(1);
  });
  pacer.start(1);
  clock.advance(500);
  assert.deepEqual(frames, [0, 20, 40]);
  assert.equal(clock.pending, 0);
  pacer.start(1);
  clock.advance(20);
  assert.deepEqual(frames, [0, 20, 40, 500, 520]);
});

test("a line that stops and starts within a frame keeps the beat", () => {
  const clock = new VirtualClock();
  const frames: number[] = [];
  const pacer: Pacer = new Pacer(clock, (now) => {
    frames.push(now);
    pacer.stop(1);
    pacer.start(1);
  });
  pacer.start(1);
  clock.advance(60);
  assert.deepEqual(frames, [0, 20, 40, 60]);
  assert.equal(clock.pending, 1);
});
