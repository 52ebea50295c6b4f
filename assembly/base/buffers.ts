// Buffers of a few sizes for what must outlive its datagram: a request waiting for its answer, an answer that may be
// asked for again.

import { Pool } from "./pool";

/** Each size is the double of the one before. */
const SMALLEST: i32 = 512;
const SIZES: i32 = 4;
/** Before each buffer: which size it is. */
const HEAD: i32 = 8;
/**
 * Buffers given back last, which rest before they are used again: their bytes may be on their way out (rule 5 of the
 * core).
 */
const RESTING: i32 = 16;

const pools: usize = memory.data(SIZES * 32, 16);
const resting: usize = memory.data(RESTING * 4, 16);
let nextResting: i32 = 0;

@inline function poolAt(size: i32): Pool { return changetype<Pool>(pools + (<usize>size << 5)); }

/** Bytes of memory for that many buffers of 512, 1024, 2048 and 4096 bytes. */
@inline export function buffersSize(count512: i32, count1024: i32, count2048: i32, count4096: i32): i32 {
  return count512 * (512 + HEAD) + count1024 * (1024 + HEAD) + count2048 * (2048 + HEAD) + count4096 * (4096 + HEAD) +
    Pool.linksSize(count512 + count1024 + count2048 + count4096);
}

export function setupBuffers(at: usize, count512: i32, count1024: i32, count2048: i32, count4096: i32): void {
  if (offsetof<Pool>() > 32) ERROR("the pools of buffers stand 32 bytes apart");
  for (let size = 0; size < SIZES; size++) {
    const count = size == 0 ? count512 : size == 1 ? count1024 : size == 2 ? count2048 : count4096;
    const recordSize = (SMALLEST << size) + HEAD;
    poolAt(size).setup(at, recordSize, at + <usize>(recordSize * count), count);
    at += <usize>(recordSize * count + Pool.linksSize(count));
  }
  memory.fill(resting, 0, RESTING * 4);
}

/** A buffer of at least `length` bytes, the smallest that is free; 0 when there is none. */
export function takeBuffer(length: i32): usize {
  const buffer = take(length);
  if (buffer != 0) return buffer;
  for (let place = 0; place < RESTING; place++) rest(place, 0);
  return take(length);
}

function take(length: i32): usize {
  for (let size = 0; size < SIZES; size++) {
    if (length > SMALLEST << size) continue;
    const record = poolAt(size).take();
    if (record == 0) continue;
    store<i32>(record, size);
    return record + HEAD;
  }
  return 0;
}

/** Gives a buffer back. What stands in it stays for a while. */
export function putBuffer(at: usize): void {
  rest(nextResting, at);
  nextResting = (nextResting + 1) % RESTING;
}

/** Lays a buffer, or 0, to rest in that place; the one that lay there is free again. */
function rest(place: i32, at: usize): void {
  const slot = resting + (<usize>place << 2);
  const rested = load<usize>(slot);
  store<usize>(slot, at);
  if (rested != 0) poolAt(load<i32>(rested - HEAD)).put(rested - HEAD);
}

/** Buffers in use, of all sizes. */
export function buffersUsed(): i32 {
  let used = 0;
  for (let size = 0; size < SIZES; size++) used += poolAt(size).used;
  for (let place = 0; place < RESTING; place++) used -= load<usize>(resting + (<usize>place << 2)) != 0 ? 1 : 0;
  return used;
}
