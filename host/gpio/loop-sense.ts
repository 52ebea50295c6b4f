// Makes the loop's changes out of a pin's edges, of which some may be lost or never come. Bounce goes through: the core settles it.
//
// The kernel counts edges, so those that its buffer dropped show as a gap. An edge that made no interrupt shows when the pin is looked
// at, which happens often while somebody may be dialling. An edge to the level that was there already is a spike, too short for the
// kernel to see which way it went, and takes nothing from a digit. Only when the first thing after a long silence leaves the pin as it
// was may that be the second edge of a break.

import { LineReport, type LineReportKind } from "./report-queue.ts";

/** How often the pin is looked at, ms: while somebody may be dialling, so that no break falls between two looks; and in quiet times. */
const LOOK = 10;
const DIALLING = 250;
const QUIET_LOOK = 500;
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

  /** `look` says whether the loop is closed now. A line begins open: the first look tells if it isn't. */
  constructor(look: () => boolean, tell: (kind: LineReportKind, at: number) => void, clock: () => number) {
    this.#look = look;
    this.#tell = tell;
    this.#clock = clock;
  }

  /** `sequence` is 1 for the first edge and grows by one, in 32 bits. */
  handleEdge(isClosed: boolean, at: number, sequence: number): void {
    const isGap = sequence !== (this.#sequence + 1) >>> 0;
    const wasOther = at - this.#doubtedAt > STAMP;
    this.#sequence = sequence;
    if (at - this.#edgeAt > LOOK) this.#settle();
    if (at - this.#edgeAt > DIALLING) {
      this.#wokenAt = at;
      this.#wasClosed = this.isClosed;
    }
    this.#change(isClosed, Math.max(at, this.#edgeAt), isGap || wasOther);
    this.nextTimeout = this.#edgeAt + LOOK;
  }

  /** Looks whether the pin is as its edges said. */
  handleTimeout(now: number): void {
    if (now < this.nextTimeout) return;
    this.#settle();
    this.nextTimeout = now + (now - this.#edgeAt < DIALLING ? LOOK : QUIET_LOOK);
    const isClosed = this.#look();
    // a thread that is held up in between must not take the pin for older than it is
    const seenAt = this.#clock();
    if (now >= this.#doubtedAt + DOUBT)
      this.#change(isClosed, isClosed === this.isClosed ? now : this.#doubtedAt, true);
    else if (isClosed !== this.isClosed && Number.isNaN(this.#doubtedAt)) this.#doubtedAt = seenAt;
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
