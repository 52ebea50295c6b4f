// The line card's clock in terms of the host's. A question and its answer with the card's time tell: it was read between both.
// The quickest answers tell best; two of them, far enough apart, tell how fast the card's clock runs.

const WRAP = 2 ** 32;
const US = 1000;
/** Answers of which the quickest is believed: two seconds of them. */
const WINDOW = 8;
/** Rates are told from answers so far apart at least, ms; the mean of what was believed and what is seen now. */
const BASE = 4000;
/** A clock without a crystal is that wrong at worst; what says more is no clock. */
const MOST_DRIFT = 0.03;

interface Answer {
  /** Milliseconds of the card's clock, counted through its wraps, and of the host's. */
  card: number;
  host: number;
  roundTrip: number;
}

export class CardClock {
  readonly #answers: Answer[] = Array.from({ length: WINDOW }, () => ({ card: 0, host: 0, roundTrip: 0 }));
  #count = 0;
  /** The card's last time as it came, µs, and counted through. */
  #lastRaw = 0;
  #last = 0;
  #best: Answer = { card: 0, host: 0, roundTrip: Number.POSITIVE_INFINITY };
  #base: Answer | undefined;
  #rate = 1;

  /** The card has begun anew. What is known about its rate stays. */
  reset(): void {
    this.#count = 0;
    this.#base = undefined;
  }

  get isKnown(): boolean {
    return this.#count > 0;
  }

  /** By how many parts in a million the card's clock is fast; 0 until that is known. */
  get driftPpm(): number {
    return Math.round((1 / this.#rate - 1) * 1e6);
  }

  /** The card said `raw` µs to a question that left at `asked` and whose answer came at `answered`, host time. */
  learn(raw: number, asked: number, answered: number): void {
    const answer = this.#answers[this.#count % WINDOW]!;
    answer.card = this.#count === 0 ? raw / US : this.#through(raw);
    answer.host = (asked + answered) / 2;
    answer.roundTrip = answered - asked;
    this.#lastRaw = raw;
    this.#last = answer.card;
    this.#count++;
    this.#choose();
  }

  /** Host time of a time of the card, which is not further than half an hour from its last answer. */
  hostTime(raw: number): number {
    return this.#best.host + (this.#through(raw) - this.#best.card) * this.#rate;
  }

  #through(raw: number): number {
    let step = raw - this.#lastRaw;
    if (step > WRAP / 2) step -= WRAP;
    else if (step < -WRAP / 2) step += WRAP;
    return this.#last + step / US;
  }

  #choose(): void {
    const kept = Math.min(this.#count, WINDOW);
    let best = this.#answers[0]!;
    for (let index = 1; index < kept; index++) {
      const other = this.#answers[index]!;
      if (other.roundTrip < best.roundTrip) best = other;
    }
    this.#best = best;
    if (!this.#base) this.#base = { ...best };
    else if (best.card - this.#base.card >= BASE) this.#learnRate(this.#base, best);
    else if (best.roundTrip < this.#base.roundTrip && this.#count <= WINDOW) this.#base = { ...best };
  }

  #learnRate(from: Answer, to: Answer): void {
    const rate = (to.host - from.host) / (to.card - from.card);
    if (Math.abs(rate - 1) <= MOST_DRIFT) this.#rate = this.#rate === 1 ? rate : (this.#rate + rate) / 2;
    this.#base = { ...to };
  }
}
