// Records every input of a core and what came of it, so that a field failure can be replayed bit for bit (`tipring replay FILE`).
//
// File: magic "TIPRING1", 32 bytes SHA-256 of the module, u32 length and text of the module's name, f64 wall clock at the start, u32
// CRC-32 of all before it; then records: u32 length of the rest, u8 type, u8 kind, i16 index, f64 now, f64 value, payload, u32 CRC-32 of
// all before it. Little endian. Types: 1 input, 2 input with 24 bytes of source before the payload, 3 action (its record, then its
// payload), 4 frame (CRC-32 of the 160 samples for the ear), 5 end (kind: why), without which a recording is cut off.

import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { Core, CoreObserver, InputKind } from "./core.ts";

export const MAGIC = "TIPRING1";
export const RecordType = { Input: 1, InputFrom: 2, Action: 3, Frame: 4, End: 5 } as const;
/** Why a recording ends. At its limit, what the last input caused may be missing. */
export const RecordingEnd = { Stopped: 0, Limit: 1 } as const;
/** u32 length, u8 type, u8 kind, i16 index, f64 now, f64 value. */
export const RECORD_HEAD = 24;
/** The end is one record without a payload. */
const END_SIZE = RECORD_HEAD + 4;
const CHUNK_SIZE = 1 << 20;
/** Passwords and voices stand in it. */
const PRIVATE = 0o600;
const NOTHING = new Uint8Array(0);

export interface RecorderOptions {
  /** Bytes of the whole file; without it there is no limit. */
  limit?: number;
  /** Where the file goes. It has this name once it is whole. */
  path?: string;
  /** Told once when the file can't be written: the core goes on, the recording does not. */
  onFailure?: (error: Error) => void;
}

export class Recorder implements CoreObserver {
  /** Full chunks, when there is no file to write them to. */
  readonly #chunks: Buffer[] = [];
  readonly #limit: number;
  readonly #onFailure: (error: Error) => void;
  readonly path: string | undefined;
  #file: number | undefined;
  #chunk = Buffer.alloc(CHUNK_SIZE);
  #used = 0;
  #total = 0;
  #end: number | undefined;

  /**
   * Keeps the recording in memory until save(), or writes it to a file as it goes. A recording that reached its limit stops: a replay
   * needs the beginning, so nothing is ever overwritten.
   */
  constructor(core: Core, name: string, wallClock: number, options: RecorderOptions = {}) {
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
    this.#onFailure = options.onFailure ?? (() => {});
    this.path = options.path;
    this.#file = options.path === undefined ? undefined : openSync(`${options.path}.part`, "w", PRIVATE);
    const nameBytes = Buffer.from(name);
    const head = Buffer.alloc(MAGIC.length + 32 + 4 + nameBytes.length + 8 + 4);
    head.write(MAGIC);
    Buffer.from(core.digest, "hex").copy(head, MAGIC.length);
    head.writeUInt32LE(nameBytes.length, MAGIC.length + 32);
    nameBytes.copy(head, MAGIC.length + 36);
    head.writeDoubleLE(wallClock, head.length - 12);
    head.writeUInt32LE(crc32(head.subarray(0, head.length - 4)), head.length - 4);
    this.#chunk.set(head);
    this.#used = head.length;
    this.#total = head.length + END_SIZE;
    core.observer = this;
  }

  /** Of the file, its end included. */
  get bytes(): number {
    return this.#total;
  }

  /** Nothing more is taken. */
  get isFull(): boolean {
    return this.#end !== undefined;
  }

  input(
    kind: InputKind,
    now: number,
    index: number,
    value: number,
    source: Uint8Array | undefined,
    payload: Uint8Array,
  ): void {
    this.#put(source ? RecordType.InputFrom : RecordType.Input, kind, index, now, value, source ?? NOTHING, payload);
  }

  action(record: Uint8Array, payload: Uint8Array): void {
    this.#put(RecordType.Action, 0, 0, 0, 0, record, payload);
  }

  frame(samples: Uint8Array): void {
    this.#put(RecordType.Frame, 0, 0, 0, crc32(samples), NOTHING, NOTHING);
  }

  #put(
    type: number,
    kind: number,
    index: number,
    now: number,
    value: number,
    first: Uint8Array,
    second: Uint8Array,
  ): void {
    if (this.isFull) return;
    const length = RECORD_HEAD + first.length + second.length + 4;
    if (this.#total + length > this.#limit) {
      this.#finish(RecordingEnd.Limit);
      return;
    }
    this.#write(type, kind, index, now, value, first, second, length);
    this.#total += length;
  }

  #write(
    type: number,
    kind: number,
    index: number,
    now: number,
    value: number,
    first: Uint8Array,
    second: Uint8Array,
    length: number,
  ): void {
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
  }

  #flush(): void {
    const full = this.#chunk.subarray(0, this.#used);
    this.#used = 0;
    if (this.path === undefined) {
      this.#chunks.push(full);
      this.#chunk = Buffer.alloc(CHUNK_SIZE);
    } else if (this.#file !== undefined) {
      try {
        writeWhole(this.#file, full);
      } catch (error) {
        this.#end ??= RecordingEnd.Stopped;
        closeSync(this.#file);
        this.#file = undefined;
        this.#onFailure(error as Error);
      }
    }
  }

  /** Writes the end; a file gets its name. */
  #finish(why: number): void {
    if (this.isFull) return;
    this.#end = why;
    this.#write(RecordType.End, why, 0, 0, 0, NOTHING, NOTHING, END_SIZE);
    if (this.path === undefined) return;
    this.#flush();
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    renameSync(`${this.path}.part`, this.path);
  }

  /** Ends the recording. Its file appears whole, or not at all. Safe to call twice. */
  close(): void {
    this.#finish(RecordingEnd.Stopped);
  }

  /** Throws a recording that goes to a file away. */
  discard(): void {
    if (this.#file === undefined) return;
    this.#end = RecordingEnd.Stopped;
    closeSync(this.#file);
    this.#file = undefined;
    rmSync(`${this.path}.part`);
  }

  /** Ends a recording that is kept in memory, and writes it to `path`. */
  save(path: string): void {
    this.close();
    const file = openSync(`${path}.part`, "w", PRIVATE);
    for (const chunk of this.#chunks) writeWhole(file, chunk);
    writeWhole(file, this.#chunk.subarray(0, this.#used));
    closeSync(file);
    renameSync(`${path}.part`, path);
  }
}

/** A medium that is nearly full takes a part and says so with the next write. */
function writeWhole(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
