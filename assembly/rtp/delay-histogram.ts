// How late packets come: the share of each transit time, in steps of 2.5 ms, old ones forgotten bit by bit.
// Transit times are arrival minus timestamp, so only their differences mean anything; the histogram starts at the
// shortest of late.

const BIN_SAMPLES: i32 = 20;
/** 0 to 400 ms more than the shortest. */
const BINS: i32 = 160;
/** The transit times that it tells apart, in samples. */
export const HISTOGRAM_SPAN: i32 = BIN_SAMPLES * BINS;
/** Packets that a new one outweighs, once there are that many: about 10 s. */
const MEMORY: i32 = 500;
/** The shortest transit is looked for in this many packets at least, twice that at most. */
const ROUND: i32 = 256;
const NONE: i32 = i32.MAX_VALUE;
/** Packets in a row later than the last bin: the path is another. */
const MOST_BEYOND: i32 = 10;
/** Until so many packets have come the network is not trusted to need less than this. */
const FIRST_PACKETS: i32 = 50;
const FIRST_WAIT: i32 = 200;
/**
 * What all packets late would be worth, in samples: one in a hundred for 60 ms of delay. By the E-model (G.107 with
 * G.113's figures for G.711) it is more; but what was late before is not what will be late.
 */
const LATE_COST: f32 = 48000;

const TABLE: usize = 32;

export const DELAY_HISTOGRAM_SIZE: i32 = 32 + BINS * 4;

@unmanaged
export class DelayHistogram {
  /** Transit where the first bin begins. */
  private origin: u32 = 0;
  private weight: i32 = 0;
  /** Shortest transit of this round and of the one before, from `origin`. */
  private shortest: i32 = 0;
  private shortestBefore: i32 = 0;
  private seen: i32 = 0;
  private beyond: i32 = 0;
  /** From `origin`: what keeps delay and loss together cheapest. */
  private wait: i32 = 0;

  @inline private binAt(index: i32): usize { return changetype<usize>(this) + TABLE + (<usize>index << 2); }

  /** Forgets all, and expects packets with about this transit. */
  reset(transit: u32): void {
    if (offsetof<DelayHistogram>() > TABLE) ERROR("the bins follow at 32");
    memory.fill(changetype<usize>(this), 0, DELAY_HISTOGRAM_SIZE);
    this.wait = FIRST_WAIT;
    this.rebase(transit);
  }

  /** The same network, another clock: keeps the shape, and takes this transit for the shortest. */
  rebase(transit: u32): void {
    this.origin = transit;
    this.shortest = 0;
    this.shortestBefore = NONE;
    this.seen = 0;
    this.beyond = 0;
  }

  /** One packet came after this transit. */
  put(transit: u32): void {
    if (this.seen++ >= ROUND) this.startRound();
    let late = <i32>(transit - this.origin);
    if (late < 0) {
      const bins = (BIN_SAMPLES - 1 - max(late, -HISTOGRAM_SPAN)) / BIN_SAMPLES;
      this.moveUp(bins);
      late = max(late, -HISTOGRAM_SPAN) + bins * BIN_SAMPLES;
    }
    if (late < HISTOGRAM_SPAN) {
      this.beyond = 0;
    } else if (++this.beyond >= MOST_BEYOND) {
      this.rebase(transit);
      late = 0;
    }
    this.shortest = min(this.shortest, late);
    this.weight = min(this.weight + 1, MEMORY);
    const share: f32 = 1 / <f32>this.weight;
    const keep = f32x4.splat(1 - share);
    for (let index = 0; index < BINS; index += 4) {
      v128.store(this.binAt(index), f32x4.mul(v128.load(this.binAt(index)), keep));
    }
    const bin = this.binAt(min(late / BIN_SAMPLES, BINS - 1));
    store<f32>(bin, load<f32>(bin) + share);
    this.weigh();
  }

  /** The transit up to which it pays to wait for packets. */
  get worthwhile(): u32 { return this.origin + <u32>this.wait; }

  /** The shortest transit of late. */
  get base(): u32 { return this.origin + <u32>min(this.shortest, this.shortestBefore); }

  /** Waiting costs its time, not waiting the packets that come later. */
  private weigh(): void {
    let beyond: f32 = 0;
    let least: f32 = f32.MAX_VALUE;
    for (let bin = BINS - 1; bin >= 0; bin--) {
      const wait = (bin + 1) * BIN_SAMPLES;
      const cost = <f32>wait + beyond * LATE_COST;
      if (cost <= least) {
        least = cost;
        this.wait = wait;
      }
      beyond += load<f32>(this.binAt(bin));
    }
    if (this.weight < FIRST_PACKETS) this.wait = max(this.wait, FIRST_WAIT);
  }

  /**
   * Bins that the shortest transit of two rounds no longer reaches are dropped: the path has grown, or the clocks
   * drift.
   */
  private startRound(): void {
    const floor = min(min(this.shortest, this.shortestBefore) / BIN_SAMPLES, BINS - 1);
    this.shortestBefore = this.shortest;
    this.shortest = NONE;
    this.seen = 1;
    if (floor <= 0) return;
    let dropped: f32 = 0;
    for (let index = 0; index < floor; index++) dropped += load<f32>(this.binAt(index));
    memory.copy(this.binAt(0), this.binAt(floor), <usize>(BINS - floor) << 2);
    memory.fill(this.binAt(BINS - floor), 0, <usize>floor << 2);
    store<f32>(this.binAt(0), load<f32>(this.binAt(0)) + dropped);
    this.origin += <u32>(floor * BIN_SAMPLES);
    this.shortestBefore -= floor * BIN_SAMPLES;
  }

  /** Makes room before the first bin. What leaves at the end is kept in the last. */
  private moveUp(bins: i32): void {
    const moved = min(bins, BINS - 1);
    let pushed: f32 = 0;
    for (let index = BINS - moved; index < BINS; index++) pushed += load<f32>(this.binAt(index));
    memory.copy(this.binAt(moved), this.binAt(0), <usize>(BINS - moved) << 2);
    memory.fill(this.binAt(0), 0, <usize>moved << 2);
    store<f32>(this.binAt(BINS - 1), load<f32>(this.binAt(BINS - 1)) + pushed);
    this.origin -= <u32>(bins * BIN_SAMPLES);
    if (this.shortest != NONE) this.shortest += bins * BIN_SAMPLES;
    if (this.shortestBefore != NONE) this.shortestBefore += bins * BIN_SAMPLES;
  }
}
