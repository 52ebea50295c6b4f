// What is made of the hook pin's edges, of those that are missing too, on virtual time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Patience } from "../../host/gpio/patience.ts";
import { LineReport, type LineReportKind, ReportQueue } from "../../host/gpio/report-queue.ts";
import { SlicBench } from "../support/slic-bench.ts";

test("a gap in the kernel's count is told as a loss, at the edges on both sides of it, before the later one", () => {
  const bench = new SlicBench();
  bench.edge(true, 1000);
  bench.edge(true, 1100, 1);
  bench.edge(false, 1200, 2);
  bench.edge(true, 1300);
  const lost = ["lost 1000", "lost 1100", "lost 1100", "lost 1200"];
  assert.deepEqual(bench.told, ["closed 1000", ...lost, "open 1200", "closed 1300"]);
});

test("the count goes on from 4294967295 to 0", () => {
  const bench = new SlicBench();
  bench.line.handleEdge(true, 10, 1);
  bench.line.handleEdge(false, 20, 0xffffffff);
  bench.line.handleEdge(true, 30, 0);
  assert.deepEqual(bench.told, ["closed 10", "lost 10", "lost 20", "open 20", "closed 30"]);
});

test("an edge to the level that was there is a spike, which takes nothing from a digit", () => {
  const bench = new SlicBench();
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
    const bench = new SlicBench();
    bench.edge(true, 1000);
    bench.edge(spike, 2000);
    bench.edge(true, 2001);
    bench.pass(3000);
    assert.equal(bench.told.at(-1), "lost 2000");
  }
});

test("a break of 16 ms whose first edge never came does not pass unseen", () => {
  for (let early = 0; early < 10; early += 0.5) {
    const bench = new SlicBench();
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
  const bench = new SlicBench();
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
  const bench = new SlicBench();
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
  const bench = new SlicBench();
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

test("a machine that stood still makes one edge of many: it is a loss, whichever way the edge goes", () => {
  for (const isClosed of [true, false]) {
    const bench = new SlicBench();
    bench.edge(true, 1000);
    bench.pass(1100);
    bench.now = 1203;
    bench.isHookHigh = isClosed;
    assert.ok(bench.line.followedTo <= 1100);
    bench.line.handleEdge(isClosed, 1202.9, 2);
    assert.deepEqual(bench.told.slice(1), ["lost 1000", "lost 1202.9", ...(isClosed ? [] : ["open 1202.9"])]);
  }
});

test("the same when the thread looks at the pin before the interrupt is served", () => {
  const bench = new SlicBench();
  bench.edge(true, 1000);
  bench.pass(1100);
  bench.now = 1203;
  bench.line.handleTimeout(1203);
  assert.ok(bench.line.followedTo <= 1100, "a look so late proves nothing yet");
  bench.line.handleEdge(true, 1203.2, 2);
  assert.deepEqual(bench.told.slice(1), ["lost 1000", "lost 1203.2"]);
  bench.pass(1230);
  assert.ok(bench.line.followedTo > 1210);
});

test("where only the thread was held up, the kernel has all edges, and nothing is lost", () => {
  const bench = new SlicBench();
  bench.edge(true, 1000);
  bench.pass(1100);
  bench.now = 1203;
  bench.line.handleEdge(false, 1130, 2);
  bench.line.handleEdge(true, 1160, 3);
  bench.line.handleTimeout(1203);
  bench.pass(5000);
  assert.deepEqual(bench.told, ["closed 1000", "open 1130", "closed 1160"]);
});

test("nobody waits for a line at rest, nor for ever", () => {
  const bench = new SlicBench();
  const patience = new Patience();
  const toldUpTo = (now: number) => patience.toldUpTo(bench.line.followedTo, now);
  bench.pass(500);
  assert.equal(toldUpTo(900), 900, "on-hook all the time");
  bench.edge(true, 1000);
  assert.equal(toldUpTo(1020), 1020, "looked at in a moment");
  bench.pass(1100);
  const followedTo = bench.line.followedTo;
  assert.ok(followedTo > 1085 && followedTo <= 1100);
  for (const now of [1200, 1700, 2199]) assert.equal(toldUpTo(now), followedTo);
  assert.equal(toldUpTo(2200), 2200, "a second is enough");
  bench.pass(3000);
  assert.equal(toldUpTo(3001), 3001);
  bench.pass(6000);
  assert.equal(toldUpTo(6400), 6400, "nobody dials any more");
});

test("reports that found no room are made good for: a loss, and how the loop is", () => {
  const bench = new SlicBench();
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
