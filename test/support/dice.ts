// Choices from a seed, for tests that throw dice.

import { SeededRandom } from "../../host/random.ts";

export class Dice {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** 32 unsigned bits. */
  bits(): number {
    return this.#random.bits();
  }

  /** A whole number from 0 on, less than `limit`. */
  below(limit: number): number {
    return this.#random.bits() % limit;
  }

  between(low: number, high: number): number {
    return this.#random.between(low, high);
  }

  chance(share: number): boolean {
    return share > 0 && this.#random.between(0, 1) < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** 32 bytes for a core. */
  coreSeed(): Uint8Array {
    return Uint8Array.from({ length: 32 }, () => this.bits() >>> 24);
  }
}
