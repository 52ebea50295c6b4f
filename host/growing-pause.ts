// How long to wait before something that has failed is started again: the first failure costs nothing; those that follow soon wait
// longer each time, so that a failure which repeats itself does not eat the machine.

/** What ran for so long before it failed has not failed "again". */
const FORGIVEN_AFTER = 600_000;
const WAIT_MIN = 1000;
const WAIT_MAX = 60_000;

export class GrowingPause {
  #startedAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;
  #wait = 0;

  handleStart(now: number): void {
    this.#startedAt = now;
  }

  /** Whether a failure now is the first one, or the first after a long time. */
  isNew(now: number): boolean {
    return !this.#hasFailed || now - this.#startedAt >= FORGIVEN_AFTER;
  }

  /** Returns the pause before the next start, ms. */
  handleFailure(now: number): number {
    this.#wait = this.isNew(now) ? 0 : Math.min(WAIT_MAX, Math.max(WAIT_MIN, this.#wait * 2));
    this.#hasFailed = true;
    return this.#wait;
  }
}
