// SipHash-2-4: a keyed hash, so that nobody outside can choose texts that fall together. J.-P. Aumasson and D. J. Bernstein, 2012.

import { random32 } from "./random";

let key0: u64 = 0;
let key1: u64 = 0;

let v0: u64 = 0, v1: u64 = 0, v2: u64 = 0, v3: u64 = 0;

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

@inline function round(): void {
  v0 += v1; v1 = rotl<u64>(v1, 13); v1 ^= v0; v0 = rotl<u64>(v0, 32);
  v2 += v3; v3 = rotl<u64>(v3, 16); v3 ^= v2;
  v0 += v3; v3 = rotl<u64>(v3, 21); v3 ^= v0;
  v2 += v1; v1 = rotl<u64>(v1, 17); v1 ^= v2; v2 = rotl<u64>(v2, 32);
}

@inline function absorb(word: u64): void {
  v3 ^= word;
  round();
  round();
  v0 ^= word;
}

/** The hash of a span. `chain`, the hash of what came before, lets several spans be hashed as one list; 0 starts. */
export function sipHash(at: usize, length: i32, chain: u64 = 0): u64 {
  v0 = key0 ^ 0x736f6d6570736575;
  v1 = key1 ^ 0x646f72616e646f6d;
  v2 = key0 ^ 0x6c7967656e657261;
  v3 = key1 ^ 0x7465646279746573;
  if (chain != 0) absorb(chain);
  const words = at + (<usize>length & ~7);
  for (; at < words; at += 8) absorb(load<u64>(at));
  let last = <u64>length << 56;
  for (let index = 0; index < (length & 7); index++) last |= <u64>load<u8>(at + <usize>index) << (<u64>index << 3);
  absorb(last);
  v2 ^= 0xff;
  round();
  round();
  round();
  round();
  return v0 ^ v1 ^ v2 ^ v3;
}
