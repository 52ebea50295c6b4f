// AES with a 128-bit key, forward only, and its counter mode: FIPS 197 §5, RFC 3711 §4.1.1.
// The same instructions at the same addresses whatever the key and the text: the substitution box is not looked up but
// put together from all of its sixteen rows, for sixteen bytes at once.

export const AES_KEY_BYTES: i32 = 16;
export const AES_BLOCK_BYTES: i32 = 16;

const ROUNDS: i32 = 10;

/** FIPS 197 table 4. */
const SUBSTITUTION: usize = memory.data<u8>([
  0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76,
  0xca, 0x82, 0xc9, 0x7d, 0xfa, 0x59, 0x47, 0xf0, 0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0,
  0xb7, 0xfd, 0x93, 0x26, 0x36, 0x3f, 0xf7, 0xcc, 0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15,
  0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07, 0x12, 0x80, 0xe2, 0xeb, 0x27, 0xb2, 0x75,
  0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0, 0x52, 0x3b, 0xd6, 0xb3, 0x29, 0xe3, 0x2f, 0x84,
  0x53, 0xd1, 0x00, 0xed, 0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58, 0xcf,
  0xd0, 0xef, 0xaa, 0xfb, 0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f, 0x50, 0x3c, 0x9f, 0xa8,
  0x51, 0xa3, 0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5, 0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2,
  0xcd, 0x0c, 0x13, 0xec, 0x5f, 0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d, 0x64, 0x5d, 0x19, 0x73,
  0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88, 0x46, 0xee, 0xb8, 0x14, 0xde, 0x5e, 0x0b, 0xdb,
  0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c, 0xc2, 0xd3, 0xac, 0x62, 0x91, 0x95, 0xe4, 0x79,
  0xe7, 0xc8, 0x37, 0x6d, 0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a, 0xae, 0x08,
  0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6, 0xe8, 0xdd, 0x74, 0x1f, 0x4b, 0xbd, 0x8b, 0x8a,
  0x70, 0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e, 0x61, 0x35, 0x57, 0xb9, 0x86, 0xc1, 0x1d, 0x9e,
  0xe1, 0xf8, 0x98, 0x11, 0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf,
  0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42, 0x68, 0x41, 0x99, 0x2d, 0x0f, 0xb0, 0x54, 0xbb, 0x16,
], 16);

const tail: usize = memory.data(AES_BLOCK_BYTES, 16);

/** SubBytes: a swizzle gives 0 for every index past 15, so of the sixteen rows each byte gets something from its own alone. */
function substitute(bytes: v128): v128 {
  const row = i8x16.splat(16);
  let index = bytes;
  let result = i8x16.swizzle(v128.load(SUBSTITUTION), index);
  for (let at: usize = 16; at < 256; at += 16) {
    index = i8x16.sub(index, row);
    result = v128.or(result, i8x16.swizzle(v128.load(SUBSTITUTION + at), index));
  }
  return result;
}

/** FIPS 197 §5.1.2. */
@inline function shiftRows(state: v128): v128 {
  return i8x16.shuffle(state, state, 0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);
}

/** FIPS 197 §5.1.3: each byte twice itself, three times the one below, and the other two of its column. */
@inline function mixColumns(state: v128): v128 {
  const reduction = v128.and(i8x16.lt_s(state, i8x16.splat(0)), i8x16.splat(0x1b));
  const twice = v128.xor(i8x16.add(state, state), reduction);
  const thrice = v128.xor(twice, state);
  const below = i8x16.shuffle(thrice, thrice, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
  const two = i8x16.shuffle(state, state, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  const three = i8x16.shuffle(state, state, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);
  return v128.xor(v128.xor(twice, below), v128.xor(two, three));
}

/** Bytes of a key made ready. */
export const AES_SIZE: i32 = (ROUNDS + 1) * AES_BLOCK_BYTES;

/** The round keys of one key. The record stands 16-aligned. */
@unmanaged
export class Aes {
  @inline private roundKey(round: i32): usize { return changetype<usize>(this) + (<usize>round << 4); }

  /** FIPS 197 §5.2. */
  setKey(key: usize): void {
    let w0 = load<u32>(key), w1 = load<u32>(key, 4), w2 = load<u32>(key, 8), w3 = load<u32>(key, 12);
    let constant: u32 = 1;
    for (let round = 0; ; round++) {
      const at = this.roundKey(round);
      store<u32>(at, w0);
      store<u32>(at, w1, 4);
      store<u32>(at, w2, 8);
      store<u32>(at, w3, 12);
      if (round == ROUNDS) return;
      w0 ^= rotr<u32>(i32x4.extract_lane(substitute(i32x4.splat(w3)), 0), 8) ^ constant;
      w1 ^= w0;
      w2 ^= w1;
      w3 ^= w2;
      constant = constant << 1 ^ (constant >> 7) * 0x11b;
    }
  }

  /** FIPS 197 §5.1. */
  encrypt(block: v128): v128 {
    let state = v128.xor(block, v128.load(this.roundKey(0)));
    for (let round = 1; round < ROUNDS; round++) {
      state = v128.xor(mixColumns(shiftRows(substitute(state))), v128.load(this.roundKey(round)));
    }
    return v128.xor(shiftRows(substitute(state)), v128.load(this.roundKey(ROUNDS)));
  }

  /**
   * Counter mode: what is at `at` becomes its own exclusive or with the key stream, which makes and undoes the cipher.
   * The last two bytes of `counter` are zero: they count the blocks.
   */
  addKeyStream(at: usize, length: i32, counter: v128): void {
    for (let block: u16 = 0; length > 0; block++) {
      const stream = this.encrypt(i16x8.replace_lane(counter, 7, bswap<u16>(block)));
      if (length >= AES_BLOCK_BYTES) {
        v128.store(at, v128.xor(v128.load(at), stream));
      } else {
        v128.store(tail, stream);
        for (let index: usize = 0; index < <usize>length; index++) {
          store<u8>(at + index, load<u8>(at + index) ^ load<u8>(tail + index));
        }
      }
      at += AES_BLOCK_BYTES;
      length -= AES_BLOCK_BYTES;
    }
  }
}
