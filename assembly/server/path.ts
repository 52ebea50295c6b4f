// Path: the proxies between a phone and us, who write themselves into its REGISTER, and through whom its calls go. Read
// RFC 3327 §5.3 first. Nobody can send our requests anywhere by it: the first proxy is where the REGISTER came from.

import { ENDPOINT_SIZE, Endpoint, Transport, endpointAt } from "../abi/endpoint";
import { Pool } from "../base/pool";
import { Text, textAt } from "../base/text";
import { MAX_PATHS, PATH_SIZE } from "../limits";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { NameAddr, nameAddrAt } from "../sip/name-addr";
import { Scheme, Uri, uriAt } from "../sip/uri";
import { isLocalEndpoint, localFor } from "./settings";

const SLOT_SIZE: i32 = (4 + PATH_SIZE + 3) & ~3;
const COMMA: u8 = 0x2c;

const pool: Pool = changetype<Pool>(memory.data(32, 16));
const value: NameAddr = nameAddrAt(memory.data(64, 16));
const uri: Uri = uriAt(memory.data(64, 16));

/** What readPath() or readPathText() has read, values with commas between; empty for none. */
export const given: Text = textAt(memory.data(SLOT_SIZE, 16));
/** Where requests along it are sent first. */
export const firstHop: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

export const PATHS_SIZE: i32 = MAX_PATHS * (SLOT_SIZE + 4);

export function setupPaths(at: usize): void {
  pool.setup(at, SLOT_SIZE, at + <usize>(MAX_PATHS * SLOT_SIZE), MAX_PATHS);
}

@inline export function pathsFree(): i32 { return pool.capacity - pool.used; }

/** Keeps `given` and returns its place, from 1 on; 0 when there is no room. */
export function keepPath(): u16 {
  const slot = pool.take();
  if (slot == 0) return 0;
  textAt(slot).setup(PATH_SIZE).set(given.at, given.length);
  return <u16>(pool.indexOf(slot) + 1);
}

/** The Path at a place that keepPath() returned. */
@inline export function pathAt(place: u16): Text { return textAt(pool.at(<i32>place - 1)); }

export function dropPath(place: u16): void {
  if (place != 0) pool.put(pool.at(<i32>place - 1));
}

/** The Path of a REGISTER into `given`. Returns 200, without a Path as well, or what to refuse with. */
export function readPath(request: Message, source: Endpoint): i32 {
  given.setup(PATH_SIZE);
  if (!request.has(Header.Path)) return 200;
  for (let field = request.first(Header.Path); changetype<usize>(field) != 0; field = request.next(field)) {
    if (!given.isEmpty && !given.append(COMMA)) return 513;
    for (let place = 0; place < field.valueLength; place++) {
      if (!given.append(load<u8>(field.value + <usize>place))) return 513;
    }
  }
  return judge(source);
}

/** A Path as it was kept, into `given`. False when no REGISTER from `source` could have brought it. */
export function readPathText(at: usize, length: i32, source: Endpoint): bool {
  return given.setup(PATH_SIZE).set(at, length) && (length == 0 || judge(source) == 200);
}

/** §4: each value is a loose router's. The first one is the sender's own address, not a name, and not us. */
function judge(source: Endpoint): i32 {
  const end = given.at + <usize>given.length;
  let at = given.at;
  do {
    if (!value.parse(at, <i32>(end - at)) || !uri.parse(value.uriAt, value.uriLength)) return 400;
    if (!uri.hasParameter("lr")) return 400;
    if (at == given.at && !findFirstHop(source)) return 403;
    at = value.next;
  } while (at < end);
  return 200;
}

function findFirstHop(source: Endpoint): bool {
  firstHop.clear();
  firstHop.transport = <u8>Transport.Udp;
  if (uri.scheme != Scheme.Sip || !uri.address(firstHop) || !firstHop.sameHost(source)) return false;
  // its connection to us, when it is that one which it names
  if (firstHop.equals(source)) firstHop.copyFrom(source);
  return !isLocalEndpoint(firstHop) && changetype<usize>(localFor(firstHop)) != 0;
}
