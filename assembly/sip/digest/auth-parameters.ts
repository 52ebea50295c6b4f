// Walks the parameters of a challenge or of credentials: scheme, then name=value with commas between. RFC 3261 §25.1
// (challenge, credentials, auth-param), RFC 9110 §11.2.

import { isBlank } from "../../base/bytes";
import { equalsIgnoreCase, startsWithIgnoreCase } from "../../base/literal";
import { Text } from "../../base/text";

export const enum Scan { End, Parameter, Malformed }

/** More parameters than any scheme has. */
const MAX_PARAMETERS: i32 = 32;
const SCHEME: string = "digest";
const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;
const COMMA: u8 = 0x2c;
const EQUAL: u8 = 0x3d;

let here: usize = 0;
let end: usize = 0;
let seen: i32 = 0;

let nameAt: usize = 0;
let nameLength: i32 = 0;
/** The value of the parameter found last, without its quotes, its escapes still in it. */
export let valueAt: usize = 0;
export let valueLength: i32 = 0;

/** Begins a header value that has parameters only. */
export function startBareParameters(at: usize, length: i32): void {
  here = at;
  end = at + <usize>length;
  seen = 0;
  skipSpace();
}

/** Begins a header value. False when its scheme is not Digest. */
export function startParameters(at: usize, length: i32): bool {
  startBareParameters(at, length);
  if (!startsWithIgnoreCase(here, <i32>(end - here), SCHEME)) return false;
  here += <usize>SCHEME.length;
  return here < end && isSpace(load<u8>(here));
}

/** The next parameter, its value in valueAt and valueLength. Empty places between commas are passed over. */
export function nextParameter(): Scan {
  skipSpace();
  while (here < end && load<u8>(here) == COMMA) {
    here++;
    skipSpace();
  }
  if (here == end) return Scan.End;
  if (++seen > MAX_PARAMETERS) return Scan.Malformed;

  nameAt = here;
  skipBare();
  nameLength = <i32>(here - nameAt);
  skipSpace();
  if (nameLength == 0 || here == end || load<u8>(here) != EQUAL) return Scan.Malformed;
  here++;
  skipSpace();
  if (!takeRawValue()) return Scan.Malformed;
  skipSpace();
  return here == end || load<u8>(here) == COMMA ? Scan.Parameter : Scan.Malformed;
}

/** The name of the parameter found last; `name` is lower case. */
export function isNamed(name: string): bool { return equalsIgnoreCase(nameAt, nameLength, name); }

/** The value of the parameter found last; `value` is lower case. */
export function hasValue(value: string): bool { return equalsIgnoreCase(valueAt, valueLength, value); }

/** Copies the value without its escapes. False when it does not fit or was said before. */
export function takeValue(into: Text): bool {
  if (!into.isEmpty) return false;
  const valueEnd = valueAt + <usize>valueLength;
  for (let at = valueAt; at < valueEnd; at++) {
    if (load<u8>(at) == BACKSLASH) at++;
    if (!into.append(load<u8>(at))) return false;
  }
  return true;
}

/** The value is a list of words, such as qop="auth,auth-int", and `word`, in lower case, is one of them. */
export function listsValue(word: string): bool {
  const valueEnd = valueAt + <usize>valueLength;
  let at = valueAt;
  while (at < valueEnd) {
    while (at < valueEnd && (load<u8>(at) == COMMA || isBlank(load<u8>(at)))) at++;
    const from = at;
    while (at < valueEnd && load<u8>(at) != COMMA && !isBlank(load<u8>(at))) at++;
    if (equalsIgnoreCase(from, <i32>(at - from), word)) return true;
  }
  return false;
}

function takeRawValue(): bool {
  if (here == end || load<u8>(here) != QUOTE) {
    // RFC 3261 wants quotes where many leave them out, so a bare value may hold more than a token.
    valueAt = here;
    while (here < end && isBareValue(load<u8>(here))) here++;
    valueLength = <i32>(here - valueAt);
    return valueLength > 0;
  }
  valueAt = ++here;
  while (here < end) {
    const byte = load<u8>(here);
    if (byte == QUOTE) {
      valueLength = <i32>(here - valueAt);
      here++;
      return true;
    }
    if (byte == BACKSLASH && ++here == end) return false;
    if (isControl(load<u8>(here))) return false;
    here++;
  }
  return false;
}

function skipBare(): void {
  while (here < end && isBareValue(load<u8>(here)) && load<u8>(here) != EQUAL) here++;
}

function skipSpace(): void {
  while (here < end && isSpace(load<u8>(here))) here++;
}

@inline function isSpace(byte: u8): bool { return isBlank(byte) || byte == 0x0d || byte == 0x0a; }
@inline function isControl(byte: u8): bool { return (byte < 0x20 && byte != 0x09) || byte == 0x7f; }

@inline function isBareValue(byte: u8): bool {
  return byte > 0x20 && byte < 0x7f && byte != COMMA && byte != QUOTE && byte != BACKSLASH;
}
