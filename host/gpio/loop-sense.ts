// Makes the loop's changes out of a pin's edges, of which some may be lost or never come. Bounce goes through: the core settles it.
//
// The kernel counts edges, so those that its buffer dropped show as a gap. An edge that made no interrupt shows when the pin is looked
// at, which happens often while somebody may be dialling. An edge to the level that was there already is a spike, too short for the
// kernel to see which way it went, and takes nothing from a digit. Only when the first thing after a long silence leaves the pin as it
// was may that be the second edge of a break.
//
// While interrupts wait, as on a processor that is busy with a console or taken from a virtual machine, many edges become one, whose
// time is when the waiting was over. Then the pin was not looked at for long either, and the edge is still fresh: it is not to be
// believed. Where only this program was held up, the kernel has the edges of that time.

import { BLIND } from "./patience.ts";
import { LineReport, type LineReportKind } from "./report-queue.ts";

/**
 * How often the pin is looked at, ms: while somebody may be dialling, so that no break falls between two looks; while it rings, so that
 * a lifted handset stops it within a cycle even if its edge is lost; and in quiet times.
 */
const LOOK = 10;
const DIALLING = 3000;
const RINGING_LOOK = 20;
const QUIET_LOOK = 500;
/** So long after an edge the next one is of another pulse, if of any. */
const SILENCE = 250;
/** An edge no older than this when it is read is fresh. */
const FRESH = 2;
/** An edge that is still on its way is not missing, so long; and its time is hardly later than the change. */
const DOUBT = 10;
const STAMP = 1;

export class LoopSense {
  /** When handleTimeout() is due. */
  nextTimeout = 0;
  isClosed = false;
  readonly #look: () => boolean;
  readonly #tell: (kind: LineReportKind, at: number) => void;
  readonly #clock: () => number;
  #sequence = 0;
  #edgeAt = Number.NEGATIVE_INFINITY;
  /** The first edge after a long silence, until it is clear how the pin is after it, and how it was before. */
  #wokenAt = Number.NaN;
  #wasClosed = false;
  /** When the pin was first seen to differ from what its edges said. */
  #doubtedAt = Number.NaN;
  /** When it was seen last to be what its edges said, and when before: of what came between, the interrupt may still come. */
  #seenAt = Number.NEGATIVE_INFINITY;
  #seenBefore = Number.NEGATIVE_INFINITY;
  #isDialling = false;
  #isRinging = false;

  /** `look` says whether the loop is closed now. A line begins open: the first look tells if it isn't. */
  constructor(look: () => boolean, tell: (kind: LineReportKind, at: number) => void, clock: () => number) {
    this.#look = look;
    this.#tell = tell;
    this.#clock = clock;
  }

  /** Up to when nothing was missed; Infinity while nobody is dialling. */
  get followedTo(): number {
    if (!this.#isDialling) return Number.POSITIVE_INFINITY;
    return this.#seenAt - this.#seenBefore > BLIND ? this.#seenBefore : this.#seenAt;
  }

  /** Whether the line rings. */
  setRinging(isRinging: boolean, now: number): void {
    this.#isRinging = isRinging;
    if (isRinging) this.nextTimeout = Math.min(this.nextTimeout, now + RINGING_LOOK);
  }

  /** `sequence` is 1 for the first edge and grows by one, in 32 bits. */
  handleEdge(isClosed: boolean, at: number, sequence: number): void {
    const isGap = sequence !== (this.#sequence + 1) >>> 0;
    const wasOther = at - this.#doubtedAt > STAMP;
    const isBlind = this.#isBlind(at);
    this.#sequence = sequence;
    if (at - this.#edgeAt > LOOK) this.#settle();
    if (at - this.#edgeAt > SILENCE) {
      this.#wokenAt = at;
      this.#wasClosed = this.isClosed;
    }
    this.#change(isClosed, Math.max(at, this.#edgeAt), isGap || wasOther || isBlind);
    this.nextTimeout = this.#edgeAt + LOOK;
    this.#isDialling = true;
  }

  /** Nobody can tell what the pin did before the edge at `at`. */
  #isBlind(at: number): boolean {
    const isFresh = this.#clock() - at < FRESH;
    const seenAt = at > this.#seenAt + STAMP ? this.#seenAt : this.#seenBefore;
    this.#see(at, at);
    return isFresh && at - this.#edgeAt < DIALLING && at - seenAt > BLIND;
  }

  #see(at: number, before: number): void {
    this.#seenAt = at;
    this.#seenBefore = before;
  }

  /** Looks whether the pin is as its edges said. */
  handleTimeout(now: number): void {
    if (now < this.nextTimeout) return;
    this.#settle();
    this.#isDialling = now - this.#edgeAt < DIALLING;
    this.nextTimeout = now + (this.#isDialling ? LOOK : this.#isRinging ? RINGING_LOOK : QUIET_LOOK);
    const isClosed = this.#look();
    // a thread that is held up in between must not take the pin for older than it is
    const seenAt = this.#clock();
    if (now >= this.#doubtedAt + DOUBT) {
      this.#change(isClosed, isClosed === this.isClosed ? now : this.#doubtedAt, true);
      this.#see(seenAt, seenAt);
    } else if (isClosed === this.isClosed) this.#see(seenAt, this.#seenAt);
    else if (Number.isNaN(this.#doubtedAt)) this.#doubtedAt = seenAt;
    if (!Number.isNaN(this.#doubtedAt)) this.nextTimeout = this.#doubtedAt + DOUBT;
  }

  #settle(): void {
    if (this.isClosed === this.#wasClosed && this.#wokenAt > 0) this.#tell(LineReport.Lost, this.#wokenAt);
    this.#wokenAt = Number.NaN;
  }

  #change(isClosed: boolean, at: number, hasLoss: boolean): void {
    if (hasLoss) {
      // Nobody knows when it was between the two: a digit may have ended in between, and another one begun.
      if (this.#edgeAt > Number.NEGATIVE_INFINITY) this.#tell(LineReport.Lost, this.#edgeAt);
      this.#tell(LineReport.Lost, at);
    }
    this.#edgeAt = at;
    this.#doubtedAt = Number.NaN;
    if (isClosed === this.isClosed) return;
    this.isClosed = isClosed;
    this.#tell(isClosed ? LineReport.Closed : LineReport.Open, at);
  }
}
