// SHA-256: FIPS 180-4 §5.1.1 and §6.2.

import { MessageBlock } from "./message-block";
import { ROUNDS } from "./sha512-256";

export const SHA256_BYTES: i32 = 32;
/** Bytes of a running hash. */
export const SHA256_STATE_SIZE: i32 = 104;

const BLOCK: i32 = 64;
const BLOCK_OFFSET: usize = 32;

const schedule: usize = memory.data(256, 16);

@inline function scheduled(word: i32): u32 { return load<u32>(schedule + (<usize>word << 2)); }

/** FIPS 180-4 §4.2.2: the upper half of SHA-512's. */
@inline function constant(round: i32): u32 { return load<u32>(changetype<usize>(ROUNDS) + (<usize>round << 3), 4); }

/** A running hash: start, update as often as there are pieces, finish. */
@unmanaged
export class Sha256 {
  private h0: u32 = 0;
  private h1: u32 = 0;
  private h2: u32 = 0;
  private h3: u32 = 0;
  private h4: u32 = 0;
  private h5: u32 = 0;
  private h6: u32 = 0;
  private h7: u32 = 0;

  @inline private get block(): MessageBlock { return changetype<MessageBlock>(changetype<usize>(this) + BLOCK_OFFSET); }

  start(): void {
    if (offsetof<Sha256>() > BLOCK_OFFSET) ERROR("the block stands behind the fields");
    this.h0 = 0x6a09e667;
    this.h1 = 0xbb67ae85;
    this.h2 = 0x3c6ef372;
    this.h3 = 0xa54ff53a;
    this.h4 = 0x510e527f;
    this.h5 = 0x9b05688c;
    this.h6 = 0x1f83d9ab;
    this.h7 = 0x5be0cd19;
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

  /** Writes SHA256_BYTES bytes at `target`. The hash must be started again before its next use. */
  finish(target: usize): void {
    if (this.block.pad(BLOCK, 8)) {
      this.compress();
      this.block.clear(BLOCK);
    }
    this.block.putLength(bswap<u64>(this.block.lengthBytes << 3), BLOCK);
    this.compress();
    for (let word: usize = 0; word < <usize>SHA256_BYTES; word += 4) {
      store<u32>(target + word, bswap<u32>(load<u32>(changetype<usize>(this) + word)));
    }
  }

  private compress(): void {
    for (let word = 0; word < 16; word++) {
      store<u32>(schedule + (<usize>word << 2), bswap<u32>(load<u32>(this.block.bytes + (<usize>word << 2))));
    }
    for (let word = 16; word < 64; word++) {
      const early = scheduled(word - 15), late = scheduled(word - 2);
      const small0 = rotr<u32>(early, 7) ^ rotr<u32>(early, 18) ^ (early >> 3);
      const small1 = rotr<u32>(late, 17) ^ rotr<u32>(late, 19) ^ (late >> 10);
      store<u32>(schedule + (<usize>word << 2), scheduled(word - 16) + small0 + scheduled(word - 7) + small1);
    }
    let a = this.h0, b = this.h1, c = this.h2, d = this.h3, e = this.h4, f = this.h5, g = this.h6, h = this.h7;
    for (let round = 0; round < 64; round++) {
      const big1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
      const choice = (e & f) ^ (~e & g);
      const first = h + big1 + choice + constant(round) + scheduled(round);
      const big0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
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
