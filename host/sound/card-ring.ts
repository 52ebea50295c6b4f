// Frames between the program and the card's thread, in memory that both see. The thread puts a captured frame there and waits a
// little for the answer to that very frame; what comes later is not played. A frame leaves nothing behind in either heap but the times
// that were looked at, and the promise that woke the program.
/// <reference lib="es2024.sharedmemory" />

import { FRAME_SAMPLES } from "./level.ts";

/** Places in the memory: a power of two. */
const SLOTS = 8;
/** Lines that one card has sound for. */
export const MOST_CHANNELS = 2;

/** What the thread is to do. */
export const Wanted = { Rest: 0, Sound: 1, End: 2 } as const;

const Word = {
  Wanted: 0,
  Captured: 1,
  Answered: 2,
  Xruns: 3,
  Late: 4,
  Losses: 5,
  DelayMicroseconds: 6,
  IsRealTime: 7,
} as const;
const WORDS = 8;
/** A card that is open: one device captures, one plays. */
const MOST_OPEN = 2;
const FRAME = FRAME_SAMPLES * MOST_CHANNELS;
const OPEN_AT = WORDS * 4;
const TIMES_AT = OPEN_AT + MOST_OPEN * 8;
const SAMPLES_AT = TIMES_AT + SLOTS * 8;
const SIZE = SAMPLES_AT + 2 * SLOTS * FRAME * 2;

/** Frame numbers run round at 2^31: a year of sound. How far `a` is after `b`. */
const ahead = (a: number, b: number): number => (a - b) | 0;

export class CardRing {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #open: BigUint64Array;
  readonly #times: Float64Array;
  readonly #fromPhones: Int16Array[] = [];
  readonly #toPhones: Int16Array[] = [];

  constructor(memory = new SharedArrayBuffer(SIZE)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, WORDS);
    this.#open = new BigUint64Array(memory, OPEN_AT, MOST_OPEN);
    this.#times = new Float64Array(memory, TIMES_AT, SLOTS);
    for (let index = 0; index < SLOTS * MOST_CHANNELS; index++) {
      this.#fromPhones.push(new Int16Array(memory, SAMPLES_AT + index * FRAME_SAMPLES * 2, FRAME_SAMPLES));
      this.#toPhones.push(
        new Int16Array(memory, SAMPLES_AT + (SLOTS * FRAME + index * FRAME_SAMPLES) * 2, FRAME_SAMPLES),
      );
    }
  }

  fromPhone(frame: number, channel: number): Int16Array {
    return this.#fromPhones[(frame & (SLOTS - 1)) * MOST_CHANNELS + channel] as Int16Array;
  }

  toPhone(frame: number, channel: number): Int16Array {
    return this.#toPhones[(frame & (SLOTS - 1)) * MOST_CHANNELS + channel] as Int16Array;
  }

  /** When a frame was captured, milliseconds of the program's clock. */
  timeOf(frame: number): number {
    return this.#times[frame & (SLOTS - 1)] as number;
  }

  get captured(): number {
    return Atomics.load(this.#words, Word.Captured);
  }

  get counters() {
    return {
      xruns: Atomics.load(this.#words, Word.Xruns),
      late: Atomics.load(this.#words, Word.Late),
      losses: Atomics.load(this.#words, Word.Losses),
      delay: Atomics.load(this.#words, Word.DelayMicroseconds) / 1000,
      isRealTime: Atomics.load(this.#words, Word.IsRealTime) === 1,
    };
  }

  // The program's side

  /** Tells the thread what is wanted of it from now on. */
  want(wanted: number): void {
    Atomics.store(this.#words, Word.Wanted, wanted);
    Atomics.notify(this.#words, Word.Wanted);
  }

  answer(frame: number): void {
    Atomics.store(this.#words, Word.Answered, frame);
    Atomics.notify(this.#words, Word.Answered);
  }

  /** Resolves when a frame after `seen` is there; undefined when one is there already. */
  nextAfter(seen: number): Promise<unknown> | undefined {
    const { async, value } = Atomics.waitAsync(this.#words, Word.Captured, seen);
    return async ? value : undefined;
  }

  // The thread's side

  get wanted(): number {
    return Atomics.load(this.#words, Word.Wanted);
  }

  /** Devices that are open, as addresses. What a thread that died has left here, the next one closes. */
  get open(): bigint[] {
    return [...this.#open].filter((device) => device !== 0n);
  }

  noteOpened(device: bigint): void {
    this.#open[this.#open.indexOf(0n)] = device;
  }

  noteClosed(device: bigint): void {
    this.#open[this.#open.indexOf(device)] = 0n;
  }

  /** Waits until something else than `wanted` is wanted, at most `timeout` ms. */
  waitWhile(wanted: number, timeout = Number.POSITIVE_INFINITY): void {
    Atomics.wait(this.#words, Word.Wanted, wanted, timeout);
  }

  /** Gives the next frame, whose samples are in place. Returns its number. */
  give(time: number): number {
    const frame = (this.captured + 1) | 0;
    this.#times[frame & (SLOTS - 1)] = time;
    Atomics.store(this.#words, Word.Captured, frame);
    Atomics.notify(this.#words, Word.Captured);
    return frame;
  }

  /** Waits for the answer to a frame. False when it is not there after `patience` ms. */
  waitForAnswer(frame: number, patience: number, now: () => number): boolean {
    const end = now() + patience;
    for (;;) {
      const answered = Atomics.load(this.#words, Word.Answered);
      if (ahead(answered, frame) >= 0) return answered === frame;
      const left = end - now();
      if (left <= 0 || Atomics.wait(this.#words, Word.Answered, answered, left) === "timed-out") return false;
    }
  }

  countXrun(): void {
    Atomics.add(this.#words, Word.Xruns, 1);
  }

  countLate(): void {
    Atomics.add(this.#words, Word.Late, 1);
  }

  countLoss(): void {
    Atomics.add(this.#words, Word.Losses, 1);
  }

  tellPriority(isRealTime: boolean): void {
    Atomics.store(this.#words, Word.IsRealTime, isRealTime ? 1 : 0);
  }

  tellDelay(delay: number): void {
    Atomics.store(this.#words, Word.DelayMicroseconds, Math.round(delay * 1000));
  }
}
