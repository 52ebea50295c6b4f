// What frames of a call leave behind, in a process of its own (frames-child.ts).

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** MB: no object of a round of frames is collected while they are counted. */
const YOUNG_HEAP = 64;
/** The smallest thing that V8 allocates has 12 bytes. */
const LESS_THAN_AN_OBJECT = 4;
/** What may be kept in all, V8's own notes: half of an object a frame in the shortest run. */
const MOST_KEPT = 600_000;

export interface FramesResult {
  /** Bytes of garbage, of a frame. */
  allocated: number;
  /** Bytes more after a collection, in all. */
  kept: number;
  /** Packets sent whose number is not one more, or whose time is not 160 more than that of the one before (RFC 3550 §5.1). */
  outOfStep: number;
  sent: number;
  /** Frames for the ear that were not silent. */
  heard: number;
  /** Bytes that the core's memory has grown by, and that it has claimed of what it had. */
  memoryGrown: number;
  spareUsed: number;
}

/** Runs a call of so many frames, a multiple of 10,000, and holds both halves to allocating nothing. */
export function checkFrames(frames: number): void {
  const child = fileURLToPath(new URL("./frames-child.js", import.meta.url));
  const heap = [`--min-semi-space-size=${YOUNG_HEAP}`, `--max-semi-space-size=${YOUNG_HEAP}`];
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--expose-gc", ...heap, child, String(frames)], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  const result = JSON.parse(stdout) as FramesResult;
  assert.deepEqual([result.sent, result.outOfStep], [frames, 0]);
  assert.ok(result.heard > frames * 0.99, `${result.heard} frames heard`);
  assert.deepEqual([result.memoryGrown, result.spareUsed], [0, 0]);
  assert.ok(result.allocated < LESS_THAN_AN_OBJECT, `${result.allocated} bytes of garbage a frame`);
  assert.ok(result.kept < MOST_KEPT, `${result.kept} bytes kept`);
}
