// Base 64 of whole groups, three bytes in four characters, so without padding: RFC 4648 §4.

const NO_DIGIT: i32 = -1;

function digitOf(byte: u8): i32 {
  if (byte >= 0x41 && byte <= 0x5a) return byte - 0x41;
  if (byte >= 0x61 && byte <= 0x7a) return byte - 0x61 + 26;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30 + 52;
  return byte == 0x2b ? 62 : byte == 0x2f ? 63 : NO_DIGIT;
}

function characterOf(digit: u32): u8 {
  if (digit < 26) return <u8>(0x41 + digit);
  if (digit < 52) return <u8>(0x61 + digit - 26);
  if (digit < 62) return <u8>(0x30 + digit - 52);
  return digit == 62 ? 0x2b : 0x2f;
}

/** Reads `length` characters into three quarters as many bytes. False when they are no such text. */
export function parseBase64(at: usize, length: i32, target: usize): bool {
  if (length & 3) return false;
  for (const end = at + <usize>length; at < end; at += 4, target += 3) {
    let group = 0;
    for (let index: usize = 0; index < 4; index++) {
      const digit = digitOf(load<u8>(at + index));
      if (digit == NO_DIGIT) return false;
      group = group << 6 | digit;
    }
    store<u8>(target, <u8>(group >> 16));
    store<u8>(target, <u8>(group >> 8), 1);
    store<u8>(target, <u8>group, 2);
  }
  return true;
}

/** Writes `length` bytes, a multiple of three, returns the address after the text. */
export function writeBase64(target: usize, at: usize, length: i32): usize {
  for (const end = at + <usize>length; at < end; at += 3) {
    const group = <u32>load<u8>(at) << 16 | <u32>load<u8>(at, 1) << 8 | <u32>load<u8>(at, 2);
    for (let shift: u32 = 24; shift != 0; ) {
      shift -= 6;
      store<u8>(target++, characterOf(group >> shift & 63));
    }
  }
  return target;
}
