// Puts received sound back in order and hands it out evenly, as late as the network makes necessary and no later.
//
// A ring of samples is addressed by RTP timestamp, so packets of any length, in any order, land where they belong.
// The delay follows the histogram of transit times. It is changed by whole packets, in silence where there is some;
// what is missing is concealed. RFC 3550 §5.1 says what sequence numbers and timestamps mean.

import { CONCEALMENT_SIZE, Concealment } from "../audio/concealment";
import { Law, decodeFrame } from "../audio/g711";
import { frameLevelDbm0 } from "../audio/level";
import { FRAME_SAMPLES } from "../limits";
import { DELAY_HISTOGRAM_SIZE, DelayHistogram } from "./delay-histogram";

/** What became of a packet. */
export const enum JitterResult { Stored, Late, Duplicate, Refused }

/** One second and a bit, a power of two. */
const RING_SAMPLES: i32 = 8192;
const RING_MASK: u32 = RING_SAMPLES - 1;
/** G.711 never decodes to it: it marks a sample that has not come. */
const MISSING: i16 = -32768;

/** Share of the packets that may come too late. */
const MISSED: f32 = 0.02;
/** Headroom over the histogram, 5 ms: the host takes its frames a little unevenly as well. */
const MARGIN: i32 = 40;
/** Off by less than this, the delay is left alone. */
const TOLERANCE: i32 = 40;
/** 100 ms too long: shortened even in the middle of speech. */
const MOST_EXCESS: i32 = 800;
const QUIET_DBM0: f64 = -45;
/** Packets in a row that came too late before we start anew: the path has grown beyond what the histogram spans. */
const MOST_LATE_IN_ROW: i32 = 10;
/** §A.1: sequence numbers this far back are no reordering. */
const SEEN_WINDOW: i32 = 64;
/** 60 ms and some: no sender of ours may have longer packets, or a packet may fill the ring. */
const MOST_PACKET: i32 = 2048;

const HISTOGRAM: usize = 96;
const CONCEALMENT: usize = HISTOGRAM + DELAY_HISTOGRAM_SIZE;
const RING: usize = CONCEALMENT + CONCEALMENT_SIZE;

export const JITTER_BUFFER_SIZE: i32 = <i32>RING + RING_SAMPLES * 2;

@unmanaged
export class JitterBuffer {
  /** Bit n: the packet n before the highest sequence number has come. */
  private seen: u64 = 0;
  /** RTP timestamp of the next sample to play. */
  private position: u32 = 0;
  private packetTimestamp: u32 = 0;
  private packetSamples: i32 = 0;
  /** How much earlier than wanted we play, in samples, smoothed. */
  private early: f32 = 0;
  private highest: u16 = 0;
  private suspect: u16 = 0;
  private hasSuspect: bool = false;
  private hasPackets: bool = false;
  private isPlaying: bool = false;
  private lateInRow: i32 = 0;
  late: u32 = 0;
  duplicates: u32 = 0;
  /**
   * Samples made up while packets were missing, or to lengthen the delay. The silence of a sender that pauses is none.
   */
  concealedSamples: u32 = 0;
  /** Delay of the sample played last, against the fastest packet of late, in samples. */
  delaySamples: i32 = 0;

  @inline private get base(): usize { return changetype<usize>(this); }
  @inline private get histogram(): DelayHistogram { return changetype<DelayHistogram>(this.base + HISTOGRAM); }
  @inline private get concealment(): Concealment { return changetype<Concealment>(this.base + CONCEALMENT); }
  @inline private slot(timestamp: u32): usize { return this.base + RING + (<usize>(timestamp & RING_MASK) << 1); }

  reset(): void {
    if (offsetof<JitterBuffer>() > HISTOGRAM) ERROR("the histogram follows at 96");
    memory.fill(changetype<usize>(this), 0, HISTOGRAM);
    this.concealment.reset();
    this.clear(0, RING_SAMPLES);
  }

  /** Other sound will follow, with sequence numbers and timestamps of its own: a new SSRC. */
  restart(): void {
    this.hasPackets = false;
    this.isPlaying = false;
  }

  /** One packet of `length` G.711 bytes. */
  put(sequence: u16, timestamp: u32, law: Law, payload: usize, length: i32, now: f64): JitterResult {
    if (length <= 0 || length > MOST_PACKET) return JitterResult.Refused;
    const transit = samplesOf(now) - timestamp;
    if (!this.hasPackets) {
      this.synchronise(sequence, timestamp, transit);
    } else if (this.isFar(timestamp, length)) {
      if (!this.isExpected(sequence)) return JitterResult.Refused;
      this.synchronise(sequence, timestamp, transit);
    }
    if (this.isSeen(sequence)) {
      this.duplicates++;
      return JitterResult.Duplicate;
    }
    this.histogram.put(transit);
    this.packetTimestamp = timestamp;
    this.packetSamples = length;
    const ahead = <i32>(timestamp - this.position);
    if (!this.isPlaying && ahead < 0 && ahead >= -MOST_PACKET) {
      this.position = timestamp; // overtaken by the packet that came first
    } else if (ahead + length <= 0) {
      this.late++;
      if (++this.lateInRow < MOST_LATE_IN_ROW) return JitterResult.Late;
      this.synchronise(sequence, timestamp, transit);
      this.isSeen(sequence);
    }
    this.lateInRow = 0;
    this.store(timestamp, law, payload, length);
    return JitterResult.Stored;
  }

  /** The next FRAME_SAMPLES samples. Always fills them. */
  take(pcm: usize, now: f64): void {
    if (!this.hasPackets || !this.isDue(now)) {
      this.concealment.conceal(pcm, FRAME_SAMPLES);
      return;
    }
    const early = <i32>(this.position - this.wanted(now));
    this.early += (<f32>early - this.early) / 8;
    if (load<i16>(this.slot(this.position)) == MISSING) {
      if (early > TOLERANCE) {
        this.wait(pcm);
        return;
      }
    } else if (this.early > <f32>(this.grain() + TOLERANCE)) {
      if (this.isQuiet(FRAME_SAMPLES)) {
        this.wait(pcm);
        return;
      }
    } else if (-this.early > <f32>(this.grain() + TOLERANCE)) {
      this.skip();
    }
    this.play(pcm);
    this.delaySamples = max(<i32>(samplesOf(now) - this.histogram.base - this.position) + FRAME_SAMPLES, 0);
  }

  private synchronise(sequence: u16, timestamp: u32, transit: u32): void {
    if (this.packetSamples == 0) this.histogram.reset(transit);
    else this.histogram.rebase(transit);
    this.clear(0, RING_SAMPLES);
    this.position = timestamp;
    this.highest = sequence - 1;
    this.seen = 0;
    this.lateInRow = 0;
    this.hasPackets = true;
    this.isPlaying = false;
    this.hasSuspect = false;
  }

  /** The packet has no place in the ring. */
  private isFar(timestamp: u32, length: i32): bool {
    const ahead = <i32>(timestamp - this.position);
    return ahead > RING_SAMPLES - length || ahead < -RING_SAMPLES;
  }

  /** A packet with a timestamp far off continues the stream, or the one packet far off before it. */
  private isExpected(sequence: u16): bool {
    const follows = sequence == <u16>(this.highest + 1) || (this.hasSuspect && sequence == <u16>(this.suspect + 1));
    this.suspect = sequence;
    this.hasSuspect = !follows;
    return follows;
  }

  /** Notes a sequence number. True when it came before. */
  private isSeen(sequence: u16): bool {
    const step = <i32><i16>(sequence - this.highest);
    if (step > 0) {
      this.seen = step < SEEN_WINDOW ? this.seen << step | 1 : 1;
      this.highest = sequence;
      return false;
    }
    if (-step >= SEEN_WINDOW) return false;
    const bit: u64 = (<u64>1) << -step;
    if (this.seen & bit) return true;
    this.seen |= bit;
    return false;
  }

  /** Decodes what is still to be played of a packet to its place. */
  private store(timestamp: u32, law: Law, payload: usize, length: i32): void {
    const passed = max(<i32>(this.position - timestamp), 0);
    timestamp += <u32>passed;
    payload += <usize>passed;
    length -= passed;
    const first = min(length, RING_SAMPLES - <i32>(timestamp & RING_MASK));
    decodeFrame(law, this.slot(timestamp), payload, first);
    decodeFrame(law, this.slot(0), payload + <usize>first, length - first);
  }

  /**
   * The RTP timestamp that should play at `now`. A frame may end in a later packet than it begins in: that one has to
   * be here too.
   */
  private wanted(now: f64): u32 {
    const grain = this.grain();
    const beyond = <i32>(this.position - this.packetTimestamp) % grain;
    const wait = FRAME_SAMPLES - grain + (grain - beyond) % grain;
    return samplesOf(now) - this.histogram.within(MISSED) - <u32>(MARGIN + wait);
  }

  /** Moving by multiples of this keeps frames and packets as they lie to each other. */
  private grain(): i32 {
    let a = FRAME_SAMPLES, b = this.packetSamples;
    while (b != 0) {
      const rest = a % b;
      a = b;
      b = rest;
    }
    return a;
  }

  private isDue(now: f64): bool {
    if (this.isPlaying) return true;
    if (<i32>(this.wanted(now) - this.position) < 0) return false;
    this.isPlaying = true;
    this.early = 0;
    return true;
  }

  /** Makes sound up without moving on: the delay grows by a frame. */
  private wait(pcm: usize): void {
    this.concealedSamples += this.concealment.conceal(pcm, FRAME_SAMPLES);
    this.early -= <f32>FRAME_SAMPLES;
  }

  /** Shortens the delay by whole grains, about a frame at a time, unless that is heard and can wait. */
  private skip(): void {
    const grain = this.grain();
    const excess = -<i32>this.early;
    const samples = max(min(excess, FRAME_SAMPLES) / grain * grain, grain);
    if (excess < MOST_EXCESS && !this.isQuiet(FRAME_SAMPLES + samples)) return;
    this.clear(this.position, samples);
    this.position += <u32>samples;
    this.early += <f32>samples;
    this.concealment.open();
  }

  /** The next `samples` samples have come, and are quiet. */
  private isQuiet(samples: i32): bool {
    let timestamp = this.position;
    while (samples > 0) {
      const count = min(samples, RING_SAMPLES - <i32>(timestamp & RING_MASK));
      // And MISSING is the loudest sample of all.
      if (frameLevelDbm0(this.slot(timestamp), count) > QUIET_DBM0) return false;
      timestamp += <u32>count;
      samples -= count;
    }
    return true;
  }

  /** Runs of what has come and what has not, one after the other. */
  private play(pcm: usize): void {
    let left = FRAME_SAMPLES;
    while (left > 0) {
      const at = this.slot(this.position);
      const most = min(left, RING_SAMPLES - <i32>(this.position & RING_MASK));
      const isMissing = load<i16>(at) == MISSING;
      let count = 1;
      while (count < most && (load<i16>(at + (<usize>count << 1)) == MISSING) == isMissing) count++;
      if (isMissing) {
        this.concealedSamples += this.concealment.conceal(pcm, count);
      } else {
        memory.copy(pcm, at, <usize>count << 1);
        this.concealment.handleSound(pcm, count);
        this.clear(this.position, count);
      }
      this.position += <u32>count;
      pcm += <usize>count << 1;
      left -= count;
    }
  }

  private clear(timestamp: u32, samples: i32): void {
    for (let end = timestamp + <u32>samples; timestamp != end; timestamp++) store<i16>(this.slot(timestamp), MISSING);
  }
}

/** RTP time of the local clock. */
@inline function samplesOf(now: f64): u32 { return <u32><i64>(now * 8); }
