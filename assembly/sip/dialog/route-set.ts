// The route set of a dialog: RFC 3261 §12.1 says how it is made, §12.2.1.1 how a request follows it.
// It is kept as one text of Route values with commas between, in the order in which they are written.

import { Endpoint } from "../../abi/endpoint";
import { Text } from "../../base/text";
import { Header } from "../header";
import { Message } from "../message";
import { NameAddr } from "../name-addr";
import { Uri } from "../uri";
import { out } from "../writer";

const COMMA: u8 = 0x2c;

const value: NameAddr = changetype<NameAddr>(memory.data(64, 16));
const uri: Uri = changetype<Uri>(memory.data(64, 16));

/** The URI of the first route, after findFirstRoute(). */
export let firstRouteAt: usize = 0;
export let firstRouteLength: i32 = 0;
/** The first route has the `lr` parameter: its proxy keeps the Request-URI (§16.12.1.1 has the others). */
export let isLooseRoute: bool = false;

function appendValue(routes: Text, at: usize, length: i32): bool {
  const extra = routes.isEmpty ? length : length + 1;
  if (<i32>routes.length + extra > <i32>routes.capacity) return false;
  if (!routes.isEmpty) routes.append(COMMA);
  memory.copy(routes.at + <usize>routes.length, at, <usize>length);
  routes.length += <u16>length;
  return true;
}

/** The value that `value` has just read, without the blanks before it and without its comma. */
@inline function valueStart(): usize { return value.displayLength > 0 ? value.displayAt : value.uriAt - 1; }
@inline function valueEnd(): usize {
  return value.parametersLength > 0
    ? value.parametersAt + <usize>value.parametersLength
    : value.uriAt + <usize>value.uriLength + 1;
}

/**
 * §12.1.1: a server keeps the Record-Route values in their order. False when one is no name-addr or they do not fit.
 */
export function setRoutesOfRequest(routes: Text, request: Message): bool {
  routes.clear();
  for (let field = request.first(Header.RecordRoute); changetype<usize>(field) != 0; field = request.next(field)) {
    const end = field.value + <usize>field.valueLength;
    for (let at = field.value; at < end; at = value.next) {
      if (!readRoute(at, end) || !appendValue(routes, valueStart(), <i32>(valueEnd() - valueStart()))) return false;
    }
  }
  return true;
}

/** §12.1.2: a client keeps them in reverse order: each goes before those read so far, from the end of the room on. */
export function setRoutesOfResponse(routes: Text, response: Message): bool {
  routes.clear();
  const roomEnd = routes.at + <usize>routes.capacity;
  let first = roomEnd;
  for (let field = response.first(Header.RecordRoute); changetype<usize>(field) != 0; field = response.next(field)) {
    const end = field.value + <usize>field.valueLength;
    for (let at = field.value; at < end; at = value.next) {
      if (!readRoute(at, end)) return false;
      const length = valueEnd() - valueStart(), comma: usize = first == roomEnd ? 0 : 1;
      if (first - routes.at < length + comma) return false;
      if (comma != 0) store<u8>(--first, COMMA);
      first -= length;
      memory.copy(first, valueStart(), length);
    }
  }
  routes.length = <u16>(roomEnd - first);
  memory.copy(routes.at, first, roomEnd - first);
  return true;
}

/** RFC 3608 §6.1: the Service-Route values, in their order. None at all when one is no route or they do not fit. */
export function setServiceRoutes(routes: Text, response: Message): void {
  routes.clear();
  for (let field = response.first(Header.ServiceRoute); changetype<usize>(field) != 0; field = response.next(field)) {
    const end = field.value + <usize>field.valueLength;
    for (let at = field.value; at < end; at = value.next) {
      if (readRoute(at, end) && appendValue(routes, valueStart(), <i32>(valueEnd() - valueStart()))) continue;
      routes.clear();
      return;
    }
  }
}

/** A route must stand in angle brackets (§25.1 route-param), and its URI must be one that we can follow. */
function readRoute(at: usize, end: usize): bool {
  return value.parse(at, <i32>(end - at)) && load<u8>(value.uriAt - 1) == 0x3c &&
    uri.parse(value.uriAt, value.uriLength) && uri.hostLength > 0;
}

/** Leaves the first route's URI and kind above. False when there is none. */
export function findFirstRoute(routes: Text): bool {
  if (routes.isEmpty || !readRoute(routes.at, routes.at + <usize>routes.length)) return false;
  firstRouteAt = value.uriAt;
  firstRouteLength = value.uriLength;
  isLooseRoute = uri.hasParameter("lr");
  return true;
}

/**
 * The Route field of a request to `target`, nothing when the set is empty. To a strict router the Request-URI is its
 * own address, the target goes last (§12.2.1.1).
 */
export function writeRoutes(routes: Text, targetAt: usize, targetLength: i32): void {
  if (!findFirstRoute(routes)) return;
  if (isLooseRoute) {
    out.header(Header.Route).value(routes).line();
    return;
  }
  const end = routes.at + <usize>routes.length;
  out.header(Header.Route);
  if (value.next < end) out.span(value.next, <i32>(end - value.next)).text(",");
  out.text("<").span(targetAt, targetLength).text(">").line();
}

/** Where a URI's host is an address: `into` gets it. False for a name, which the caller's hop must find. */
export function addressOfUri(at: usize, length: i32, into: Endpoint): bool {
  return uri.parse(at, length) && uri.address(into);
}
