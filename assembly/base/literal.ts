// ASCII text without allocation. A string literal is static UTF-16, so every second byte is a character.

import { lower } from "./bytes";

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
