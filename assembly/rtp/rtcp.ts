// RTCP: what each side tells of the stream it hears. RFC 3550 §6.4 draws the reports, §6.5 the description, §6.6 the
// goodbye.

import { copyBytes } from "../base/bytes";
import { load16, load32, store16, store32 } from "../base/network-order";

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const EXTENDED_REPORT: u8 = 207;
const CNAME: u8 = 1;

const VERSION: i32 = 2;
const PADDING: i32 = 0x20;
const BLOCK_SIZE: i32 = 24;

/** NTP format, 32.32 seconds, of a time in milliseconds. §4 allows any clock that runs evenly. */
export function ntpOf(now: f64): u64 {
  const seconds = Math.floor(now / 1000);
  return (<u64>seconds << 32) | <u64>((now / 1000 - seconds) * 4294967296.0);
}

/** Its middle 32 bits, which reports hand back. */
export function shortNtpOf(now: f64): u32 { return <u32>(ntpOf(now) >> 16); }

/** §6.4.1: one report block, as it is written and read. */
@unmanaged
export class ReportBlock {
  ssrc: u32 = 0;
  /** Of 256, since the report before. */
  fractionLost: i32 = 0;
  /** 24 bits, signed: duplicates can make it negative. */
  cumulativeLost: i32 = 0;
  highestSequence: u32 = 0;
  /** In RTP time, 1/8 ms. */
  jitter: u32 = 0;
  lastReport: u32 = 0;
  /** In 1/65536 s. */
  sinceLastReport: u32 = 0;

  parse(at: usize): void {
    this.ssrc = load32(at);
    this.fractionLost = load<u8>(at, 4);
    this.cumulativeLost = <i32>(load32(at + 4) << 8) >> 8;
    this.highestSequence = load32(at + 8);
    this.jitter = load32(at + 12);
    this.lastReport = load32(at + 16);
    this.sinceLastReport = load32(at + 20);
  }

  write(at: usize): usize {
    store32(at, this.ssrc);
    const lost = min(max(this.cumulativeLost, -0x800000), 0x7fffff);
    store32(at + 4, <u32>(this.fractionLost << 24) | (<u32>lost & 0xffffff));
    store32(at + 8, this.highestSequence);
    store32(at + 12, this.jitter);
    store32(at + 16, this.lastReport);
    store32(at + 20, this.sinceLastReport);
    return at + BLOCK_SIZE;
  }
}

/** What a compound packet told. */
@unmanaged
export class ControlPacket {
  /** Its sender. */
  ssrc: u32 = 0;
  /** The middle of the sender report's NTP time. */
  senderTime: u32 = 0;
  hasSenderReport: bool = false;
  /** `block` holds what the sender hears of us. */
  hasBlock: bool = false;
  /** §6.6: the sender leaves. */
  hasGoodbye: bool = false;
  /** RFC 3611 §2: an extended report, and its bytes, head included; 0 without one. */
  extended: usize = 0;
  extendedSize: i32 = 0;

  @inline get block(): ReportBlock { return changetype<ReportBlock>(changetype<usize>(this) + 32); }

  /**
   * Reads a compound packet; only the report block about `ourSsrc` is kept. False, and to be ignored, by the rules of
   * §A.2.
   */
  parse(at: usize, length: i32, ourSsrc: u32): bool {
    if (offsetof<ControlPacket>() > 32) ERROR("the report block follows at 32");
    memory.fill(changetype<usize>(this), 0, CONTROL_PACKET_SIZE);
    if (length < 8) return false;
    const first = load<u8>(at, 1);
    if (first != SENDER_REPORT && first != RECEIVER_REPORT) return false;
    const end = at + <usize>length;
    this.ssrc = load32(at + 4);
    while (at < end) {
      if (end - at < 4) return false;
      const flags = <i32>load<u8>(at);
      const size = (<i32>load16(at + 2) + 1) << 2;
      if (flags >> 6 != VERSION || <i32>(end - at) < size) return false;
      if ((flags & PADDING) && at + <usize>size != end) return false;
      if (!this.take(at, size, flags & 31, ourSsrc)) return false;
      at += <usize>size;
    }
    return true;
  }

  private take(at: usize, size: i32, count: i32, ourSsrc: u32): bool {
    switch (load<u8>(at, 1)) {
      case SENDER_REPORT:
        if (size < 28 + count * BLOCK_SIZE) return false;
        this.hasSenderReport = true;
        this.senderTime = (load32(at + 8) << 16) | (load32(at + 12) >> 16);
        this.takeBlocks(at + 28, count, ourSsrc);
        return true;
      case RECEIVER_REPORT:
        if (size < 8 + count * BLOCK_SIZE) return false;
        this.takeBlocks(at + 8, count, ourSsrc);
        return true;
      case GOODBYE:
        if (size < 4 + (count << 2)) return false;
        for (let index = 1; index <= count; index++) {
          if (load32(at + (<usize>index << 2)) == this.ssrc) this.hasGoodbye = true;
        }
        return true;
      case EXTENDED_REPORT:
        if (size < 8) return false;
        this.extended = at;
        this.extendedSize = size;
        return true;
      default: // a description, an application's own, or what came after RFC 3550
        return true;
    }
  }

  private takeBlocks(at: usize, count: i32, ourSsrc: u32): void {
    for (let index = 0; index < count; index++, at += BLOCK_SIZE) {
      if (load32(at) != ourSsrc) continue;
      this.block.parse(at);
      this.hasBlock = true;
    }
  }
}

export const CONTROL_PACKET_SIZE: i32 = 64;

@inline function writeHead(at: usize, count: i32, type: u8, end: usize): void {
  store<u8>(at, <u8>(VERSION << 6 | count));
  store<u8>(at, type, 1);
  store16(at + 2, <u16>((end - at) / 4 - 1));
}

/** §6.4.1. `block` may be null: nothing was heard. Returns the address after the report. */
export function writeSenderReport(
  at: usize, ssrc: u32, now: f64, timestamp: u32, packets: u32, octets: u32, block: ReportBlock | null,
): usize {
  const ntp = ntpOf(now);
  store32(at + 4, ssrc);
  store32(at + 8, <u32>(ntp >> 32));
  store32(at + 12, <u32>ntp);
  store32(at + 16, timestamp);
  store32(at + 20, packets);
  store32(at + 24, octets);
  let end = at + 28;
  if (block) end = block.write(end);
  writeHead(at, block ? 1 : 0, SENDER_REPORT, end);
  return end;
}

/** §6.4.2: of a side that has sent nothing since its last report. */
export function writeReceiverReport(at: usize, ssrc: u32, block: ReportBlock | null): usize {
  store32(at + 4, ssrc);
  let end = at + 8;
  if (block) end = block.write(end);
  writeHead(at, block ? 1 : 0, RECEIVER_REPORT, end);
  return end;
}

/** §6.5.1: the canonical name, which every compound packet carries. */
export function writeDescription(at: usize, ssrc: u32, name: usize, nameLength: i32): usize {
  store32(at + 4, ssrc);
  store<u8>(at, CNAME, 8);
  store<u8>(at, <u8>nameLength, 9);
  copyBytes(at + 10, name, nameLength);
  let end = at + 10 + <usize>nameLength;
  do { store<u8>(end++, 0); } while ((end - at) & 3); // the list ends with a zero, and on a word
  writeHead(at, 1, DESCRIPTION, end);
  return end;
}

/** §6.6. */
export function writeGoodbye(at: usize, ssrc: u32): usize {
  store32(at + 4, ssrc);
  writeHead(at, 1, GOODBYE, at + 8);
  return at + 8;
}
