// A line circuit at its pins: what the pins do when the line rings, and what is made of the hook pin's edges, on virtual time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LineReport, type LineReportKind, packOrder, ReportQueue } from "../../host/gpio/report-queue.ts";
import { type SlicCard, SlicLine } from "../../host/gpio/slic-line.ts";
import { LINE_CIRCUIT } from "../support/copper.ts";

const IDLE = { isRinging: false, frequency: 20, isReversed: false, isFed: true };
const NAMES = ["open", "closed", "lost"];

interface Change {
  at: number;
  pin: "RM" | "F/R" | "PD" | "PWM";
  value: number;
}

class Bench {
  now = 0;
  isHookHigh: boolean;
  isFull = false;
  /** How long the thread is held up while it looks at the pin. */
  lookTakes = 0;
  readonly changes: Change[] = [];
  readonly told: string[] = [];
  readonly levels = { RM: -1, "F/R": -1, PD: 1, PWM: 0 };
  readonly line: SlicLine;
  #sequence = 0;

  constructor(card: Partial<SlicCard> = {}, hasPwm = false) {
    const all = { ...LINE_CIRCUIT, ...card };
    this.isHookHigh = all.offHookLevel === "low";
    const pins = {
      isHookHigh: () => this.isHookHigh,
      setRingMode: (isHigh: boolean) => this.#set("RM", isHigh ? 1 : 0),
      setForwardReverse: (isHigh: boolean) => this.#set("F/R", isHigh ? 1 : 0),
      setPowerDown: (isLow: boolean) => this.#set("PD", isLow ? 0 : 1),
      ...(hasPwm ? { toggleForwardReverse: (frequency: number) => this.#set("PWM", frequency) } : {}),
    };
    this.line = new SlicLine(
      all,
      pins,
      (kind, at) => {
        if (this.isFull) return false;
        this.told.push(`${NAMES[kind]} ${at}`);
        return true;
      },
      () => this.now + this.lookTakes,
    );
  }

  #set(pin: Change["pin"], value: number): void {
    if (this.levels[pin] === value) return;
    this.levels[pin] = value;
    this.changes.push({ at: this.now, pin, value });
  }

  pass(until: number): void {
    for (; this.line.nextTimeout <= until; this.line.handleTimeout(this.now))
      this.now = Math.max(this.now, this.line.nextTimeout);
    this.now = until;
  }

  order(order: Partial<typeof IDLE>, at: number): void {
    this.pass(at);
    this.line.handleOrder(packOrder({ ...IDLE, ...order }), at);
  }

  edge(isHigh: boolean, at: number, lost = 0): void {
    this.pass(at);
    this.isHookHigh = isHigh;
    this.#sequence += 1 + lost;
    this.line.handleEdge(isHigh, at, this.#sequence);
  }

  times(pin: Change["pin"], value: number): number[] {
    return this.changes.filter((change) => change.pin === pin && change.value === value).map(({ at }) => at);
  }
}

test("ringing: RM active, F/R toggles at 20 Hz from the first moment on; afterwards both at rest at once", () => {
  const bench = new Bench();
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
    const bench = new Bench();
    bench.order({ isRinging: true, frequency: asked }, 1000);
    bench.pass(2999);
    assert.equal(bench.times("F/R", 0).length, got * 2, `${asked} Hz`);
  }
});

test("levels of a card with everything the other way round", () => {
  const bench = new Bench({ ringingLevel: "low", forwardLevel: "low", offHookLevel: "low" });
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
    const bench = new Bench();
    bench.order({ isRinging: true }, 500);
    bench.edge(true, at);
    assert.deepEqual([bench.levels.RM, bench.levels["F/R"]], [0, 1], `lifted at ${at}`);
    assert.deepEqual(bench.told, [`closed ${at}`]);
    bench.pass(5000);
    assert.equal(bench.times("RM", 1).length, 1, "it does not ring at an ear");
  }
});

test("a handset that was only knocked rings on once it has lain still for 100 ms; one in a hand never", () => {
  const bench = new Bench();
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
  const bench = new Bench();
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

  const forever = new Bench();
  forever.order({ isRinging: true }, 1000);
  forever.pass(601_000);
  const starts = forever.times("RM", 1);
  const ends = forever.times("RM", 0).slice(1);
  const active = ends.reduce((sum, at, index) => sum + at - starts[index]!, 0);
  assert.ok(active / 600_000 > 0.3 && active / 600_000 <= 0.335, `${active} ms of 600 s`);
  assert.ok(ends.every((at, index) => Math.round(at - starts[index]!) <= 3000));
});

test("polarity turns F/R round, also for after the ringing; without current nothing is told until there is some again", () => {
  const bench = new Bench();
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
  const bench = new Bench({}, true);
  bench.order({ isRinging: true, frequency: 25 }, 100);
  bench.pass(1000);
  assert.deepEqual(bench.changes.slice(2), [
    { at: 100, pin: "RM", value: 1 },
    { at: 100, pin: "PWM", value: 25 },
  ]);
});

test("a gap in the kernel's count is told as a loss, at the edges on both sides of it, before the later one", () => {
  const bench = new Bench();
  bench.edge(true, 1000);
  bench.edge(true, 1100, 1);
  bench.edge(false, 1200, 2);
  bench.edge(true, 1300);
  const lost = ["lost 1000", "lost 1100", "lost 1100", "lost 1200"];
  assert.deepEqual(bench.told, ["closed 1000", ...lost, "open 1200", "closed 1300"]);
});

test("the count goes on from 4294967295 to 0", () => {
  const bench = new Bench();
  bench.line.handleEdge(true, 10, 1);
  bench.line.handleEdge(false, 20, 0xffffffff);
  bench.line.handleEdge(true, 30, 0);
  assert.deepEqual(bench.told, ["closed 10", "lost 10", "lost 20", "open 20", "closed 30"]);
});

test("an edge to the level that was there is a spike, which takes nothing from a digit", () => {
  const bench = new Bench();
  bench.edge(true, 1000);
  bench.edge(true, 1003);
  bench.edge(false, 2000);
  bench.edge(false, 2020);
  bench.edge(true, 2060);
  bench.edge(true, 2090);
  bench.pass(3000);
  assert.deepEqual(bench.told, ["closed 1000", "open 2000", "closed 2060"]);
});

test("the first thing after a silence that leaves the pin as it was may be half of a break", () => {
  for (const spike of [true, false]) {
    const bench = new Bench();
    bench.edge(true, 1000);
    bench.edge(spike, 2000);
    bench.edge(true, 2001);
    bench.pass(3000);
    assert.equal(bench.told.at(-1), "lost 2000");
  }
});

test("a break of 16 ms whose first edge never came does not pass unseen", () => {
  for (let early = 0; early < 10; early += 0.5) {
    const bench = new Bench();
    bench.edge(true, 1000);
    bench.pass(1100 + early);
    bench.isHookHigh = false;
    // all that comes is the second one, or a spike before it as well
    if (early % 1 === 0) bench.edge(false, 1116 + early);
    bench.edge(true, 1116 + early);
    assert.ok(bench.told.includes("lost 1000"), `${early}: ${bench.told}`);
  }
});

test("a pin that changed without an edge is found by looking", () => {
  const bench = new Bench();
  bench.isHookHigh = true;
  bench.pass(50);
  assert.deepEqual(
    bench.told.map((text) => text.split(" ")[0]),
    ["lost", "closed"],
    "lifted before the start",
  );
  bench.edge(false, 5000);
  bench.edge(true, 5001);
  bench.isHookHigh = false;
  bench.pass(5100);
  assert.deepEqual(bench.told.slice(-3), ["lost 5001", "lost 5011", "open 5011"]);
  bench.pass(7000);
  bench.isHookHigh = true;
  const from = bench.told.length;
  bench.pass(8000);
  assert.deepEqual(
    bench.told.slice(from).map((text) => text.split(" ")[0]),
    ["lost", "lost", "closed"],
  );
});

test("an edge that is still on its way is not missing", () => {
  const bench = new Bench();
  bench.edge(true, 1000);
  bench.edge(false, 1060);
  bench.edge(true, 1100);
  bench.pass(1109);
  bench.isHookHigh = false;
  bench.pass(1110.5);
  bench.line.handleEdge(false, 1110, 4);
  bench.pass(3000);
  assert.deepEqual(bench.told.slice(-2), ["closed 1100", "open 1110"]);
});

test("a thread that is held up just when it looks at the pin takes no edge for a missing one", () => {
  const bench = new Bench();
  bench.edge(true, 1000);
  bench.edge(false, 1060);
  bench.edge(true, 1100);
  bench.pass(1109);
  bench.lookTakes = 5;
  bench.isHookHigh = false;
  bench.pass(1110);
  bench.lookTakes = 0;
  bench.line.handleEdge(false, 1114, 4);
  bench.pass(3000);
  assert.deepEqual(bench.told.slice(-2), ["closed 1100", "open 1114"]);
});

test("reports that found no room are made good for: a loss, and how the loop is", () => {
  const bench = new Bench();
  bench.edge(true, 1000);
  bench.isFull = true;
  bench.edge(false, 2000);
  bench.edge(true, 2100);
  bench.edge(false, 2200);
  bench.pass(3000);
  bench.isFull = false;
  bench.pass(4000);
  assert.deepEqual(
    bench.told.map((text) => text.split(" ")[0]),
    ["closed", "lost", "open"],
  );
});

test("the queue between the threads: in order, all or refused, one announcement until it is emptied", () => {
  const queue = new ReportQueue();
  const reader = new ReportQueue(queue.memory);
  const seen: [number, LineReportKind, number][] = [];
  const take = () => reader.take((...report) => seen.push(report));
  assert.ok(!queue.announces());
  for (let round = 0; round < 3; round++) {
    seen.length = 0;
    let put = 0;
    while (queue.put(put & 7, (put % 3) as LineReportKind, put / 7)) put++;
    assert.equal(put, 1024);
    assert.ok(queue.announces() && !queue.announces());
    take();
    assert.deepEqual(
      seen,
      Array.from({ length: put }, (_, index) => [index & 7, index % 3, index / 7]),
    );
    assert.ok(reader.isEmpty && !queue.announces());
  }
  queue.put(5, LineReport.Lost, 1);
  assert.ok(queue.announces());
});
