// Where a message ends on a stream: RFC 3261 §18.3 and §7.5, keep-alives RFC 5626 §3.5.1.
// One call finds at most one message, and says how many bytes of the chunk it has used up; the host comes again with the
// rest. A message that is whole in its chunk is read where it stands. What is not whole waits in a partial, for as long as
// a transaction would. There are few: when another flow needs one, the flow that has kept its own waiting longest is
// closed.

import { ActionKind, pushAction } from "../abi/action";
import { Counter, count } from "../abi/counters";
import { Endpoint } from "../abi/endpoint";
import { copyBytes, isBlank, lower } from "../base/bytes";
import { NOT_A_NUMBER, countDigits, parseDecimal } from "../base/decimal";
import { equalsIgnoreCase } from "../base/literal";
import { SIP_MESSAGE_SIZE } from "../limits";
import { NEVER } from "../time/timer-table";
import { skipSpace } from "./characters";
import { Message } from "./message";
import { Fault, findLineEnd, isLineEnd, parseMessage } from "./parser";
import { T1_64 } from "./timers";
import { sendSip } from "./transaction/transaction";

export const enum Frame {
  /** Nothing that concerns anybody else. */
  None,
  /** A line end alone: the answer to a ping, if one was sent. */
  Pong,
  /** frameAt and frameLength, in place until the next input. */
  Message,
  /** frameRefusal; where the next message would begin is not known, so after an answer the flow is closed. */
  Fault,
}

@unmanaged
class Partial {
  /** When it is given up. */
  deadline: f64 = 0;
  /** 0: free. */
  flow: u32 = 0;
  length: i32 = 0;

  @inline get bytes(): usize { return texts + <usize>(indexOf(this) * TEXT_SIZE); }
}

const PARTIAL_SIZE: i32 = 16;
/** The parser looks ahead by up to 16 bytes. */
const TEXT_SIZE: i32 = SIP_MESSAGE_SIZE + 16;
/** ms. Two lone line ends are one ping only when they come together. */
const PING_TIME: f64 = 1000;
const CRLF: u16 = 0x0a0d;

const pong: usize = memory.data<u8>([0x0d, 0x0a]);

export let frameAt: usize = 0;
export let frameLength: i32 = 0;
/** Bytes of the chunk that are done with. */
export let frameTaken: i32 = 0;
/** A status code. */
export let frameRefusal: i32 = 0;

let partials: usize = 0;
/** Their bytes, apart: what is searched stays small. */
let texts: usize = 0;
let partialCount: i32 = 0;
/** No partial's deadline is before this. */
let soonest: f64 = NEVER;
/** A line end alone came last over this flow, at that time. */
let halfPingFlow: u32 = 0;
let halfPingAt: f64 = 0;

/** Bytes of memory for that many messages that wait for their rest. */
@inline export function framingSize(count: i32): i32 { return (PARTIAL_SIZE + TEXT_SIZE) * count; }

export function setupFraming(at: usize, count: i32): void {
  partials = at;
  texts = at + <usize>(PARTIAL_SIZE * count);
  partialCount = count;
  soonest = NEVER;
  halfPingFlow = 0;
  for (let index = 0; index < count; index++) partialAt(index).flow = 0;
}

@inline function partialAt(index: i32): Partial { return changetype<Partial>(partials + <usize>(index * PARTIAL_SIZE)); }

@inline function indexOf(partial: Partial): i32 {
  return <i32>(changetype<usize>(partial) - partials) / PARTIAL_SIZE;
}

/** The flow's partial, or null; with flow 0 a free one. */
function findPartial(flow: u32): Partial {
  for (let index = 0; index < partialCount; index++) {
    if (partialAt(index).flow == flow) return partialAt(index);
  }
  return changetype<Partial>(0);
}

/** An empty partial; the oldest one's flow is closed when there is none. */
function takePartial(flow: u32, now: f64): Partial {
  let partial = findPartial(0);
  if (changetype<usize>(partial) == 0) {
    partial = partialAt(0);
    for (let index = 1; index < partialCount; index++) {
      if (partialAt(index).deadline < partial.deadline) partial = partialAt(index);
    }
    closeFlow(partial.flow);
  }
  partial.deadline = now + T1_64;
  soonest = min(soonest, partial.deadline);
  partial.flow = flow;
  partial.length = 0;
  return partial;
}

/** Orders the host to close a connection. It answers with handleFlowClosed(). */
export function closeFlow(flow: u32): void {
  pushAction(ActionKind.CloseFlow, -1).endpoint.flow = flow;
  forgetFlow(flow);
}

/** The flow is closed: what came of it is of no use. */
export function forgetFlow(flow: u32): void {
  const partial = findPartial(flow);
  if (changetype<usize>(partial) != 0) partial.flow = 0;
}

/** When handleFramingTimeout() has something to do. */
@inline export function framingNextTimeout(): f64 { return soonest; }

/** Closes a flow whose message does not get whole. False when none is due. */
export function handleFramingTimeout(now: f64): bool {
  if (soonest > now) return false;
  soonest = NEVER;
  let late: u32 = 0;
  for (let index = 0; index < partialCount; index++) {
    const partial = partialAt(index);
    if (partial.flow == 0) continue;
    if (late == 0 && partial.deadline <= now) late = partial.flow;
    else soonest = min(soonest, partial.deadline);
  }
  if (late != 0) closeFlow(late);
  return true;
}

/** The next message of the flow that `source` names, in a chunk of `length` bytes and what came before it. */
export function takeFrame(source: Endpoint, at: usize, length: i32, now: f64): Frame {
  frameTaken = length;
  if (source.flow == 0) return Frame.None;
  let partial = findPartial(source.flow);
  const isFirst = changetype<usize>(partial) == 0;
  const held = isFirst ? 0 : partial.length;
  length = min(length, SIP_MESSAGE_SIZE - held);
  if (!isFirst) {
    copyBytes(partial.bytes + <usize>held, at, length);
    partial.length = held + length;
    at = partial.bytes;
  }
  const available = held + length;
  frameAt = at;
  frameTaken = length;

  const blank = countLineEnds(at, available);
  if (blank > 0) {
    frameTaken = blank - held;
    forgetFlow(source.flow);
    return takeLineEnds(blank, source, now);
  }
  const total = measure(at, available);
  if (total < 0 || total > SIP_MESSAGE_SIZE || (total == 0 && available == SIP_MESSAGE_SIZE)) {
    frameRefusal = total < 0 ? 400 : 513;
    frameLength = available;
    return Frame.Fault;
  }
  if (total > 0 && total <= available) {
    frameLength = total;
    frameTaken = total - held;
    forgetFlow(source.flow);
    if (halfPingFlow == source.flow) halfPingFlow = 0;
    return Frame.Message;
  }
  if (isFirst && length > 0) {
    partial = takePartial(source.flow, now);
    copyBytes(partial.bytes, at, length);
    partial.length = length;
  }
  return Frame.None;
}

/** Bytes of the line ends before a message. */
function countLineEnds(at: usize, length: i32): i32 {
  let blank = 0;
  while (length - blank >= 2 && load<u16>(at + <usize>blank) == CRLF) blank += 2;
  return blank;
}

/** Two are a ping and get one back; one alone is the answer to a ping, or the first half of one. */
function takeLineEnds(length: i32, source: Endpoint, now: f64): Frame {
  count(Counter.SipKeepAlive);
  const isSecondHalf = halfPingFlow == source.flow && now - halfPingAt < PING_TIME;
  halfPingFlow = 0;
  if (length >= 4 || isSecondHalf) {
    sendSip(pong, 2, source);
    return Frame.None;
  }
  halfPingFlow = source.flow;
  halfPingAt = now;
  return Frame.Pong;
}

/**
 * Bytes of the message that begins there, body included; 0 while its header is not whole, -1 when it has no
 * Content-Length that could be believed.
 */
function measure(at: usize, length: i32): i32 {
  const end = at + <usize>length;
  let field: usize = 0;
  let fields = 0, line = at, from = at;
  while (true) {
    const stop = findLineEnd(from, end);
    if (end - stop < 2) return 0;
    if (!isLineEnd(stop, end)) { // the parser will refuse it
      from = stop + 1;
      continue;
    }
    from = stop + 2;
    if (stop == line) {
      if (fields != 1) return -1;
      const body = readLength(field, stop);
      return body < 0 ? -1 : <i32>(from - at) + body;
    }
    line = from;
    const value = contentLengthAt(line, end);
    if (value == 0) continue;
    field = value;
    fields++;
  }
}

/** Where the value begins when the line is a Content-Length, else 0. */
function contentLengthAt(line: usize, end: usize): usize {
  if (end - line < 3) return 0;
  const first = lower(load<u8>(line));
  const isCompact = first == 0x6c && !isName(load<u8>(line, 1));
  if (!isCompact && (first != 0x63 || end - line < 15 || !equalsIgnoreCase(line, 14, "content-length"))) return 0;
  const colon = skipSpace(isCompact ? line + 1 : line + 14, end);
  return colon < end && load<u8>(colon) == 0x3a ? colon + 1 : 0;
}

@inline function isName(byte: u8): bool { return byte != 0x3a && byte != 0x20 && byte != 0x09; }

/** The number, no larger than can be needed; -1 when it is none. The value may stand on a continuation line. */
function readLength(at: usize, end: usize): i32 {
  at = skipSpace(at, end);
  const digits = countDigits(at, <i32>(end - at));
  const stop = at + <usize>digits;
  const value = parseDecimal(at, digits);
  if (digits == 0 || value == NOT_A_NUMBER) return -1;
  if (load<u8>(skipBlanks(stop, end)) != 0x0d) return -1;
  return <i32>min<i64>(value, SIP_MESSAGE_SIZE + 1);
}

function skipBlanks(at: usize, end: usize): usize {
  while (at < end && isBlank(load<u8>(at))) at++;
  return at;
}

/** Reads what there is of the message at fault, for an answer that refuses it. */
export function parseFault(message: Message): void {
  parseMessage(message, frameAt, frameLength);
  message.refusal = frameRefusal;
  message.fault = frameRefusal == 400 ? Fault.ContentLength : Fault.None;
}
