// The sending half of an RTP stream: its numbers. RFC 3550 §5.1: they start at random; §6.4.1 counts what was sent.

import { random32 } from "../base/random";
import { FRAME_SAMPLES } from "../limits";
import { writeRtpHeader } from "./packet";

export const RTP_SENDER_SIZE: i32 = 32;

@unmanaged
export class RtpSender {
  ssrc: u32 = 0;
  /** RTP time at which the next frame begins. */
  timestamp: u32 = 0;
  packets: u32 = 0;
  octets: u32 = 0;
  /** Of the next packet; RFC 3711 §3.3.1 counts on beyond the 16 bits that the packet has. */
  private index: u64 = 0;

  /** How often the sequence numbers had rolled over when the last packet was written. */
  @inline get rollover(): u32 { return <u32>(this.index - 1 >> 16); }

  start(): void {
    if (<i32>offsetof<RtpSender>() > RTP_SENDER_SIZE) ERROR("RTP_SENDER_SIZE is too small");
    this.ssrc = random32();
    this.timestamp = random32();
    this.index = random32() & 0x7fff; // RFC 3711 §3.3.1: who misses the first packets must not miss a rollover
    this.packets = 0;
    this.octets = 0;
  }

  /**
   * Writes the header of the next packet, whose payload will have `payloadLength` bytes. Returns the address after it.
   */
  writeHeader(at: usize, payloadType: i32, marker: bool, timestamp: u32, payloadLength: i32): usize {
    const end = writeRtpHeader(at, payloadType, marker, <u16>this.index, timestamp, this.ssrc);
    this.index++;
    this.packets++;
    this.octets += <u32>payloadLength;
    return end;
  }

  /** A frame has passed, sent or not. */
  advance(): void { this.timestamp += FRAME_SAMPLES; }
}
