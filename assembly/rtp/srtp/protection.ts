// Both directions of one stream's protection, and what is told of packets that are refused. RFC 3711.

import { Counter, count } from "../../abi/counters";
import { FORGED, REPLAYED, SRTP_RECEIVER_SIZE, SrtpReceiver } from "./srtp-receiver";
import { SRTP_SENDER_SIZE, SrtpSender } from "./srtp-sender";

/** Instead of a length: the packet is not to be heard, nor its source followed. It has been counted. */
export const REFUSED_PACKET: i32 = -1;

export const PROTECTION_SIZE: i32 = SRTP_SENDER_SIZE + SRTP_RECEIVER_SIZE;

/** Without start() packets pass as they are. The record stands 16-aligned. */
@unmanaged
export class Protection {
  @inline private get sender(): SrtpSender { return changetype<SrtpSender>(changetype<usize>(this)); }
  @inline private get receiver(): SrtpReceiver {
    return changetype<SrtpReceiver>(changetype<usize>(this) + <usize>SRTP_SENDER_SIZE);
  }

  /**
   * What leaves is protected with one key and what arrives with the other, MASTER_SIZE bytes each; `tagSize` bytes
   * behind an RTP packet make it genuine. With a `tagSize` of 0 nothing is protected.
   */
  start(tagSize: i32, sendMaster: usize, receiveMaster: usize): void {
    this.sender.start(tagSize, sendMaster);
    this.receiver.start(tagSize, receiveMaster);
  }

  /** Ends it, and forgets the keys. */
  stop(): void { memory.fill(changetype<usize>(this), 0, PROTECTION_SIZE); }

  /** Protects an RTP packet in place. The length that it has then, MOST_OVERHEAD more at most. */
  protect(at: usize, length: i32, rollover: u32): i32 { return this.sender.protect(at, length, rollover); }
  protectControl(at: usize, length: i32): i32 { return this.sender.protectControl(at, length); }

  /** Takes the protection off in place. The length without it, or REFUSED_PACKET. */
  unprotect(at: usize, length: i32): i32 { return accepted(this.receiver.unprotect(at, length)); }
  unprotectControl(at: usize, length: i32): i32 { return accepted(this.receiver.unprotectControl(at, length)); }
}

function accepted(length: i32): i32 {
  if (length >= 0) return length;
  count(length == FORGED ? Counter.SrtpForged : length == REPLAYED ? Counter.SrtpReplayed : Counter.RtpMalformed);
  return REFUSED_PACKET;
}
