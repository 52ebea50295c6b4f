// The newest sound of a stream, bounded. The storage is taken once; what was never written costs no memory.

export class Recording {
  readonly #samples: Int16Array;
  #total = 0;

  /** `capacity` in samples. */
  constructor(capacity: number) {
    this.#samples = new Int16Array(capacity);
  }

  clear(): void {
    this.#total = 0;
  }

  put(samples: Int16Array): void {
    const ring = this.#samples;
    let at = this.#total % ring.length;
    for (let index = 0; index < samples.length; index++) {
      ring[at++] = samples[index]!;
      if (at === ring.length) at = 0;
    }
    this.#total += samples.length;
  }

  /** Samples held now. */
  get length(): number {
    return Math.min(this.#total, this.#samples.length);
  }

  /** Samples that came in all; more than `length` when the oldest had to go. */
  get total(): number {
    return this.#total;
  }

  /** A copy of the newest `count` samples, or of all of them. */
  samples(count = this.length): Int16Array {
    const copy = new Int16Array(Math.min(count, this.length));
    const ring = this.#samples;
    let at = (this.#total - copy.length) % ring.length;
    for (let index = 0; index < copy.length; index++) {
      copy[index] = ring[at++]!;
      if (at === ring.length) at = 0;
    }
    return copy;
  }
}
