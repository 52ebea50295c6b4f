// Which packets of a stream were of no use, and how these lie together: RFC 3611 §4.7.2. A burst begins and ends with
// a packet that was lost or came too late, and has nowhere as many as LEAST_GAP good ones in a row; all else is gap.
// What the counters of appendix A.2 estimate is counted here as the definition says it.

/** §4.7.2, Gmin: as recommended. */
export const LEAST_GAP: i32 = 16;
/** Packets that may still arrive out of order: the last so many. */
const WINDOW: i32 = 64;

export const LOSS_RUNS_SIZE: i32 = 80;

const scratch = changetype<LossRuns>(memory.data(LOSS_RUNS_SIZE, 16));

@unmanaged
export class LossRuns {
  /** Bit n: the packet n before the highest number came, or came and was thrown away. */
  private arrived: u64 = 0;
  private refused: u64 = 0;
  private highest: u16 = 0;
  /** Packets of the window that are expected; 0 before the first one. */
  private waiting: i32 = 0;
  /** Good packets since the last bad one; bad ones that lie together, and packets from the first to the last of them. */
  private good: i32 = 0;
  private clusterBad: i32 = 0;
  private clusterLength: i32 = 0;

  // So far, but for the window
  expected: u32 = 0;
  lost: u32 = 0;
  discarded: u32 = 0;
  /** Times that one bad packet or several followed a good one. */
  runs: u32 = 0;
  bursts: u32 = 0;
  burstPackets: u32 = 0;
  burstBad: u32 = 0;

  @inline get bad(): u32 { return this.lost + this.discarded; }
  @inline get gapPackets(): u32 { return this.expected - this.burstPackets; }
  /** Before, between and after the bursts. */
  get gaps(): u32 {
    if (this.expected == 0) return 0;
    return this.bursts + (this.clusterBad > 1 && this.good == 0 ? 0 : 1);
  }

  reset(): void {
    if (<i32>offsetof<LossRuns>() > LOSS_RUNS_SIZE) ERROR("LOSS_RUNS_SIZE is too small");
    memory.fill(changetype<usize>(this), 0, LOSS_RUNS_SIZE);
  }

  /** A packet has come; `isDiscarded` when it is too late for anybody to hear it. A second one like it does not count. */
  handlePacket(sequence: u16, isDiscarded: bool): void {
    if (this.waiting == 0) {
      this.highest = sequence - 1;
    }
    const ahead = <i32><i16>(sequence - this.highest);
    for (let step = 0; step < ahead; step++) this.advance();
    const bit = ahead < 0 ? -ahead : 0;
    if (bit >= this.waiting) return;
    const mask: u64 = (<u64>1) << bit;
    if ((this.arrived | this.refused) & mask) return;
    if (isDiscarded) this.refused |= mask;
    else this.arrived |= mask;
  }

  /** Other numbers follow: what is missing now does not come any more. */
  restart(): void {
    for (; this.waiting > 0; this.waiting--) this.settle(this.waiting - 1);
    this.arrived = 0;
    this.refused = 0;
  }

  /** The same as if it ended now, good until the next call of it: §4.7.2 takes what comes later for good. */
  settled(): LossRuns {
    memory.copy(changetype<usize>(scratch), changetype<usize>(this), LOSS_RUNS_SIZE);
    scratch.restart();
    scratch.endCluster();
    return scratch;
  }

  private advance(): void {
    if (this.waiting == WINDOW) this.settle(WINDOW - 1);
    else this.waiting++;
    this.arrived <<= 1;
    this.refused <<= 1;
    this.highest++;
  }

  private settle(bit: i32): void {
    this.expected++;
    if (this.arrived >> bit & 1) {
      this.good++;
      return;
    }
    if (this.refused >> bit & 1) this.discarded++;
    else this.lost++;
    if (this.clusterBad == 0 || this.good > 0) this.runs++;
    if (this.clusterBad > 0 && this.good < LEAST_GAP) {
      this.clusterLength += this.good + 1;
    } else {
      this.endCluster();
      this.clusterBad = 0;
      this.clusterLength = 1;
    }
    this.clusterBad++;
    this.good = 0;
  }

  /** One bad packet alone belongs to the gap. */
  private endCluster(): void {
    if (this.clusterBad < 2) return;
    this.bursts++;
    this.burstPackets += <u32>this.clusterLength;
    this.burstBad += <u32>this.clusterBad;
  }
}
