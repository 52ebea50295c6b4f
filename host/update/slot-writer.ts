// An update file on its way into a slot: as much as is known to be squashfs is written, the trailer is kept back.

import { createHash } from "node:crypto";
import type { SlotDevice } from "./slot-device.ts";
import { TRAILER_SIZE, UpdateError } from "./update-file.ts";

const BLOCK_SIZE = 256 * 1024;
/** The memory of a small board must not fill with what has not been written yet. */
const SYNC_EVERY = 4 * 1024 * 1024;

export interface Written {
  size: number;
  /** In hex. */
  sha256: string;
  trailer: Uint8Array;
}

/** Writes all but the last 4096 bytes of what comes, and syncs. `progress` is told the bytes that have come. */
export async function writeSlot(
  device: SlotDevice,
  pieces: AsyncIterable<Uint8Array>,
  progress: (bytes: number) => void,
): Promise<Written> {
  const hash = createHash("sha256");
  const held = Buffer.alloc(BLOCK_SIZE + TRAILER_SIZE);
  let filled = 0;
  let size = 0;
  let unsynced = 0;
  const put = async (length: number): Promise<void> => {
    if (size + length > device.capacity)
      throw new UpdateError(`the update is too large: a slot of this box has room for ${device.capacity} bytes`);
    const bytes = held.subarray(0, length);
    await device.write(bytes, size);
    hash.update(bytes);
    held.copyWithin(0, length, filled);
    filled -= length;
    size += length;
    unsynced += length;
    if (unsynced < SYNC_EVERY) return;
    unsynced = 0;
    await device.sync();
  };
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const count = Math.min(held.length - filled, piece.length - at);
      held.set(piece.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled === held.length) await put(BLOCK_SIZE);
    }
    progress(size + filled);
  }
  if (filled > TRAILER_SIZE) await put(filled - TRAILER_SIZE);
  await device.sync();
  return { size, sha256: hash.digest("hex"), trailer: Buffer.from(held.subarray(0, filled)) };
}

/** SHA-256 of the first `size` bytes, in hex. */
export async function readBack(device: SlotDevice, size: number): Promise<string> {
  const hash = createHash("sha256");
  const block = Buffer.alloc(BLOCK_SIZE);
  for (let at = 0; at < size; ) {
    const count = await device.read(block.subarray(0, Math.min(block.length, size - at)), at);
    if (count === 0) break;
    hash.update(block.subarray(0, count));
    at += count;
  }
  return hash.digest("hex");
}
