// SipHash-2-4: a keyed hash, so that nobody outside can choose texts that fall together. J.-P. Aumasson and D. J. Bernstein, 2012.

import { random32 } from "./random";

let key0: u64 = 0;
let key1: u64 = 0;

/** A fresh key from the module's random stream. Once, after the seed. */
export function setupHashKey(): void {
  key0 = (<u64>random32() << 32) | random32();
  key1 = (<u64>random32() << 32) | random32();
}

/** Sets the key itself: for the published test vectors. */
export function setHashKey(k0: u64, k1: u64): void {
  key0 = k0;
  key1 = k1;
}

/**
 * The hash of a span. `chain`, the hash of what came before, lets several spans be hashed as one list; 0 starts. May
 * load up to 7 bytes past the span.
 */
export function sipHash(at: usize, length: i32, chain: u64 = 0): u64 {
  let v0 = key0 ^ 0x736f6d6570736575;
  let v1 = key1 ^ 0x646f72616e646f6d;
  let v2 = key0 ^ 0x6c7967656e657261;
  let v3 = key1 ^ 0x7465646279746573;
  const words = length >> 3;
  const rest = load<u64>(at + (<usize>words << 3)) & ((<u64>1 << (<u64>(length & 7) << 3)) - 1);
  // One loop for the chain, the words, the last of them with the length, and the end: the rounds stand here only once.
  for (let word = chain != 0 ? -1 : 0; word <= words + 1; word++) {
    const isEnd = word > words;
    let bits: u64 = 0;
    if (word < 0) bits = chain;
    else if (word < words) bits = load<u64>(at + (<usize>word << 3));
    else if (!isEnd) bits = (<u64>length << 56) | rest;
    else v2 ^= 0xff;
    v3 ^= bits;
    for (let round = isEnd ? 4 : 2; round > 0; round--) {
      v0 += v1; v1 = rotl<u64>(v1, 13); v1 ^= v0; v0 = rotl<u64>(v0, 32);
      v2 += v3; v3 = rotl<u64>(v3, 16); v3 ^= v2;
      v0 += v3; v3 = rotl<u64>(v3, 21); v3 ^= v0;
      v2 += v1; v1 = rotl<u64>(v1, 17); v1 ^= v2; v2 = rotl<u64>(v2, 32);
    }
    v0 ^= bits;
  }
  return v0 ^ v1 ^ v2 ^ v3;
}
