// The receiving half of an RTP stream: what RFC 3550 §A.1 (sequence numbers), §A.3 (loss) and §A.8 (jitter) keep,
// and where the sound goes.

import { Counter, count } from "../abi/counters";
import { Law } from "../audio/g711";
import { JITTER_BUFFER_SIZE, JitterBuffer, JitterResult } from "./jitter-buffer";
import { RtpPacket } from "./packet";
import { ReportBlock } from "./rtcp";

/** What to do with a packet. */
export const enum ReceiverEvent { Accepted, Restarted, Refused }

/** §A.1 */
const MAX_DROPOUT: i32 = 3000;
const MAX_MISORDER: i32 = 100;
const JITTER: usize = 96;

export const RTP_RECEIVER_SIZE: i32 = <i32>JITTER + JITTER_BUFFER_SIZE;

@unmanaged
export class RtpReceiver {
  private reportAt: f64 = 0;
  ssrc: u32 = 0;
  private suspectSsrc: u32 = 0;
  private baseSequence: u32 = 0;
  private cycles: u32 = 0;
  private highest: u16 = 0;
  /** The number that would follow the packet that did not fit. */
  private suspect: i32 = 0;
  private received: u32 = 0;
  private expectedBefore: u32 = 0;
  private receivedBefore: u32 = 0;
  /** Of the sources and sequences that have ended. */
  private lostEarlier: i32 = 0;
  private transit: u32 = 0;
  /** 16 times the jitter, in RTP time. */
  private jitter: i32 = 0;
  private hasTransit: bool = false;
  private hasSource: bool = false;
  private hasReport: bool = false;
  private hasLeft: bool = false;
  private report: u32 = 0;
  /** Packets accepted, of all sources. */
  packets: u32 = 0;

  @inline get buffer(): JitterBuffer { return changetype<JitterBuffer>(changetype<usize>(this) + JITTER); }
  @inline get isHearing(): bool { return this.hasSource; }
  @inline private get expected(): u32 { return this.cycles + this.highest - this.baseSequence + 1; }

  start(): void {
    if (offsetof<RtpReceiver>() > JITTER) ERROR("the jitter buffer follows at 96");
    memory.fill(changetype<usize>(this), 0, JITTER);
    this.buffer.reset();
  }

  /** Counts a packet from the right address. Restarted: a new source, or new numbers, whose first packet this is. */
  handlePacket(packet: RtpPacket): ReceiverEvent {
    if (this.hasLeft && packet.ssrc != this.ssrc) this.forgetSource();
    if (!this.hasSource) {
      this.begin(packet);
      return ReceiverEvent.Restarted;
    }
    const ahead = <i32><u16>(packet.sequence - this.highest);
    const isKnown = packet.ssrc == this.ssrc;
    if (isKnown && ahead < MAX_DROPOUT) {
      if (packet.sequence < this.highest) this.cycles += 65536;
      this.highest = packet.sequence;
    } else if (!isKnown || ahead <= 65536 - MAX_MISORDER) {
      // another source, or a jump: two packets in sequence make it true
      const follows = this.suspect == <i32>packet.sequence && this.suspectSsrc == packet.ssrc;
      this.suspect = <i32><u16>(packet.sequence + 1);
      this.suspectSsrc = packet.ssrc;
      if (!follows) return ReceiverEvent.Refused;
      this.lostEarlier += <i32>(this.expected - this.received);
      this.begin(packet);
      return ReceiverEvent.Restarted;
    }
    this.received++;
    this.packets++;
    return ReceiverEvent.Accepted;
  }

  /** Sound for the ear. False when it came too late to be heard. */
  takeSound(packet: RtpPacket, law: Law, now: f64): bool {
    this.measureJitter(packet.timestamp, now);
    return countResult(
      this.buffer.put(packet.sequence, packet.timestamp, law, packet.payload, packet.payloadLength, now),
    );
  }

  /** How silence sounds there. */
  takeNoise(packet: RtpPacket): bool {
    return countResult(this.buffer.putNoise(packet.sequence, packet.timestamp, packet.payload, packet.payloadLength));
  }

  /** The next packet is from somebody else, whatever it looks like. */
  forgetSource(): void {
    if (this.hasSource) this.lostEarlier += <i32>(this.expected - this.received);
    this.hasSource = false;
  }

  /** The source has said goodbye. What is still on its way counts; whoever comes next is no stranger. */
  handleGoodbye(): void { this.hasLeft = true; }

  /** §A.8: jitter, of packets whose timestamp is the time of their first sample. */
  private measureJitter(timestamp: u32, now: f64): void {
    const transit = <u32><i64>(now * 8) - timestamp;
    if (this.hasTransit) {
      const difference = min<u32>(<u32>abs<i32>(<i32>(transit - this.transit)), 0x100000);
      this.jitter += <i32>difference - ((this.jitter + 8) >> 4);
    }
    this.transit = transit;
    this.hasTransit = true;
  }

  /** Packets that never came. Duplicates can make it too low. */
  get lost(): i32 { return this.lostEarlier + (this.hasSource ? <i32>(this.expected - this.received) : 0); }

  /** In RTP time, 1/8 ms. */
  get jitterSamples(): u32 { return <u32>(this.jitter >> 4); }

  /** A sender report of the source came. */
  handleSenderReport(senderTime: u32, now: f64): void {
    this.report = senderTime;
    this.reportAt = now;
    this.hasReport = true;
  }

  /** §A.3: fills the block, and begins the next interval. */
  fillReport(block: ReportBlock, now: f64): void {
    const expected = this.expected;
    const expectedNow = <i32>(expected - this.expectedBefore);
    const lostNow = expectedNow - <i32>(this.received - this.receivedBefore);
    this.expectedBefore = expected;
    this.receivedBefore = this.received;
    block.ssrc = this.ssrc;
    block.fractionLost = expectedNow <= 0 || lostNow <= 0 ? 0 : <i32>min<i64>((<i64>lostNow << 8) / expectedNow, 255);
    block.cumulativeLost = <i32>(expected - this.received);
    block.highestSequence = this.cycles + this.highest;
    block.jitter = this.jitterSamples;
    block.lastReport = this.hasReport ? this.report : 0;
    block.sinceLastReport = this.hasReport ? <u32>min(max(now - this.reportAt, 0) * 65.536, 4294967295.0) : 0;
  }

  private begin(packet: RtpPacket): void {
    this.hasSource = true;
    this.ssrc = packet.ssrc;
    this.baseSequence = packet.sequence;
    this.highest = packet.sequence;
    this.cycles = 0;
    this.suspect = -1;
    this.received = 1;
    this.packets++;
    this.expectedBefore = 0;
    this.receivedBefore = 0;
    this.hasTransit = false;
    this.hasReport = false;
    this.hasLeft = false;
  }
}

/** True when the packet was of use, now or when it came the first time. */
function countResult(result: JitterResult): bool {
  if (result == JitterResult.Late) count(Counter.RtpLate);
  if (result == JitterResult.Duplicate) count(Counter.RtpDuplicate);
  if (result == JitterResult.Refused) count(Counter.RtpMalformed);
  return result == JitterResult.Stored || result == JitterResult.Duplicate;
}
