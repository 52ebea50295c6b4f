// How late packets come: how many with each transit time, in steps of 2.5 ms, in this round and in the one before.
// Transit times are arrival minus timestamp, so only their differences mean anything; the histogram starts at the
// shortest of late.

const BIN_SAMPLES: i32 = 20;
/** 0 to 400 ms more than the shortest. */
const BINS: i32 = 160;
/** The transit times that it tells apart, in samples. */
export const HISTOGRAM_SPAN: i32 = BIN_SAMPLES * BINS;
/** Packets of a round: what happened is remembered for 8 to 16 s. */
const ROUND: i32 = 400;
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

// After the fields: packets of each bin, 16 bits, of this round and of the one before.
const NOW: usize = 32, BEFORE: usize = NOW + 2 * BINS;

export const DELAY_HISTOGRAM_SIZE: i32 = <i32>BEFORE + 2 * BINS;

@unmanaged
export class DelayHistogram {
  /** Transit where the first bin begins. */
  private origin: u32 = 0;
  /** Packets of this round and of the one before. */
  private seen: i32 = 0;
  private seenBefore: i32 = 0;
  /** Shortest transit of this round and of the one before, from `origin`. */
  private shortest: i32 = 0;
  private shortestBefore: i32 = 0;
  private beyond: i32 = 0;
  /** From `origin`: what keeps delay and loss together cheapest. */
  private wait: i32 = 0;

  @inline private slot(table: usize, bin: i32): usize { return changetype<usize>(this) + table + (<usize>bin << 1); }

  /** Forgets all, and expects packets with about this transit. */
  reset(transit: u32): void {
    if (offsetof<DelayHistogram>() > NOW) ERROR("the bins follow at 32");
    memory.fill(changetype<usize>(this), 0, DELAY_HISTOGRAM_SIZE);
    this.wait = FIRST_WAIT;
    this.shortestBefore = NONE;
    this.rebase(transit);
  }

  /** The same network, another clock: keeps the shape, and takes this transit for the shortest. */
  rebase(transit: u32): void {
    this.origin = transit;
    this.shortest = 0;
    this.beyond = 0;
  }

  /** One packet came after this transit. */
  put(transit: u32): void {
    if (this.seen >= ROUND) this.startRound();
    let late = <i32>(transit - this.origin);
    if (late < 0) {
      late = max(late, -HISTOGRAM_SPAN);
      const bins = (BIN_SAMPLES - 1 - late) / BIN_SAMPLES;
      this.moveUp(bins);
      late += bins * BIN_SAMPLES;
    }
    if (late < HISTOGRAM_SPAN) {
      this.beyond = 0;
    } else if (++this.beyond >= MOST_BEYOND) {
      this.rebase(transit);
      late = 0;
    }
    this.seen++;
    this.shortest = min(this.shortest, late);
    const bin = this.slot(NOW, min(late / BIN_SAMPLES, BINS - 1));
    store<u16>(bin, load<u16>(bin) + 1);
    this.weigh();
  }

  /** The transit up to which it pays to wait for packets. */
  get worthwhile(): u32 { return this.origin + <u32>this.wait; }

  /** The shortest transit of late. */
  get base(): u32 { return this.origin + <u32>min(this.shortest, this.shortestBefore); }

  /** Waiting costs its time, not waiting the packets that come later. */
  private weigh(): void {
    const packets = this.seen + this.seenBefore;
    const lateCost = LATE_COST / <f32>packets;
    let later = 0;
    let least = f32.MAX_VALUE;
    for (let bin = BINS - 1; bin >= 0; bin--) {
      const wait = (bin + 1) * BIN_SAMPLES;
      const cost = <f32>wait + <f32>later * lateCost;
      if (cost <= least) {
        least = cost;
        this.wait = wait;
      }
      later += <i32>load<u16>(this.slot(NOW, bin)) + <i32>load<u16>(this.slot(BEFORE, bin));
    }
    if (packets < FIRST_PACKETS) this.wait = max(this.wait, FIRST_WAIT);
  }

  /** What the shortest transit no longer reaches is dropped: the path has grown, or the clocks drift. */
  private startRound(): void {
    const floor = min(this.shortest / BIN_SAMPLES, BINS - 1);
    memory.copy(this.slot(BEFORE, 0), this.slot(NOW, floor), <usize>(BINS - floor) << 1);
    memory.fill(this.slot(BEFORE, BINS - floor), 0, <usize>floor << 1);
    memory.fill(this.slot(NOW, 0), 0, BINS << 1);
    this.seenBefore = this.seen;
    this.seen = 0;
    this.origin += <u32>(floor * BIN_SAMPLES);
    this.shortestBefore = this.shortest - floor * BIN_SAMPLES;
    this.shortest = NONE;
  }

  /** Makes room before the first bin. */
  private moveUp(bins: i32): void {
    this.moveTableUp(this.slot(NOW, 0), min(bins, BINS - 1));
    this.moveTableUp(this.slot(BEFORE, 0), min(bins, BINS - 1));
    this.origin -= <u32>(bins * BIN_SAMPLES);
    if (this.shortest != NONE) this.shortest += bins * BIN_SAMPLES;
    if (this.shortestBefore != NONE) this.shortestBefore += bins * BIN_SAMPLES;
  }

  /** What leaves at the end is kept in the last bin. */
  private moveTableUp(table: usize, bins: i32): void {
    const last = table + ((BINS - 1) << 1);
    let pushed = 0;
    for (let at = table + (<usize>(BINS - bins) << 1); at <= last; at += 2) pushed += <i32>load<u16>(at);
    memory.copy(table + (<usize>bins << 1), table, <usize>(BINS - bins) << 1);
    memory.fill(table, 0, <usize>bins << 1);
    store<u16>(last, load<u16>(last) + <u16>pushed);
  }
}
