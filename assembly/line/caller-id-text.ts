// What a telephone's display can show of a caller's number and name: digits, and letters of ITU-T T.50 or ISO 8859-1.
// Names come in UTF-8 and from strangers; a control byte never gets through.

import { isDigit } from "../base/bytes";
import { Text } from "../base/text";

/** The plain letters of U+00C0 to U+017F, 64 a row. */
const LETTERS: StaticArray<string> = [
  "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty",
  "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL",
  "lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs",
];
const FIRST_LETTER: u32 = 0xc0;

let next: usize = 0;

/** Takes the digits of a number that is one, however it is grouped: else, or when it is too long, leaves `text` empty. */
export function foldNumber(text: Text, at: usize, length: i32): void {
  text.clear();
  for (let index = 0; index < length; index++) {
    const byte = load<u8>(at + <usize>index);
    const isDialled = isDigit(byte) || byte == 0x2a || byte == 0x23;
    if (isDialled ? text.append(byte) : isSeparator(byte)) continue;
    text.clear();
    return;
  }
}

/** RFC 3966 §3, and what else people write between digits; "+" is how some begin. */
function isSeparator(byte: u8): bool {
  return byte == 0x2b || byte == 0x2d || byte == 0x2e || byte == 0x28 || byte == 0x29 || byte == 0x20;
}

/** Takes a name in UTF-8, as far as it fits. What has no letter or digit that can be shown counts as none. */
export function foldName(text: Text, at: usize, length: i32, keepsLatin1: bool): void {
  text.clear();
  let isReadable = false;
  const end = at + <usize>length;
  while (at < end) {
    const code = codeAt(at, end);
    at = next;
    if (code >= 0x300 && code < 0x370) continue; // accents of the letter before
    let letter = code;
    if (code >= 0x7f && !(keepsLatin1 && code >= 0xa0 && code < 0x100)) letter = plain(code);
    if (letter < 0x20 || letter == 0x20 && text.isEmpty) continue;
    if (letter != 0x20 && letter != 0x3f) isReadable = true;
    if (!text.append(<u8>letter)) break;
    if (letter != code) appendRest(text, code, letter);
  }
  if (!isReadable) text.clear();
}

/** 0 for what is to be left out, "?" for what cannot be shown. */
function plain(code: u32): u32 {
  if (code < 0xa0) return 0;
  const letter = code - FIRST_LETTER;
  if (letter < 192) return unchecked(LETTERS[letter >> 6]).charCodeAt(letter & 63);
  if (code == 0xa0) return 0x20;
  if (code >= 0x2010 && code <= 0x2015) return 0x2d;
  if (code >= 0x2018 && code <= 0x201b) return 0x27;
  return 0x3f;
}

/** Of letters that are two. */
function appendRest(text: Text, code: u32, letter: u32): void {
  if (code == 0xdf) text.append(0x73); // sharp s
  else if ((code | 0x20) == 0xe6 || (code | 1) == 0x153) text.append(<u8>(letter & 0x20 | 0x45)); // AE, OE
}

/** One code point, `next` after it. A byte that begins none is taken for ISO 8859-1. */
function codeAt(at: usize, end: usize): u32 {
  const first = <u32>load<u8>(at++);
  next = at;
  if (first < 0xc2 || first > 0xf4) return first;
  const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  if (end - at < <usize>more) return first;
  let code = first & (0x3f >> more);
  for (let index = 0; index < more; index++) {
    const byte = <u32>load<u8>(at++);
    if ((byte & 0xc0) != 0x80) return first;
    code = code << 6 | byte & 0x3f;
  }
  next = at;
  return code;
}
