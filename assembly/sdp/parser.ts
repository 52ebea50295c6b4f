// Reads a session description: RFC 8866 §5 and §9. Strict about the lines that we act on, deaf to the others.
// Lines may end in LF alone, and the last one in nothing (RFC 8866 §5).

import { Transport } from "../abi/endpoint";
import { indexOfByte, isDigit } from "../base/bytes";
import { parseDecimal } from "../base/decimal";
import { equals } from "../base/literal";
import { parseMediaAttribute, parseSessionAttribute } from "./attributes";
import { parseConnection } from "./connection";
import {
  Codec, Connection, MAX_FORMATS, MAX_MEDIA, MediaLine, MediaType, Protocol, SessionDescription,
} from "./description";
import { isWordIgnoreCase, nextWord, startWords, wordAt, wordLength } from "./words";

const LF: u8 = 0x0a;
const CR: u8 = 0x0d;
const SLASH: u8 = 0x2f;
/** RFC 4733 §2.5.1.1: what a phone that says nothing about events understands. */
const ALL_DIGIT_EVENTS: i32 = 0xffff;

/** The number that parseIdentifier read last. */
let identifier: u64 = 0;
let hasOrigin: bool = false;

/** False when the body is no session description that could be answered. Then `into` must not be used. */
export function parseDescription(body: usize, length: i32, into: SessionDescription): bool {
  into.clear();
  into.body = body;
  into.bodyLength = length;
  hasOrigin = false;
  const end = body + <usize>length;
  let at = body;
  let isFirst = true;
  while (at < end) {
    const found = indexOfByte(at, <i32>(end - at), LF);
    const next = found < 0 ? end : at + <usize>found + 1;
    let lineEnd = found < 0 ? end : next - 1;
    if (lineEnd > at && load<u8>(lineEnd - 1) == CR) lineEnd--;
    if (lineEnd > at) {
      if (lineEnd - at < 2 || load<u8>(at, 1) != 0x3d || indexOfByte(at, <i32>(lineEnd - at), CR) >= 0) return false;
      if (isFirst) {
        if (!equals(at, <i32>(lineEnd - at), "v=0")) return false;
      } else if (!parseLine(load<u8>(at), at + 2, lineEnd, into)) {
        return false;
      }
      isFirst = false;
    }
    at = next;
  }
  return hasOrigin;
}

function parseLine(type: u8, valueAt: usize, lineEnd: usize, session: SessionDescription): bool {
  startWords(valueAt, lineEnd);
  const media: MediaLine | null = session.mediaCount > 0 ? session.media(session.mediaCount - 1) : null;
  switch (type) {
    case 0x6f: // o
      return parseOrigin(session);
    case 0x63: // c
      return media === null ? parseSessionConnection(session) : parseMediaConnection(media);
    case 0x74: // t
      if (session.timeLength == 0) {
        session.timeStart = <i32>(valueAt - session.body);
        session.timeLength = <i32>(lineEnd - valueAt);
      }
      return true;
    case 0x6d: // m
      return parseMediaLine(session);
    case 0x61: // a
      if (media === null) parseSessionAttribute(session);
      else parseMediaAttribute(media);
      return true;
    default:
      return true;
  }
}

/** The word is 1*DIGIT. Taken modulo 2^64, for it is only ever compared. */
function parseIdentifier(): bool {
  identifier = 0;
  for (let index: usize = 0; index < <usize>wordLength; index++) {
    const byte = load<u8>(wordAt + index);
    if (!isDigit(byte)) return false;
    identifier = identifier * 10 + <u64>(byte - 48);
  }
  return true;
}

/** RFC 8866 §5.2: username sess-id sess-version nettype addrtype address. */
function parseOrigin(session: SessionDescription): bool {
  if (hasOrigin || !nextWord() || !nextWord() || !parseIdentifier()) return false;
  session.sessionId = identifier;
  if (!nextWord() || !parseIdentifier()) return false;
  session.version = identifier;
  hasOrigin = true;
  return nextWord() && nextWord() && nextWord();
}

function parseSessionConnection(session: SessionDescription): bool {
  if (session.connection != Connection.Missing) return false;
  session.connection = parseConnection(session.address);
  return session.connection != Connection.Missing;
}

function parseMediaConnection(media: MediaLine): bool {
  if (media.hasConnection) return true; // more of them are layers of multicast
  media.hasConnection = true;
  media.remote.clear();
  media.connection = parseConnection(media.remote);
  finishRemote(media);
  return media.connection != Connection.Missing;
}

function finishRemote(media: MediaLine): void {
  if (media.connection != Connection.Usable) return;
  media.remote.port = <u16>media.port;
  media.remote.transport = <u8>Transport.Udp;
}

/** RFC 8866 §5.14: media port[/count] proto formats. */
function parseMediaLine(session: SessionDescription): bool {
  if (session.mediaCount == MAX_MEDIA) return false;
  const media = session.media(session.mediaCount);

  if (!nextWord()) return false;
  media.typeStart = <i32>(wordAt - session.body);
  media.typeLength = wordLength;
  if (isWordIgnoreCase("audio")) media.type = MediaType.Audio;

  if (!nextWord()) return false;
  const slash = indexOfByte(wordAt, wordLength, SLASH);
  const port = parseDecimal(wordAt, slash < 0 ? wordLength : slash, 65535);
  const count = slash < 0 ? 1 : parseDecimal(wordAt + <usize>slash + 1, wordLength - slash - 1, 65535);
  if (port < 0 || count < 1) return false;
  media.port = <i32>port;
  media.portCount = <i32>count;

  if (!nextWord()) return false;
  media.protocolStart = <i32>(wordAt - session.body);
  media.protocolLength = wordLength;
  if (isWordIgnoreCase("rtp/avp")) media.protocol = Protocol.RtpAvp;
  else if (isWordIgnoreCase("rtp/savp")) media.protocol = Protocol.RtpSavp;

  parseFormats(session, media);
  media.direction = session.direction;
  media.wantsMetrics = session.wantsMetrics;
  media.connection = session.connection;
  media.remote.copyFrom(session.address);
  finishRemote(media);
  session.mediaCount++;
  return true;
}

function parseFormats(session: SessionDescription, media: MediaLine): void {
  while (nextWord()) {
    if (media.formatsLength == 0) media.formatsStart = <i32>(wordAt - session.body);
    media.formatsLength = <i32>(wordAt - session.body) + wordLength - media.formatsStart;
    if (media.formatCount == MAX_FORMATS) continue;
    const format = media.format(media.formatCount++);
    format.payloadType = <i32>parseDecimal(wordAt, wordLength, 127);
    // RFC 3551 §6: these two need no rtpmap.
    format.codec = format.payloadType == 0 ? Codec.Pcmu : format.payloadType == 8 ? Codec.Pcma : Codec.Other;
    format.events = ALL_DIGIT_EVENTS;
  }
}
