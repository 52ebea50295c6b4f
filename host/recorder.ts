// Records every input of a core and what came of it, so that a field failure can be replayed bit for bit (`tipring replay FILE`).
//
// File: magic "TIPRING1", 32 bytes SHA-256 of the module, u32 length and text of the module's name, f64 wall clock at the start; then
// records: u32 length of the rest, u8 type, u8 kind, i16 index, f64 now, f64 value, payload, u32 CRC-32 of all before it.
// Little endian. Types: 1 input, 2 input with 24 bytes of source before the payload, 3 action (its record, then its payload), 4 frame
// (CRC-32 of the 160 samples for the ear).

import { closeSync, openSync, renameSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { Core, CoreObserver, InputKind } from "./core.ts";

export const MAGIC = "TIPRING1";
export const RecordType = { Input: 1, InputFrom: 2, Action: 3, Frame: 4 } as const;
/** u32 length, u8 type, u8 kind, i16 index, f64 now, f64 value. */
export const RECORD_HEAD = 24;
const CHUNK_SIZE = 1 << 20;
const NOTHING = new Uint8Array(0);

export class Recorder implements CoreObserver {
  /** Full chunks, when there is no file to write them to. */
  readonly #chunks: Buffer[] = [];
  readonly #limit: number;
  readonly #file: number | undefined;
  readonly path: string | undefined;
  #chunk = Buffer.alloc(CHUNK_SIZE);
  #used = 0;
  #total = 0;
  #isFull = false;

  /**
   * Keeps the recording in memory, at most `limit` bytes, until save(); or writes it to `path` as it goes. A recording that reached its
   * limit stops: a replay needs the beginning, so nothing is ever overwritten.
   */
  constructor(core: Core, name: string, wallClock: number, options: { limit?: number; path?: string } = {}) {
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
    this.path = options.path;
    this.#file = options.path === undefined ? undefined : openSync(`${options.path}.part`, "w");
    const nameBytes = Buffer.from(name);
    const head = Buffer.alloc(MAGIC.length + 32 + 4 + nameBytes.length + 8);
    head.write(MAGIC);
    Buffer.from(core.digest, "hex").copy(head, MAGIC.length);
    head.writeUInt32LE(nameBytes.length, MAGIC.length + 32);
    nameBytes.copy(head, MAGIC.length + 36);
    head.writeDoubleLE(wallClock, head.length - 8);
    this.#append(head, head.length);
    core.observer = this;
  }

  get bytes(): number {
    return this.#total;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  input(
    kind: InputKind,
    now: number,
    index: number,
    value: number,
    source: Uint8Array | undefined,
    payload: Uint8Array,
  ): void {
    this.#write(source ? RecordType.InputFrom : RecordType.Input, kind, index, now, value, source ?? NOTHING, payload);
  }

  action(record: Uint8Array, payload: Uint8Array): void {
    this.#write(RecordType.Action, 0, 0, 0, 0, record, payload);
  }

  frame(samples: Uint8Array): void {
    this.#write(RecordType.Frame, 0, 0, 0, crc32(samples), NOTHING, NOTHING);
  }

  #write(
    type: number,
    kind: number,
    index: number,
    now: number,
    value: number,
    first: Uint8Array,
    second: Uint8Array,
  ): void {
    const length = RECORD_HEAD + first.length + second.length + 4;
    if (this.#isFull) return;
    if (this.#total + length > this.#limit) {
      this.#isFull = true;
      return;
    }
    if (this.#used + length > CHUNK_SIZE) this.#flush();
    const [chunk, at] = [this.#chunk, this.#used];
    chunk.writeUInt32LE(length - 4, at);
    chunk[at + 4] = type;
    chunk[at + 5] = kind;
    chunk.writeInt16LE(index, at + 6);
    chunk.writeDoubleLE(now, at + 8);
    chunk.writeDoubleLE(value, at + 16);
    chunk.set(first, at + RECORD_HEAD);
    chunk.set(second, at + RECORD_HEAD + first.length);
    const end = at + length - 4;
    chunk.writeUInt32LE(crc32(chunk.subarray(at, end)), end);
    this.#used += length;
    this.#total += length;
  }

  #append(bytes: Uint8Array, length: number): void {
    this.#chunk.set(bytes, this.#used);
    this.#used += length;
    this.#total += length;
  }

  #flush(): void {
    const full = this.#chunk.subarray(0, this.#used);
    if (this.#file === undefined) {
      this.#chunks.push(full);
      this.#chunk = Buffer.alloc(CHUNK_SIZE);
    } else {
      writeSync(this.#file, full);
    }
    this.#used = 0;
  }

  /** Ends a recording that goes to a file; the file appears whole, or not at all. */
  close(): void {
    if (this.#file === undefined || this.path === undefined) return;
    this.#isFull = true;
    this.#flush();
    closeSync(this.#file);
    renameSync(`${this.path}.part`, this.path);
  }

  /** Writes what is kept in memory to `path`. */
  save(path: string): void {
    const file = openSync(`${path}.part`, "w");
    for (const chunk of this.#chunks) writeSync(file, chunk);
    writeSync(file, this.#chunk.subarray(0, this.#used));
    closeSync(file);
    renameSync(`${path}.part`, path);
  }
}
