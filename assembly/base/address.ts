// IP addresses as text. RFC 4291 §2.2 says what is read, RFC 5952 §4 what is written.

import { Endpoint, Family } from "../abi/endpoint";
import { copyBytes, isDigit } from "./bytes";
import { writeDecimal } from "./decimal";
import { hexValue } from "./hex";

/** The longest text of an address: an IPv6 address in its brackets. */
export const ADDRESS_TEXT_SIZE: i32 = 41;

const V6_GROUPS: i32 = 8;
const V6_BYTES: i32 = 16;
const DOT: u8 = 0x2e;
const COLON: u8 = 0x3a;

const parsed: usize = memory.data(V6_BYTES, 16);

/** Four numbers of 0 to 255 over the whole span, into four bytes at `into`. Refused, `into` is unchanged. */
export function parseIPv4(at: usize, length: i32, into: usize): bool {
  let address: u32 = 0;
  let index = 0;
  for (let part = 0; part < 4; part++) {
    if (part > 0) {
      if (index >= length || load<u8>(at + <usize>index) != DOT) return false;
      index++;
    }
    const start = index;
    let value: u32 = 0;
    while (index < length && index - start < 3 && isDigit(load<u8>(at + <usize>index))) {
      value = value * 10 + <u32>(load<u8>(at + <usize>index) - 48);
      index++;
    }
    if (index == start || value > 255) return false;
    // Some programs read 010 as octal. An address that two programs read differently is no address.
    if (index - start > 1 && load<u8>(at + <usize>start) == 48) return false;
    address = (address << 8) | value;
  }
  if (index != length) return false;
  store<u32>(into, bswap<u32>(address));
  return true;
}

/** An IPv6 address without brackets or zone over the whole span, 16 bytes. Refused, `into` is unchanged. */
export function parseIPv6(at: usize, length: i32, into: usize): bool {
  let groups = 0;
  let gap = -1;
  let index = 0;
  if (length >= 2 && load<u16>(at) == 0x3a3a) {
    gap = 0;
    index = 2;
  }
  while (index < length) {
    if (groups == V6_GROUPS) return false;
    // RFC 5118 §4.10: by the grammar of RFC 3261 a third colon stands between "::" and an IPv4 address
    if (gap == groups && groups <= V6_GROUPS - 2 && load<u8>(at + <usize>index) == COLON &&
        parseIPv4(at + <usize>index + 1, length - index - 1, parsed + (<usize>groups << 1))) index++;
    const start = index;
    let value = 0;
    while (index < length && index - start < 4) {
      const digit = hexValue(load<u8>(at + <usize>index));
      if (digit < 0) break;
      value = (value << 4) | digit;
      index++;
    }
    if (index == start) return false;
    if (index < length && load<u8>(at + <usize>index) == DOT) {
      if (groups > V6_GROUPS - 2) return false;
      if (!parseIPv4(at + <usize>start, length - start, parsed + (<usize>groups << 1))) return false;
      groups += 2;
      break;
    }
    store<u16>(parsed + (<usize>groups << 1), bswap<u16>(<u16>value));
    groups++;
    if (index == length) break;
    if (load<u8>(at + <usize>index) != COLON || ++index == length) return false;
    if (load<u8>(at + <usize>index) == COLON) {
      if (gap >= 0) return false;
      gap = groups;
      index++;
    }
  }
  if (gap < 0) {
    if (groups != V6_GROUPS) return false;
  } else {
    if (groups == V6_GROUPS) return false;
    const tailBytes = (groups - gap) << 1;
    const gapAt = parsed + (<usize>gap << 1);
    memory.copy(parsed + <usize>(V6_BYTES - tailBytes), gapAt, <usize>tailBytes);
    memory.fill(gapAt, 0, <usize>((V6_GROUPS - groups) << 1));
  }
  copyBytes(into, parsed, V6_BYTES);
  return true;
}

function parseV4Endpoint(at: usize, length: i32, endpoint: Endpoint): bool {
  if (!parseIPv4(at, length, endpoint.address)) return false;
  memory.fill(endpoint.address + 4, 0, 12);
  endpoint.family = <u8>Family.V4;
  return true;
}

function parseV6Endpoint(at: usize, length: i32, endpoint: Endpoint): bool {
  if (!parseIPv6(at, length, endpoint.address)) return false;
  endpoint.family = <u8>Family.V6;
  return true;
}

/** Either kind, IPv6 without brackets. Sets address and family, leaves port, transport and flow alone. */
export function parseAddress(at: usize, length: i32, endpoint: Endpoint): bool {
  return parseV4Endpoint(at, length, endpoint) || parseV6Endpoint(at, length, endpoint);
}

/** The host of a URI or a Via (RFC 3261 §25.1): an IPv4 address, or IPv6 in brackets. Sets what parseAddress sets. */
export function parseHostAddress(at: usize, length: i32, endpoint: Endpoint): bool {
  if (length < 2 || load<u8>(at) != 0x5b) return parseV4Endpoint(at, length, endpoint);
  return load<u8>(at + <usize>(length - 1)) == 0x5d && parseV6Endpoint(at + 1, length - 2, endpoint);
}

/** 0.0.0.0 or ::, which name nobody. */
export function isUnspecified(endpoint: Endpoint): bool {
  return (endpoint.address0 | endpoint.address1 | endpoint.address2 | endpoint.address3) == 0;
}

function writeIPv4(target: usize, address: usize): usize {
  for (let part: usize = 0; part < 4; part++) {
    if (part > 0) store<u8>(target++, DOT);
    target = writeDecimal(target, load<u8>(address + part));
  }
  return target;
}

@inline function groupAt(address: usize, index: i32): u32 {
  return <u32>bswap<u16>(load<u16>(address + (<usize>index << 1)));
}

function writeGroup(target: usize, value: u32): usize {
  let shift = 12;
  while (shift > 0 && value >> <u32>shift == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) {
    const digit = (value >> <u32>shift) & 15;
    store<u8>(target++, <u8>(digit < 10 ? 48 + digit : 87 + digit));
  }
  return target;
}

function isV4Mapped(address: usize): bool {
  return load<u64>(address) == 0 && load<u16>(address + 8) == 0 && load<u16>(address + 10) == 0xffff;
}

function writeIPv6(target: usize, address: usize): usize {
  if (isV4Mapped(address)) {
    store<u32>(target, 0x66663a3a); // ::ff
    store<u16>(target, 0x6666, 4); // ff
    store<u8>(target, COLON, 6);
    return writeIPv4(target + 7, address + 12);
  }
  // RFC 5952 §4.2: the longest run of zero groups, the first of equals, and never a run of one.
  let gap = -1;
  let gapLength = 1;
  for (let index = 0; index < V6_GROUPS; index++) {
    let end = index;
    while (end < V6_GROUPS && groupAt(address, end) == 0) end++;
    if (end - index > gapLength) {
      gap = index;
      gapLength = end - index;
    }
    if (end > index) index = end;
  }
  for (let index = 0; index < V6_GROUPS; index++) {
    if (index == gap) {
      store<u16>(target, 0x3a3a);
      target += 2;
      index += gapLength - 1;
      continue;
    }
    if (index > 0 && index != gap + gapLength) store<u8>(target++, COLON);
    target = writeGroup(target, groupAt(address, index));
  }
  return target;
}

/** The address alone, IPv6 without brackets. Returns the address after it; at most ADDRESS_TEXT_SIZE bytes. */
export function writeAddress(target: usize, endpoint: Endpoint): usize {
  return endpoint.family == Family.V6 ? writeIPv6(target, endpoint.address) : writeIPv4(target, endpoint.address);
}

/** As in a URI or a Via: IPv6 in brackets. Returns the address after it; at most ADDRESS_TEXT_SIZE bytes. */
export function writeHostAddress(target: usize, endpoint: Endpoint): usize {
  if (endpoint.family != Family.V6) return writeIPv4(target, endpoint.address);
  store<u8>(target, 0x5b);
  target = writeIPv6(target + 1, endpoint.address);
  store<u8>(target, 0x5d);
  return target + 1;
}
