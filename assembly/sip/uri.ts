// SIP, SIPS and tel URIs. RFC 3261 §19.1 and §25.1, RFC 3966, RFC 5118 for IPv6 references.

import { parseHostAddress, parseIPv6 } from "../base/address";
import { indexOfByte, isDigit, lower, sameSpan, sameSpanIgnoreCase } from "../base/bytes";
import { NOT_A_NUMBER, parseDecimal } from "../base/decimal";
import { startsWithIgnoreCase } from "../base/literal";
import { Endpoint } from "../abi/endpoint";
import { HOST, PARAMETER, URI, USER, isAll, isAllOrEscaped, isClass } from "./characters";
import { findParameter } from "./parameters";

export const enum Scheme { None, Sip, Sips, Tel, Other }

const COLON: u8 = 0x3a, SEMICOLON: u8 = 0x3b, QUESTION: u8 = 0x3f, AT: u8 = 0x40;

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
    memory.fill(changetype<usize>(this), 0, offsetof<Uri>());
    const end = at + <usize>length;
    if (startsWithIgnoreCase(at, length, "sip:")) {
      this.scheme = Scheme.Sip;
      at += 4;
    } else if (startsWithIgnoreCase(at, length, "sips:")) {
      this.scheme = Scheme.Sips;
      at += 5;
    } else if (startsWithIgnoreCase(at, length, "tel:")) {
      return this.parseTelephone(at + 4, end);
    } else {
      this.scheme = Scheme.Other;
      const colon = indexOfByte(at, length, COLON);
      return isScheme(at, colon) && isAll(at + <usize>colon + 1, length - colon - 1, URI);
    }

    // The user part may hold ; and ?, so find the @ first. There is at most one that is not escaped.
    const sign = indexOfByte(at, <i32>(end - at), AT);
    if (sign >= 0) {
      if (!this.parseUser(at, sign)) return false;
      at += <usize>sign + 1;
    }
    return this.parseHost(at, end);
  }

  private parseUser(at: usize, length: i32): bool {
    const colon = indexOfByte(at, length, COLON);
    this.userAt = at;
    this.userLength = colon < 0 ? length : colon;
    if (this.userLength == 0 || !isAllOrEscaped(at, this.userLength, USER)) return false;
    if (colon < 0) return true;
    this.passwordAt = at + <usize>colon + 1;
    this.passwordLength = length - colon - 1;
    return isAllOrEscaped(this.passwordAt, this.passwordLength, USER);
  }

  private parseHost(at: usize, end: usize): bool {
    this.hostAt = at;
    if (at < end && load<u8>(at) == 0x5b) {
      const close = indexOfByte(at, <i32>(end - at), 0x5d);
      if (close < 3 || !parseIPv6(at + 1, close - 1, scratch)) return false;
      at += <usize>close + 1;
    } else {
      while (at < end && isClass(load<u8>(at), HOST)) at++;
      if (at == this.hostAt) return false;
    }
    this.hostLength = <i32>(at - this.hostAt);

    if (at < end && load<u8>(at) == COLON) {
      const digits = ++at;
      while (at < end && load<u8>(at) != SEMICOLON && load<u8>(at) != QUESTION) at++;
      const port = parseDecimal(digits, <i32>(at - digits), 65535);
      if (port == NOT_A_NUMBER || port == 0) return false;
      this.port = <i32>port;
    }
    if (at < end && load<u8>(at) == SEMICOLON) {
      const question = indexOfByte(at, <i32>(end - at), QUESTION);
      this.parametersAt = at;
      this.parametersLength = question < 0 ? <i32>(end - at) : question;
      at += <usize>this.parametersLength;
      if (!areParameters(this.parametersAt, at)) return false;
    }
    if (at < end && load<u8>(at) == QUESTION) {
      this.headersAt = at + 1;
      this.headersLength = <i32>(end - at) - 1;
      if (!isAllOrEscaped(this.headersAt, this.headersLength, PARAMETER | USER)) return false;
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
      if (!areParameters(this.parametersAt, end)) return false;
    }
    return this.userLength > 0 && isAllOrEscaped(at, this.userLength, USER);
  }

  /** Finds a URI parameter (lower case); its value is in parameters.ts. */
  @inline hasParameter(name: string): bool { return findParameter(this.parametersAt, this.parametersLength, name); }

  /**
   * The host is an address literal: writes it to `into` with the port, or `defaultPort`, and leaves the transport
   * alone.
   */
  address(into: Endpoint, defaultPort: i32): bool {
    const isLiteral = parseHostAddress(this.hostAt, this.hostLength, into);
    if (isLiteral) into.port = <u16>(this.port != 0 ? this.port : defaultPort);
    return isLiteral;
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

/** *( ";" pname [ "=" pvalue ] ) over the whole span. */
function areParameters(at: usize, end: usize): bool {
  while (at < end) {
    if (load<u8>(at) != SEMICOLON) return false;
    const nameAt = ++at;
    while (at < end && load<u8>(at) != SEMICOLON) at++;
    const length = <i32>(at - nameAt);
    const equal = indexOfByte(nameAt, length, 0x3d);
    const nameLength = equal < 0 ? length : equal;
    if (nameLength == 0 || !isAllOrEscaped(nameAt, nameLength, PARAMETER)) return false;
    if (equal >= 0 && !isAllOrEscaped(nameAt + <usize>equal + 1, length - equal - 1, PARAMETER)) return false;
  }
  return true;
}

/** A host alone, as in Via sent-by: name, IPv4 address or bracketed IPv6. */
export function isHost(at: usize, length: i32): bool {
  if (length == 0) return false;
  if (load<u8>(at) == 0x5b) {
    return length > 3 && load<u8>(at + <usize>length - 1) == 0x5d && parseIPv6(at + 1, length - 2, scratch);
  }
  return isAll(at, length, HOST);
}

@inline export function uriAt(address: usize): Uri { return changetype<Uri>(address); }
