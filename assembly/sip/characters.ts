// The character classes of RFC 3261 §25.1, as bits in one table.

export const TOKEN: u8 = 1; // token
export const WORD: u8 = 2; // word, for Call-ID
export const USER: u8 = 4; // unreserved and user-unreserved, "%" checked apart
export const HOST: u8 = 8; // hostname, IPv4address
export const PARAMETER: u8 = 16; // paramchar of a URI, "%" checked apart
export const HEX: u8 = 32;
export const URI: u8 = 64; // anything a URI may hold in any place

const classes: usize = memory.data(256, 16);

function add(text: string, bits: u8): void {
  for (let index = 0; index < text.length; index++) {
    const at = classes + <usize>(<u8>text.charCodeAt(index));
    store<u8>(at, load<u8>(at) | bits);
  }
}

/** Fills the table. Once, before the first message. */
export function setupCharacters(): void {
  memory.fill(classes, 0, 256);
  add("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", TOKEN | WORD | USER | HOST | PARAMETER | URI);
  add("-.!%*_+`'~", TOKEN | WORD);
  add("()<>:\\\"/[]?{}", WORD);
  add("-_.!~*'()", USER | PARAMETER | URI);
  add("&=+$,;?/", USER);
  add("-.", HOST);
  add("[]/:&+$", PARAMETER);
  add("0123456789ABCDEFabcdef", HEX);
  add(";/?:@&=+$,%[]#", URI);
}

@inline export function isClass(byte: u8, bits: u8): bool { return (load<u8>(classes + <usize>byte) & bits) != 0; }

/** Number of leading bytes of the span that are of the class. */
export function countClass(at: usize, end: usize, bits: u8): i32 {
  let here = at;
  while (here < end && isClass(load<u8>(here), bits)) here++;
  return <i32>(here - at);
}

/** The whole span, not empty, is of the class. */
export function isAll(at: usize, length: i32, bits: u8): bool {
  return length > 0 && countClass(at, at + <usize>length, bits) == length;
}

/** The same, with "%" HEX HEX escapes allowed (RFC 3261 §25.1 escaped). */
export function isAllOrEscaped(at: usize, length: i32, bits: u8): bool {
  const end = at + <usize>length;
  while (at < end) {
    const byte = load<u8>(at);
    if (isClass(byte, bits)) {
      at++;
    } else {
      if (byte != 0x25 || end - at < 3) return false;
      if (!isClass(load<u8>(at, 1), HEX) || !isClass(load<u8>(at, 2), HEX)) return false;
      at += 3;
    }
  }
  return true;
}

/**
 * First address at or after `at` that is no SP, HT, CR or LF: a header value is unfolded, but a quoted CRLF is not
 * trusted.
 */
export function skipSpace(at: usize, end: usize): usize {
  while (at < end) {
    const byte = load<u8>(at);
    if (byte != 0x20 && byte != 0x09 && byte != 0x0d && byte != 0x0a) break;
    at++;
  }
  return at;
}

/** `at` stands on the opening quote. Address after the closing one, 0 when there is none. */
export function skipQuoted(at: usize, end: usize): usize {
  for (at++; at < end; at++) {
    const byte = load<u8>(at);
    if (byte == 0x22) return at + 1;
    if (byte == 0x5c) at++;
  }
  return 0;
}
