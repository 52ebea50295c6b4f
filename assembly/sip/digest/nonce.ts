// The nonces of a server that remembers none: each carries its own time and a keyed hash that proves it is ours.
// RFC 7616 §3.3 (nonce), §5.4 (replay) and §5.5.

import { clearTable } from "../../base/bytes";
import { writeHex32 } from "../../base/decimal";
import { parseHex, parseHex32, writeHex } from "../../base/hex";
import { random32 } from "../../base/random";
import { sipHash } from "../../base/sip-hash";
import { isSameSecret } from "./hash";

/** Time and a random word, then 128 bits of proof, all in hexadecimal. */
export const NONCE_LENGTH: i32 = 56;
/** Bytes of a peer's address. */
const ADDRESS_SIZE: i32 = 16;
/** What else is hashed with the module's key begins with another number. */
const HASH_OF_NONCES: u64 = 9;

const SIGNED_LENGTH: i32 = 24;
const PROOF_LENGTH: i32 = NONCE_LENGTH - SIGNED_LENGTH;

export const enum NonceState { Valid, Stale, Forged }

const hash: usize = memory.data(16, 16);
const proof: usize = memory.data(PROOF_LENGTH, 16);
const nonceKey: usize = memory.data(8, 8);

/**
 * Writes the proof of what is signed. The key is gone with the server, so a nonce from before a restart is not ours; and
 * nobody can use one that was given to another host.
 */
function writeProof(target: usize, signed: usize, address: usize): usize {
  const host = sipHash(address, ADDRESS_SIZE, HASH_OF_NONCES);
  const half = sipHash(signed, SIGNED_LENGTH, host);
  store<u64>(hash, half);
  store<u64>(hash, sipHash(signed, SIGNED_LENGTH, half), 8);
  return writeHex(target, hash, PROOF_LENGTH >> 1);
}

/**
 * Writes NONCE_LENGTH characters for the host with that address, returns the address after them. No two are alike, even
 * of the same moment.
 */
export function writeNonce(target: usize, now: f64, address: usize): usize {
  const bits = reinterpret<u64>(now);
  let at = writeHex32(target, <u32>(bits >> 32));
  at = writeHex32(at, <u32>bits);
  at = writeHex32(at, random32());
  return writeProof(at, target, address);
}

/** `lifetime` in ms. Stale is ours and too old: the client may try again without asking its user. */
export function checkNonce(at: usize, length: i32, now: f64, lifetime: f64, address: usize): NonceState {
  if (length != NONCE_LENGTH) return NonceState.Forged;
  writeProof(proof, at, address);
  if (!isSameSecret(proof, at + SIGNED_LENGTH, PROOF_LENGTH)) return NonceState.Forged;
  const bits = (<u64>parseHex32(at, 8) << 32) | <u64>parseHex32(at + 8, 8);
  const age = now - reinterpret<f64>(bits);
  return age >= 0 && age <= lifetime ? NonceState.Valid : NonceState.Stale;
}

const WAYS: i32 = 4;
const ENTRY_SIZE: i32 = 16;

@unmanaged
class NonceEntry {
  key: u64 = 0;
  highest: u32 = 0;
  /** When it was last used, in uses of the table; 0 when it never was. */
  usedAt: u32 = 0;
}

/**
 * The highest count seen of each nonce in use, so that no credentials are taken twice. Of fixed size: the nonce that
 * was used longest ago gives way, and whoever holds it gets a fresh one.
 */
@unmanaged
export class NonceCounts {
  private table: usize = 0;
  private sets: u32 = 0;
  private uses: u32 = 0;

  /** Bytes of table that `capacity` nonces want, a power of two from 4. */
  @inline static tableSize(capacity: i32): i32 { return capacity * ENTRY_SIZE; }

  setup(table: usize, capacity: i32): void {
    if (offsetof<NonceEntry>() != ENTRY_SIZE) ERROR("tableSize counts on 16 bytes");
    this.table = table;
    this.sets = <u32>(capacity / WAYS);
    this.reset();
  }

  reset(): void {
    clearTable(this.table, <usize>this.sets * WAYS * ENTRY_SIZE);
    this.uses = 0;
  }

  /**
   * Counts one use of a nonce that checkNonce found Valid and whose credentials were right. False when this count, or a
   * higher one, was taken before, and for a nonce that is not known here except at its first use: answer as if Stale.
   */
  accept(nonceAt: usize, count: u32): bool {
    parseHex(nonceAt + SIGNED_LENGTH, 16, nonceKey);
    const key = load<u64>(nonceKey);
    const first = this.table + <usize>((<u32>key & (this.sets - 1)) * WAYS * ENTRY_SIZE);
    let oldest = changetype<NonceEntry>(first);
    this.uses++;
    for (let way: usize = 0; way < <usize>WAYS; way++) {
      const entry = changetype<NonceEntry>(first + way * ENTRY_SIZE);
      if (entry.usedAt != 0 && entry.key == key) {
        if (count <= entry.highest) return false;
        entry.highest = count;
        entry.usedAt = this.uses;
        return true;
      }
      if (entry.usedAt < oldest.usedAt) oldest = entry;
    }
    if (count != 1) return false;
    oldest.key = key;
    oldest.highest = count;
    oldest.usedAt = this.uses;
    return true;
  }
}
