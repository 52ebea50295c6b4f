// The Route of the request in hand: what §16.4 of RFC 3261 takes off it, where it leads (§16.6 steps 6 and 7), what the
// next hop sees.

import { ENDPOINT_SIZE, Endpoint, Transport, endpointAt } from "../abi/endpoint";
import { MAX_ROUTES } from "../limits";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { NameAddr, nameAddrAt } from "../sip/name-addr";
import { Uri, uriAt } from "../sip/uri";
import { out } from "../sip/writer";
import { checkToken, isTokenFlow } from "./route-token";
import { isOurs } from "./settings";

@unmanaged
class Span {
  at: usize = 0;
  length: i32 = 0;
}

const SPAN_SIZE: i32 = 8;

/** URIs of the Route values. Header parameters of a Route mean nothing to anybody and are not passed on. */
const spans: usize = memory.data(SPAN_SIZE * MAX_ROUTES, 16);
const value: NameAddr = nameAddrAt(memory.data(64, 16));
const uri: Uri = uriAt(memory.data(64, 16));
let first: i32 = 0;
let end: i32 = 0;

/** The Request-URI once a strict router's doing is undone. */
export let targetAt: usize = 0;
export let targetLength: i32 = 0;
/** The request came along a route that we made for its dialog, and goes to the dialog's other end: `nextHop`. */
export let isOnOurRoute: bool = false;
/** It is a flow that the token names, and that end is reached nowhere else. */
export let isNextHopFlow: bool = false;
export const nextHop: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

@inline function spanAt(index: i32): Span { return changetype<Span>(spans + <usize>(index * SPAN_SIZE)); }
@inline export function hasMoreRoutes(): bool { return first < end; }

/** Reads the request's Route and takes off what is ours. False when it is malformed or too long. */
export function takeRoutes(request: Message): bool {
  first = 0;
  end = 0;
  isOnOurRoute = false;
  targetAt = request.uriAt;
  targetLength = request.uriLength;
  if (!readRoutes(request)) return false;

  let ourAt: usize = 0, ourLength = 0;
  // §16.4: a strict router has put our value into the Request-URI, and the target last.
  if (end > 0 && uri.parse(request.uriAt, request.uriLength) && isOurs(uri) && uri.hasParameter("token")) {
    ourAt = request.uriAt;
    ourLength = request.uriLength;
    const last = spanAt(--end);
    targetAt = last.at;
    targetLength = last.length;
  }
  for (; first < end && uri.parse(spanAt(first).at, spanAt(first).length) && isOurs(uri); first++) {
    ourAt = spanAt(first).at;
    ourLength = spanAt(first).length;
  }
  findNextHop();
  isOnOurRoute = ourLength > 0 && uri.parse(ourAt, ourLength) && checkToken(request, uri, nextHop);
  isNextHopFlow = isOnOurRoute && isTokenFlow;
  return true;
}

/** The next Route, or the target where there is none; not set for a name. */
function findNextHop(): void {
  const isRouted = first < end;
  nextHop.clear();
  nextHop.transport = <u8>Transport.Udp;
  const found = isRouted ? uri.parse(spanAt(first).at, spanAt(first).length) : uri.parse(targetAt, targetLength);
  if (!found || !uri.address(nextHop)) nextHop.clear();
}

function readRoutes(request: Message): bool {
  for (let field = request.first(Header.Route); changetype<usize>(field) != 0; field = request.next(field)) {
    const stop = field.value + <usize>field.valueLength;
    for (let at = field.value; at < stop; at = value.next) {
      if (end == MAX_ROUTES || !value.parse(at, <i32>(stop - at))) return false;
      if (!uri.parse(value.uriAt, value.uriLength)) return false;
      const span = spanAt(end++);
      span.at = value.uriAt;
      span.length = value.uriLength;
    }
  }
  return true;
}

/** The next Route has no `lr`: §16.6 step 6 wants its URI as Request-URI and the target as last Route. */
function isStrict(): bool {
  return first < end && uri.parse(spanAt(first).at, spanAt(first).length) && !uri.hasParameter("lr");
}

/** Settles what the request line and writeRoutes() say. */
export function settleRoutes(): void {
  if (!isStrict() || end == MAX_ROUTES) return;
  const target = spanAt(end++), next = spanAt(first++);
  target.at = targetAt;
  target.length = targetLength;
  targetAt = next.at;
  targetLength = next.length;
}

/** The Route fields that are left. */
export function writeRoutes(): void {
  for (let index = first; index < end; index++) {
    out.header(Header.Route).text("<").span(spanAt(index).at, spanAt(index).length).text(">").line();
  }
}
