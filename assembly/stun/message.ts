// STUN messages: RFC 8489 §5 (the header), §14 (attributes). Of all there is only what a binding takes: where the other
// side sees us. No credentials: what an answer says is checked by who asks for it, not believed.

import { Endpoint, Family } from "../abi/endpoint";
import { copyBytes, equalBytes } from "../base/bytes";
import { load16, load32, store16, store32 } from "../base/network-order";

export const enum StunKind {
  /** Something else. */
  None,
  Request,
  Response,
  ErrorResponse,
}

const HEADER_SIZE: i32 = 20;
export const STUN_ID_SIZE: i32 = 12;
/** Bytes of our requests. */
export const STUN_REQUEST_SIZE: i32 = HEADER_SIZE + 8;
/** The most bytes that an answer of ours has. */
export const STUN_RESPONSE_SIZE: i32 = HEADER_SIZE + 8 + 4 + 2 * 8 + 8;

const COOKIE: u32 = 0x2112a442;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_RESPONSE: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;

const MAPPED_ADDRESS: u16 = 0x0001;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const FINGERPRINT: u16 = 0x8028;
/** §14: below this an attribute has to be understood. */
const FIRST_OPTIONAL: u16 = 0x8000;
const FINGERPRINT_XOR: u32 = 0x5354554e;
/** Of the attributes that we do not understand, so many are named. */
const MOST_UNKNOWN: i32 = 8;

// What parseStun() found

let idAt: usize = 0;
let hasFingerprint: bool = false;
/** Attributes that had to be understood, and are not. */
export let unknownCount: i32 = 0;
const unknown: usize = memory.data(2 * MOST_UNKNOWN, 2);
let mappedAt: usize = 0;
let mappedSize: i32 = 0;
let isMappedXored: bool = false;

/** §6: the first two bits are zero, and SIP, RTP and RTCP never begin so (RFC 7983 §7). */
@inline export function looksLikeStun(at: usize, length: i32): bool { return length > 0 && load<u8>(at) < 4; }

/** None: no whole STUN message, not of a binding, or its fingerprint is wrong. */
export function parseStun(at: usize, length: i32): StunKind {
  idAt = at + 8;
  hasFingerprint = false;
  unknownCount = 0;
  mappedAt = 0;
  if (length < HEADER_SIZE || <i32>load16(at + 2) != length - HEADER_SIZE || (length & 3) != 0) return StunKind.None;
  if (load32(at + 4) != COOKIE || !readAttributes(at, at + <usize>length)) return StunKind.None;
  switch (load16(at)) {
    case BINDING_REQUEST: return StunKind.Request;
    case BINDING_RESPONSE: return StunKind.Response;
    case BINDING_ERROR: return StunKind.ErrorResponse;
    default: return StunKind.None;
  }
}

function readAttributes(message: usize, end: usize): bool {
  let at = message + <usize>HEADER_SIZE;
  while (at < end) {
    const type = load16(at), size = <i32>load16(at + 2);
    const next = at + 4 + <usize>((size + 3) & ~3);
    if (next > end) return false;
    if (type == FINGERPRINT) {
      if (size != 4 || next != end || load32(at + 4) != fingerprintOf(message, at)) return false; // §14.7: the last one
      hasFingerprint = true;
    } else if (type == XOR_MAPPED_ADDRESS || (type == MAPPED_ADDRESS && mappedAt == 0)) {
      mappedAt = at + 4;
      mappedSize = size;
      isMappedXored = type == XOR_MAPPED_ADDRESS;
    } else if (!isUnderstood(type)) {
      if (unknownCount < MOST_UNKNOWN) store16(unknown + (<usize>(unknownCount++) << 1), type);
    }
    at = next;
  }
  return true;
}

/** Credentials are understood: nobody here asks for any. */
function isUnderstood(type: u16): bool {
  return type >= FIRST_OPTIONAL || type == MAPPED_ADDRESS || type == XOR_MAPPED_ADDRESS || type == USERNAME ||
    type == MESSAGE_INTEGRITY || type == ERROR_CODE || type == UNKNOWN_ATTRIBUTES;
}

/** §14.7: CRC-32 of everything before it, the length being that of the whole. */
function fingerprintOf(at: usize, end: usize): u32 {
  let crc: u32 = 0xffffffff;
  for (; at < end; at++) {
    crc ^= load<u8>(at);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc ^ FINGERPRINT_XOR;
}

/** Where the response just parsed says that we are. False, and `endpoint` is unchanged, when it does not say so. */
export function readMappedAddress(endpoint: Endpoint): bool {
  if (mappedAt == 0) return false;
  const isV6 = load<u8>(mappedAt, 1) == 2;
  if ((!isV6 && load<u8>(mappedAt, 1) != 1) || mappedSize != (isV6 ? 20 : 8)) return false;
  const size = isV6 ? 16 : 4;
  memory.fill(endpoint.address, 0, 16);
  copyBytes(endpoint.address, mappedAt + 4, size);
  endpoint.port = load16(mappedAt + 2);
  endpoint.family = <u8>(isV6 ? Family.V6 : Family.V4);
  if (isMappedXored) cover(endpoint, idAt - 4);
  return true;
}

/** §14.2: laid over with the cookie and the transaction's id, so that no NAT finds an address to change. */
function cover(endpoint: Endpoint, cookie: usize): void {
  endpoint.port ^= <u16>(COOKIE >> 16);
  const size: usize = endpoint.family == Family.V6 ? 16 : 4;
  for (let index: usize = 0; index < size; index++) {
    store<u8>(endpoint.address + index, load<u8>(endpoint.address + index) ^ load<u8>(cookie + index));
  }
}

function writeHeader(at: usize, type: u16, id: usize): usize {
  store16(at, type);
  store32(at + 4, COOKIE);
  copyBytes(at + 8, id, STUN_ID_SIZE);
  return at + <usize>HEADER_SIZE;
}

/** Sets the length; returns the bytes of the whole message. */
function finish(at: usize, end: usize, isFingerprinted: bool): i32 {
  const length = <i32>(end - at) + (isFingerprinted ? 8 : 0);
  store16(at + 2, <u16>(length - HEADER_SIZE));
  if (isFingerprinted) {
    store16(end, FINGERPRINT);
    store16(end + 2, 4);
    store32(end + 4, fingerprintOf(at, end));
  }
  return length;
}

/** Writes STUN_REQUEST_SIZE bytes. */
export function writeBindingRequest(at: usize, id: usize): void {
  finish(at, writeHeader(at, BINDING_REQUEST, id), true);
}

/**
 * Writes the answer to the request just parsed, which came from `source`; returns its bytes. §6.3.1.1: what has to be
 * understood and is not is named, with 420.
 */
export function writeBindingResponse(at: usize, source: Endpoint): i32 {
  if (unknownCount > 0) return writeUnknown(at);
  let end = writeHeader(at, BINDING_RESPONSE, idAt);
  const isV6 = source.family == Family.V6;
  const size = isV6 ? 16 : 4;
  store16(end, XOR_MAPPED_ADDRESS);
  store16(end + 2, <u16>(4 + size));
  store<u8>(end, 0, 4);
  store<u8>(end, isV6 ? 2 : 1, 5);
  store16(end + 6, source.port ^ <u16>(COOKIE >> 16));
  for (let index: usize = 0; index < <usize>size; index++) {
    store<u8>(end + 8 + index, load<u8>(source.address + index) ^ load<u8>(at + 4 + index));
  }
  end += <usize>(8 + size);
  return finish(at, end, hasFingerprint);
}

function writeUnknown(at: usize): i32 {
  let end = writeHeader(at, BINDING_ERROR, idAt);
  store16(end, ERROR_CODE);
  store16(end + 2, 4);
  store32(end + 4, 4 << 8 | 20);
  store16(end + 8, UNKNOWN_ATTRIBUTES);
  store16(end + 10, <u16>(unknownCount << 1));
  end += 12;
  store32(end + ((<usize>(unknownCount << 1)) & ~3), 0);
  copyBytes(end, unknown, unknownCount << 1);
  end += <usize>(((unknownCount << 1) + 3) & ~3);
  return finish(at, end, hasFingerprint);
}

/** The message just parsed is of the transaction with that id. */
export function isTransaction(id: usize): bool { return equalBytes(idAt, id, STUN_ID_SIZE); }
