// Hexadecimal text of bytes, two digits a byte. Written in lower case (RFC 7616 §3: LHEX), read in either.

/** 0 to 15, or -1. */
@inline export function hexValue(byte: u8): i32 {
  if (<u32>byte - 48 < 10) return <i32>byte - 48;
  const letter = <u32>(byte | 0x20) - 97;
  return letter < 6 ? <i32>letter + 10 : -1;
}

/** Writes 2 * `length` digits, returns the address after them. */
export function writeHex(target: usize, bytes: usize, length: i32): usize {
  for (let index = 0; index < length; index++) {
    const byte = <u32>load<u8>(bytes + <usize>index);
    store<u8>(target, digit(byte >> 4));
    store<u8>(target, digit(byte & 15), 1);
    target += 2;
  }
  return target;
}

@inline function digit(value: u32): u8 { return <u8>(value < 10 ? 48 + value : 87 + value); }

/** Reads `length` digits, an even number, half as many bytes. False at the first byte that is no digit. */
export function parseHex(at: usize, length: i32, into: usize): bool {
  if ((length & 1) != 0) return false;
  for (let index: usize = 0; index < <usize>length; index += 2) {
    const high = hexValue(load<u8>(at + index));
    const low = hexValue(load<u8>(at + index, 1));
    if ((high | low) < 0) return false;
    store<u8>(into + (index >> 1), <u8>((high << 4) | low));
  }
  return true;
}

/** 1 to 8 digits over the whole span, or -1. RFC 7616 §3.4: a nonce count. */
export function parseHex32(at: usize, length: i32): i64 {
  if (length < 1 || length > 8) return -1;
  let value: i64 = 0;
  for (let index = 0; index < length; index++) {
    const digit = hexValue(load<u8>(at + <usize>index));
    if (digit < 0) return -1;
    value = (value << 4) | <i64>digit;
  }
  return value;
}
