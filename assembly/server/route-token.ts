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
import { Uri } from "../sip/uri";
import { out } from "../sip/writer";

/** Of the half that leads to the callee; the one that leads to the caller follows. */
const TOKEN_DIGITS: i32 = 16;
/** Address and port in hexadecimal. */
const FLOW_DIGITS_V4: i32 = 12;
const FLOW_DIGITS_V6: i32 = 36;

const address: NameAddr = nameAddrAt(memory.data(64, 16));
const token: usize = memory.data(TOKEN_DIGITS, 16);
const tokenBytes: usize = memory.data(8, 8);
const flowBytes: usize = memory.data(18, 8);
const flowDigits: usize = memory.data(FLOW_DIGITS_V6, 8);
const flow: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const bound: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

/**
 * Writes the Record-Route field of a request that forms a dialog: it came from `caller` and goes to `callee`. A side
 * that is not where its Contact says is reached there later on too: its flow.
 */
export function writeRecordRoute(
  request: Message, local: Endpoint, caller: Endpoint, isCallerFlow: bool, callee: Endpoint, isCalleeFlow: bool,
): void {
  out.header(Header.RecordRoute).text("<sip:").hostPort(local).text(";lr;token=");
  makeToken(request, Header.From, callee, isCalleeFlow);
  out.span(token, TOKEN_DIGITS);
  makeToken(request, Header.From, caller, isCallerFlow);
  out.span(token, TOKEN_DIGITS);
  if (isCallerFlow) out.text(";caller=").span(flowDigits, writeFlow(flowDigits, caller));
  if (isCalleeFlow) out.text(";callee=").span(flowDigits, writeFlow(flowDigits, callee));
  out.text(">").line();
}

/**
 * The URI, from a Route field of `request`, is one that writeRecordRoute wrote for this dialog, and `hop`, not set for a
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
  return true;
}

/** Of one end: a flow is bound with its port, else any port of the host will do. */
function makeToken(request: Message, side: Header, end: Endpoint, isFlow: bool): void {
  const callId = request.first(Header.CallId);
  const field = request.first(side);
  let hash = sipHash(callId.value, callId.valueLength, 4);
  const hasTag = address.parse(field.value, field.valueLength) && address.hasParameter("tag");
  hash = sipHash(parameterAt, hasTag ? parameterLength : 0, hash);
  bound.clear();
  copyBytes(bound.address, end.address, 16);
  bound.family = end.family;
  if (isFlow) bound.port = end.port;
  store<u64>(tokenBytes, sipHash(changetype<usize>(bound), ENDPOINT_SIZE, hash));
  writeHex(token, tokenBytes, TOKEN_DIGITS >> 1);
}

function writeFlow(target: usize, end: Endpoint): i32 {
  const size = end.family == Family.V6 ? 16 : 4;
  copyBytes(flowBytes, end.address, size);
  store<u16>(flowBytes + <usize>size, end.port);
  writeHex(target, flowBytes, size + 2);
  return (size + 2) << 1;
}

/** Leaves the endpoint in `flow`. */
function readFlow(at: usize, length: i32): bool {
  if ((length != FLOW_DIGITS_V4 && length != FLOW_DIGITS_V6) || !parseHex(at, length, flowBytes)) return false;
  const size = (length >> 1) - 2;
  flow.clear();
  copyBytes(flow.address, flowBytes, size);
  flow.port = load<u16>(flowBytes + <usize>size);
  flow.family = <u8>(size == 4 ? Family.V4 : Family.V6);
  flow.transport = <u8>Transport.Udp;
  return true;
}
