// From bytes to a Message. RFC 3261 §7 and §25; what is refused follows §8.2.2, §16.3, §18.3 and RFC 4475.
// A line ends with CRLF and nothing else: a parser that also takes a bare LF sees other messages than the hop before
// it.

import { sameSpan } from "../base/bytes";
import { NOT_A_NUMBER, parseDecimal } from "../base/decimal";
import { equalsIgnoreCase, startsWithIgnoreCase } from "../base/literal";
import { TOKEN, WORD, countClass, isAll, skipSpace } from "./characters";
import { cseqMethodAt, cseqMethodLength, cseqNumber, parseCSeq } from "./cseq";
import { Header, headerOf } from "./header";
import { Field, Message, MessageKind } from "./message";
import { Method, methodOf } from "./method";
import { NameAddr } from "./name-addr";
import { Uri } from "./uri";

/** What can be wrong with a message. Message.fault; faultText() says it. */
export const enum Fault {
  None, KeepAlive, StartLine, Version, Method, RequestUri, StatusCode, HeaderLine, TooManyHeaders, MissingHeader,
  RepeatedHeader, Via, CSeq, CSeqMethod, CallId, FromOrTo, Contact, ContentLength, MaxForwards, LineEnd,
}

const FAULTS: StaticArray<string> = [
  "", "", "Bad Start Line", "Version Not Supported", "Bad Method", "Bad Request-URI", "Bad Status Code",
  "Bad Header Line", "Too Many Header Fields", "Missing Mandatory Header Field", "Repeated Header Field", "Bad Via",
  "Bad CSeq", "CSeq Method Does Not Match", "Bad Call-ID", "Bad From Or To", "Bad Contact", "Bad Content-Length",
  "Bad Max-Forwards", "Bad Line End",
];

/** For a reason phrase. */
@inline export function faultText(fault: i32): string { return unchecked(FAULTS[fault]); }

const CR: u8 = 0x0d, LF: u8 = 0x0a;

/** Address of the first CR or LF in [at, end), or `end`. Reads up to 15 bytes past `end`. */
export function findLineEnd(at: usize, end: usize): usize {
  const cr = i8x16.splat(<i8>CR), lf = i8x16.splat(<i8>LF);
  while (at < end) {
    const bytes = v128.load(at);
    const mask = i8x16.bitmask(v128.or(i8x16.eq(bytes, cr), i8x16.eq(bytes, lf)));
    if (mask != 0) return min(at + <usize>ctz<i32>(mask), end);
    at += 16;
  }
  return end;
}

@inline export function isLineEnd(at: usize, end: usize): bool {
  return end - at >= 2 && load<u8>(at) == CR && load<u8>(at, 1) == LF;
}

function refuse(message: Message, fault: Fault, status: i32 = 400): bool {
  if (message.refusal == 0) {
    message.refusal = status;
    message.fault = fault;
  }
  return false;
}

/**
 * Reads [at, at + length) into `message`. False: `refusal` is the status code to answer a request with, `fault` says
 * why; header fields read before the fault are there, so that an answer can be written when a Via is. Folded lines are
 * unfolded in place (§7.3.1): the bytes belong to us.
 */
export function parseMessage(message: Message, at: usize, length: i32): bool {
  message.reset(at, length);
  const end = at + <usize>length;
  while (isLineEnd(at, end)) at += 2; // §7.5
  if (at == end) return refuse(message, Fault.KeepAlive, 0);

  const lineEnd = findLineEnd(at, end);
  const startLineFine = isLineEnd(lineEnd, end) && parseStartLine(message, at, lineEnd);
  if (!isLineEnd(lineEnd, end)) return refuse(message, Fault.StartLine);
  at = lineEnd + 2;

  // After a bad start line the header fields are still read: a 400 or 505 needs them.
  let linesFine = true;
  while (!isLineEnd(at, end)) {
    if (at >= end) return refuse(message, Fault.LineEnd);
    const next = parseField(message, at, end);
    if (next == 0) return refuse(message, Fault.LineEnd);
    if (message.refusal != 0) linesFine = false;
    at = next;
  }
  message.bodyAt = at + 2;
  message.bodyLength = <i32>(end - message.bodyAt);
  return startLineFine && linesFine && check(message);
}

function parseStartLine(message: Message, at: usize, end: usize): bool {
  const length = <i32>(end - at);
  if (startsWithIgnoreCase(at, length, "sip/")) return parseStatusLine(message, at, end);

  message.kind = MessageKind.Request;
  message.methodAt = at;
  message.methodLength = countClass(at, end, TOKEN);
  message.method = methodOf(at, message.methodLength);
  at += <usize>message.methodLength;
  if (message.methodLength == 0 || at >= end || load<u8>(at) != 0x20) return refuse(message, Fault.Method);
  message.uriAt = ++at;
  // The version is what follows the last space; a space inside the URI is the URI's fault.
  let space = end;
  while (space > at && load<u8>(space - 1) != 0x20) space--;
  if (space == at) return refuse(message, Fault.StartLine);
  message.uriLength = <i32>(space - 1 - at);
  if (!startsWithIgnoreCase(space, <i32>(end - space), "sip/")) return refuse(message, Fault.StartLine);
  if (!equalsIgnoreCase(space, <i32>(end - space), "sip/2.0")) return refuse(message, Fault.Version, 505);
  // §19.1.1: it has no header fields either
  if (!message.uri.parse(message.uriAt, message.uriLength) || message.uri.headersAt != 0) {
    return refuse(message, Fault.RequestUri);
  }
  return true;
}

function parseStatusLine(message: Message, at: usize, end: usize): bool {
  message.kind = MessageKind.Response;
  const length = <i32>(end - at);
  if (!startsWithIgnoreCase(at, length, "sip/2.0 ")) return refuse(message, Fault.Version);
  const status = length < 11 ? NOT_A_NUMBER : parseDecimal(at + 8, 3, 699);
  if (status < 100) return refuse(message, Fault.StatusCode);
  // The space before an empty reason phrase is missed out by some: nothing is gained by refusing them.
  if (length > 11 && load<u8>(at, 11) != 0x20) return refuse(message, Fault.StatusCode);
  message.status = <i32>status;
  message.reasonAt = min(at + 12, end);
  message.reasonLength = <i32>(end - message.reasonAt);
  return true;
}

/** One header field with its continuation lines. Address of the next line; 0 when the message ends inside the field. */
function parseField(message: Message, at: usize, end: usize): usize {
  const name = at;
  // A name that we know needs no look at its characters, and most are followed by their colon.
  let nameLength = ctz(i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(0x3a))) | 0x10000);
  let header = at + <usize>nameLength < end ? headerOf(at, nameLength) : Header.Other;
  if (header == Header.Other) {
    nameLength = countClass(at, end, TOKEN);
    header = headerOf(at, nameLength);
  }
  at += <usize>nameLength;
  while (at < end && (load<u8>(at) == 0x20 || load<u8>(at) == 0x09)) at++;
  const isField = nameLength > 0 && at < end && load<u8>(at) == 0x3a;
  if (isField) at++;

  const value = at;
  let stop = findLineEnd(at, end);
  for (;;) {
    if (!isLineEnd(stop, end)) return 0;
    const next = stop + 2;
    if (next >= end || (load<u8>(next) != 0x20 && load<u8>(next) != 0x09)) break;
    store<u16>(stop, 0x2020); // unfold
    stop = findLineEnd(next, end);
  }
  const nextLine = stop + 2;
  if (!isField) {
    refuse(message, Fault.HeaderLine);
    return nextLine;
  }
  const start = skipSpace(value, stop);
  while (stop > start && (load<u8>(stop - 1) == 0x20 || load<u8>(stop - 1) == 0x09)) stop--;
  if (!message.addField(header, name, nameLength, start, <i32>(stop - start))) {
    refuse(message, Fault.TooManyHeaders);
  }
  return nextLine;
}

/** What every message must have and what must agree: §8.1.1, §8.2, §18.3, §20. */
function check(message: Message): bool {
  if (!message.has(Header.Via) || !message.has(Header.From) || !message.has(Header.To) || !message.has(Header.CallId) ||
      !message.has(Header.CSeq)) return refuse(message, Fault.MissingHeader);
  if (message.isRepeated(Header.From) || message.isRepeated(Header.To) || message.isRepeated(Header.CallId) ||
      message.isRepeated(Header.CSeq) || message.isRepeated(Header.ContentLength) ||
      message.isRepeated(Header.MaxForwards)) {
    return refuse(message, Fault.RepeatedHeader);
  }

  const callId = message.first(Header.CallId);
  if (!isCallId(callId.value, callId.valueLength)) return refuse(message, Fault.CallId);
  const cseq = message.first(Header.CSeq);
  if (!parseCSeq(cseq.value, cseq.valueLength)) return refuse(message, Fault.CSeq);
  message.sequence = cseqNumber;
  if (message.isRequest) {
    if (!sameSpan(cseqMethodAt, cseqMethodLength, message.methodAt, message.methodLength)) {
      return refuse(message, Fault.CSeqMethod, message.method == Method.Other ? 501 : 400);
    }
  } else {
    message.methodAt = cseqMethodAt;
    message.methodLength = cseqMethodLength;
    message.method = methodOf(cseqMethodAt, cseqMethodLength);
  }

  if (!readAddress(message.first(Header.From), message.from, message.fromUri) ||
      !readAddress(message.first(Header.To), message.to, message.toUri)) return refuse(message, Fault.FromOrTo);
  const via = message.first(Header.Via);
  if (!message.via.parse(via.value, via.valueLength) || message.via.isNameMissing) return refuse(message, Fault.Via);
  return checkContentLength(message) && checkMaxForwards(message);
}

/** word [ "@" word ], and not empty. */
function isCallId(at: usize, length: i32): bool {
  const end = at + <usize>length;
  const local = countClass(at, end, WORD);
  if (local == length) return length > 0;
  return local > 0 && load<u8>(at + <usize>local) == 0x40 && isAll(at + <usize>local + 1, length - local - 1, WORD);
}

/** One well-formed value, with a URI that parses when it is one of ours. */
function readAddress(field: Field, address: NameAddr, uri: Uri): bool {
  return address.parse(field.value, field.valueLength) && address.next == field.value + <usize>field.valueLength &&
    uri.parse(address.uriAt, address.uriLength);
}

/** §18.3: over a datagram a body longer than Content-Length is cut, a shorter one is an error. */
function checkContentLength(message: Message): bool {
  const field = message.first(Header.ContentLength);
  if (changetype<usize>(field) == 0) return true;
  const length = parseDecimal(field.value, field.valueLength);
  if (length == NOT_A_NUMBER || length > <i64>message.bodyLength) return refuse(message, Fault.ContentLength);
  message.bodyLength = <i32>length;
  return true;
}

function checkMaxForwards(message: Message): bool {
  const field = message.first(Header.MaxForwards);
  if (changetype<usize>(field) == 0) return true;
  const hops = parseDecimal(field.value, field.valueLength, 255);
  if (hops == NOT_A_NUMBER) return refuse(message, Fault.MaxForwards);
  message.maxForwards = <i32>hops;
  return true;
}
