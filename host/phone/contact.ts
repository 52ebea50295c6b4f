// A switch contact in the loop: the cradle's, and the dial's in series with it. It moves at set times, and it bounces.

import type { Clock } from "../clock.ts";
import type { SeededRandom } from "../random.ts";

interface Edge {
  closed: boolean;
  at: number;
}

export class Contact {
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #report: (closed: boolean, at: number) => void;
  readonly #edges: Edge[] = [];
  #closed = false;
  #timer: unknown;

  /** `report` gets every edge with the time it was made for, however late the timer fired, and never from within move(). */
  constructor(clock: Clock, random: SeededRandom, report: (closed: boolean, at: number) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#report = report;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get isMoving(): boolean {
    return this.#edges.length > 0;
  }

  /** When the last edge made so far happens, or 0 when none is to come. */
  get restsAt(): number {
    return this.#edges.at(-1)?.at ?? 0;
  }

  /** Closes or opens at `at`, which is not before restsAt; chatters for up to `bounce` ms after the first touch, at least a quarter of it. */
  move(closed: boolean, at: number, bounce: number): void {
    this.#edges.push({ closed, at });
    if (bounce > 0) {
      const pairs = 1 + (this.#random.bits() % 3);
      const length = this.#random.between(bounce / 4, bounce);
      const times = Array.from({ length: 2 * pairs - 1 }, () => at + this.#random.between(0, length));
      times.push(at + length);
      times.sort((one, other) => one - other);
      for (const [index, time] of times.entries())
        this.#edges.push({ closed: index % 2 === 1 ? closed : !closed, at: time });
    }
    this.#arm();
  }

  /** Takes back what has not happened yet. */
  clear(): void {
    this.#edges.length = 0;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Reports what is due and was not yet: timers fire late when the program is held up. */
  catchUp(): void {
    if (!this.#edges[0] || this.#edges[0].at > this.#clock.now()) return;
    this.#clock.clearTimeout(this.#timer);
    this.#work();
  }

  #arm(): void {
    const next = this.#edges[0];
    if (!next || this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimeout(() => this.#work(), Math.max(0, next.at - this.#clock.now()));
  }

  #work(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    while (this.#edges[0] && this.#edges[0].at <= now) {
      const { closed, at } = this.#edges.shift()!;
      if (closed === this.#closed) continue;
      this.#closed = closed;
      this.#report(closed, at);
    }
    this.#arm();
  }
}
