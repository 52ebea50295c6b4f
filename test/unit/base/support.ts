// What the specs of texts and hashes share.

import { writeHex } from "../../../assembly/base/hex";
import { equals, writeText } from "../../../assembly/base/literal";

const hexText = memory.data(256, 16);

/** The bytes, read as hexadecimal, are `digits`. */
export function isHex(bytes: usize, digits: string): bool {
  const length = digits.length >> 1;
  return equals(hexText, <i32>(writeHex(hexText, bytes, length) - hexText), digits);
}

/** Writes `text` and returns its length. */
export function put(target: usize, text: string): i32 { return <i32>(writeText(target, text) - target); }
