// Buffers of a few sizes for what must outlive its datagram: a request waiting for its answer, an answer that may be asked for again.

import { Pool } from "./pool";

/** Each size is the double of the one before. */
const SMALLEST: i32 = 512;
const SIZES: i32 = 4;
/** Before each buffer: which size it is. */
const HEAD: i32 = 8;

const pools: usize = memory.data(SIZES * 32, 16);

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
}

export function resetBuffers(): void {
  for (let size = 0; size < SIZES; size++) poolAt(size).reset();
}

/** A buffer of at least `length` bytes, the smallest that is free; 0 when there is none. */
export function takeBuffer(length: i32): usize {
  for (let size = 0; size < SIZES; size++) {
    if (length > SMALLEST << size) continue;
    const record = poolAt(size).take();
    if (record == 0) continue;
    store<i32>(record, size);
    return record + HEAD;
  }
  return 0;
}

export function putBuffer(at: usize): void {
  const record = at - HEAD;
  poolAt(load<i32>(record)).put(record);
}

/** Buffers in use, of all sizes. */
export function buffersUsed(): i32 {
  let used = 0;
  for (let size = 0; size < SIZES; size++) used += poolAt(size).used;
  return used;
}
