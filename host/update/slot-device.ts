// The two places that systems are written to: partitions of the disk that the configuration is on, or files for a try without them.

import { existsSync, readFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { SlotName } from "./slot-table.ts";

/** Where bytes go, and whether they are there. Positions are in bytes. */
export interface SlotDevice {
  readonly capacity: number;
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** How many of the bytes there were; 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** What was written stays when the power goes. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a slot. What is then read comes from the medium, when nobody else has the slot open. */
export type OpenSlot = (slot: SlotName) => Promise<SlotDevice>;

/** Partition 2 has the configuration, 3 and 4 are the slots. */
const CONFIG_PARTITION = /^(\/dev\/.*?p?)2$/;
const SLOT_PARTITION: Readonly<Record<SlotName, string>> = { a: "3", b: "4" };
const SECTOR = 512;

/**
 * The path of a slot: `slot.a` and `slot.b` in the folder of the table when they are there, else partitions 3 and 4 of the disk
 * whose partition 2 is mounted there. `mounts` is the text of /proc/mounts.
 */
export function slotPath(slot: SlotName, folder: string, mounts: string): string {
  const file = join(folder, `slot.${slot}`);
  if (existsSync(file)) return file;
  const source = mounts
    .split("\n")
    .map((line) => line.split(" "))
    .findLast(([, point]) => point === resolve(folder))?.[0];
  const disk = CONFIG_PARTITION.exec(source ?? "")?.[1];
  if (disk === undefined)
    throw new Error(
      `${folder} is on ${source ?? "no disk of its own"}; slots are beside a configuration on a partition 2`,
    );
  return `${disk}${SLOT_PARTITION[slot]}`;
}

export const openSlotIn =
  (folder: string): OpenSlot =>
  (slot) =>
    openSlot(slotPath(slot, folder, readFileSync("/proc/mounts", "utf8")));

/** Opens a block device, or a file whose length is its capacity. */
export async function openSlot(path: string): Promise<SlotDevice> {
  const file = await open(path, "r+");
  try {
    const capacity = await capacityOf(file);
    return {
      capacity,
      write: (bytes, position) => writeAll(file, bytes, position),
      read: async (into, position) => (await file.read(into, 0, into.length, position)).bytesRead,
      sync: () => file.sync(),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}

/** A block device says how large it is in sysfs only. */
async function capacityOf(file: FileHandle): Promise<number> {
  const stat = await file.stat();
  if (!stat.isBlockDevice()) return stat.size;
  // As <sys/sysmacros.h> has major() and minor(), without the bits that no disk has.
  const major = (stat.rdev >>> 8) & 0xfff;
  const minor = (stat.rdev & 0xff) | ((stat.rdev >>> 12) & 0xfff00);
  return Number(readFileSync(`/sys/dev/block/${major}:${minor}/size`, "utf8")) * SECTOR;
}
