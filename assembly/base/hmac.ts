// HMAC with SHA-256: RFC 2104 §2, RFC 6234 §8.3.

import { SHA256_BYTES, SHA256_STATE_SIZE, Sha256 } from "./sha256";

const BLOCK: i32 = 64;

const hash = changetype<Sha256>(memory.data(SHA256_STATE_SIZE, 16));
const pad: usize = memory.data(BLOCK, 16);
const inner: usize = memory.data(SHA256_BYTES, 16);

/** Writes SHA256_BYTES bytes at `target`. The key has at most 64 bytes: a longer one would have to be hashed first. */
export function writeHmacSha256(target: usize, key: usize, keyLength: i32, at: usize, length: i32): void {
  assert(keyLength <= BLOCK, "keys are our own");
  memory.fill(pad, 0, BLOCK);
  memory.copy(pad, key, <usize>keyLength);
  flipPad(0x3636363636363636);
  hash.start();
  hash.update(pad, BLOCK);
  hash.update(at, length);
  hash.finish(inner);
  flipPad(0x3636363636363636 ^ 0x5c5c5c5c5c5c5c5c);
  hash.start();
  hash.update(pad, BLOCK);
  hash.update(inner, SHA256_BYTES);
  hash.finish(target);
}

function flipPad(bits: u64): void {
  for (let word: usize = 0; word < <usize>BLOCK; word += 8) store<u64>(pad + word, load<u64>(pad + word) ^ bits);
}
