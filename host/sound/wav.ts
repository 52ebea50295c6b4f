// WAV files of a telephone's sound: 8 kHz, mono; of a sound card's: 48 kHz. Read: 16-bit PCM, A-law, µ-law (RIFF WAVE formats 1, 6, 7). Written: 16-bit PCM.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { A_LAW_SAMPLES, MU_LAW_SAMPLES } from "./g711.ts";
import { SAMPLE_RATE } from "./level.ts";

const PCM = 1;
const A_LAW = 6;
const MU_LAW = 7;
const EXTENSIBLE = 0xfffe;
const HEADER_BYTES = 44;

export interface WavSamples {
  rate: number;
  samples: Int16Array;
}

/** The samples of a WAV file's bytes, at 8 kHz. `name` is what an error calls it. */
export function parseWav(bytes: Uint8Array, name: string): Int16Array {
  return parseWavOf(bytes, name, [SAMPLE_RATE]).samples;
}

/** The same of a file that may have any of these rates. */
export function parseWavOf(bytes: Uint8Array, name: string, rates: readonly number[]): WavSamples {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || tag(0) !== "RIFF" || tag(8) !== "WAVE") throw new Error(`${name}: not a WAV file`);

  let format = 0;
  let rate = 0;
  let at = 12;
  while (at + 8 <= bytes.length) {
    const chunk = tag(at);
    // A program that was killed leaves 0 or 0xFFFFFFFF here, or more than the file holds: what is there counts.
    const stated = view.getUint32(at + 4, true);
    const start = at + 8;
    const left = bytes.length - start;
    if (chunk === "fmt ") {
      if (stated < 16 || left < stated) throw new Error(`${name}: its fmt chunk is cut short`);
      format = readFormat(view, start, stated, name);
      rate = view.getUint32(start + 4, true);
      if (!rates.includes(rate))
        throw new Error(`${name}: ${rate} samples a second; a telephone takes ${rates.join(" or ")}`);
    } else if (chunk === "data") {
      if (format === 0) throw new Error(`${name}: sound before the fmt chunk that describes it`);
      return { rate, samples: readSamples(view, start, stated === 0 ? left : Math.min(stated, left), format) };
    }
    at = start + stated + (stated & 1);
  }
  throw new Error(`${name}: no ${format === 0 ? "fmt" : "data"} chunk`);
}

function readFormat(view: DataView, at: number, size: number, name: string): number {
  let format = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const bits = view.getUint16(at + 14, true);
  if (format === EXTENSIBLE && size >= 26) format = view.getUint16(at + 24, true);
  if (format !== PCM && format !== A_LAW && format !== MU_LAW)
    throw new Error(`${name}: WAV format ${format}; readable are 1 (PCM), 6 (A-law) and 7 (µ-law)`);
  if (channels !== 1) throw new Error(`${name}: ${channels} channels; a telephone has one`);
  const wanted = format === PCM ? 16 : 8;
  if (bits !== wanted) throw new Error(`${name}: ${bits} bits a sample; WAV format ${format} is read with ${wanted}`);
  return format;
}

function readSamples(view: DataView, at: number, lengthBytes: number, format: number): Int16Array {
  if (format === PCM) {
    const samples = new Int16Array(lengthBytes >> 1);
    for (let index = 0; index < samples.length; index++) samples[index] = view.getInt16(at + 2 * index, true);
    return samples;
  }
  const values = format === A_LAW ? A_LAW_SAMPLES : MU_LAW_SAMPLES;
  return Int16Array.from({ length: lengthBytes }, (_, index) => values[view.getUint8(at + index)]!);
}

export function readWav(path: string): Int16Array {
  return parseWav(readFileSync(path), path);
}

/** A WAV file that grows while sound comes in. It has its name only once it is whole: until close() it is called `path.part`. */
export class WavWriter {
  readonly #path: string;
  readonly #buffer = new Int16Array(SAMPLE_RATE);
  #file: number | undefined;
  #buffered = 0;
  #written = 0;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(this.#partial, "w");
    writeSync(this.#file, header(0));
  }

  get #partial(): string {
    return `${this.#path}.part`;
  }

  /** Adds samples; they reach the disc a second at a time. */
  write(samples: Int16Array): void {
    let from = 0;
    while (from < samples.length) {
      const count = Math.min(samples.length - from, this.#buffer.length - this.#buffered);
      for (let index = 0; index < count; index++) this.#buffer[this.#buffered + index] = samples[from + index]!;
      this.#buffered += count;
      from += count;
      if (this.#buffered === this.#buffer.length) this.#flush();
    }
  }

  #flush(): void {
    if (this.#file === undefined) throw new Error(`${this.#path} is closed`);
    // Every machine that Node runs on stores the low byte first, as WAV does.
    const bytes = new Uint8Array(this.#buffer.buffer, 0, 2 * this.#buffered);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    this.#written += this.#buffered;
    this.#buffered = 0;
  }

  /** Completes the file and gives it its name. Safe to call twice. */
  close(): void {
    if (this.#file === undefined) return;
    this.#flush();
    writeSync(this.#file, header(this.#written), 0, HEADER_BYTES, 0);
    fsyncSync(this.#file);
    closeSync(this.#file);
    this.#file = undefined;
    renameSync(this.#partial, this.#path);
  }

  /** Gives the file up; one of that name from before stays as it was. */
  discard(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    rmSync(this.#partial, { force: true });
  }
}

function header(samples: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const tag = (at: number, text: string) => bytes.set(Buffer.from(text, "latin1"), at);
  tag(0, "RIFF");
  view.setUint32(4, HEADER_BYTES - 8 + 2 * samples, true);
  tag(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLE_RATE, true);
  view.setUint32(28, 2 * SAMPLE_RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  tag(36, "data");
  view.setUint32(40, 2 * samples, true);
  return bytes;
}

export function writeWav(path: string, samples: Int16Array): void {
  const writer = new WavWriter(path);
  try {
    writer.write(samples);
    writer.close();
  } catch (error) {
    writer.discard();
    throw error;
  }
}
