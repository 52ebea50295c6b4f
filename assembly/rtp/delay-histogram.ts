// How late packets come: the share of each transit time, in steps of 5 ms, old ones forgotten bit by bit.
// Transit times are arrival minus timestamp, so only their differences mean anything; the histogram starts at the
// shortest of late.

const BIN_SAMPLES: i32 = 40;
/** 0 to 400 ms more than the shortest. */
const BINS: i32 = 80;
/** Packets that a new one outweighs, once there are that many: about 4 s. */
const MEMORY: i32 = 200;
/** The shortest transit is looked for in this many packets at least, twice that at most. */
const ROUND: i32 = 256;
const NONE: i32 = i32.MAX_VALUE;
/** Before anything is known: a network that needs 25 ms. It has this many packets' weight. */
const FIRST_BIN: i32 = 4;
const FIRST_WEIGHT: i32 = 10;

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

  @inline private binAt(index: i32): usize { return changetype<usize>(this) + TABLE + (<usize>index << 2); }

  /** Forgets all, and expects packets with about this transit. */
  reset(transit: u32): void {
    if (offsetof<DelayHistogram>() > TABLE) ERROR("the bins follow at 32");
    memory.fill(changetype<usize>(this), 0, DELAY_HISTOGRAM_SIZE);
    store<f32>(this.binAt(FIRST_BIN), 1);
    this.weight = FIRST_WEIGHT;
    this.rebase(transit);
  }

  /** The same network, another clock: keeps the shape, and takes this transit for the shortest. */
  rebase(transit: u32): void {
    this.origin = transit;
    this.shortest = 0;
    this.shortestBefore = NONE;
    this.seen = 0;
  }

  /** One packet came after this transit. */
  put(transit: u32): void {
    let late = <i32>(transit - this.origin);
    if (late < 0) {
      const bins = (BIN_SAMPLES - 1 - max(late, -BIN_SAMPLES * BINS)) / BIN_SAMPLES;
      this.moveUp(bins);
      late = max(late, -BIN_SAMPLES * BINS) + bins * BIN_SAMPLES;
    }
    this.shortest = min(this.shortest, late);
    if (++this.seen >= ROUND) this.startRound();
    this.weight = min(this.weight + 1, MEMORY);
    const share: f32 = 1 / <f32>this.weight;
    const keep = f32x4.splat(1 - share);
    for (let index = 0; index < BINS; index += 4) {
      v128.store(this.binAt(index), f32x4.mul(v128.load(this.binAt(index)), keep));
    }
    const bin = this.binAt(min(late / BIN_SAMPLES, BINS - 1));
    store<f32>(bin, load<f32>(bin) + share);
  }

  /** The transit that all but `missed` of the packets kept within, to the next 5 ms. */
  within(missed: f32): u32 {
    let bin = BINS - 1;
    let beyond: f32 = 0;
    for (; bin > 0; bin--) {
      beyond += load<f32>(this.binAt(bin));
      if (beyond > missed) break;
    }
    return this.origin + <u32>((bin + 1) * BIN_SAMPLES);
  }

  /** The shortest transit of late. */
  get base(): u32 { return this.origin + <u32>min(this.shortest, this.shortestBefore); }

  /**
   * Bins that the shortest transit of two rounds no longer reaches are dropped: the path has grown, or the clocks
   * drift.
   */
  private startRound(): void {
    const floor = min(min(this.shortest, this.shortestBefore) / BIN_SAMPLES, BINS - 1);
    this.shortestBefore = this.shortest;
    this.shortest = NONE;
    this.seen = 0;
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
