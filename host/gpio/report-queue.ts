// What the Worker has to tell of the lines, in memory that both threads see: one writes, the other reads, nobody allocates or waits.

export const LineReport = { Open: 0, Closed: 1, Lost: 2 } as const;
export type LineReportKind = (typeof LineReport)[keyof typeof LineReport];

/** Power of two. A dial makes 20 edges a second, bounce ten times as many. */
const CAPACITY = 1024;
const HEAD = 16;
const WRITTEN = 0;
const READ = 1;
const ANNOUNCED = 2;

export class ReportQueue {
  readonly memory: SharedArrayBuffer;
  readonly #counts: Int32Array;
  readonly #lines: Int32Array;
  readonly #times: Float64Array;

  /** A new one, or the other thread's end of `memory`. */
  constructor(memory = new SharedArrayBuffer(HEAD + CAPACITY * 16)) {
    this.memory = memory;
    this.#counts = new Int32Array(memory, 0, HEAD / 4);
    this.#times = new Float64Array(memory, HEAD, CAPACITY);
    this.#lines = new Int32Array(memory, HEAD + CAPACITY * 8, CAPACITY * 2);
  }

  /** False when it is full. `at` in ms of the host's clock. */
  put(line: number, kind: LineReportKind, at: number): boolean {
    const written = Atomics.load(this.#counts, WRITTEN);
    if (written - Atomics.load(this.#counts, READ) >= CAPACITY) return false;
    const slot = written & (CAPACITY - 1);
    this.#times[slot] = at;
    this.#lines[slot * 2] = line;
    this.#lines[slot * 2 + 1] = kind;
    Atomics.store(this.#counts, WRITTEN, written + 1);
    return true;
  }

  /** Hands over all that there is, in order. */
  take(each: (line: number, kind: LineReportKind, at: number) => void): void {
    Atomics.store(this.#counts, ANNOUNCED, 0);
    for (;;) {
      const read = Atomics.load(this.#counts, READ);
      if (read === Atomics.load(this.#counts, WRITTEN)) return;
      const slot = read & (CAPACITY - 1);
      const at = this.#times[slot]!;
      const line = this.#lines[slot * 2]!;
      const kind = this.#lines[slot * 2 + 1] as LineReportKind;
      Atomics.store(this.#counts, READ, read + 1);
      each(line, kind, at);
    }
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#counts, READ) === Atomics.load(this.#counts, WRITTEN);
  }

  /** The writer has something to announce, which the reader has not been woken for yet. */
  announces(): boolean {
    return !this.isEmpty && Atomics.exchange(this.#counts, ANNOUNCED, 1) === 0;
  }
}

/** What a line is to do, as one number that either thread may look at any time. */
export interface LineOrder {
  isRinging: boolean;
  /** Hz */
  frequency: number;
  isReversed: boolean;
  isFed: boolean;
}

export const IDLE_ORDER = 4;

export const packOrder = ({ isRinging, frequency, isReversed, isFed }: LineOrder): number =>
  (isRinging ? 1 : 0) | (isReversed ? 2 : 0) | (isFed ? 4 : 0) | (Math.round(frequency) << 8);

export const unpackOrder = (order: number): LineOrder => ({
  isRinging: (order & 1) !== 0,
  isReversed: (order & 2) !== 0,
  isFed: (order & 4) !== 0,
  frequency: order >>> 8,
});

/** What both threads know besides: words behind the orders of the lines, none of them set in the beginning. */
export const Shared = {
  /** It is time to end. */
  End: 0,
  /** Edges have been read, and are not all in the queue yet. */
  Reading: 1,
  /** All pins are at rest for good. */
  Ended: 2,
  /** Somebody may be dialling: up to when that is told, stands in the next one. */
  IsFollowing: 3,
  /** Whole milliseconds of the host's clock, the lowest 32 bits. */
  FollowedTo: 4,
  count: 5,
} as const;
