// The attributes that decide a call: direction, formats, packet time, the way of RTCP. keys. RFC 8866 §6,
// RFC 4733, RFC 3605, RFC 4568.
// An attribute that makes no sense is passed over: the media line stands without it.

import { indexOfByte } from "../base/bytes";
import { parseDecimal } from "../base/decimal";
import { equals, equalsIgnoreCase } from "../base/literal";
import { parseConnection } from "./connection";
import { CryptoSuite, cryptoTag, parseCrypto } from "./crypto";
import { Codec, Direction, Format, MediaLine, SessionDescription } from "./description";
import { isWord, nextName, nextWord, wordAt, wordLength } from "./words";

const SLASH: u8 = 0x2f;
const COMMA: u8 = 0x2c;
const DASH: u8 = 0x2d;
const NO_DIRECTION: i32 = -1;

function namedDirection(): i32 {
  if (isWord("sendrecv")) return Direction.SendRecv;
  if (isWord("sendonly")) return Direction.SendOnly;
  if (isWord("recvonly")) return Direction.RecvOnly;
  return isWord("inactive") ? Direction.Inactive : NO_DIRECTION;
}

export function parseSessionAttribute(session: SessionDescription): void {
  nextName();
  const direction = namedDirection();
  if (direction != NO_DIRECTION) session.direction = direction;
  else if (isWord("rtcp-xr")) session.wantsMetrics = namesMetrics();
}

export function parseMediaAttribute(media: MediaLine): void {
  nextName();
  const direction = namedDirection();
  if (direction != NO_DIRECTION) {
    if (!media.hasDirection) media.direction = direction;
    media.hasDirection = true;
  } else if (isWord("rtpmap")) {
    parseRtpMap(media);
  } else if (isWord("fmtp")) {
    parseFormatParameters(media);
  } else if (isWord("rtcp")) {
    parseRtcp(media);
  } else if (isWord("rtcp-xr")) {
    media.wantsMetrics = namesMetrics();
  } else if (isWord("crypto")) {
    parseKey(media);
  }
}

/** RFC 3611 §5.1: a list of the reports that its writer wants to get. */
function namesMetrics(): bool {
  while (nextWord()) if (isWord("voip-metrics")) return true;
  return false;
}

/** The format that a payload type at the head of the value names, or null. */
function namedFormat(media: MediaLine): Format | null {
  if (!nextWord()) return null;
  const payloadType = <i32>parseDecimal(wordAt, wordLength, 127);
  return payloadType < 0 ? null : media.findFormat(payloadType);
}

/** RFC 8866 §6.6: payload-type encoding/clock[/channels]. */
function parseRtpMap(media: MediaLine): void {
  const format = namedFormat(media);
  if (format === null || !nextWord()) return;
  format.codec = namedCodec();
}

/** All that we speak runs at 8 kHz on one channel: RFC 3551 §4.5.14, RFC 4733 §2.5.1.1. */
function namedCodec(): Codec {
  const slash = indexOfByte(wordAt, wordLength, SLASH);
  if (slash < 0) return Codec.Other;
  const clockAt = wordAt + <usize>slash + 1;
  const clockLength = wordLength - slash - 1;
  if (!equals(clockAt, clockLength, "8000") && !equals(clockAt, clockLength, "8000/1")) return Codec.Other;
  if (equalsIgnoreCase(wordAt, slash, "pcmu")) return Codec.Pcmu;
  if (equalsIgnoreCase(wordAt, slash, "pcma")) return Codec.Pcma;
  return equalsIgnoreCase(wordAt, slash, "telephone-event") ? Codec.TelephoneEvent : Codec.Other;
}

/** RFC 4733 §2.4.1: a list such as 0-11,16. Anything else belongs to a codec that we do not speak. */
function parseFormatParameters(media: MediaLine): void {
  const format = namedFormat(media);
  if (format === null || !nextWord()) return;
  let events = 0;
  let rest = wordAt;
  const listEnd = wordAt + <usize>wordLength;
  while (rest < listEnd) {
    const found = indexOfByte(rest, <i32>(listEnd - rest), COMMA);
    const length = found < 0 ? <i32>(listEnd - rest) : found;
    const dash = indexOfByte(rest, length, DASH);
    const first = parseDecimal(rest, dash < 0 ? length : dash, 255);
    const last = dash < 0 ? first : parseDecimal(rest + <usize>dash + 1, length - dash - 1, 255);
    if (first < 0 || last < first) return;
    for (let event = <i32>first; event <= min(<i32>last, 15); event++) events |= 1 << event;
    rest += <usize>length + 1;
  }
  format.events = events;
}

/** RFC 4568 §5.1.2: the first line that will do is the one its writer likes best. */
function parseKey(media: MediaLine): void {
  if (media.cryptoSuite != CryptoSuite.None) return;
  media.cryptoSuite = parseCrypto(media.cryptoKey);
  media.cryptoTag = cryptoTag;
}

/** RFC 3605 §2.1: port [nettype addrtype address]. */
function parseRtcp(media: MediaLine): void {
  if (!nextWord()) return;
  const port = parseDecimal(wordAt, wordLength, 65535);
  if (port < 1) return;
  media.rtcpPort = <i32>port;
  parseConnection(media.rtcpAddress);
}
