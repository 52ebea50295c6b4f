// The sound clock of a board without a sound card: a frame is due every 20 ms while any line needs one, and nothing wakes up otherwise.

import { type Clock, systemClock } from "../clock.ts";
import { FRAME_SAMPLES, SAMPLE_RATE } from "./level.ts";

const FRAME_MS = (FRAME_SAMPLES * 1000) / SAMPLE_RATE;
/** Frames that a program which was held up makes good for; a jitter buffer at the far end has forgotten older ones. */
const MOST_AT_ONCE = 4;
/** Lateness is counted in steps of 20 µs up to 40 ms. */
const STEP_MS = 0.02;
const STEPS = 2000;
/** Timers of Node count whole milliseconds: one is set about this much early, ms, and the rest is slept exactly. */
const TIMER_MARGIN = 1;

export interface Lateness {
  frames: number;
  /** Frames given up because the program was held up for too long. */
  skipped: number;
  /** Milliseconds; 0 before the first frame. */
  p50: number;
  p99: number;
  max: number;
}

/** The kernel wakes a sleeper up to about this much late, ms. */
const KERNEL_SLACK = 0.08;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread for exactly `duration` ms of the real clock: for the fraction that timers cannot tell. */
export function sleepExactly(duration: number): void {
  const end = systemClock.now() + duration;
  if (duration > KERNEL_SLACK) Atomics.wait(sleeper, 0, 0, duration - KERNEL_SLACK);
  while (systemClock.now() < end);
}

export class Pacer {
  readonly #clock: Clock;
  readonly #frame: (now: number) => void;
  readonly #sleep: ((duration: number) => void) | undefined;
  readonly #lines = new Set<number>();
  readonly #late = new Uint32Array(STEPS);
  #due = 0;
  #frames = 0;
  #skipped = 0;
  #max = 0;
  #timer: unknown;

  /** `frame` is called for all lines at once: when a timer fires, or with `sleep` (sleepExactly on the real clock) at its very time. */
  constructor(clock: Clock, frame: (now: number) => void, sleep?: (duration: number) => void) {
    this.#clock = clock;
    this.#frame = frame;
    this.#sleep = sleep;
  }

  /** `line` needs frames from now on. The first one comes at once, unless a beat is on already or was a moment ago. */
  start(line: number): void {
    const isFirst = this.#lines.size === 0;
    this.#lines.add(line);
    if (!isFirst) return;
    this.#due = Math.max(this.#due, this.#clock.now());
    this.#arm();
  }

  stop(line: number): void {
    this.#lines.delete(line);
    if (this.#lines.size > 0) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  isActive(line: number): boolean {
    return this.#lines.has(line);
  }

  /** How late frames came since the beginning. */
  get lateness(): Lateness {
    return {
      frames: this.#frames,
      skipped: this.#skipped,
      p50: this.#percentile(0.5),
      p99: this.#percentile(0.99),
      max: this.#max,
    };
  }

  #arm(): void {
    const left = this.#due - this.#clock.now();
    const wait = this.#sleep ? Math.ceil(left - TIMER_MARGIN) : left;
    this.#timer = this.#clock.setTimeout(this.#work, Math.max(0, wait));
  }

  readonly #work = (): void => {
    this.#timer = undefined;
    const early = this.#due - this.#clock.now();
    if (early > 0 && this.#sleep && early <= 2 * TIMER_MARGIN) this.#sleep(early);
    let made = 0;
    for (let now = this.#clock.now(); this.#due <= now && this.#lines.size > 0; now = this.#clock.now()) {
      if (made === MOST_AT_ONCE) {
        this.#skip(now);
        break;
      }
      this.#count(now - this.#due);
      this.#due += FRAME_MS;
      made++;
      this.#frame(now);
    }
    if (this.#lines.size > 0 && this.#timer === undefined) this.#arm();
  };

  /** Gives up what cannot be made good; the beat stays. */
  #skip(now: number): void {
    const frames = Math.floor((now - this.#due) / FRAME_MS) + 1;
    this.#skipped += frames;
    this.#due += frames * FRAME_MS;
  }

  #count(late: number): void {
    this.#frames++;
    this.#late[Math.min(STEPS - 1, Math.floor(late / STEP_MS))]!++;
    if (late > this.#max) this.#max = late;
  }

  /** The upper end of the step in which that share of the frames is reached. */
  #percentile(share: number): number {
    const wanted = share * this.#frames;
    let seen = 0;
    for (let step = 0; step < STEPS && this.#frames > 0; step++) {
      seen += this.#late[step]!;
      if (seen >= wanted) return Math.min(this.#max, (step + 1) * STEP_MS);
    }
    return this.#max;
  }
}
