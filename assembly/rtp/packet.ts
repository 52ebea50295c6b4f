// RTP packets. RFC 3550 §5.1 draws the header, §5.3.1 its extension.

import { Law } from "../audio/g711";
import { load16, load32, store16, store32 } from "../base/network-order";

/** RFC 3551 §6: the static payload types of G.711. */
export const PAYLOAD_TYPE_PCMU: i32 = 0;
export const PAYLOAD_TYPE_PCMA: i32 = 8;
/**
 * RFC 3389 §4: of a sender that is silent. It is heard whatever was agreed, and never offered: a sender that leaves out
 * silence clips the beginnings of words.
 */
export const PAYLOAD_TYPE_COMFORT_NOISE: i32 = 13;
@inline export function payloadTypeOf(law: Law): i32 { return law == Law.A ? PAYLOAD_TYPE_PCMA : PAYLOAD_TYPE_PCMU; }

/** A header with neither contributing sources nor an extension: all that we send. */
export const RTP_HEADER_SIZE: i32 = 12;

const VERSION: i32 = 2;
const PADDING: i32 = 0x20;
const EXTENSION: i32 = 0x10;
const MARKER: i32 = 0x80;

/** What a packet says. The payload stays in the datagram. */
@unmanaged
export class RtpPacket {
  payload: usize = 0;
  payloadLength: i32 = 0;
  payloadType: i32 = 0;
  timestamp: u32 = 0;
  ssrc: u32 = 0;
  sequence: u16 = 0;
  marker: bool = false;

  /** False when the `length` bytes at `at` are no RTP packet. */
  parse(at: usize, length: i32): bool {
    const header = headerLengthOf(at, length);
    if (header == 0) return false;
    let end = length;
    if (load<u8>(at) & PADDING) {
      if (length == header) return false;
      const padding = <i32>load<u8>(at + <usize>length - 1);
      end -= padding;
      if (padding == 0 || end < header) return false;
    }
    this.payload = at + <usize>header;
    this.payloadLength = end - header;
    this.marker = (load<u8>(at, 1) & MARKER) != 0;
    this.payloadType = load<u8>(at, 1) & 0x7f;
    this.sequence = load16(at + 2);
    this.timestamp = load32(at + 4);
    this.ssrc = load32(at + 8);
    return true;
  }
}

/** Bytes before the payload, 0 when the `length` bytes at `at` are no RTP packet. */
export function headerLengthOf(at: usize, length: i32): i32 {
  if (length < RTP_HEADER_SIZE) return 0;
  const first = <i32>load<u8>(at);
  if (first >> 6 != VERSION) return 0;
  let header = RTP_HEADER_SIZE + ((first & 15) << 2);
  if (first & EXTENSION) {
    if (length < header + 4) return 0;
    header += 4 + (<i32>load16(at + <usize>header + 2) << 2);
  }
  return length < header ? 0 : header;
}

/** Writes RTP_HEADER_SIZE bytes, returns the address after them. */
export function writeRtpHeader(
  at: usize, payloadType: i32, marker: bool, sequence: u16, timestamp: u32, ssrc: u32,
): usize {
  store<u8>(at, VERSION << 6);
  store<u8>(at, (marker ? MARKER : 0) | payloadType, 1);
  store16(at + 2, sequence);
  store32(at + 4, timestamp);
  store32(at + 8, ssrc);
  return at + RTP_HEADER_SIZE;
}
