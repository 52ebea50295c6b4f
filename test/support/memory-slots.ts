// Two system slots in memory that lose their power together with the files beside them, and stage 1 as README.md has it.

import { createHash } from "node:crypto";
import type { SlotDevice } from "../../host/update/slot-device.ts";
import {
  otherSlot,
  parseSlotTable,
  type SlotName,
  type SlotTable,
  writeSlotTable,
} from "../../host/update/slot-table.ts";
import type { MemoryFiles } from "./memory-files.ts";

export class MemorySlots {
  readonly bytes: Record<SlotName, Buffer>;
  /** A cell of this slot that keeps what it had. */
  broken: { slot: SlotName; at: number } | undefined;
  readonly #safe: Record<SlotName, Buffer>;
  readonly #files: MemoryFiles;
  opened = 0;

  constructor(files: MemoryFiles, capacity: number) {
    this.#files = files;
    this.bytes = { a: Buffer.alloc(capacity, "old"), b: Buffer.alloc(capacity, "junk") };
    this.#safe = { a: Buffer.from(this.bytes.a), b: Buffer.from(this.bytes.b) };
  }

  /** What was not synced is gone, there, or there up to the middle. */
  powerCut(unsynced: "lost" | "kept" | "torn"): void {
    for (const slot of ["a", "b"] as const) {
      const end = { lost: 0, torn: this.bytes[slot].length >> 1, kept: this.bytes[slot].length }[unsynced];
      this.#safe[slot].copy(this.bytes[slot], end, end);
      this.bytes[slot].copy(this.#safe[slot]);
    }
  }

  readonly open = async (slot: SlotName): Promise<SlotDevice> => {
    this.opened++;
    const bytes = this.bytes[slot];
    return {
      capacity: bytes.length,
      write: async (piece, position) => {
        bytes.set(piece.subarray(0, piece.length >> 1), position);
        this.#files.step();
        bytes.set(piece, position);
        if (this.broken?.slot === slot) bytes[this.broken.at] = 0;
      },
      read: async (into, position) => bytes.copy(into, 0, position, position + into.length),
      sync: async () => {
        this.#files.step();
        bytes.copy(this.#safe[slot]);
      },
      close: async () => {
        this.opened--;
      },
    };
  };

  sha256(slot: SlotName, size: number): string {
    return createHash("sha256").update(this.bytes[slot].subarray(0, size)).digest("hex");
  }
}

/** What stage 1 starts and writes, told which copy counts and whose bytes are damaged. */
export function stageOne(
  table: SlotTable | undefined,
  isDamaged: (slot: SlotName) => boolean,
): { starts: SlotName; writes: string[] } {
  if (!table) return { starts: isDamaged("a") ? "b" : "a", writes: [] };
  const writes: string[] = [];
  let now = table;
  const write = (change: Partial<SlotTable>): void => {
    now = { ...now, ...change, generation: now.generation + 1 };
    writes.push(writeSlotTable(now));
  };
  if (now.try !== undefined && !now.tried) {
    write({ active: now.try, tried: true, returned: undefined });
    if (!isDamaged(now.active)) return { starts: now.active, writes };
    write({ active: now.good, returned: "damaged" });
  } else if (now.active !== now.good && !isDamaged(now.good)) {
    write({ active: now.good, ...(now.try === undefined ? {} : { returned: "unconfirmed" }) });
  }
  if (isDamaged(now.good) && !isDamaged(otherSlot(now.good))) {
    if (now.active === now.good) write({ active: otherSlot(now.good), returned: "damaged" });
  }
  return { starts: now.active, writes };
}

/** Starts the box once: what stage 1 reads and leaves behind. */
export async function startOnce(files: MemoryFiles, slots: MemorySlots, folder: string): Promise<SlotName> {
  const texts = await Promise.all([0, 1].map((copy) => files.readFile(`${folder}/slots.${copy}`).catch(() => "")));
  const copies = texts.map(parseSlotTable);
  const counting = (copies[1]?.generation ?? 0) > (copies[0]?.generation ?? 0) ? 1 : 0;
  const table = copies[counting];
  const { starts, writes } = stageOne(table, (slot) => {
    const { size = 0, sha256 = "" } = table?.[slot] ?? {};
    return size === 0 || slots.sha256(slot, size) !== sha256;
  });
  for (const [index, text] of writes.entries()) files.put(`${folder}/slots.${(counting + 1 + index) % 2}`, text);
  return starts;
}
