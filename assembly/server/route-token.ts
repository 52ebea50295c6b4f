// Our Record-Route value: RFC 3261 §16.6 step 4. It carries a keyed hash of the dialog and of the host at each end of
// it, so that a request inside a dialog needs no state, nobody else gets anything relayed, and who has the dialog gets
// nowhere but to its other end. For a side that is not where its Contact says (a NAT), it carries the flow to that side
// as well, as RFC 5626 §5.2 does in a Path.

import { ENDPOINT_SIZE, Endpoint, Family, Transport, endpointAt } from "../abi/endpoint";
import { copyBytes } from "../base/bytes";
import { parseHex, writeHex } from "../base/hex";
import { sipHash } from "../base/sip-hash";
import { isSameSecret } from "../sip/digest/hash";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { NameAddr, nameAddrAt } from "../sip/name-addr";
import { parameterAt, parameterLength } from "../sip/parameters";
import { Scheme, Uri } from "../sip/uri";
import { out } from "../sip/writer";

/** Of the half that leads to the callee; the one that leads to the caller follows. */
const TOKEN_DIGITS: i32 = 16;
/** Bytes of an address and port; of a stream's transport and flow behind them. */
const FLOW_V4: i32 = 6;
const FLOW_V6: i32 = 18;
const FLOW_STREAM: i32 = 5;
const FLOW_SIZE: i32 = FLOW_V6 + FLOW_STREAM + 1;

const address: NameAddr = nameAddrAt(memory.data(64, 16));
const token: usize = memory.data(TOKEN_DIGITS, 16);
const tokenBytes: usize = memory.data(8, 8);
const flowBytes: usize = memory.data(FLOW_SIZE, 8);
const flowDigits: usize = memory.data(FLOW_SIZE << 1, 8);
const flow: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const bound: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

/** The token last checked has put its own flow in the place of the hop. */
export let isTokenFlow: bool = false;

/**
 * Writes the Record-Route fields of a request that forms a dialog: it came from `caller` to our address `inner`, and goes
 * to `callee` from `outer`. One will do, or one for each side when those differ (RFC 5658 §4), the callee's first. A side
 * that is not where its Contact says is reached there later on too: its flow.
 */
export function writeRecordRoutes(
  request: Message, inner: Endpoint, outer: Endpoint, caller: Endpoint, isCallerFlow: bool, callee: Endpoint,
  isCalleeFlow: bool,
): void {
  writeRecordRoute(request, outer, caller, isCallerFlow, callee, isCalleeFlow);
  if (!inner.equals(outer)) writeRecordRoute(request, inner, caller, isCallerFlow, callee, isCalleeFlow);
}

function writeRecordRoute(
  request: Message, local: Endpoint, caller: Endpoint, isCallerFlow: bool, callee: Endpoint, isCalleeFlow: bool,
): void {
  // RFC 3261 §16.6 step 4
  if (request.uri.scheme == Scheme.Sips) out.header(Header.RecordRoute).text("<sips:").hostPort(local);
  else out.header(Header.RecordRoute).text("<sip:").hostPort(local).transport(local);
  out.text(";lr;token=");
  makeToken(request, Header.From, callee, isCalleeFlow);
  out.span(token, TOKEN_DIGITS);
  makeToken(request, Header.From, caller, isCallerFlow);
  out.span(token, TOKEN_DIGITS);
  if (isCallerFlow) out.text(";caller=").span(flowDigits, writeFlow(flowDigits, caller));
  if (isCalleeFlow) out.text(";callee=").span(flowDigits, writeFlow(flowDigits, callee));
  out.text(">").line();
}

/**
 * The URI, from a Route field of `request`, is one that writeRecordRoutes wrote for this dialog, and `hop`, not set for a
 * name, is at the end that the request is for. With a flow to that end, `hop` is it afterwards.
 */
export function checkToken(request: Message, uri: Uri, hop: Endpoint): bool {
  if (!uri.hasParameter("token") || parameterLength != 2 * TOKEN_DIGITS) return false;
  const given = parameterAt;
  return leadsTo(request, Header.From, uri.hasParameter("callee"), given, hop) ||
    leadsTo(request, Header.To, uri.hasParameter("caller"), given + TOKEN_DIGITS, hop);
}

/** `side` is the field in which the caller of the dialog would stand. A flow is the parameter just found. */
function leadsTo(request: Message, side: Header, isFlow: bool, given: usize, hop: Endpoint): bool {
  if (isFlow && !readFlow(parameterAt, parameterLength)) return false;
  const end = isFlow ? flow : hop;
  if (!end.isSet) return false;
  makeToken(request, side, end, isFlow);
  if (!isSameSecret(token, given, TOKEN_DIGITS)) return false;
  if (isFlow) hop.copyFrom(flow);
  isTokenFlow = isFlow;
  return true;
}

/** Of one end: a flow is bound with its port and connection, else any port of the host will do. */
function makeToken(request: Message, side: Header, end: Endpoint, isFlow: bool): void {
  const callId = request.first(Header.CallId);
  const field = request.first(side);
  let hash = sipHash(callId.value, callId.valueLength, 4);
  const hasTag = address.parse(field.value, field.valueLength) && address.hasParameter("tag");
  hash = sipHash(parameterAt, hasTag ? parameterLength : 0, hash);
  bound.clear();
  copyBytes(bound.address, end.address, 16);
  bound.family = end.family;
  if (isFlow) {
    bound.port = end.port;
    bound.transport = end.transport;
    bound.flow = end.flow;
  }
  store<u64>(tokenBytes, sipHash(changetype<usize>(bound), ENDPOINT_SIZE, hash));
  writeHex(token, tokenBytes, TOKEN_DIGITS >> 1);
}

function writeFlow(target: usize, end: Endpoint): i32 {
  let size = end.family == Family.V6 ? FLOW_V6 : FLOW_V4;
  copyBytes(flowBytes, end.address, size - 2);
  store<u16>(flowBytes + <usize>size - 2, end.port);
  if (end.transport != Transport.Udp) {
    store<u8>(flowBytes + <usize>size, end.transport);
    store<u32>(flowBytes + <usize>size + 1, end.flow);
    size += FLOW_STREAM;
  }
  writeHex(target, flowBytes, size);
  return size << 1;
}

/** Leaves the endpoint in `flow`. */
function readFlow(at: usize, length: i32): bool {
  if (length > FLOW_SIZE << 1 || (length & 1) != 0 || !parseHex(at, length, flowBytes)) return false;
  const bytes = length >> 1;
  const isV6 = bytes == FLOW_V6 || bytes == FLOW_V6 + FLOW_STREAM;
  if (!isV6 && bytes != FLOW_V4 && bytes != FLOW_V4 + FLOW_STREAM) return false;
  const size = isV6 ? FLOW_V6 : FLOW_V4;
  flow.clear();
  copyBytes(flow.address, flowBytes, size - 2);
  flow.port = load<u16>(flowBytes + <usize>size - 2);
  flow.family = <u8>(isV6 ? Family.V6 : Family.V4);
  flow.transport = <u8>Transport.Udp;
  if (bytes == size) return true;
  flow.transport = load<u8>(flowBytes + <usize>size);
  flow.flow = load<u32>(flowBytes + <usize>size + 1);
  return true;
}
