// Puts received sound back in order and hands it out evenly, as late as the network makes necessary and no later.
//
// A ring of samples is addressed by RTP timestamp, so packets of any length, in any order, land where they belong.
// What is worth waiting for says the histogram of transit times; a frame that is longer or shorter by a pitch period gets
// us there. What is missing is concealed. RFC 3550 §5.1 says what sequence numbers and timestamps mean.

import { CONCEALMENT_SIZE, Concealment } from "../audio/concealment";
import { Law, decodeFrame } from "../audio/g711";
import { MOST_STRETCH, findStretch, stretch, stretchComing, stretchPlayed } from "../audio/time-stretch";
import { FRAME_SAMPLES } from "../limits";
import { DELAY_HISTOGRAM_SIZE, DelayHistogram, HISTOGRAM_SPAN } from "./delay-histogram";
import { SEQUENCE_WINDOW_SIZE, SequenceWindow } from "./sequence-window";

/** What became of a packet. */
export const enum JitterResult { Stored, Late, Duplicate, Refused }

/** One second and a bit, a power of two. */
const RING_SAMPLES: i32 = 8192;
const RING_MASK: u32 = RING_SAMPLES - 1;
/** G.711 never decodes to it: it marks a sample that has not come. */
export const MISSING: i16 = -32768;

/** Headroom over the histogram, 4 ms: the host takes its frames a little unevenly as well. */
const MARGIN: i32 = 32;
/** Too long by less than this, 5 ms, the delay is left alone. */
const TOLERANCE: i32 = 40;
/** 200 ms too long: the sound is cut. */
const MOST_EXCESS: i32 = 1600;
/** Pieces that go over into each other without being heard are this alike, and the less the more the delay is off. */
const ALIKE: f32 = 0.9;
/** 100 ms off: pieces may be anything. */
const URGENT: f32 = 800;
/** 60 ms without anything to play: the sender pauses, and may begin anew. */
const PAUSE: i32 = 480;
/** Timestamps may say anything; beyond a minute it is all the same, and an f32 holds it exactly. */
const FARTHEST: i32 = 480000;
/** Packets in a row that came too late before we start anew: the path has grown beyond what the histogram spans. */
const MOST_LATE_IN_ROW: i32 = 10;
/** 60 ms and some: no sender of ours may have longer packets, or a packet may fill the ring. */
const MOST_PACKET: i32 = 2048;

const WINDOW: usize = 80;
const HISTOGRAM: usize = WINDOW + SEQUENCE_WINDOW_SIZE;
const CONCEALMENT: usize = HISTOGRAM + DELAY_HISTOGRAM_SIZE;
const RING: usize = (CONCEALMENT + CONCEALMENT_SIZE + 15) & ~15;

export const JITTER_BUFFER_SIZE: i32 = <i32>RING + RING_SAMPLES * 2;

@unmanaged
export class JitterBuffer {
  /** RTP timestamp of the next sample to play. */
  position: u32 = 0;
  /** The end of all that came. */
  private end: u32 = 0;
  /** Before this nothing can be played any more. */
  private played: u32 = 0;
  private packetTimestamp: u32 = 0;
  private packetSamples: i32 = 0;
  /** The timestamp that is worth waiting for no longer, against `position`: how late we play. Smoothed. */
  private lead: f32 = 0;
  /** Samples made up at `position`, while nothing followed. */
  private held: i32 = 0;
  private lateInRow: i32 = 0;
  private noiseFrom: u32 = 0;
  /** The number that would follow the packet with a timestamp far off. */
  private expected: i32 = 0;
  private hasSource: bool = false;
  isPlaying: bool = false;
  /** Not playing, and there is something at `position`. */
  private isPending: bool = false;
  private hasNoise: bool = false;
  late: u32 = 0;
  duplicates: u32 = 0;
  /**
   * Samples made up while packets were missing, or to lengthen the delay. The silence of a sender that pauses is none.
   */
  concealedSamples: u32 = 0;
  /** Delay of the sample played last, against the fastest packet of late, in samples. */
  delaySamples: i32 = 0;

  @inline private get base(): usize { return changetype<usize>(this); }
  @inline private get window(): SequenceWindow { return changetype<SequenceWindow>(this.base + WINDOW); }
  @inline private get histogram(): DelayHistogram { return changetype<DelayHistogram>(this.base + HISTOGRAM); }
  @inline private get concealment(): Concealment { return changetype<Concealment>(this.base + CONCEALMENT); }
  @inline slot(timestamp: u32): usize { return this.base + RING + (<usize>(timestamp & RING_MASK) << 1); }
  @inline private isMissing(timestamp: u32): bool { return load<i16>(this.slot(timestamp)) == MISSING; }

  reset(): void {
    if (offsetof<JitterBuffer>() > WINDOW) ERROR("the sequence window follows at 80");
    memory.fill(changetype<usize>(this), 0, HISTOGRAM);
    this.concealment.reset();
    this.clear(0, RING_SAMPLES);
  }

  /** Other sound will follow, with sequence numbers and timestamps of its own: a new SSRC. */
  restart(): void {
    this.hasSource = false;
    this.isPlaying = false;
    this.isPending = false;
  }

  // Packets

  /** One packet of `length` G.711 bytes. */
  put(sequence: u16, timestamp: u32, law: Law, payload: usize, length: i32, now: f64): JitterResult {
    if (length <= 0 || length > MOST_PACKET) return JitterResult.Refused;
    const transit = samplesOf(now) - timestamp;
    if (!this.hasSource) this.synchronise(sequence, timestamp, transit);
    else if (this.isFar(timestamp, length) && !this.follow(sequence, timestamp, transit)) return JitterResult.Refused;
    if (!this.window.put(sequence)) {
      this.duplicates++;
      return JitterResult.Duplicate;
    }
    this.histogram.put(transit);
    this.packetTimestamp = timestamp;
    this.packetSamples = length;
    if (!this.isPlaying) this.await(timestamp);
    if (<i32>(timestamp - this.position) + length <= 0) {
      this.late++;
      if (++this.lateInRow < MOST_LATE_IN_ROW) return JitterResult.Late;
      this.synchronise(sequence, timestamp, transit);
      this.window.put(sequence);
      this.await(timestamp);
    }
    this.lateInRow = 0;
    this.store(timestamp, law, payload, length);
    return JitterResult.Stored;
  }

  /** The sender is silent from `timestamp` on, and describes how: RFC 3389. */
  putNoise(sequence: u16, timestamp: u32, payload: usize, length: i32): JitterResult {
    if (length <= 0) return JitterResult.Refused;
    if (this.hasSource && !this.window.put(sequence)) {
      this.duplicates++;
      return JitterResult.Duplicate;
    }
    this.hasNoise = true;
    this.noiseFrom = timestamp;
    this.concealment.handleNoise(payload, length);
    return JitterResult.Stored;
  }

  private synchronise(sequence: u16, timestamp: u32, transit: u32): void {
    if (this.packetSamples == 0) this.histogram.reset(transit);
    else this.histogram.rebase(transit);
    this.moveTo(timestamp);
    this.played = timestamp - MOST_PACKET; // the first packet may have been overtaken
    this.window.reset(sequence);
    this.lateInRow = 0;
    this.expected = -1;
    this.forgetNoise();
    this.hasSource = true;
  }

  /** Nothing is kept, and whatever comes next is waited for. */
  private moveTo(timestamp: u32): void {
    this.clear(0, RING_SAMPLES);
    this.position = timestamp;
    this.end = timestamp;
    this.played = timestamp;
    this.isPlaying = false;
    this.isPending = false;
  }

  /** The packet has no place in the ring. */
  private isFar(timestamp: u32, length: i32): bool {
    const ahead = <i32>(timestamp - this.position);
    return ahead > RING_SAMPLES - length || ahead < -RING_SAMPLES;
  }

  /**
   * A packet with a timestamp far off: after a pause, with the same clock; with another when it continues the stream, or
   * the one packet far off before it. False when it does not belong here.
   */
  private follow(sequence: u16, timestamp: u32, transit: u32): bool {
    if (<i32>(timestamp - this.position) > 0 && abs(<i32>(transit - this.histogram.base)) < HISTOGRAM_SPAN) {
      this.moveTo(timestamp);
      return true;
    }
    if (sequence == <u16>(this.window.highest + 1) || <i32>sequence == this.expected) {
      this.synchronise(sequence, timestamp, transit);
      return true;
    }
    this.expected = <i32><u16>(sequence + 1);
    return false;
  }

  /** Sound will begin with the earliest packet that comes in time for it. */
  private await(timestamp: u32): void {
    if (<i32>(timestamp - this.played) < 0) return;
    if (this.isPending && <i32>(timestamp - this.position) >= 0) return;
    this.position = timestamp;
    if (!this.isPending) this.end = timestamp;
    this.isPending = true;
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
    const end = timestamp + <u32>length;
    if (<i32>(end - this.end) > 0) this.end = end;
  }

  // Frames

  /** The next FRAME_SAMPLES samples. Always fills them. */
  take(pcm: usize, now: f64): void {
    if (!this.isPlaying && !this.isDue(now)) {
      this.concealment.conceal(pcm, FRAME_SAMPLES);
      return;
    }
    if (this.isMissing(this.position)) {
      if (!this.bridge(pcm)) return;
    } else {
      this.held = 0;
      if (this.isSilent()) this.forgetNoise();
      this.lead += (<f32>this.leadAt(now) - this.lead) / 8;
    }
    if (!this.adjust(pcm)) this.play(pcm);
    this.delaySamples = max(<i32>(samplesOf(now) - this.histogram.base - this.position) + FRAME_SAMPLES, 0);
  }

  private leadAt(now: f64): i32 {
    const lead = <i32>(samplesOf(now) - this.histogram.worthwhile - this.position) - MARGIN;
    return min(max(lead, -FARTHEST), FARTHEST);
  }

  private isDue(now: f64): bool {
    if (!this.isPending) return false;
    this.lead = <f32>this.leadAt(now);
    if (this.reserveOf(<i32>this.lead) < 0) return false;
    this.isPlaying = true;
    this.isPending = false;
    this.held = 0;
    return true;
  }

  /** Packets and frames lie to each other in as many ways as one of these is long, and come round to the same again. */
  private grain(): i32 {
    let a = FRAME_SAMPLES, b = this.packetSamples;
    while (b != 0) {
      const rest = a % b;
      a = b;
      b = rest;
    }
    return a;
  }

  /** How far beyond the beginning of a grain a frame from `position` on ends, 1 to the grain's length. */
  private reach(): i32 {
    const grain = this.grain();
    const beyond = <i32>(this.position + FRAME_SAMPLES - 1 - this.packetTimestamp) % grain;
    return (beyond + grain) % grain + 1;
  }

  /** How long the packet that a frame ends in will have been here, counted from when it is worth waiting for no longer. */
  private reserveOf(lead: i32): i32 { return lead - FRAME_SAMPLES + this.reach(); }

  /** `position` has not come. Fills the frame and returns false unless it may be passed. */
  private bridge(pcm: usize): bool {
    if (this.position == this.end) {
      this.hold(pcm);
      return false;
    }
    // Something later is here. What was made up stood for what is missing before that.
    while (this.held > 0 && this.isMissing(this.position)) {
      this.held--;
      this.moveBy(1);
    }
    this.held = 0;
    if (!this.isMissing(this.position) || this.reserveOf(<i32>this.lead) >= -TOLERANCE) return true;
    this.conceal(pcm, FRAME_SAMPLES);
    this.lead += <f32>FRAME_SAMPLES;
    return false;
  }

  /** Nothing is left: makes sound up without moving on, for what is missing may only be late. */
  private hold(pcm: usize): void {
    if (this.isSilent()) {
      this.concealment.conceal(pcm, FRAME_SAMPLES);
    } else {
      this.conceal(pcm, FRAME_SAMPLES);
      this.held += FRAME_SAMPLES;
      this.lead += <f32>FRAME_SAMPLES;
      if (this.held < PAUSE) return;
    }
    this.isPlaying = false;
    this.played = this.position;
  }

  /** The sender said that it is silent here. */
  private isSilent(): bool { return this.hasNoise && <i32>(this.position - this.noiseFrom) >= 0; }

  private forgetNoise(): void {
    this.hasNoise = false;
    this.concealment.forgetNoise();
  }

  private conceal(pcm: usize, samples: i32): void {
    this.concealedSamples += this.concealment.conceal(pcm, samples);
  }

  private moveBy(samples: i32): void {
    this.position += <u32>samples;
    this.lead -= <f32>samples;
  }

  /** Fills the frame with a little more or less sound than it lasts, and returns true, when that is wanted and not heard. */
  private adjust(pcm: usize): bool {
    const grain = this.grain();
    const reserve = this.reserveOf(<i32>this.lead);
    if (reserve >= 0 && reserve < TOLERANCE) return false;
    if (reserve < 0) return this.stretchBy(pcm, -1, this.reach() + (-reserve - 1) / grain * grain, <f32>-reserve);
    if (reserve > grain + MOST_EXCESS) this.cut(reserve - grain - TOLERANCE);
    // as far as it goes without a later packet, and by as many whole grains as there are to spare
    const excess = grain - this.reach() + (reserve - TOLERANCE) / grain * grain;
    return this.stretchBy(pcm, 1, excess, <f32>excess);
  }

  /** Leaves out sound that is far too late, all but two frames of it. */
  private cut(samples: i32): void {
    samples = min(samples, <i32>(this.end - this.position) - 2 * FRAME_SAMPLES);
    if (samples <= 0) return;
    this.clear(this.position, samples);
    this.moveBy(samples);
    this.concealment.open();
  }

  private stretchBy(pcm: usize, direction: i32, samples: i32, off: f32): bool {
    if (this.concealment.isHole) return false;
    memory.copy(stretchPlayed, this.concealment.playedEnd - (MOST_STRETCH << 1), MOST_STRETCH << 1);
    const here = this.copyComing();
    if (here < FRAME_SAMPLES) return false;
    const longest = direction < 0 ? MOST_STRETCH : min(samples, here - FRAME_SAMPLES);
    const shift = findStretch(direction, longest, samples, min(ALIKE, 1 - off / URGENT));
    if (shift == 0) return false;
    stretch(pcm, shift);
    this.concealment.handleSound(pcm, FRAME_SAMPLES);
    this.clear(this.position, FRAME_SAMPLES + shift);
    this.position += FRAME_SAMPLES;
    this.moveBy(shift);
    return true;
  }

  /** Copies what is here of the next sound for stretching. Returns how many samples that are. */
  private copyComing(): i32 {
    let count = 0;
    for (; count < FRAME_SAMPLES + MOST_STRETCH; count++) {
      const sample = load<i16>(this.slot(this.position + <u32>count));
      if (sample == MISSING) break;
      store<i16>(stretchComing + (<usize>count << 1), sample);
    }
    return count;
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
      if (!isMissing) {
        memory.copy(pcm, at, <usize>count << 1);
        this.concealment.handleSound(pcm, count);
        this.clear(this.position, count);
      } else if (this.position == this.end) {
        count = left;
        this.conceal(pcm, count);
        this.held += count;
        this.lead += <f32>count;
        return;
      } else {
        count = min(count, <i32>(this.end - this.position));
        this.conceal(pcm, count);
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
