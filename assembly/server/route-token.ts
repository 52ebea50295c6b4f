// Our Record-Route value: RFC 3261 §16.6 step 4. It carries a keyed hash of the dialog it was made for, so that a
// request inside a dialog needs no state and nobody else gets anything relayed. For a side that is not where its
// Contact says (a NAT), it carries the flow to that side as well, as RFC 5626 §5.2 does in a Path.

import { ENDPOINT_SIZE, Endpoint, Family, Transport, endpointAt } from "../abi/endpoint";
import { copyBytes } from "../base/bytes";
import { parseHex, writeHex } from "../base/hex";
import { sipHash } from "../base/sip-hash";
import { isSameSecret } from "../sip/digest/hash";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { NameAddr, nameAddrAt } from "../sip/name-addr";
import { parameterAt, parameterLength } from "../sip/parameters";
import { Uri } from "../sip/uri";
import { out } from "../sip/writer";

const TOKEN_DIGITS: i32 = 16;
/** Address and port in hexadecimal. */
const FLOW_DIGITS_V4: i32 = 12;
const FLOW_DIGITS_V6: i32 = 36;

const nobody: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const address: NameAddr = nameAddrAt(memory.data(64, 16));
const token: usize = memory.data(TOKEN_DIGITS, 16);
const tokenBytes: usize = memory.data(8, 8);
const flowBytes: usize = memory.data(18, 8);
const callerFlow: usize = memory.data(FLOW_DIGITS_V6, 8);
const calleeFlow: usize = memory.data(FLOW_DIGITS_V6, 8);

/** Where the token last checked sends the request, or not set: then by its Route or its Request-URI. */
export const tokenFlow: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

/** A side that is where its Contact says needs no flow. */
@inline export function noFlow(): Endpoint { return nobody; }

/** Writes the Record-Route field of a request that forms a dialog. The flows may be noFlow(). */
export function writeRecordRoute(request: Message, local: Endpoint, caller: Endpoint, callee: Endpoint): void {
  const callerLength = writeFlow(callerFlow, caller), calleeLength = writeFlow(calleeFlow, callee);
  makeToken(request, Header.From, callerFlow, callerLength, calleeFlow, calleeLength);
  out.header(Header.RecordRoute).text("<sip:").hostPort(local).text(";lr;token=").span(token, TOKEN_DIGITS);
  if (callerLength > 0) out.text(";caller=").span(callerFlow, callerLength);
  if (calleeLength > 0) out.text(";callee=").span(calleeFlow, calleeLength);
  out.text(">").line();
}

/**
 * The URI, from a Route field of `request`, is one that writeRecordRoute wrote for this dialog. Leaves the way in
 * tokenFlow.
 */
export function checkToken(request: Message, uri: Uri): bool {
  tokenFlow.clear();
  let callerAt: usize = 0, callerLength = 0, calleeAt: usize = 0, calleeLength = 0;
  if (uri.hasParameter("caller")) {
    callerAt = parameterAt;
    callerLength = parameterLength;
  }
  if (uri.hasParameter("callee")) {
    calleeAt = parameterAt;
    calleeLength = parameterLength;
  }
  if (!uri.hasParameter("token") || parameterLength != TOKEN_DIGITS) return false;
  const given = parameterAt;
  makeToken(request, Header.From, callerAt, callerLength, calleeAt, calleeLength);
  if (isSameSecret(token, given, TOKEN_DIGITS)) {
    readFlow(calleeAt, calleeLength);
    return true;
  }
  makeToken(request, Header.To, callerAt, callerLength, calleeAt, calleeLength);
  if (!isSameSecret(token, given, TOKEN_DIGITS)) return false;
  readFlow(callerAt, callerLength);
  return true;
}

/** `side` is the field in which the caller of the dialog stands. */
function makeToken(
  request: Message, side: Header, callerAt: usize, callerLength: i32, calleeAt: usize, calleeLength: i32,
): void {
  const callId = request.first(Header.CallId);
  const field = request.first(side);
  let hash = sipHash(callId.value, callId.valueLength, 4);
  const hasTag = address.parse(field.value, field.valueLength) && address.hasParameter("tag");
  hash = sipHash(parameterAt, hasTag ? parameterLength : 0, hash);
  hash = sipHash(callerAt, callerLength, hash);
  store<u64>(tokenBytes, sipHash(calleeAt, calleeLength, hash));
  writeHex(token, tokenBytes, TOKEN_DIGITS >> 1);
}

function writeFlow(target: usize, flow: Endpoint): i32 {
  if (!flow.isSet) return 0;
  const size = flow.family == Family.V6 ? 16 : 4;
  copyBytes(flowBytes, flow.address, size);
  store<u16>(flowBytes + <usize>size, flow.port);
  writeHex(target, flowBytes, size + 2);
  return (size + 2) << 1;
}

function readFlow(at: usize, length: i32): void {
  if ((length != FLOW_DIGITS_V4 && length != FLOW_DIGITS_V6) || !parseHex(at, length, flowBytes)) return;
  const size = (length >> 1) - 2;
  copyBytes(tokenFlow.address, flowBytes, size);
  tokenFlow.port = load<u16>(flowBytes + <usize>size);
  tokenFlow.family = <u8>(size == 4 ? Family.V4 : Family.V6);
  tokenFlow.transport = <u8>Transport.Udp;
}
