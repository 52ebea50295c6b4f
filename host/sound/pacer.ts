// The sound clock of a board without a sound card: a frame is due every 20 ms while any line needs one, and nothing wakes up otherwise.

import { type Clock, systemClock } from "../clock.ts";
import { type Lateness, LatenessMeter } from "./lateness.ts";
import { FRAME_MS } from "./level.ts";
import type { FrameListener, SoundClock } from "./sound.ts";

/** Frames that a program which was held up makes good for; a jitter buffer at the far end has forgotten older ones. */
const MOST_AT_ONCE = 4;
/** Timers of Node count whole milliseconds: one is set about this much early, ms, and the rest is slept exactly. */
const TIMER_MARGIN = 1;

/** The kernel wakes a sleeper up to about this much late, ms. */
const KERNEL_SLACK = 0.08;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread for exactly `duration` ms of the real clock: for the fraction that timers cannot tell. */
export function sleepExactly(duration: number): void {
  const end = systemClock.now() + duration;
  if (duration > KERNEL_SLACK) Atomics.wait(sleeper, 0, 0, duration - KERNEL_SLACK);
  while (systemClock.now() < end);
}

export class Pacer implements SoundClock {
  readonly #clock: Clock;
  readonly #frame: FrameListener;
  readonly #sleep: ((duration: number) => void) | undefined;
  readonly #lines = new Set<number>();
  readonly #lateness = new LatenessMeter();
  #due = 0;
  #timer: unknown;

  /** `frame` is called for all lines at once: when a timer fires, or with `sleep` (sleepExactly on the real clock) at its very time. */
  constructor(clock: Clock, frame: FrameListener, sleep?: (duration: number) => void) {
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
    return this.#lateness.reading;
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
      this.#lateness.count(now - this.#due);
      this.#due += FRAME_MS;
      made++;
      this.#frame(now);
    }
    if (this.#lines.size > 0 && this.#timer === undefined) this.#arm();
  };

  /** Gives up what cannot be made good; the beat stays. */
  #skip(now: number): void {
    const frames = Math.floor((now - this.#due) / FRAME_MS) + 1;
    this.#lateness.skip(frames);
    this.#due += frames * FRAME_MS;
  }
}
