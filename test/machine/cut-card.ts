// A card after power cuts, looked at from outside: its settings as the kernel finds them, with the journal replayed, and the bytes of
// its slots.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  constants as files,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { SlotName } from "../../host/update/slot-table.ts";
import type { PowerCut, Write } from "./write-log.ts";

const MIB = 1 << 20;
/** As boards/image/disk.mjs lays them out. */
const SETTINGS = { from: 68 * MIB, size: 64 * MIB };
const SLOT_SIZE = 96 * MIB;
const SLOT_FROM: Readonly<Record<SlotName, number>> = { a: 132 * MIB, b: 228 * MIB };
const PIECE = 64 << 10;
const PIECES = SETTINGS.size / PIECE;
/** Of e2fsck -p: nothing was wrong, or what a cut leaves behind and the kernel mends as it mounts. */
const WHOLE = [0, 1];

/** Programs of e2fsprogs, which not everybody's PATH reaches. */
const run = (program: string, options: string[]) =>
  spawnSync(program, options, {
    encoding: "utf8",
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });

export class CutCard {
  readonly #folder: string;
  readonly #file: number;
  /** Where there is anything in the settings' partition: pieces of it, by number. */
  readonly #pieces = new Set<number>();

  /** `image` is the card before the machine was switched on. `folder` is made, and is for this alone. */
  constructor(image: string, folder: string) {
    mkdirSync(folder);
    this.#folder = folder;
    const card = join(folder, "card.img");
    copyFileSync(image, card, files.COPYFILE_FICLONE);
    this.#file = openSync(card, "r+");
    for (let piece = 0; piece < PIECES; piece++)
      if (this.#read(SETTINGS.from + piece * PIECE, PIECE).some((byte) => byte !== 0)) this.#pieces.add(piece);
  }

  /** Cuts the power, and looks. Cuts are to come in the order of the log. */
  async cut({ name, writes, isSettled }: PowerCut, look: () => Promise<void>): Promise<void> {
    const before = writes.map(({ position, bytes }) => ({ position, bytes: this.#read(position, bytes.length) }));
    this.#write(writes);
    try {
      await look();
    } catch (error) {
      throw new Error(`after a power cut at ${name}: ${(error as Error).message}`, { cause: error });
    }
    if (!isSettled) this.#write(before.reverse());
  }

  /** A folder with the files of the settings; the same one until the next call. Fails when the file system is not whole. */
  settings(): string {
    const file = join(this.#folder, "settings.ext4");
    const partition = openSync(file, "w");
    ftruncateSync(partition, SETTINGS.size);
    for (const piece of this.#pieces)
      writeSync(partition, this.#read(SETTINGS.from + piece * PIECE, PIECE), 0, PIECE, piece * PIECE);
    closeSync(partition);
    const { status, stdout } = run("e2fsck", ["-f", "-p", file]);
    assert.ok(status !== null && WHOLE.includes(status), `e2fsck: status ${status}: ${stdout}`);
    const folder = join(this.#folder, "settings");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const dump = run("debugfs", ["-R", `rdump / ${folder}`, file]);
    assert.equal(dump.status, 0, dump.stderr);
    return folder;
  }

  /** SHA-256 of a slot's first `size` bytes, in hex. */
  slotSum(slot: SlotName, size: number): string {
    return createHash("sha256").update(this.#read(SLOT_FROM[slot], size)).digest("hex");
  }

  isInSlot(slot: SlotName, { position }: Write): boolean {
    return position >= SLOT_FROM[slot] && position < SLOT_FROM[slot] + SLOT_SIZE;
  }

  close(): void {
    closeSync(this.#file);
    rmSync(this.#folder, { recursive: true });
  }

  #read(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, position);
    return bytes;
  }

  #write(writes: readonly Write[]): void {
    for (const { position, bytes } of writes) {
      writeSync(this.#file, bytes, 0, bytes.length, position);
      const [first, last] = [position, position + bytes.length - 1].map((at) =>
        Math.floor((at - SETTINGS.from) / PIECE),
      );
      for (let piece = first!; piece <= last!; piece++) if (piece >= 0 && piece < PIECES) this.#pieces.add(piece);
    }
  }
}
