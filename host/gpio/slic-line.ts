// One line circuit (SLIC) of the AG1171 kind at its pins: rings by toggling F/R, stops by itself when the handset is lifted, turns the
// polarity round, takes the current away. Read the module's data sheet on ringing and ring trip first. Runs in the Worker; knows no kernel.

import { LoopSense } from "./loop-sense.ts";
import { IDLE_ORDER, LineReport, type LineReportKind, unpackOrder } from "./report-queue.ts";

export type Level = "low" | "high";

/** What a line circuit's data sheet says; boards/slic has one for each card. */
export interface SlicCard {
  /** RM while it rings. */
  ringingLevel: Level;
  /** F/R while tip and ring are not reversed. */
  forwardLevel: Level;
  /** SHK while the loop is closed. */
  offHookLevel: Level;
  /** Hz */
  ringFrequencyMin: number;
  ringFrequencyMax: number;
  /** Percent of the time that RM may be active. */
  ringShare: number;
}

/** The pins, by their electrical levels. */
export interface SlicPins {
  isHookHigh(): boolean;
  setRingMode(isHigh: boolean): void;
  setForwardReverse(isHigh: boolean): void;
  /** F/R toggles by itself until it is set again. A circuit without it is toggled pin by pin. Hz. */
  toggleForwardReverse?(frequency: number): void;
  /** PD pulled low, or let go of. A circuit without it keeps its current. */
  setPowerDown?(isLow: boolean): void;
}

/** The longest ring of a circuit that has not rung for a while, ms. No cadence of any country rings for longer. */
const LONGEST_RING = 3000;
/** For less it does not begin to ring, ms. */
const SHORTEST_RING = 100;
/** The loop has to be open for so long before it rings again: the handset was only knocked, or the call is over. */
const REST = 100;

export class SlicLine {
  readonly #card: SlicCard;
  readonly #pins: SlicPins;
  readonly #sense: LoopSense;
  readonly #report: (kind: LineReportKind, at: number) => boolean;
  #order = unpackOrder(IDLE_ORDER);
  #isRinging = false;
  #isToggleHigh = false;
  #toggleAt = Number.POSITIVE_INFINITY;
  /** Ringing is due again then: when the loop has been open for long enough, or the circuit has cooled down. */
  #ringAt = Number.POSITIVE_INFINITY;
  /** Ringing that the circuit has left at #countedAt, ms of a circuit that doesn't get any back. */
  #budget: number;
  #countedAt = Number.NEGATIVE_INFINITY;
  #openSince = Number.NEGATIVE_INFINITY;
  #reported: LineReportKind = LineReport.Open;
  /** What could not be reported, because the other thread does not read. */
  #isBehind = false;

  /** `report` says whether there was room for it; `clock` is the one that all times are of. */
  constructor(
    card: SlicCard,
    pins: SlicPins,
    report: (kind: LineReportKind, at: number) => boolean,
    clock: () => number,
  ) {
    this.#card = card;
    this.#pins = pins;
    this.#report = report;
    this.#budget = this.#fullBudget;
    this.#sense = new LoopSense(
      () => pins.isHookHigh() === (card.offHookLevel === "high"),
      (kind, at) => this.#handleLoop(kind, at),
      clock,
    );
    this.#rest();
  }

  get nextTimeout(): number {
    const ringing = this.#isRinging ? Math.min(this.#toggleAt, this.#spentAt) : this.#ringAt;
    return Math.min(this.#sense.nextTimeout, ringing);
  }

  /** Up to when everything about the loop was told; Infinity while nobody is dialling. */
  get followedTo(): number {
    return this.#sense.followedTo;
  }

  /** The pin's edge at `at`, ms; `sequence` as the kernel counts. */
  handleEdge(isHigh: boolean, at: number, sequence: number): void {
    this.#sense.handleEdge(isHigh === (this.#card.offHookLevel === "high"), at, sequence);
  }

  /** An order as packOrder() writes it; the same one again changes nothing. */
  handleOrder(packed: number, now: number): void {
    const former = this.#order;
    const order = unpackOrder(packed);
    this.#order = order;
    if (order.isFed !== former.isFed) this.#feed(order.isFed, now);
    const wantsRing = order.isRinging && order.isFed;
    if (wantsRing && !(former.isRinging && former.isFed)) this.#ringAt = Math.max(now, this.#restedAt);
    if (!wantsRing) {
      this.#ringAt = Number.POSITIVE_INFINITY;
      this.#stopRinging(now);
    }
    if (!this.#isRinging && order.isReversed !== former.isReversed) this.#pins.setForwardReverse(this.#idleLevel);
    this.handleTimeout(now);
  }

  handleTimeout(now: number): void {
    if (this.#isBehind) this.#catchUp(now);
    this.#sense.handleTimeout(now);
    if (this.#isRinging && now >= this.#spentAt) {
      this.#stopRinging(now);
      this.#coolDown(now);
    }
    if (this.#isRinging && now >= this.#toggleAt) this.#toggle(now);
    if (!this.#isRinging && now >= this.#ringAt) this.#startRinging(now);
  }

  /** All pins as they are in an idle line. */
  close(): void {
    this.#order = unpackOrder(IDLE_ORDER);
    this.#rest();
    this.#pins.setPowerDown?.(false);
  }

  // The loop

  #handleLoop(kind: LineReportKind, at: number): void {
    // before anything else: a phone at an ear must not be rung
    if (kind === LineReport.Closed) {
      this.#openSince = Number.POSITIVE_INFINITY;
      this.#stopRinging(at);
      this.#ringAt = Number.POSITIVE_INFINITY;
    } else if (kind === LineReport.Open) {
      this.#openSince = at;
      if (this.#order.isRinging && this.#order.isFed) this.#ringAt = this.#restedAt;
    }
    if (!this.#order.isFed || this.#isBehind) return;
    if (kind === LineReport.Lost || kind !== this.#reported) this.#tell(kind, at);
  }

  #tell(kind: LineReportKind, at: number): void {
    if (!this.#report(kind, at)) this.#isBehind = true;
    else if (kind !== LineReport.Lost) this.#reported = kind;
  }

  /** The other thread has not listened for long. What it missed is gone, but not how the loop is now. */
  #catchUp(now: number): void {
    if (!this.#report(LineReport.Lost, now)) return;
    this.#isBehind = false;
    this.#tellLevel(now);
  }

  #tellLevel(now: number): void {
    const kind = this.#sense.isClosed ? LineReport.Closed : LineReport.Open;
    if (kind !== this.#reported && this.#order.isFed && !this.#isBehind) this.#tell(kind, now);
  }

  #feed(isFed: boolean, now: number): void {
    this.#pins.setPowerDown?.(!isFed);
    if (isFed) this.#tellLevel(now);
  }

  // Ringing

  get #restedAt(): number {
    return this.#openSince + REST;
  }

  get #idleLevel(): boolean {
    return (this.#card.forwardLevel === "high") !== this.#order.isReversed;
  }

  #startRinging(now: number): void {
    this.#count(now);
    if (this.#spentAt < now + SHORTEST_RING) {
      this.#coolDown(now);
      return;
    }
    this.#ringAt = Number.POSITIVE_INFINITY;
    this.#isRinging = true;
    this.#sense.setRinging(true, now);
    this.#pins.setRingMode(this.#card.ringingLevel === "high");
    const frequency = this.#ringFrequency;
    if (this.#pins.toggleForwardReverse) this.#pins.toggleForwardReverse(frequency);
    else {
      this.#isToggleHigh = this.#idleLevel;
      this.#toggleAt = now;
      this.#toggle(now);
    }
  }

  #stopRinging(now: number): void {
    if (!this.#isRinging) return;
    this.#count(now);
    this.#isRinging = false;
    this.#sense.setRinging(false, now);
    this.#toggleAt = Number.POSITIVE_INFINITY;
    this.#rest();
  }

  /** RM first: without it F/R rings nothing. */
  #rest(): void {
    this.#pins.setRingMode(this.#card.ringingLevel !== "high");
    this.#pins.setForwardReverse(this.#idleLevel);
  }

  #toggle(now: number): void {
    const half = 500 / this.#ringFrequency;
    this.#isToggleHigh = !this.#isToggleHigh;
    this.#pins.setForwardReverse(this.#isToggleHigh);
    this.#toggleAt += half;
    if (this.#toggleAt <= now) this.#toggleAt = now + half;
  }

  get #ringFrequency(): number {
    const { ringFrequencyMin, ringFrequencyMax } = this.#card;
    return Math.min(ringFrequencyMax, Math.max(ringFrequencyMin, this.#order.frequency));
  }

  // What the circuit can bear: ringing uses the budget up, and every moment gives back the card's share of it.

  get #fullBudget(): number {
    return LONGEST_RING * (1 - this.#share);
  }

  get #share(): number {
    return Math.min(0.99, this.#card.ringShare / 100);
  }

  get #spentAt(): number {
    return this.#countedAt + this.#budget / (1 - this.#share);
  }

  #coolDown(now: number): void {
    this.#ringAt = now + (this.#fullBudget - this.#budget) / this.#share;
  }

  #count(now: number): void {
    const passed = Math.max(0, now - this.#countedAt);
    const gained = this.#isRinging ? passed * (this.#share - 1) : passed * this.#share;
    this.#budget = Math.min(this.#fullBudget, Math.max(0, this.#budget + gained));
    this.#countedAt = now;
  }
}
