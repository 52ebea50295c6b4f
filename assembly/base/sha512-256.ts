// SHA-512/256, the SHA-512-256 of RFC 7616: FIPS 180-4 §5.1.2, §5.3.6.2 and §6.4.

import { MessageBlock } from "./message-block";

export const SHA512_256_BYTES: i32 = 32;
/** Bytes of a running hash. */
export const SHA512_256_STATE_SIZE: i32 = 200;

const BLOCK: i32 = 128;
const BLOCK_OFFSET: usize = 64;

/**
 * FIPS 180-4 §4.2.3: fractions of the cube roots of the first 80 primes. The upper halves of the first 64 are SHA-256's
 * (§4.2.2).
 */
export const ROUNDS: StaticArray<u64> = [
  0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
  0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
  0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
  0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
  0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
  0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
  0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
  0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
  0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
  0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
  0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
  0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
  0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
  0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
  0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
  0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
  0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
  0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
  0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
  0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
];

const schedule: usize = memory.data(640, 16);

@inline function scheduled(word: i32): u64 { return load<u64>(schedule + (<usize>word << 3)); }

/** A running hash: start, update as often as there are pieces, finish. */
@unmanaged
export class Sha512_256 {
  private h0: u64 = 0;
  private h1: u64 = 0;
  private h2: u64 = 0;
  private h3: u64 = 0;
  private h4: u64 = 0;
  private h5: u64 = 0;
  private h6: u64 = 0;
  private h7: u64 = 0;

  @inline private get block(): MessageBlock { return changetype<MessageBlock>(changetype<usize>(this) + BLOCK_OFFSET); }

  start(): void {
    if (offsetof<Sha512_256>() > BLOCK_OFFSET) ERROR("the block stands behind the fields");
    this.h0 = 0x22312194fc2bf72c;
    this.h1 = 0x9f555fa3c84c64c2;
    this.h2 = 0x2393b86b6f53b151;
    this.h3 = 0x963877195940eabd;
    this.h4 = 0x96283ee2a88effe3;
    this.h5 = 0xbe5e1e2553863992;
    this.h6 = 0x2b0199fc2c85b8aa;
    this.h7 = 0x0eb72ddc81c52ca2;
    this.block.lengthBytes = 0;
  }

  update(at: usize, length: i32): void {
    while (length > 0) {
      const part = this.block.put(at, length, BLOCK);
      at += <usize>part;
      length -= part;
      if (this.block.isFull(BLOCK)) this.compress();
    }
  }

  /** Writes SHA512_256_BYTES bytes at `target`. The hash must be started again before its next use. */
  finish(target: usize): void {
    if (this.block.pad(BLOCK, 16)) {
      this.compress();
      this.block.clear(BLOCK);
    }
    this.block.putLength(bswap<u64>(this.block.lengthBytes << 3), BLOCK);
    this.compress();
    for (let word: usize = 0; word < <usize>SHA512_256_BYTES; word += 8) {
      store<u64>(target + word, bswap<u64>(load<u64>(changetype<usize>(this) + word)));
    }
  }

  private compress(): void {
    for (let word = 0; word < 16; word++) {
      store<u64>(schedule + (<usize>word << 3), bswap<u64>(load<u64>(this.block.bytes + (<usize>word << 3))));
    }
    for (let word = 16; word < 80; word++) {
      const early = scheduled(word - 15), late = scheduled(word - 2);
      const small0 = rotr<u64>(early, 1) ^ rotr<u64>(early, 8) ^ (early >> 7);
      const small1 = rotr<u64>(late, 19) ^ rotr<u64>(late, 61) ^ (late >> 6);
      store<u64>(schedule + (<usize>word << 3), scheduled(word - 16) + small0 + scheduled(word - 7) + small1);
    }
    let a = this.h0, b = this.h1, c = this.h2, d = this.h3, e = this.h4, f = this.h5, g = this.h6, h = this.h7;
    for (let round = 0; round < 80; round++) {
      const big1 = rotr<u64>(e, 14) ^ rotr<u64>(e, 18) ^ rotr<u64>(e, 41);
      const choice = (e & f) ^ (~e & g);
      const first = h + big1 + choice + unchecked(ROUNDS[round]) + scheduled(round);
      const big0 = rotr<u64>(a, 28) ^ rotr<u64>(a, 34) ^ rotr<u64>(a, 39);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      h = g;
      g = f;
      f = e;
      e = d + first;
      d = c;
      c = b;
      b = a;
      a = first + big0 + majority;
    }
    this.h0 += a;
    this.h1 += b;
    this.h2 += c;
    this.h3 += d;
    this.h4 += e;
    this.h5 += f;
    this.h6 += g;
    this.h7 += h;
  }
}
