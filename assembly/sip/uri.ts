// SIP, SIPS and tel URIs. RFC 3261 §19.1 and §25.1, RFC 3966, RFC 5118 for IPv6 references.

import { parseHostAddress, parseIPv6 } from "../base/address";
import { clearRecord, indexOfByte, isDigit, lower, sameSpan, sameSpanIgnoreCase } from "../base/bytes";
import { NOT_A_NUMBER, countDigits, parseDecimal } from "../base/decimal";
import { Endpoint, Transport } from "../abi/endpoint";
import { equalsIgnoreCase } from "../base/literal";
import {
  HOST, PARAMETER, URI, URI_HEADER, USER, isAll, isAllOrEscaped, skipClass, skipClassOrEscaped,
} from "./characters";
import { findParameter, parameterAt, parameterLength } from "./parameters";

export const SIP_PORT: i32 = 5060;
const SIP_TLS_PORT: i32 = 5061;

/** RFC 3261 §19.1.2. */
@inline export function usualPort(transport: u8): i32 { return transport == Transport.Tls ? SIP_TLS_PORT : SIP_PORT; }

export function transportOf(at: usize, length: i32): Transport {
  if (equalsIgnoreCase(at, length, "udp")) return Transport.Udp;
  if (equalsIgnoreCase(at, length, "tcp")) return Transport.Tcp;
  if (equalsIgnoreCase(at, length, "tls")) return Transport.Tls;
  return Transport.None;
}

export const enum Scheme { None, Sip, Sips, Tel, Other }

const COLON: u8 = 0x3a, SEMICOLON: u8 = 0x3b, EQUAL: u8 = 0x3d, QUESTION: u8 = 0x3f, AT: u8 = 0x40;
/** Four letters, the first at the low end. */
const SIP_COLON: u32 = 0x3a706973, TEL_COLON: u32 = 0x3a6c6574, SIPS: u32 = 0x73706973;

/** Spans of the text it was parsed from; empty spans have length 0. */
@unmanaged
export class Uri {
  scheme: Scheme = Scheme.None;
  userAt: usize = 0;
  userLength: i32 = 0;
  passwordAt: usize = 0;
  passwordLength: i32 = 0;
  hostAt: usize = 0;
  hostLength: i32 = 0;
  /** 0 when the URI names none. */
  port: i32 = 0;
  /** From the first `;`, that one included. */
  parametersAt: usize = 0;
  parametersLength: i32 = 0;
  /** After the `?`. */
  headersAt: usize = 0;
  headersLength: i32 = 0;

  /** The whole span is one URI. False leaves what was read so far; `scheme` is Other for one that we don't read. */
  parse(at: usize, length: i32): bool {
    clearRecord(changetype<usize>(this), offsetof<Uri>());
    const end = at + <usize>length;
    const start = load<u32>(at) | 0x202020;
    if (length >= 4 && start == SIP_COLON) {
      this.scheme = Scheme.Sip;
      at += 4;
    } else if (length >= 5 && (start | 0x20000000) == SIPS && load<u8>(at, 4) == COLON) {
      this.scheme = Scheme.Sips;
      at += 5;
    } else if (length >= 4 && start == TEL_COLON) {
      return this.parseTelephone(at + 4, end);
    } else {
      this.scheme = Scheme.Other;
      const colon = indexOfByte(at, length, COLON);
      return isScheme(at, colon) && isAll(at + <usize>colon + 1, length - colon - 1, URI);
    }

    at = this.parseUser(at, end);
    return at != 0 && this.parseHost(at, end);
  }

  /** [ user [ ":" password ] "@" ]. Where the host begins, 0 when there is an "@" and what is before it is no user. */
  private parseUser(at: usize, end: usize): usize {
    const stop = skipClassOrEscaped(at, end, USER);
    let sign = stop;
    if (stop == end || load<u8>(stop) != AT) {
      // A host and its parameters look like a user too, but for the "@". There is at most one that is not escaped.
      const index = indexOfByte(stop, <i32>(end - stop), AT);
      if (index < 0) return at;
      sign += <usize>index;
      if (load<u8>(stop) != COLON) return 0;
      this.passwordAt = stop + 1;
      this.passwordLength = <i32>(sign - stop) - 1;
      if (!isAllOrEscaped(this.passwordAt, this.passwordLength, USER)) return 0;
    }
    this.userAt = at;
    this.userLength = <i32>(stop - at);
    return this.userLength == 0 ? 0 : sign + 1;
  }

  private parseHost(at: usize, end: usize): bool {
    this.hostAt = at;
    at = skipHost(at, end);
    if (at == 0) return false;
    this.hostLength = <i32>(at - this.hostAt);

    if (at < end && load<u8>(at) == COLON) {
      const digits = countDigits(++at, <i32>(end - at));
      const port = parseDecimal(at, digits, 65535);
      if (port == NOT_A_NUMBER || port == 0) return false;
      this.port = <i32>port;
      at += <usize>digits;
    }
    if (at < end && load<u8>(at) == SEMICOLON) {
      this.parametersAt = at;
      at = skipParameters(at, end);
      if (at == 0) return false;
      this.parametersLength = <i32>(at - this.parametersAt);
    }
    if (at < end && load<u8>(at) == QUESTION) {
      this.headersAt = at + 1;
      this.headersLength = <i32>(end - at) - 1;
      if (!isAllOrEscaped(this.headersAt, this.headersLength, URI_HEADER)) return false;
      at = end;
    }
    return at == end;
  }

  private parseTelephone(at: usize, end: usize): bool {
    this.scheme = Scheme.Tel;
    this.userAt = at;
    const semicolon = indexOfByte(at, <i32>(end - at), SEMICOLON);
    this.userLength = semicolon < 0 ? <i32>(end - at) : semicolon;
    if (semicolon >= 0) {
      this.parametersAt = at + <usize>semicolon;
      this.parametersLength = <i32>(end - at) - semicolon;
      if (skipParameters(this.parametersAt, end) != end) return false;
    }
    return this.userLength > 0 && isAllOrEscaped(at, this.userLength, USER);
  }

  /** Finds a URI parameter (lower case); its value is in parameters.ts. */
  @inline hasParameter(name: string): bool { return findParameter(this.parametersAt, this.parametersLength, name); }

  /**
   * The host is an address literal: writes it to `into`, with the transport when the URI names one of ours, and the port
   * or the transport's usual one (RFC 3263 §4.2). A sips URI is reached by TLS, whatever it names.
   */
  address(into: Endpoint): bool {
    if (!parseHostAddress(this.hostAt, this.hostLength, into)) return false;
    if (this.hasParameter("transport")) {
      const transport = transportOf(parameterAt, parameterLength);
      if (transport != Transport.None) into.transport = <u8>transport;
    }
    if (this.scheme == Scheme.Sips) into.transport = <u8>Transport.Tls;
    into.port = <u16>(this.port != 0 ? this.port : usualPort(into.transport));
    return true;
  }

  /** RFC 3261 §19.1.4 as far as it decides who is meant: scheme, user (case and all), host and port. */
  sameResource(other: Uri): bool {
    return this.scheme == other.scheme && this.port == other.port &&
      sameSpan(this.userAt, this.userLength, other.userAt, other.userLength) &&
      sameSpanIgnoreCase(this.hostAt, this.hostLength, other.hostAt, other.hostLength);
  }
}

/** ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) */
function isScheme(at: usize, length: i32): bool {
  if (length < 1 || <u32>lower(load<u8>(at)) - 97 >= 26) return false;
  for (let index: usize = 1; index < <usize>length; index++) {
    const byte = load<u8>(at + index);
    if (!isDigit(byte) && <u32>lower(byte) - 97 >= 26 && byte != 0x2b && byte != 0x2d && byte != 0x2e) return false;
  }
  return true;
}

/** Where parseIPv6 puts what parse only wants to know the form of. */
const scratch: usize = memory.data(24, 16);

/** *( ";" pname [ "=" pvalue ] ). Address after them, 0 when one has no name. */
function skipParameters(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) == SEMICOLON) {
    const name = at + 1;
    at = skipClassOrEscaped(name, end, PARAMETER);
    if (at == name) return 0;
    if (at < end && load<u8>(at) == EQUAL) at = skipClassOrEscaped(at + 1, end, PARAMETER);
  }
  return at;
}

/** A host name, an IPv4 address or a bracketed IPv6 address. Address after it, 0 when none stands there. */
export function skipHost(at: usize, end: usize): usize {
  if (at < end && load<u8>(at) == 0x5b) {
    const close = indexOfByte(at, <i32>(end - at), 0x5d);
    return close >= 3 && parseIPv6(at + 1, close - 1, scratch) ? at + <usize>close + 1 : 0;
  }
  const stop = skipClass(at, end, HOST);
  return stop > at ? stop : 0;
}

/** A host alone. */
export function isHost(at: usize, length: i32): bool {
  const end = at + <usize>length;
  return skipHost(at, end) == end;
}

@inline export function uriAt(address: usize): Uri { return changetype<Uri>(address); }
