// A clock that moves only when told. Timers fire in order of their deadlines, equal ones in the order they were set.

import type { Clock } from "../../host/clock.ts";

interface Timer {
  at: number;
  order: number;
  callback: () => void;
}

export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();
  /** What wallClock() says at now() = 0. */
  readonly #epoch: number;

  constructor(epoch = Date.UTC(2027, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  wallClock(): number {
    return this.#epoch + this.#now;
  }

  setTimeout(callback: () => void, delay: number): unknown {
    const timer = { at: this.#now + Math.max(0, delay), order: this.#order++, callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as Timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `duration` milliseconds pass, firing what falls due. */
  advance(duration: number): void {
    const end = this.#now + duration;
    for (let next = this.#soonest(end); next; next = this.#soonest(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }

  /** The program is held up: time passes, and what falls due fires late, with the next advance(). */
  stall(duration: number): void {
    this.#now += duration;
  }

  /** Advances until `condition` holds; fails after `limit` milliseconds of virtual time. */
  until(condition: () => boolean, limit: number, what = "the condition"): void {
    const end = this.#now + limit;
    while (!condition()) {
      const next = this.#soonest(end);
      if (!next) throw new Error(`${what} did not come true within ${limit} ms of virtual time`);
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
  }

  #soonest(end: number): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (!best || timer.at < best.at || (timer.at === best.at && timer.order < best.order)))
        best = timer;
    }
    return best;
  }
}
