// The character classes of RFC 3261 §25.1, and the sets of characters that end something, looked for sixteen bytes at a
// time. A scan may load up to 15 bytes past its span, and never looks at them: base/arena.ts keeps the last table that
// far from the end of memory.

// A class is the address of 16 bytes: bit h of byte l says that the character 16 * h + l is of it. No byte above 127
// is of any class.
const CLASS_SIZE: i32 = 16;

export const TOKEN: usize = memory.data(CLASS_SIZE, 16); // token
export const WORD: usize = memory.data(CLASS_SIZE, 16); // word, for Call-ID
export const USER: usize = memory.data(CLASS_SIZE, 16); // unreserved and user-unreserved, "%" checked apart
export const UNRESERVED: usize = memory.data(CLASS_SIZE, 16); // what never needs an escape in a URI
export const HOST: usize = memory.data(CLASS_SIZE, 16); // hostname, IPv4address
export const PARAMETER: usize = memory.data(CLASS_SIZE, 16); // paramchar of a URI, "%" checked apart
export const URI_HEADER: usize = memory.data(CLASS_SIZE, 16); // what follows the "?" of a URI, "%" checked apart
export const URI: usize = memory.data(CLASS_SIZE, 16); // anything a URI may hold in any place
export const DISPLAY: usize = memory.data(CLASS_SIZE, 16); // *( token LWS )
const HEX: usize = memory.data(CLASS_SIZE, 16);

export const NAME_END: usize = memory.data(CLASS_SIZE, 16); // after the name of a header field's parameter
export const VALUE_END: usize = memory.data(CLASS_SIZE, 16); // after its value, which may hold "="
export const LIST_END: usize = memory.data(CLASS_SIZE, 16); // after a value of a list, or where a quoted string begins
export const ANGLE_END: usize = memory.data(CLASS_SIZE, 16); // after a URI in angle brackets
export const BARE_END: usize = memory.data(CLASS_SIZE, 16); // after a URI without, or what may not be in one
const QUOTED_END: usize = memory.data(CLASS_SIZE, 16);

const ALPHANUMERIC: string = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const TOKEN_MARKS: string = "-.!%*_+`'~";
const MARKS: string = "-_.!~*'()";
const USER_MARKS: string = "&=+$,;?/";
const PARAMETER_MARKS: string = "[]/:&+$";
const BLANKS: string = " \t\r\n";

/** Fills the classes. Once, before the first message. */
export function setupCharacters(): void {
  define(TOKEN, ALPHANUMERIC, TOKEN_MARKS);
  define(WORD, ALPHANUMERIC, TOKEN_MARKS, "()<>:\\\"/[]?{}");
  define(USER, ALPHANUMERIC, MARKS, USER_MARKS);
  define(UNRESERVED, ALPHANUMERIC, MARKS);
  define(HOST, ALPHANUMERIC, "-.");
  define(PARAMETER, ALPHANUMERIC, MARKS, PARAMETER_MARKS);
  define(URI_HEADER, ALPHANUMERIC, MARKS, USER_MARKS);
  add(URI_HEADER, PARAMETER_MARKS);
  define(URI, ALPHANUMERIC, MARKS, ";/?:@&=+$,%[]#");
  define(DISPLAY, ALPHANUMERIC, TOKEN_MARKS, BLANKS);
  define(HEX, "0123456789ABCDEFabcdef");
  define(NAME_END, ";=,", BLANKS);
  define(VALUE_END, ";,", BLANKS);
  define(LIST_END, ",\"");
  define(ANGLE_END, ">");
  define(BARE_END, ";,?\"<>", BLANKS);
  define(QUOTED_END, "\"\\");
}

function define(set: usize, text: string, more: string = "", still: string = ""): void {
  memory.fill(set, 0, CLASS_SIZE);
  add(set, text);
  add(set, more);
  add(set, still);
}

function add(set: usize, text: string): void {
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    const at = set + <usize>(character & 15), bit = 1 << (character >> 4);
    store<u8>(at, load<u8>(at) | <u8>bit);
  }
}

@inline export function isClass(byte: u8, set: usize): bool {
  return ((<u32>load<u8>(set + <usize>(byte & 15)) >> (<u32>byte >> 4)) & 1) != 0;
}

/** A bit for each of the 16 bytes at `at` that is of the class. */
@inline function membersAt(at: usize, set: usize): i32 {
  const bytes = v128.load(at);
  const columns = i8x16.swizzle(v128.load(set), v128.and(bytes, i8x16.splat(15)));
  const rows = i8x16.swizzle(i8x16(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0), i8x16.shr_u(bytes, 4));
  return i8x16.bitmask(i8x16.ne(v128.and(columns, rows), i8x16.splat(0)));
}

/** First address at or after `at` whose byte is not of the class, or `end`. */
export function skipClass(at: usize, end: usize, set: usize): usize {
  while (at < end) {
    const others = membersAt(at, set) ^ 0xffff;
    if (others != 0) return min(at + <usize>ctz(others), end);
    at += 16;
  }
  return end;
}

/** First address at or after `at` whose byte is of the class, or `end`. */
export function findClass(at: usize, end: usize, set: usize): usize {
  while (at < end) {
    const members = membersAt(at, set);
    if (members != 0) return min(at + <usize>ctz(members), end);
    at += 16;
  }
  return end;
}

/** Number of leading bytes of the span that are of the class. */
@inline export function countClass(at: usize, end: usize, set: usize): i32 {
  return <i32>(skipClass(at, end, set) - at);
}

/** The whole span, not empty, is of the class. */
export function isAll(at: usize, length: i32, set: usize): bool {
  const end = at + <usize>length;
  return length > 0 && skipClass(at, end, set) == end;
}

/** First address at or after `at` that is not of the class and begins no escape (RFC 3261 §25.1: "%" HEX HEX). */
export function skipClassOrEscaped(at: usize, end: usize, set: usize): usize {
  at = skipClass(at, end, set);
  while (end - at >= 3 && load<u8>(at) == 0x25 && isClass(load<u8>(at, 1), HEX) && isClass(load<u8>(at, 2), HEX)) {
    at = skipClass(at + 3, end, set);
  }
  return at;
}

/** The whole span is of the class, escapes allowed. */
@inline export function isAllOrEscaped(at: usize, length: i32, set: usize): bool {
  const end = at + <usize>length;
  return skipClassOrEscaped(at, end, set) == end;
}

/** First address at or after `at` that is no SP, HT, CR or LF: values are unfolded, but a quoted CRLF is not trusted. */
@inline export function skipSpace(at: usize, end: usize): usize {
  while (at < end && isSpace(load<u8>(at))) at++;
  return at;
}

@inline export function isSpace(byte: u8): bool {
  return byte <= 0x20 && (byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a);
}

/** `at` stands on the opening quote. Address after the closing one, 0 when there is none. */
export function skipQuoted(at: usize, end: usize): usize {
  for (at++; at < end; at += 2) {
    at = findClass(at, end, QUOTED_END);
    if (at < end && load<u8>(at) == 0x22) return at + 1;
  }
  return 0;
}
