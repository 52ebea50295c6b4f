// The polls of a line card that wait for their answers: when each left, so that its answer tells what the card's clock says.

/** Polls whose answers are still of use; a power of two. */
const POLLS = 8;

export class CardPolls {
  #latest = 0;
  /** By their numbers; NaN for answered. */
  readonly #askedAt = new Float64Array(POLLS).fill(Number.NaN);

  /** The number of a poll that leaves now. */
  ask(now: number): number {
    this.#latest = (this.#latest + 1) & 0xff;
    this.#askedAt[this.#latest % POLLS] = now;
    return this.#latest;
  }

  /** When the poll of that number left, if it waits for its answer. */
  askedAt(number: number): number | undefined {
    const asked = this.#askedAt[number % POLLS]!;
    return ((this.#latest - number) & 0xff) < POLLS && !Number.isNaN(asked) ? asked : undefined;
  }

  handleAnswer(number: number): void {
    this.#askedAt[number % POLLS] = Number.NaN;
  }

  /** No answer is waited for any more. */
  forget(): void {
    this.#askedAt.fill(Number.NaN);
  }
}
