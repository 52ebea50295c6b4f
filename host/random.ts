// Seeded randomness for what the host simulates: contact bounce, microphone noise. Never for secrets: those take node:crypto.

/** The xorshift generator of G. Marsaglia (2003), 32 bits. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds are spread, and 0, which the generator could never leave, is avoided.
    this.#state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) | 1;
    for (let round = 0; round < 4; round++) this.bits();
  }

  /** 32 unsigned bits, never 0. */
  bits(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + ((high - low) * this.bits()) / 4294967296;
  }
}
