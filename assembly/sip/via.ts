// One Via value. RFC 3261 §20.42, §18.2; rport: RFC 3581.

import { Endpoint, Transport } from "../abi/endpoint";
import { clearRecord } from "../base/bytes";
import { startsWith } from "../base/literal";
import { countDigits, parseDecimal } from "../base/decimal";
import { TOKEN, countClass, skipClass, skipSpace } from "./characters";
import {
  endOfParameters, findParameter, isParameter, parameterAt, parameterLength, readParameter,
} from "./parameters";
import { SIP_PORT, skipHost, transportOf } from "./uri";

@unmanaged
export class Via {
  transport: Transport = Transport.None;
  /** A parameter has no name. */
  isNameMissing: bool = false;
  transportAt: usize = 0;
  transportLength: i32 = 0;
  hostAt: usize = 0;
  hostLength: i32 = 0;
  /** 0 when sent-by names none. */
  port: i32 = 0;
  parametersAt: usize = 0;
  parametersLength: i32 = 0;
  branchAt: usize = 0;
  branchLength: i32 = 0;
  /** Where the next value of the list starts, or the end of the span. */
  next: usize = 0;

  parse(at: usize, length: i32): bool {
    clearRecord(changetype<usize>(this), offsetof<Via>());
    const end = at + <usize>length;
    this.next = end;
    at = skipSpace(at, end);
    at = skipProtocol(at, end);
    if (at == 0) return false;
    this.transportAt = at;
    this.transportLength = countClass(at, end, TOKEN);
    if (this.transportLength == 0) return false;
    this.transport = transportOf(at, this.transportLength);
    at += <usize>this.transportLength;
    const sentBy = skipSpace(at, end);
    if (sentBy == at) return false;
    at = this.parseSentBy(sentBy, end);
    if (at == 0) return false;

    at = skipSpace(at, end);
    if (at < end && load<u8>(at) != 0x3b && load<u8>(at) != 0x2c) return false;
    this.parametersAt = at;
    const stop = endOfParameters(at, end);
    if (stop == 0) return false;
    this.parametersLength = <i32>(stop - at);
    this.next = stop < end ? stop + 1 : end;
    while (at != 0 && at < stop && load<u8>(at) == 0x3b) {
      at = readParameter(at, stop);
      if (isParameter("")) this.isNameMissing = true;
      if (this.branchAt != 0 || !isParameter("branch")) continue;
      this.branchAt = parameterAt;
      this.branchLength = parameterLength;
    }
    return true;
  }

  /** host [ COLON port ]; blanks may stand round the colon. */
  private parseSentBy(at: usize, end: usize): usize {
    this.hostAt = at;
    at = skipHost(at, end);
    if (at == 0) return 0;
    this.hostLength = <i32>(at - this.hostAt);
    const colon = skipSpace(at, end);
    if (colon >= end || load<u8>(colon) != 0x3a) return at;
    at = skipSpace(colon + 1, end);
    const digits = at;
    at += <usize>countDigits(at, <i32>(end - at));
    const port = parseDecimal(digits, <i32>(at - digits), 65535);
    if (port <= 0) return 0;
    this.port = <i32>port;
    return at;
  }

  @inline hasParameter(name: string): bool { return findParameter(this.parametersAt, this.parametersLength, name); }

  /** RFC 3261 §8.1.1.7: the branch is unique as the RFC wants it, so a transaction is found by it. */
  @inline get isRfc3261(): bool {
    return this.branchLength > 7 && startsWith(this.branchAt, this.branchLength, "z9hG4bK");
  }
}

/** "SIP/2.0/", as nearly everybody writes it. */
const USUAL_PROTOCOL: u64 = 0x2f302e322f504953;

/**
 * protocol-name SLASH protocol-version SLASH, any tokens: a request of another version is answered too. Address after
 * it, 0 when it does not stand there.
 */
function skipProtocol(at: usize, end: usize): usize {
  if (end - at >= 8 && load<u64>(at) == USUAL_PROTOCOL) return skipSpace(at + 8, end);
  at = tokenAndSlash(at, end);
  return at == 0 ? 0 : tokenAndSlash(at, end);
}

/** Skips a token, blanks, a slash, blanks. 0 when one is missing. */
function tokenAndSlash(at: usize, end: usize): usize {
  const stop = skipClass(at, end, TOKEN);
  const slash = skipSpace(stop, end);
  return stop > at && slash < end && load<u8>(slash) == 0x2f ? skipSpace(slash + 1, end) : 0;
}

/**
 * Where a response goes: RFC 3261 §18.2.2 with RFC 3581 §4. `source` is where the request came from; rport means
 * "answer there". Over a stream the flow itself is the way back.
 */
export function responseDestination(via: Via, source: Endpoint, into: Endpoint): void {
  into.copyFrom(source);
  if (source.transport != Transport.Udp || via.hasParameter("rport")) return;
  // §18.2.2: received is the source address; the port is the sent-by's, not the source's.
  into.port = <u16>(via.port != 0 ? via.port : SIP_PORT);
}

@inline export function viaAt(address: usize): Via { return changetype<Via>(address); }
