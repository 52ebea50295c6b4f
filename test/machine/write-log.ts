// All that a machine wrote to its card, as QEMU's blklogwrites keeps it (the kernel's Documentation/admin-guide/device-mapper/log-writes.rst
// has the format), and what a power cut at any moment leaves of it: what was flushed, and of the rest any sectors.

import { readFileSync } from "node:fs";
import type { Dice } from "../support/dice.ts";

export const SECTOR = 512;
const MAGIC = 0x6a736677736872n;
const FLUSH = 1;

/** Bytes that came to the card; positions are its own. */
export interface Write {
  position: number;
  bytes: Buffer;
}

export interface PowerCut {
  /** For failures. */
  name: string;
  /** How long the log was, in bytes. */
  at: number;
  /** What came since the last cut that is settled. */
  writes: readonly Write[];
  /** The writes are on the card for good: the cuts that follow are on top of them. */
  isSettled: boolean;
}

interface Entry extends Write {
  /** Where it ends in the log. */
  end: number;
  isFlush: boolean;
}

function readEntries(file: string): Entry[] {
  const log = readFileSync(file);
  if (log.readBigUInt64LE(0) !== MAGIC) throw new Error(`${file} is no log of writes`);
  const entries: Entry[] = [];
  for (let at = SECTOR; at + SECTOR <= log.length; ) {
    const number = (offset: number): number => Number(log.readBigUInt64LE(at + offset));
    const [sector, length, flags] = [number(0), number(8) * SECTOR, number(16)];
    if ((flags & ~FLUSH) !== 0) throw new Error(`${file}: flags ${flags} at ${at}: neither a write nor a flush`);
    const end = at + SECTOR + length;
    if (end > log.length || (length === 0 && flags === 0)) break;
    entries.push({ position: sector * SECTOR, bytes: log.subarray(at + SECTOR, end), end, isFlush: flags === FLUSH });
    at = end;
  }
  return entries;
}

/**
 * Cuts after each write; and before each flush, `mixtures` times, with any of the sectors that had come since the one before, for a
 * card writes in its own order, and half a write when the power goes.
 */
export function* powerCuts(file: string, dice: Dice, mixtures: number): Generator<PowerCut> {
  const entries = readEntries(file);
  let waiting: Write[] = [];
  for (const [index, { position, bytes, end }] of entries.entries()) {
    if (bytes.length === 0) continue;
    waiting.push({ position, bytes });
    const isSettled = entries[index + 1]?.isFlush === true;
    for (let count = 1; isSettled && count <= mixtures; count++)
      yield { name: `write ${index}, mixture ${count}`, at: end - 1, writes: mixed(waiting, dice), isSettled: false };
    yield { name: `write ${index}`, at: end, writes: waiting, isSettled };
    if (isSettled) waiting = [];
    else waiting = [...waiting];
  }
}

/** Each sector with even chances, in any order. */
function mixed(writes: readonly Write[], dice: Dice): Write[] {
  const sectors = writes.flatMap(({ position, bytes }) =>
    Array.from({ length: bytes.length / SECTOR }, (_, index) => ({
      position: position + index * SECTOR,
      bytes: bytes.subarray(index * SECTOR, (index + 1) * SECTOR),
    })),
  );
  return sectors.filter(() => dice.chance(0.5));
}
