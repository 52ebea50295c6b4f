// SHA-1: FIPS 180-4 §6.1. No more than the hash in HMAC, where it still holds (RFC 3711 §4.2.1).

import { MessageBlock } from "./message-block";

export const SHA1_BYTES: i32 = 20;
/** Bytes of a running hash. */
export const SHA1_STATE_SIZE: i32 = 96;

const BLOCK: i32 = 64;
const BLOCK_OFFSET: usize = 24;

/** Words of the message schedule. */
const schedule: usize = memory.data(80 * 4, 16);

@inline function word(step: i32): u32 { return load<u32>(schedule + (<usize>step << 2)); }

/** A running hash: start, update as often as there are pieces, finish. */
@unmanaged
export class Sha1 {
  private a: u32 = 0;
  private b: u32 = 0;
  private c: u32 = 0;
  private d: u32 = 0;
  private e: u32 = 0;

  @inline private get block(): MessageBlock { return changetype<MessageBlock>(changetype<usize>(this) + BLOCK_OFFSET); }

  start(): void {
    if (offsetof<Sha1>() > BLOCK_OFFSET) ERROR("the block stands behind the fields");
    this.a = 0x67452301;
    this.b = 0xefcdab89;
    this.c = 0x98badcfe;
    this.d = 0x10325476;
    this.e = 0xc3d2e1f0;
    this.block.lengthBytes = 0;
  }

  /** Goes on where save() was called, `lengthBytes` into the message, a multiple of the block. */
  resume(from: usize, lengthBytes: u64): void {
    memory.copy(changetype<usize>(this), from, SHA1_BYTES);
    this.block.lengthBytes = lengthBytes;
  }

  /** Keeps what was hashed so far, whole blocks, in SHA1_BYTES bytes. */
  save(target: usize): void { memory.copy(target, changetype<usize>(this), SHA1_BYTES); }

  update(at: usize, length: i32): void {
    while (length > 0) {
      const part = this.block.put(at, length, BLOCK);
      at += <usize>part;
      length -= part;
      if (this.block.isFull(BLOCK)) this.compress();
    }
  }

  /** Writes SHA1_BYTES bytes at `target`. The hash must be started again before its next use. */
  finish(target: usize): void {
    if (this.block.pad(BLOCK, 8)) {
      this.compress();
      this.block.clear(BLOCK);
    }
    this.block.putLength(bswap<u64>(this.block.lengthBytes << 3), BLOCK);
    this.compress();
    store<u32>(target, bswap<u32>(this.a));
    store<u32>(target, bswap<u32>(this.b), 4);
    store<u32>(target, bswap<u32>(this.c), 8);
    store<u32>(target, bswap<u32>(this.d), 12);
    store<u32>(target, bswap<u32>(this.e), 16);
  }

  private fillSchedule(): void {
    for (let at: usize = 0; at < <usize>BLOCK; at += 4) store<u32>(schedule + at, bswap<u32>(load<u32>(this.block.bytes + at)));
    for (let step = 16; step < 80; step++) {
      const mixed = word(step - 3) ^ word(step - 8) ^ word(step - 14) ^ word(step - 16);
      store<u32>(schedule + (<usize>step << 2), rotl<u32>(mixed, 1));
    }
  }

  private compress(): void {
    this.fillSchedule();
    let a = this.a, b = this.b, c = this.c, d = this.d, e = this.e;
    for (let step = 0; step < 80; step++) {
      let mixed: u32;
      if (step < 20) mixed = (b & c | ~b & d) + 0x5a827999;
      else if (step < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
      else if (step < 60) mixed = (b & c | b & d | c & d) + 0x8f1bbcdc;
      else mixed = (b ^ c ^ d) + 0xca62c1d6;
      const next = rotl<u32>(a, 5) + mixed + e + word(step);
      e = d;
      d = c;
      c = rotl<u32>(b, 30);
      b = a;
      a = next;
    }
    this.a += a;
    this.b += b;
    this.c += c;
    this.d += d;
    this.e += e;
  }
}
