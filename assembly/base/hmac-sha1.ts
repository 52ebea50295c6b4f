// HMAC with SHA-1: RFC 2104 §2 and §4, whose two blocks of padded key are hashed once for all messages.

import { SHA1_BYTES, SHA1_STATE_SIZE, Sha1 } from "./sha1";

const BLOCK: i32 = 64;

const hash = changetype<Sha1>(memory.data(SHA1_STATE_SIZE, 16));
const pad: usize = memory.data(BLOCK, 16);
const inner: usize = memory.data(SHA1_BYTES, 16);

/** Bytes of a key made ready. */
export const HMAC_SHA1_SIZE: i32 = 2 * SHA1_BYTES;

/** One message at a time in the whole module: start, update as often as there are pieces, finish. */
@unmanaged
export class HmacSha1 {
  @inline private get innerState(): usize { return changetype<usize>(this); }
  @inline private get outerState(): usize { return changetype<usize>(this) + SHA1_BYTES; }

  /** The key has at most 64 bytes: a longer one would have to be hashed first. */
  setKey(key: usize, length: i32): void {
    assert(length <= BLOCK, "keys are derived");
    memory.fill(pad, 0, BLOCK);
    memory.copy(pad, key, <usize>length);
    savePadded(0x3636363636363636, this.innerState);
    savePadded(0x3636363636363636 ^ 0x5c5c5c5c5c5c5c5c, this.outerState);
    memory.fill(pad, 0, BLOCK);
  }

  start(): void { hash.resume(this.innerState, BLOCK); }

  update(at: usize, length: i32): void { hash.update(at, length); }

  /** Writes SHA1_BYTES bytes at `target`. */
  finish(target: usize): void {
    hash.finish(inner);
    hash.resume(this.outerState, BLOCK);
    hash.update(inner, SHA1_BYTES);
    hash.finish(target);
  }
}

function savePadded(bits: u64, target: usize): void {
  for (let word: usize = 0; word < <usize>BLOCK; word += 8) store<u64>(pad + word, load<u64>(pad + word) ^ bits);
  hash.start();
  hash.update(pad, BLOCK);
  hash.save(target);
}
