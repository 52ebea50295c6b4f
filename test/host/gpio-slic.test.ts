// A line circuit at its pins: what the pins do when the line rings, on virtual time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SlicBench } from "../support/slic-bench.ts";

test("ringing: RM active, F/R toggles at 20 Hz from the first moment on; afterwards both at rest at once", () => {
  const bench = new SlicBench();
  assert.deepEqual(bench.levels, { RM: 0, "F/R": 1, PD: 1, PWM: 0 });
  bench.order({ isRinging: true }, 1000);
  assert.equal(bench.levels.RM, 1);
  bench.order({}, 2999);
  assert.deepEqual(bench.levels, { RM: 0, "F/R": 1, PD: 1, PWM: 0 });
  const reversals = bench.times("F/R", 0);
  assert.deepEqual(
    reversals,
    Array.from({ length: 40 }, (_, cycle) => 1000 + cycle * 50),
  );
  assert.deepEqual(bench.times("RM", 1), [1000]);
  assert.deepEqual(bench.times("RM", 0).slice(1), [2999]);
  const changes = bench.changes.length;
  bench.pass(10_000);
  assert.equal(bench.changes.length, changes, "a line at rest is at rest");
});

test("the card's frequencies bound the country's", () => {
  for (const [asked, got] of [
    [17, 20],
    [20, 20],
    [25, 25],
    [50, 25],
  ] as const) {
    const bench = new SlicBench();
    bench.order({ isRinging: true, frequency: asked }, 1000);
    bench.pass(2999);
    assert.equal(bench.times("F/R", 0).length, got * 2, `${asked} Hz`);
  }
});

test("levels of a card with everything the other way round", () => {
  const bench = new SlicBench({ ringingLevel: "low", forwardLevel: "low", offHookLevel: "low" });
  assert.equal(bench.levels.RM, 1);
  assert.equal(bench.levels["F/R"], 0);
  bench.order({ isRinging: true }, 100);
  assert.equal(bench.levels.RM, 0);
  bench.edge(false, 200);
  assert.equal(bench.levels.RM, 1);
  assert.deepEqual(bench.told, ["closed 200"]);
});

test("a lifted handset stops the ringing before anybody knows, with F/R at rest in the same moment", () => {
  for (let at = 1000; at <= 1060; at += 7) {
    const bench = new SlicBench();
    bench.order({ isRinging: true }, 500);
    bench.edge(true, at);
    assert.deepEqual([bench.levels.RM, bench.levels["F/R"]], [0, 1], `lifted at ${at}`);
    assert.deepEqual(bench.told, [`closed ${at}`]);
    bench.pass(5000);
    assert.equal(bench.times("RM", 1).length, 1, "it does not ring at an ear");
  }
});

test("a lifted handset stops the ringing within a cycle even if its edge is lost, by PWM as well", () => {
  for (const hasPwm of [false, true])
    for (let at = 2000; at < 2050; at += 3) {
      const bench = new SlicBench({}, hasPwm);
      bench.order({ isRinging: true }, 1500);
      bench.pass(at);
      bench.isHookHigh = true;
      bench.pass(at + 50);
      assert.equal(bench.levels.RM, 0, `lifted at ${at}`);
      assert.match(bench.told.at(-1) as string, /^closed/);
    }
});

test("a handset that was only knocked rings on once it has lain still for 100 ms; one in a hand never", () => {
  const bench = new SlicBench();
  bench.order({ isRinging: true }, 1000);
  bench.edge(true, 1500);
  bench.edge(false, 1504);
  bench.edge(true, 1510);
  bench.edge(false, 1520);
  bench.pass(2500);
  assert.deepEqual(bench.times("RM", 1), [1000, 1620]);
  bench.order({}, 2500);
  bench.edge(true, 4000);
  bench.order({ isRinging: true }, 5000);
  bench.pass(6000);
  assert.equal(bench.levels.RM, 0, "nobody rings a lifted handset");
});

test("RM is active for 33 % of the time at most, and 2 s of ringing in 6 s are let through", () => {
  const bench = new SlicBench();
  for (let ring = 0; ring < 50; ring++) {
    bench.order({ isRinging: true }, 1000 + ring * 6000);
    bench.order({}, 3000 + ring * 6000);
  }
  const on = bench.times("RM", 1);
  const off = bench.times("RM", 0).slice(1);
  const lengths = on.map((at, index) => off[index]! - at);
  assert.equal(on.length, 50);
  assert.ok(
    lengths.slice(0, 20).every((length) => length === 2000),
    `${lengths}`,
  );
  assert.ok(
    lengths.every((length) => length > 1950),
    `${lengths}`,
  );

  const forever = new SlicBench();
  forever.order({ isRinging: true }, 1000);
  forever.pass(601_000);
  const starts = forever.times("RM", 1);
  const ends = forever.times("RM", 0).slice(1);
  const active = ends.reduce((sum, at, index) => sum + at - starts[index]!, 0);
  assert.ok(active / 600_000 > 0.3 && active / 600_000 <= 0.335, `${active} ms of 600 s`);
  assert.ok(ends.every((at, index) => Math.round(at - starts[index]!) <= 3000));
});

test("polarity turns F/R round, also for after the ringing; without current nothing is told until there is some again", () => {
  const bench = new SlicBench();
  bench.order({ isReversed: true }, 100);
  assert.equal(bench.levels["F/R"], 0);
  bench.order({ isReversed: true, isRinging: true }, 200);
  bench.order({ isRinging: true }, 420);
  bench.order({}, 460);
  assert.equal(bench.levels["F/R"], 1);
  bench.edge(true, 1000);
  bench.order({ isFed: false }, 2000);
  assert.equal(bench.levels.PD, 0, "PD is pulled low");
  bench.edge(false, 2003);
  bench.edge(true, 2300);
  bench.edge(false, 2310);
  bench.order({}, 2400);
  assert.equal(bench.levels.PD, 1, "PD is let go of");
  bench.order({ isRinging: true, isFed: false }, 2500);
  bench.pass(3000);
  assert.equal(bench.levels.RM, 0);
  assert.deepEqual(bench.told, ["closed 1000", "open 2400"]);
});

test("a pin with PWM toggles by itself", () => {
  const bench = new SlicBench({}, true);
  bench.order({ isRinging: true, frequency: 25 }, 100);
  bench.pass(1000);
  assert.deepEqual(bench.changes.slice(2), [
    { at: 100, pin: "RM", value: 1 },
    { at: 100, pin: "PWM", value: 25 },
  ]);
});
