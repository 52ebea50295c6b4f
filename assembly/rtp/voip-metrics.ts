// How one direction of a call fares, in the figures of RFC 3611 §4.7: measured, written as a report block, read.

import { LevelMeter } from "../audio/level-meter";
import { load16, load32, store16, store32 } from "../base/network-order";
import { opinionOf, ratingOf } from "./e-model";
import { LEAST_GAP, LossRuns } from "./loss-runs";

const EXTENDED_REPORT: u8 = 207;
const VOIP_METRICS: u8 = 7;
/** A packet of type XR with this one block. */
const XR_SIZE: i32 = 44;
const BLOCK_SIZE: i32 = 36;
/** §4.7: nobody has measured it. */
const UNAVAILABLE: i32 = 127;
/** §4.7.7: enhanced concealment, an adaptive jitter buffer, at the rate 5: about 200 ms to a step in the delay. */
const CONFIGURATION: u8 = 0xb5;
/** No concealment, a jitter buffer of one delay. */
const FIXED_CONFIGURATION: u8 = 0x60;
/** What a jitter buffer may come to at the worst. */
const LONGEST_DELAY: f64 = 1000;

export const VOIP_METRICS_SIZE: i32 = 128;

/** What is not known is NaN. Offsets are part of the ABI, by call/quality-report.ts. */
@unmanaged
export class VoipMetrics {
  /** Shares of the packets, 0 to 1: lost, thrown away, and both of them within bursts and within gaps. */
  lossRate: f64 = 0;
  discardRate: f64 = 0;
  burstDensity: f64 = 0;
  gapDensity: f64 = 0;
  /** Means, in ms. */
  burstMs: f64 = 0;
  gapMs: f64 = 0;
  /** ms to the other side and back, and ms that the measuring side itself adds: packet and jitter buffer. */
  roundTripMs: f64 = 0;
  endSystemMs: f64 = 0;
  /** dBm0 of the voice that comes, and of the noise between its words. */
  signalDbm0: f64 = 0;
  noiseDbm0: f64 = 0;
  /** dB: what comes back of one's own voice, after any echo canceller. */
  echoReturnLoss: f64 = 0;
  /** ITU-T G.107: 0 to 100; and opinion scores, 1 to 5, of listening alone and of talking to each other. */
  rating: f64 = 0;
  listeningMos: f64 = 0;
  conversationMos: f64 = 0;
  jitterBufferMs: f64 = 0;
  /** The delay never changes, and nothing is concealed. */
  private isFixed: bool = false;

  /** Nothing is known. */
  reset(): void {
    if (<i32>offsetof<VoipMetrics>() > VOIP_METRICS_SIZE) ERROR("VOIP_METRICS_SIZE is too small");
    for (let at: usize = 0; at < <usize>VOIP_METRICS_SIZE; at += 8) store<f64>(changetype<usize>(this) + at, NaN);
  }

  /**
   * What is heard of the other side. `packetMs` is how long a packet lasts, `roundTripMs` negative when nobody knows.
   * `remoteMs` is what the other side's own packet and jitter buffer add, NaN for as much as here.
   */
  measure(
    losses: LossRuns, level: LevelMeter, packetMs: f64, jitterBufferMs: f64, roundTripMs: f64, remoteMs: f64,
    isConcealed: bool,
  ): void {
    this.reset();
    this.isFixed = !isConcealed;
    const expected = <f64>losses.expected;
    if (expected == 0) return;
    const bad = <f64>losses.bad;
    this.lossRate = <f64>losses.lost / expected;
    this.discardRate = <f64>losses.discarded / expected;
    this.burstDensity = share(losses.burstBad, losses.burstPackets);
    this.gapDensity = share(losses.bad - losses.burstBad, losses.gapPackets);
    this.burstMs = share(losses.burstPackets, losses.bursts) * packetMs;
    this.gapMs = share(losses.gapPackets, losses.gaps) * packetMs;
    this.jitterBufferMs = jitterBufferMs;
    this.endSystemMs = packetMs + jitterBufferMs;
    if (roundTripMs >= 0) this.roundTripMs = roundTripMs;
    if (level.hasVoice) this.signalDbm0 = level.voiceDbm0;
    if (level.hasNoise) this.noiseDbm0 = level.noiseDbm0;

    // G.107 §7.5: how long losses last, against how long they would if they came at random
    const burstRatio = losses.runs == 0 ? 1 : bad / <f64>losses.runs * (1 - bad / expected);
    const ends = this.endSystemMs + (isNaN(remoteMs) ? this.endSystemMs : remoteMs);
    const delay = (max(roundTripMs, 0) + ends) / 2;
    this.rating = ratingOf(delay, bad / expected, burstRatio, isConcealed);
    this.conversationMos = opinionOf(this.rating);
    this.listeningMos = opinionOf(ratingOf(0, bad / expected, burstRatio, isConcealed));
  }

  /** An extended report of `ssrc` with these figures about `source`. Returns the address after it. */
  write(at: usize, ssrc: u32, source: u32): usize {
    store<u8>(at, 0x80);
    store<u8>(at, EXTENDED_REPORT, 1);
    store16(at + 2, <u16>(XR_SIZE / 4 - 1));
    store32(at + 4, ssrc);
    store<u8>(at, VOIP_METRICS, 8);
    store<u8>(at, 0, 9);
    store16(at + 10, <u16>(BLOCK_SIZE / 4 - 1));
    store32(at + 12, source);
    store<u8>(at, fraction(this.lossRate), 16);
    store<u8>(at, fraction(this.discardRate), 17);
    store<u8>(at, fraction(this.burstDensity), 18);
    store<u8>(at, fraction(this.gapDensity), 19);
    store16(at + 20, milliseconds(this.burstMs));
    store16(at + 22, milliseconds(this.gapMs));
    store16(at + 24, milliseconds(this.roundTripMs));
    store16(at + 26, milliseconds(this.endSystemMs));
    store<u8>(at, signed(this.signalDbm0), 28);
    store<u8>(at, signed(this.noiseDbm0), 29);
    store<u8>(at, signed(this.echoReturnLoss), 30);
    store<u8>(at, <u8>LEAST_GAP, 31);
    store<u8>(at, signed(this.rating), 32);
    store<u8>(at, <u8>UNAVAILABLE, 33);
    store<u8>(at, signed(this.listeningMos * 10), 34);
    store<u8>(at, signed(this.conversationMos * 10), 35);
    store<u8>(at, this.isFixed ? FIXED_CONFIGURATION : CONFIGURATION, 36);
    store<u8>(at, 0, 37);
    store16(at + 38, milliseconds(this.jitterBufferMs));
    store16(at + 40, milliseconds(this.jitterBufferMs));
    store16(at + 42, milliseconds(this.isFixed ? this.jitterBufferMs : LONGEST_DELAY));
    return at + <usize>XR_SIZE;
  }

  /** Reads the block about `source` out of an extended report, the `size` bytes at `at`. True when there is one. */
  parse(at: usize, size: i32, source: u32): bool {
    const end = at + <usize>size;
    for (let block = at + 8; end - block >= 4 && block < end;) {
      const length = (<i32>load16(block + 2) + 1) << 2;
      if (length > <i32>(end - block)) return false;
      if (load<u8>(block) == VOIP_METRICS && length == BLOCK_SIZE && load32(block + 4) == source) {
        this.parseBlock(block);
        return true;
      }
      block += <usize>length;
    }
    return false;
  }

  private parseBlock(at: usize): void {
    this.reset();
    this.lossRate = <f64>load<u8>(at, 8) / 256;
    this.discardRate = <f64>load<u8>(at, 9) / 256;
    this.burstDensity = <f64>load<u8>(at, 10) / 256;
    this.gapDensity = <f64>load<u8>(at, 11) / 256;
    this.burstMs = <f64>load16(at + 12);
    this.gapMs = <f64>load16(at + 14);
    this.roundTripMs = <f64>load16(at + 16);
    this.endSystemMs = <f64>load16(at + 18);
    this.signalDbm0 = known(load<i8>(at, 20));
    this.noiseDbm0 = known(load<i8>(at, 21));
    this.echoReturnLoss = known(load<i8>(at, 22));
    this.rating = known(load<i8>(at, 24));
    this.listeningMos = known(load<i8>(at, 26)) / 10;
    this.conversationMos = known(load<i8>(at, 27)) / 10;
    this.jitterBufferMs = <f64>load16(at + 30);
  }
}

function share(part: u32, whole: u32): f64 { return whole == 0 ? 0 : <f64>part / <f64>whole; }

/** §4.7.1: of 256, cut off. */
function fraction(value: f64): u8 { return isNaN(value) ? 0 : <u8>min(max(value, 0) * 256, 255); }

function milliseconds(value: f64): u16 { return isNaN(value) ? 0 : <u16>min(max(nearest(value), 0), 65535); }

function signed(value: f64): u8 { return <u8>(isNaN(value) ? UNAVAILABLE : <i32>min(max(nearest(value), -127), 126)); }

function known(value: i8): f64 { return <i32>value == UNAVAILABLE ? NaN : <f64>value; }
