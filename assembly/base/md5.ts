// MD5: RFC 1321 §3. Broken as a signature, still what most registrars ask for (RFC 7616 §3.2).

import { MessageBlock } from "./message-block";

export const MD5_BYTES: i32 = 16;
/** Bytes of a running hash. */
export const MD5_STATE_SIZE: i32 = 88;

const BLOCK: i32 = 64;
const BLOCK_OFFSET: usize = 16;

/** RFC 1321 §3.4: floor(2^32 * abs(sin(step + 1))). */
const SINES: StaticArray<u32> = [
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
  0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
  0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
  0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
  0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
  0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
  0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
];
/** Four rotations for each of the four rounds. */
const ROTATIONS: StaticArray<u8> = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

/** A running hash: start, update as often as there are pieces, finish. */
@unmanaged
export class Md5 {
  private a: u32 = 0;
  private b: u32 = 0;
  private c: u32 = 0;
  private d: u32 = 0;

  @inline private get block(): MessageBlock { return changetype<MessageBlock>(changetype<usize>(this) + BLOCK_OFFSET); }

  start(): void {
    if (offsetof<Md5>() > BLOCK_OFFSET) ERROR("the block stands behind the fields");
    this.a = 0x67452301;
    this.b = 0xefcdab89;
    this.c = 0x98badcfe;
    this.d = 0x10325476;
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

  /** Writes MD5_BYTES bytes at `target`. The hash must be started again before its next use. */
  finish(target: usize): void {
    if (this.block.pad(BLOCK, 8)) {
      this.compress();
      this.block.clear(BLOCK);
    }
    this.block.putLength(this.block.lengthBytes << 3, BLOCK);
    this.compress();
    store<u32>(target, this.a);
    store<u32>(target, this.b, 4);
    store<u32>(target, this.c, 8);
    store<u32>(target, this.d, 12);
  }

  private compress(): void {
    let a = this.a, b = this.b, c = this.c, d = this.d;
    for (let step = 0; step < 64; step++) {
      let mixed: u32;
      let word: i32;
      switch (step >> 4) {
        case 0:
          mixed = (b & c) | (~b & d);
          word = step;
          break;
        case 1:
          mixed = (b & d) | (c & ~d);
          word = 5 * step + 1;
          break;
        case 2:
          mixed = b ^ c ^ d;
          word = 3 * step + 5;
          break;
        default:
          mixed = c ^ (b | ~d);
          word = 7 * step;
      }
      const rotation = <u32>unchecked(ROTATIONS[((step >> 4) << 2) | (step & 3)]);
      const sum = a + mixed + unchecked(SINES[step]) + load<u32>(this.block.bytes + (<usize>(word & 15) << 2));
      a = d;
      d = c;
      c = b;
      b += rotl<u32>(sum, rotation);
    }
    this.a += a;
    this.b += b;
    this.c += c;
    this.d += d;
  }
}
