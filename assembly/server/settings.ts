// What the host has told the server: its realm, its domains, its own addresses, its times.

import { ENDPOINT_SIZE, Endpoint, Transport, endpointAt } from "../abi/endpoint";
import { isUnspecified, parseHostAddress } from "../base/address";
import { sameSpanIgnoreCase } from "../base/bytes";
import { Text, textAt } from "../base/text";
import { MAX_DOMAINS, MAX_LOCAL_ENDPOINTS } from "../limits";
import { DigestAlgorithm } from "../sip/digest/hash";
import { Scheme, Uri, isHost } from "../sip/uri";

/** Numbers are part of the ABI: append, never reorder. Durations are in seconds. */
export const enum Setting {
  None,
  /** Text: the realm of every challenge. Before the first user: passwords are kept as hashes that contain it. */
  Realm,
  /** Text, by index: a host name or address that requests and users may be addressed to. Empty takes it out. */
  Domain,
  /** Text, by user: the name that registers and is called. Empty takes the user and its bindings out. */
  UserName,
  /** Text, by user: the password. */
  UserPassword,
  /** Text, by user: H(name:realm:password) in hexadecimal, instead of a password. */
  UserMd5,
  UserSha256,
  /** Text, by user: the name that people read. */
  UserDisplay,
  /** Endpoint, by index: an address of the server that its peers see. */
  LocalEndpoint,
  /** Number: bounds of what a registration may ask for, and what it gets when it asks for nothing. */
  MinimumExpires,
  MaximumExpires,
  DefaultExpires,
  /** Number: how long a nonce may be used. */
  NonceLifetime,
  /** Number: how long a call may ring, more than 180 (RFC 3261 §16.6, Timer C). */
  TimerC,
  /** Number: a DigestOffer. */
  DigestOffer,
  /** Text, by user: as UserMd5. */
  UserSha512_256,
  /** Text, by index: numbers that begin so, and are no user's, are redirected. Empty takes it out. */
  RedirectPrefix,
  /** Text, by index: HOST or HOST:PORT where they are to be asked for. */
  RedirectTarget,
}

/**
 * Which challenges are offered, and in what order: RFC 8760 §2.4 has a client answer the first that it can. Part of the
 * ABI.
 */
export const enum DigestOffer {
  Sha256ThenMd5,
  /** For phones that look at the first challenge only, and know MD5 only. Others are then held to MD5 as well. */
  Md5ThenSha256,
  Sha256,
  Md5,
  /** And the algorithms by their DigestAlgorithm, the first in the lowest two bits: for every other list. */
  List = 64,
}

const REALM_SIZE: i32 = 127;
const DOMAIN_SIZE: i32 = 127;
const DOMAIN_STRIDE: i32 = (4 + DOMAIN_SIZE + 3) & ~3;
/** RFC 3261 §10.3: a registrar may find an interval too brief only when it is below an hour. */
const HOUR: i32 = 3600;
const LONGEST: i32 = 7 * 86400;

export const realm: Text = textAt(memory.data((4 + REALM_SIZE + 3) & ~3, 16));
const domains: usize = memory.data(DOMAIN_STRIDE * MAX_DOMAINS, 16);
const locals: usize = memory.data(ENDPOINT_SIZE * MAX_LOCAL_ENDPOINTS, 16);
const literal: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

/** Seconds. */
export let minimumExpires: i32 = 0;
export let maximumExpires: i32 = 0;
export let defaultExpires: i32 = 0;
/** Milliseconds. */
export let nonceLifetime: f64 = 0;
export let timerC: f64 = 0;
/** As DigestOffer.List has it. */
let offered: i32 = 0;

@inline function domainAt(index: i32): Text { return textAt(domains + <usize>(index * DOMAIN_STRIDE)); }
@inline export function localAt(index: i32): Endpoint { return endpointAt(locals + <usize>(index * ENDPOINT_SIZE)); }

export function resetSettings(): void {
  realm.setup(REALM_SIZE);
  for (let index = 0; index < MAX_DOMAINS; index++) domainAt(index).setup(DOMAIN_SIZE);
  memory.fill(locals, 0, ENDPOINT_SIZE * MAX_LOCAL_ENDPOINTS);
  minimumExpires = 60;
  maximumExpires = HOUR;
  defaultExpires = HOUR;
  nonceLifetime = 300000;
  timerC = 200000;
  offered = offerOf(DigestAlgorithm.Sha256, DigestAlgorithm.Md5);
}

/** Setters of this file return 0, the 1-based place of the error, or -1. */
export function setRealm(at: usize, length: i32): i32 {
  for (let index = 0; index < length; index++) {
    const byte = load<u8>(at + <usize>index);
    if (byte < 0x20 || byte >= 0x7f || byte == 0x22 || byte == 0x5c) return index + 1;
  }
  return length > 0 && realm.set(at, length) ? 0 : -1;
}

export function setDomain(index: i32, at: usize, length: i32): i32 {
  if (<u32>index >= <u32>MAX_DOMAINS) return -1;
  if (length > 0 && !isHost(at, length)) return 1;
  return domainAt(index).set(at, length) ? 0 : -1;
}

export function setLocalEndpoint(index: i32, endpoint: Endpoint): i32 {
  if (<u32>index >= <u32>MAX_LOCAL_ENDPOINTS) return -1;
  // 0.0.0.0 is an address to listen on, not one that a peer could answer to.
  if (endpoint.isSet && isUnspecified(endpoint)) return -1;
  localAt(index).copyFrom(endpoint);
  return 0;
}

export function setNumber(setting: i32, value: f64): i32 {
  if (setting == Setting.DigestOffer) return setDigestOffer(value);
  if (!(value >= 1 && value <= <f64>LONGEST)) return -1;
  const seconds = <i32>value;
  switch (setting) {
    case Setting.MinimumExpires:
      if (seconds > HOUR || seconds > maximumExpires) return -1;
      minimumExpires = seconds;
      defaultExpires = max(defaultExpires, seconds);
      return 0;
    case Setting.MaximumExpires:
      if (seconds < minimumExpires) return -1;
      maximumExpires = seconds;
      defaultExpires = min(defaultExpires, seconds);
      return 0;
    case Setting.DefaultExpires:
      if (seconds < minimumExpires || seconds > maximumExpires) return -1;
      defaultExpires = seconds;
      return 0;
    case Setting.NonceLifetime:
      nonceLifetime = <f64>seconds * 1000;
      return 0;
    case Setting.TimerC:
      if (seconds <= 180) return -1;
      timerC = <f64>seconds * 1000;
      return 0;
    default:
      return -1;
  }
}

@inline function offerOf(first: DigestAlgorithm, second: DigestAlgorithm): i32 { return first | (second << 2); }

function setDigestOffer(value: f64): i32 {
  if (!(value >= 0 && value < <f64>(<i32>DigestOffer.List << 1))) return -1;
  switch (<i32>value) {
    case DigestOffer.Sha256ThenMd5: offered = offerOf(DigestAlgorithm.Sha256, DigestAlgorithm.Md5); return 0;
    case DigestOffer.Md5ThenSha256: offered = offerOf(DigestAlgorithm.Md5, DigestAlgorithm.Sha256); return 0;
    case DigestOffer.Sha256: offered = DigestAlgorithm.Sha256; return 0;
    case DigestOffer.Md5: offered = DigestAlgorithm.Md5; return 0;
    default:
  }
  if (<i32>value < <i32>DigestOffer.List || (<i32>value & 3) == 0) return -1;
  offered = <i32>value - DigestOffer.List;
  return 0;
}

/** The algorithm at that place of a challenge, Unsupported behind the last. */
@inline export function offeredAlgorithm(place: i32): DigestAlgorithm { return (offered >> (place << 1)) & 3; }

/** What is not offered is not taken either: else a man in the middle could choose the weaker one. */
export function isOffered(algorithm: DigestAlgorithm): bool {
  return offeredAlgorithm(0) == algorithm || offeredAlgorithm(1) == algorithm || offeredAlgorithm(2) == algorithm;
}

/** Our address as seen by `peer`; null when we have none of its family and transport. */
export function localFor(peer: Endpoint): Endpoint {
  for (let index = 0; index < MAX_LOCAL_ENDPOINTS; index++) {
    const local = localAt(index);
    if (local.isSet && local.family == peer.family && local.transport == peer.transport) return local;
  }
  return changetype<Endpoint>(0);
}

/** We listen on TCP as well, where `peer` could reach us. */
export function hasStream(peer: Endpoint): bool {
  for (let index = 0; index < MAX_LOCAL_ENDPOINTS; index++) {
    if (localAt(index).family == peer.family && localAt(index).transport == Transport.Tcp) return true;
  }
  return false;
}

/** The endpoint is one of our own: what went there would come back. */
export function isLocalEndpoint(endpoint: Endpoint): bool {
  for (let index = 0; index < MAX_LOCAL_ENDPOINTS; index++) {
    if (localAt(index).isSet && localAt(index).equals(endpoint)) return true;
  }
  return false;
}

/** A host and a port as URIs and Via name them, port 0 for none, are this server. Without a port the host decides. */
export function isOurHost(at: usize, length: i32, port: i32): bool {
  const isLiteral = parseHostAddress(at, length, literal);
  let isOurPort = port == 0;
  for (let index = 0; index < MAX_LOCAL_ENDPOINTS; index++) {
    const local = localAt(index);
    if (!local.isSet) continue;
    const samePort = port == 0 || port == <i32>local.port;
    if (samePort && isLiteral && literal.sameHost(local)) return true;
    isOurPort = isOurPort || samePort;
  }
  if (!isOurPort) return false;
  for (let index = 0; index < MAX_DOMAINS; index++) {
    const domain = domainAt(index);
    if (!domain.isEmpty && sameSpanIgnoreCase(domain.at, domain.length, at, length)) return true;
  }
  return false;
}

/** We listen on TLS. */
function hasTls(): bool {
  for (let index = 0; index < MAX_LOCAL_ENDPOINTS; index++) {
    if (localAt(index).transport == Transport.Tls) return true;
  }
  return false;
}

/** We know what to do with such a URI: sips where there is TLS (RFC 5630 §5.3). */
export function isKnownScheme(scheme: Scheme): bool {
  return scheme == Scheme.Sip || (scheme == Scheme.Sips && hasTls());
}

/** A sip or sips URI of this server or of somebody at it. */
export function isOurs(uri: Uri): bool {
  return isKnownScheme(uri.scheme) && isOurHost(uri.hostAt, uri.hostLength, uri.port);
}
