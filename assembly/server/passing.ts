// How a message looks when it leaves again: requests by RFC 3261 §16.6, responses by §16.7 step 3.

import { Endpoint } from "../abi/endpoint";
import { NOT_A_NUMBER, parseDecimal, writeHex32 } from "../base/decimal";
import { parseHex32 } from "../base/hex";
import { sipHash } from "../base/sip-hash";
import { Header } from "../sip/header";
import { Field, Message } from "../sip/message";
import { Method } from "../sip/method";
import { BRANCH_LENGTH } from "../sip/transaction/transaction";
import { Via, viaAt } from "../sip/via";
import { hasToTag, out } from "../sip/writer";
import { isOurCredentials } from "./authentication";
import { pathAt } from "./path";
import { writeRoutes } from "./routes";
import { isOurHost, localFor } from "./settings";

const USUAL_MAX_FORWARDS: i32 = 70;
/** RFC 5393 §5.3.1. */
const USUAL_MAX_BREADTH: i32 = 60;
const DEFAULT_PORT: i32 = 5060;
/** After "z9hG4bK", the digits in which a branch carries the loop mark. */
const MARK_AT: usize = 7;
const MARK_DIGITS: i32 = 8;

const via: Via = viaAt(memory.data(64, 16));

/** Hops that the request may still make. */
export function maxForwards(request: Message): i32 {
  return request.maxForwards < 0 ? USUAL_MAX_FORWARDS + 1 : request.maxForwards;
}

/** RFC 5393 §5.3: branches that the request may still spread to at one time, here and further on. */
export function maxBreadth(request: Message): i32 {
  const field = request.first(Header.MaxBreadth);
  if (changetype<usize>(field) == 0) return USUAL_MAX_BREADTH;
  const breadth = parseDecimal(field.value, field.valueLength);
  return breadth == NOT_A_NUMBER ? USUAL_MAX_BREADTH : <i32>min<i64>(breadth, USUAL_MAX_BREADTH);
}

/** RFC 5393 §4.2: a keyed hash of all that decides where we send the request. */
function loopMark(request: Message): u32 {
  let hash = sipHash(request.uriAt, request.uriLength, 5);
  for (let field = request.first(Header.Route); changetype<usize>(field) != 0; field = request.next(field)) {
    hash = sipHash(field.value, field.valueLength, hash);
  }
  return <u32>hash;
}

/** Marks a fresh branch, so that isLoop() knows the request when it comes back. */
export function markBranch(branch: usize, request: Message): void { writeHex32(branch + MARK_AT, loopMark(request)); }

/** The request was here before, and nothing has changed since that would send it anywhere else. */
export function isLoop(request: Message): bool {
  const mark = loopMark(request);
  for (let field = request.first(Header.Via); changetype<usize>(field) != 0; field = request.next(field)) {
    const end = field.value + <usize>field.valueLength;
    for (let at = field.value; at < end; at = via.next) {
      if (!via.parse(at, <i32>(end - at))) break;
      if (via.branchLength == BRANCH_LENGTH && parseHex32(via.branchAt + MARK_AT, MARK_DIGITS) == <i64>mark &&
          isOurHost(via.hostAt, via.hostLength, via.port != 0 ? via.port : DEFAULT_PORT)) return true;
    }
  }
  return false;
}

/** Requests that form dialogs, and so must find us again (RFC 3261 §16.6 step 4). */
export function formsDialog(request: Message): bool {
  const method = request.method;
  return (method == Method.Invite || method == Method.Subscribe || method == Method.Refer) && !hasToTag(request);
}

/** Begins the request in `out` for the next hop. A Record-Route may follow, then finishRequest(). */
export function beginRequest(
  request: Message, source: Endpoint, local: Endpoint, branch: usize, uriAt: usize, uriLength: i32,
): void {
  out.begin().span(request.methodAt, request.methodLength).text(" ").span(uriAt, uriLength).text(" SIP/2.0").line();
  out.via(local, branch, BRANCH_LENGTH).receivedVias(request, source);
}

/** Along the Path kept at `path`, 0 for none; `breadth` is this branch's share of maxBreadth(). */
export function finishRequest(request: Message, path: u16, breadth: i32): void {
  if (path != 0) out.header(Header.Route).value(pathAt(path)).line();
  writeRoutes();
  out.headerNumber(Header.MaxForwards, maxForwards(request) - 1).headerNumber(Header.MaxBreadth, breadth);
  for (let index = 0; index < request.fieldCount; index++) {
    const field = request.field(index);
    if (!isReplaced(field)) copyField(field);
  }
  out.body(request.bodyAt, request.bodyLength);
}

/** Our address as the caller's side sees it. */
export function innerOf(source: Endpoint, outer: Endpoint): Endpoint {
  const inner = localFor(source);
  return changetype<usize>(inner) == 0 ? outer : inner;
}

/** Written anew, or not for the next hop. RFC 3325 §5: an identity that a phone asserts is not to be trusted. */
function isReplaced(field: Field): bool {
  switch (<Header>field.header) {
    case Header.Via: case Header.Route: case Header.MaxForwards: case Header.ContentLength:
    case Header.MaxBreadth: case Header.PAssertedIdentity: case Header.RemotePartyId:
      return true;
    case Header.ProxyAuthorization:
      return isOurCredentials(field.value, field.valueLength);
    default:
      return false;
  }
}

@inline function copyField(field: Field): void {
  out.span(field.name, field.nameLength).text(": ").span(field.value, field.valueLength).line();
}

/**
 * Writes a response of our own into `out` for the request that a message of its branch belongs to: the request as we
 * sent it on, or a response to it. Both carry what the response copies, below our own Via.
 */
export function writeOwnResponse(message: Message, status: i32): void {
  out.begin().statusLine(status);
  copyLowerVias(message);
  out.copyFields(message, Header.From).copyFields(message, Header.To).copyFields(message, Header.CallId)
    .copyFields(message, Header.CSeq).body(0, 0);
}

/** Below our Via there is another: the response is for somebody else as well (§16.7 step 3). */
export function isForOthers(response: Message): bool {
  return response.isRepeated(Header.Via) || lengthBelow(response) > 0;
}

/** Bytes of the first Via field after its topmost value. They start at message.via.next. */
function lengthBelow(message: Message): i32 {
  const top = message.first(Header.Via);
  return <i32>(top.value + <usize>top.valueLength - message.via.next);
}

/** The Via fields without the topmost value. */
function copyLowerVias(message: Message): void {
  const restLength = lengthBelow(message);
  if (restLength > 0) out.header(Header.Via).span(message.via.next, restLength).line();
  for (let field = message.next(message.first(Header.Via)); changetype<usize>(field) != 0; field = message.next(field)) {
    out.header(Header.Via).span(field.value, field.valueLength).line();
  }
}

/** Writes the response into `out` without our Via. */
export function writeResponse(response: Message): void {
  out.begin().text("SIP/2.0 ").decimal(response.status).text(" ").span(response.reasonAt, response.reasonLength).line();
  copyLowerVias(response);
  for (let index = 0; index < response.fieldCount; index++) {
    const field = response.field(index);
    if (field.header != <u8>Header.Via && field.header != <u8>Header.ContentLength) copyField(field);
  }
  out.body(response.bodyAt, response.bodyLength);
}
