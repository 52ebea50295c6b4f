// The drawing and the verdict for people who adjust rotary dials.

import assert from "node:assert/strict";
import { test } from "node:test";
import { judgePulses } from "../../host/console/pulse-chart.ts";

interface Edge {
  closed: boolean;
  at: number;
}

/** Off-hook, a digit, and the loop closed afterwards. `bounce`: how long the contact chatters at each closing. */
function dialled(pulses: number, breakMs: number, makeMs: number, bounce = 0): Edge[] {
  const edges: Edge[] = [{ closed: true, at: 0 }];
  let at = 1000;
  for (let pulse = 0; pulse < pulses; pulse++) {
    edges.push({ closed: false, at }, { closed: true, at: at + breakMs });
    if (bounce > 0)
      edges.push({ closed: false, at: at + breakMs + bounce / 2 }, { closed: true, at: at + breakMs + bounce });
    at += breakMs + makeMs;
  }
  return edges;
}

for (const [what, pulses, breakMs, makeMs, speed, open, verdict] of [
  ["a good dial", 9, 61, 39, 10, 61, /good order/],
  ["a slow one", 5, 72, 46, 8.47, 61, /too slowly; this line takes it/],
  ["a fast one", 5, 30.5, 19.5, 20, 61, /too fast; this line takes it/],
  ["one that hardly turns", 4, 90, 60, 6.67, 60, /too slowly; this line does not take it/],
  ["contacts that open for too short", 6, 40, 60, 10, 40, /open for too short; this line takes it/],
  ["contacts that open for too long", 6, 75, 25, 10, 75, /open for too long; this line does not take it/],
] as const)
  test(`${what}: ${pulses} pulses of ${breakMs} and ${makeMs} ms`, () => {
    const report = judgePulses(dialled(pulses, breakMs, makeMs));
    assert.equal(report.pulses, pulses);
    assert.ok(Math.abs(report.speed! - speed) < 0.01, `${report.speed} a second`);
    assert.ok(Math.abs(report.breakPercent! - open) < 0.1, `${report.breakPercent} %`);
    assert.match(report.verdict, verdict);
  });

test("bounce is counted and spoils nothing", () => {
  const report = judgePulses(dialled(4, 60, 40, 3));
  assert.ok(Math.abs(report.speed! - 10) < 0.01);
  assert.ok(Math.abs(report.breakPercent! - 60) < 0.1, `${report.breakPercent} %`);
  assert.equal(report.bounces, 8);
});

test("twenty edges are drawn: closed, open, and a long rest as its length", () => {
  const { text } = judgePulses(dialled(3, 60, 40));
  assert.match(text, /^#{5} 1000 ms #{5}___##___##/);
  assert.match(text, /3 pulses, 10\.0 a second, 60 % open, 0 bounces: a dial in good order$/);
  assert.match(text, /^ *1 +60\.0 ms +40\.0 ms +10\.0 +60 %$/m);
  assert.ok(
    text.split("\n").every((line) => line.length <= 79),
    text,
  );
});

test("no edges, or a single pulse: what to do is said", () => {
  assert.match(judgePulses([]).text, /no edges yet[\s\S]*dial a digit/);
  assert.match(judgePulses(dialled(1, 60, 40)).text, /dial a longer digit/);
});
