// Protects what leaves: RFC 3711 §3.3 for RTP, §3.4 for RTCP. In place, the tag behind the packet.

import { equalBytes } from "../../base/bytes";
import { load32, store32 } from "../../base/network-order";
import { headerLengthOf } from "../packet";
import { CONTROL_TAG_SIZE, MASTER_SIZE, SESSION_KEYS_SIZE, SessionKeys } from "./session-keys";

/** §3.4: the packet has been enciphered. */
export const ENCRYPTED_BIT: u32 = 0x80000000;
/** The fixed part of RTCP that stays clear. */
export const CONTROL_HEADER_SIZE: i32 = 8;
/** What protection makes a packet longer by, at most: for RTCP the index and the tag. */
export const MOST_OVERHEAD: i32 = 4 + CONTROL_TAG_SIZE;

const MASTER_AT: i32 = 16;
const RTP_AT: i32 = MASTER_AT + 32;
const RTCP_AT: i32 = RTP_AT + SESSION_KEYS_SIZE;
export const SRTP_SENDER_SIZE: i32 = RTCP_AT + SESSION_KEYS_SIZE;

@unmanaged
export class SrtpSender {
  /** Bytes of the tag of an RTP packet. 0: nothing is protected. */
  private tagSize: i32 = 0;
  private controlIndex: u32 = 0;

  @inline private get master(): usize { return changetype<usize>(this) + MASTER_AT; }
  @inline private get keys(): SessionKeys { return changetype<SessionKeys>(changetype<usize>(this) + RTP_AT); }
  @inline private get controlKeys(): SessionKeys { return changetype<SessionKeys>(changetype<usize>(this) + RTCP_AT); }
  @inline get isOn(): bool { return this.tagSize != 0; }

  /** Protects with the MASTER_SIZE bytes at `master`, from now on; a `tagSize` of 0 ends it. */
  start(tagSize: i32, master: usize): void {
    if (<i32>offsetof<SrtpSender>() > MASTER_AT) ERROR("the master key follows at 16");
    const isSame = this.isOn && equalBytes(this.master, master, MASTER_SIZE);
    this.tagSize = tagSize;
    if (tagSize == 0 || isSame) return;
    memory.copy(this.master, master, MASTER_SIZE);
    this.keys.derive(master, false);
    this.controlKeys.derive(master, true);
  }

  /** Protects the packet with this rollover counter. The length that it has then. */
  protect(at: usize, length: i32, rollover: u32): i32 {
    if (!this.isOn) return length;
    const header = headerLengthOf(at, length);
    const index = <u64>rollover << 16 | <u64>(load32(at) & 0xffff);
    this.keys.addKeyStream(at + <usize>header, length - header, load32(at + 8), index);
    this.keys.writeRtpTag(at, at + <usize>length, this.tagSize, rollover);
    return length + this.tagSize;
  }

  /** §3.4: enciphered but for its first eight bytes, then its index, then the tag. */
  protectControl(at: usize, length: i32): i32 {
    if (!this.isOn) return length;
    const index = this.controlIndex;
    this.controlIndex = (index + 1) & ~ENCRYPTED_BIT;
    this.controlKeys.addKeyStream(
      at + CONTROL_HEADER_SIZE, length - CONTROL_HEADER_SIZE, load32(at + 4), index,
    );
    const end = at + <usize>length;
    store32(end, index | ENCRYPTED_BIT);
    this.controlKeys.writeTag(at, end + 4, CONTROL_TAG_SIZE);
    return length + 4 + CONTROL_TAG_SIZE;
  }
}
