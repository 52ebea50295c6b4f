// qvalue, how much a contact is wanted: RFC 3261 §20.10 and §25.1. In thousandths.

import { isDigit } from "../base/bytes";

export const WHOLE: i32 = 1000;

/** What is none counts as 1. */
export function parseQ(at: usize, length: i32): i32 {
  if (length < 1 || length > 5 || load<u8>(at) != 0x30) return WHOLE;
  let value = 0, unit = WHOLE;
  for (let index = 2; index < length; index++) {
    const byte = load<u8>(at + <usize>index);
    if (!isDigit(byte)) return WHOLE;
    unit /= 10;
    value += <i32>(byte - 48) * unit;
  }
  return value;
}
