// Makes the loop's changes out of a pin's edges, which may come in doubles, be lost or never come. Bounce goes through: the core settles it.

import { LineReport, type LineReportKind } from "./report-queue.ts";

/**
 * A spike shorter than the kernel takes to look at the pin shows as an edge to the level that was there before. Among bounce, ms after
 * another edge, that is all there is to it; alone it means that a real edge was missed.
 */
const BOUNCE = 10;
/** How soon after an edge, and how often in quiet times, the pin is looked at: it may have changed without an edge. */
const FIRST_LOOK = 30;
const LOOKS = 500;
/** An edge that is still on its way is not missing. */
const DOUBT = 10;

export class LoopSense {
  /** When handleTimeout() is due. */
  nextTimeout = 0;
  isClosed = false;
  readonly #look: () => boolean;
  readonly #tell: (kind: LineReportKind, at: number) => void;
  #sequence = 0;
  #edgeAt = Number.NEGATIVE_INFINITY;
  /** Since when the pin differs from what its edges said. */
  #doubtedAt = Number.NaN;

  /** `look` says whether the loop is closed now. A line begins open: the first look tells if it isn't. */
  constructor(look: () => boolean, tell: (kind: LineReportKind, at: number) => void) {
    this.#look = look;
    this.#tell = tell;
  }

  /** `sequence` is 1 for the first edge and grows by one, in 32 bits. */
  handleEdge(isClosed: boolean, at: number, sequence: number): void {
    const isGap = sequence !== (this.#sequence + 1) >>> 0;
    const isMissing = isClosed === this.isClosed && at - this.#edgeAt > BOUNCE;
    this.#sequence = sequence;
    this.#change(isClosed, Math.max(at, this.#edgeAt), isGap || isMissing);
    this.nextTimeout = this.#edgeAt + FIRST_LOOK;
  }

  /** Looks whether the pin is as its edges said. */
  handleTimeout(now: number): void {
    if (now < this.nextTimeout) return;
    this.nextTimeout = now + LOOKS;
    const isClosed = this.#look();
    if (isClosed === this.isClosed) this.#doubtedAt = Number.NaN;
    else if (now - this.#doubtedAt >= DOUBT) this.#change(isClosed, this.#doubtedAt, true);
    else {
      if (Number.isNaN(this.#doubtedAt)) this.#doubtedAt = now;
      this.nextTimeout = this.#doubtedAt + DOUBT;
    }
  }

  #change(isClosed: boolean, at: number, hasLoss: boolean): void {
    this.#edgeAt = at;
    this.#doubtedAt = Number.NaN;
    if (hasLoss) this.#tell(LineReport.Lost, at);
    if (isClosed === this.isClosed) return;
    this.isClosed = isClosed;
    this.#tell(isClosed ? LineReport.Closed : LineReport.Open, at);
  }
}
