// Decimal numbers as text. Parsing never wraps round: a number that does not fit is refused.

import { isDigit } from "./bytes";

/** What parseDecimal returns for anything that is not 1*DIGIT within `most`. */
export const NOT_A_NUMBER: i64 = -1;

/** 1*DIGIT over the whole span, at most `most`, leading zeros allowed; else NOT_A_NUMBER. */
export function parseDecimal(at: usize, length: i32, most: i64 = 0xffffffff): i64 {
  if (length < 1) return NOT_A_NUMBER;
  let value: i64 = 0;
  for (let index = 0; index < length; index++) {
    const byte = load<u8>(at + <usize>index);
    if (!isDigit(byte)) return NOT_A_NUMBER;
    value = value * 10 + <i64>(byte - 48);
    if (value > most) return NOT_A_NUMBER;
  }
  return value;
}

/** Number of leading digits of the span. */
export function countDigits(at: usize, length: i32): i32 {
  let index = 0;
  while (index < length && isDigit(load<u8>(at + <usize>index))) index++;
  return index;
}

/** Writes `value`, returns the address after it. At most 20 bytes. */
export function writeDecimal(at: usize, value: u64): usize {
  let digits = 1;
  for (let rest = value; rest >= 10; rest /= 10) digits++;
  for (let index = digits - 1; index >= 0; index--) {
    store<u8>(at + <usize>index, <u8>(48 + value % 10));
    value /= 10;
  }
  return at + <usize>digits;
}

/** Writes `value` as exactly eight lower-case hexadecimal digits. */
export function writeHex32(at: usize, value: u32): usize {
  for (let shift = 28; shift >= 0; shift -= 4) {
    const digit = (value >> shift) & 15;
    store<u8>(at++, <u8>(digit < 10 ? 48 + digit : 87 + digit));
  }
  return at;
}
