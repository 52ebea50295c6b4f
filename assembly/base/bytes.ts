// Bytes in linear memory: copy, compare, search.

@inline export function copyBytes(target: usize, source: usize, length: i32): void {
  memory.copy(target, source, <usize>length);
}

/** Zeroes a record of a few dozen bytes, a multiple of four: for so little, memory.fill takes too long to begin. */
@inline export function clearRecord(at: usize, lengthBytes: usize): void {
  const end = at + lengthBytes;
  for (; at + 16 <= end; at += 16) v128.store(at, i8x16.splat(0));
  for (; at < end; at += 4) store<u32>(at, 0);
}

/**
 * Zeroes a table, a multiple of four bytes. What is zero already is only looked at: pages that nobody has written to cost
 * the system nothing.
 */
export function clearTable(at: usize, lengthBytes: usize): void {
  const end = at + lengthBytes;
  for (; at + 16 <= end; at += 16) if (v128.any_true(v128.load(at))) v128.store(at, i8x16.splat(0));
  for (; at < end; at += 4) store<u32>(at, 0);
}

export function equalBytes(a: usize, b: usize, length: i32): bool {
  return memory.compare(a, b, <usize>length) == 0;
}

/** Two spans hold the same bytes. */
export function sameSpan(a: usize, aLength: i32, b: usize, bLength: i32): bool {
  return aLength == bLength && memory.compare(a, b, <usize>aLength) == 0;
}

/** ASCII lower case of one byte. */
@inline export function lower(byte: u8): u8 {
  return <u32>byte - 65 < 26 ? byte | 0x20 : byte;
}

/** Two spans hold the same text, ASCII case aside. */
export function sameSpanIgnoreCase(a: usize, aLength: i32, b: usize, bLength: i32): bool {
  if (aLength != bLength) return false;
  for (let index: usize = 0; index < <usize>aLength; index++) {
    if (lower(load<u8>(a + index)) != lower(load<u8>(b + index))) return false;
  }
  return true;
}

/** Index of the first `byte`, or -1. */
export function indexOfByte(at: usize, length: i32, byte: u8): i32 {
  for (let index = 0; index < length; index++) {
    if (load<u8>(at + <usize>index) == byte) return index;
  }
  return -1;
}

@inline export function isDigit(byte: u8): bool { return <u32>byte - 48 < 10; }
@inline export function isBlank(byte: u8): bool { return byte == 0x20 || byte == 0x09; }
