// A telephone's bell: what ringing voltage did to it, so that a cadence can be told.

export interface RingBurst {
  from: number;
  /** Infinity while it rings. */
  to: number;
  /** Hz. */
  frequency: number;
}

/** What one call can ring in a quarter of an hour. */
const KEPT = 256;

export class Bell {
  readonly #bursts: RingBurst[] = [];

  get isRinging(): boolean {
    return this.#bursts.at(-1)?.to === Number.POSITIVE_INFINITY;
  }

  /** The newest bursts, oldest first. */
  get bursts(): readonly RingBurst[] {
    return this.#bursts;
  }

  start(frequency: number, at: number): void {
    if (this.#bursts.length === KEPT) this.#bursts.shift();
    this.#bursts.push({ from: at, to: Number.POSITIVE_INFINITY, frequency });
  }

  stop(at: number): void {
    if (this.isRinging) this.#bursts.at(-1)!.to = at;
  }

  forget(): void {
    this.#bursts.length = 0;
  }

  /** Milliseconds of ring, silence, ring… of all bursts that have ended. */
  get cadence(): number[] {
    const result: number[] = [];
    for (const [index, { from, to }] of this.#bursts.entries()) {
      if (index > 0) result.push(from - this.#bursts[index - 1]!.to);
      if (to !== Number.POSITIVE_INFINITY) result.push(to - from);
    }
    return result;
  }
}
