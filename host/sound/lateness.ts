// How late the frames of a sound clock come: counted in steps, so that counting allocates nothing.

/** 20 µs, up to 40 ms. */
const STEP_MS = 0.02;
const STEPS = 2000;

export interface Lateness {
  frames: number;
  /** Frames given up because the program was held up for too long. */
  skipped: number;
  /** Milliseconds; 0 before the first frame. */
  p50: number;
  p99: number;
  max: number;
}

export class LatenessMeter {
  readonly #steps = new Uint32Array(STEPS);
  #frames = 0;
  #skipped = 0;
  #max = 0;

  /** A frame came `late` ms after its time. */
  count(late: number): void {
    this.#frames++;
    this.#steps[Math.max(0, Math.min(STEPS - 1, Math.floor(late / STEP_MS)))]!++;
    if (late > this.#max) this.#max = late;
  }

  skip(frames: number): void {
    this.#skipped += frames;
  }

  get reading(): Lateness {
    return {
      frames: this.#frames,
      skipped: this.#skipped,
      p50: this.#percentile(0.5),
      p99: this.#percentile(0.99),
      max: this.#max,
    };
  }

  /** The upper end of the step in which that share of the frames is reached. */
  #percentile(share: number): number {
    const wanted = share * this.#frames;
    let seen = 0;
    for (let step = 0; step < STEPS && this.#frames > 0; step++) {
      seen += this.#steps[step]!;
      if (seen >= wanted) return Math.min(this.#max, (step + 1) * STEP_MS);
    }
    return this.#max;
  }
}
