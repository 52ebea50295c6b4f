// name-addr and addr-spec with their parameters: From, To, Contact, Route, Record-Route and their like. RFC 3261
// §20.10, §25.1.

import { clearRecord } from "../base/bytes";
import { ANGLE_END, BARE_END, DISPLAY, findClass, isSpace, skipClass, skipQuoted, skipSpace } from "./characters";
import { endOfParameters, findParameter } from "./parameters";

@unmanaged
export class NameAddr {
  /** A quoted display name keeps its quotes and escapes. */
  displayAt: usize = 0;
  displayLength: i32 = 0;
  uriAt: usize = 0;
  uriLength: i32 = 0;
  parametersAt: usize = 0;
  parametersLength: i32 = 0;
  /** Where the next value of the list starts, or the end of the span. */
  next: usize = 0;

  /**
   * Reads the first value of a list. False when it is no name-addr and no addr-spec. `*` (Contact) is a value with the
   * URI `*`. Without angle brackets every parameter belongs to the header field, and the URI may hold no comma,
   * semicolon or question mark.
   */
  parse(at: usize, length: i32): bool {
    const end = at + <usize>length;
    clearRecord(changetype<usize>(this), offsetof<NameAddr>());
    this.next = end;
    at = skipSpace(at, end);
    const start = at;
    if (at < end && load<u8>(at) == 0x22) {
      at = skipQuoted(at, end);
      if (at == 0) return false;
      this.displayAt = start;
      this.displayLength = <i32>(at - start);
      at = skipSpace(at, end);
      if (at >= end || load<u8>(at) != 0x3c) return false;
    } else {
      // *( token LWS ) before a "<", else it was an addr-spec from the start
      at = skipClass(at, end, DISPLAY);
      if (at >= end || load<u8>(at) != 0x3c) return this.parseBare(start, end);
      let last = at;
      while (last > start && isSpace(load<u8>(last - 1))) last--;
      this.displayAt = start;
      this.displayLength = <i32>(last - start);
    }

    this.uriAt = ++at;
    at = findClass(at, end, ANGLE_END);
    if (at >= end) return false;
    this.uriLength = <i32>(at - this.uriAt);
    return this.uriLength > 0 && this.parseParameters(at + 1, end);
  }

  private parseBare(at: usize, end: usize): bool {
    this.uriAt = at;
    at = findClass(at, end, BARE_END);
    this.uriLength = <i32>(at - this.uriAt);
    return this.uriLength > 0 && this.parseParameters(at, end);
  }

  private parseParameters(at: usize, end: usize): bool {
    at = skipSpace(at, end);
    if (at < end && load<u8>(at) != 0x3b && load<u8>(at) != 0x2c) return false;
    this.parametersAt = at;
    const stop = endOfParameters(at, end);
    if (stop == 0) return false;
    this.parametersLength = <i32>(stop - at);
    this.next = stop < end ? stop + 1 : end;
    return true;
  }

  /** Finds a header parameter (lower case); its value is in parameters.ts. */
  @inline hasParameter(name: string): bool { return findParameter(this.parametersAt, this.parametersLength, name); }
}

@inline export function nameAddrAt(address: usize): NameAddr { return changetype<NameAddr>(address); }
