// ASCII text without allocation. A string literal is static UTF-16, so every second byte is a character.

import { lower } from "./bytes";

const STRIP_SIZE: i32 = 8192;

/**
 * Where host/pack-literals.mjs keeps the literals of a release build: one byte a character, without the compiler's headers
 * and the zeros between. Empty in any other build.
 */
export const literalStrip: usize = memory.data(STRIP_SIZE, 16);
export const literalStripEnd: usize = literalStrip + <usize>STRIP_SIZE;

/**
 * A record of the strip: 16-byte blocks since the literal before, 1 to 255, length in characters, characters. One without
 * characters only steps on. A zero ends the strip.
 */
function unpackLiterals(): void {
  let at: usize = 0;
  for (let record = literalStrip; load<u8>(record) != 0; ) {
    at += <usize>load<u8>(record) << 4;
    const length = load<u8>(record, 1);
    if (length != 0) store<u32>(at - 4, <u32>length << 1);
    record += 2;
    for (let index: usize = 0; index < <usize>length; index++) store<u8>(at + (index << 1), load<u8>(record + index));
    record += length;
  }
}
unpackLiterals();

@inline function character(text: string, index: i32): u8 {
  return load<u8>(changetype<usize>(text) + (<usize>index << 1));
}

export function startsWith(at: usize, length: i32, text: string): bool {
  if (length < text.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (load<u8>(at + <usize>index) != character(text, index)) return false;
  }
  return true;
}

export function equals(at: usize, length: i32, text: string): bool {
  return length == text.length && startsWith(at, length, text);
}

/** `text` must be lower case. */
export function startsWithIgnoreCase(at: usize, length: i32, text: string): bool {
  if (length < text.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (lower(load<u8>(at + <usize>index)) != character(text, index)) return false;
  }
  return true;
}

/** `text` must be lower case. */
export function equalsIgnoreCase(at: usize, length: i32, text: string): bool {
  return length == text.length && startsWithIgnoreCase(at, length, text);
}

/** Writes `text`, returns the address after it. The caller has made sure of the room. */
export function writeText(at: usize, text: string): usize {
  for (let index = 0; index < text.length; index++) store<u8>(at + <usize>index, character(text, index));
  return at + <usize>text.length;
}
