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
  private sequence: u16 = 0;

  start(): void {
    if (<i32>offsetof<RtpSender>() > RTP_SENDER_SIZE) ERROR("RTP_SENDER_SIZE is too small");
    this.ssrc = random32();
    this.timestamp = random32();
    this.sequence = <u16>random32();
    this.packets = 0;
    this.octets = 0;
  }

  /**
   * Writes the header of the next packet, whose payload will have `payloadLength` bytes. Returns the address after it.
   */
  writeHeader(at: usize, payloadType: i32, marker: bool, timestamp: u32, payloadLength: i32): usize {
    const end = writeRtpHeader(at, payloadType, marker, this.sequence, timestamp, this.ssrc);
    this.sequence++;
    this.packets++;
    this.octets += <u32>payloadLength;
    return end;
  }

  /** A frame has passed, sent or not. */
  advance(): void { this.timestamp += FRAME_SAMPLES; }
}
