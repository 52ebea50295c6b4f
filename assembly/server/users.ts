// The users of the server: who may register and be called, and the secrets that prove it. RFC 7616 §3.4.2 for the
// hashes.

import { hexValue } from "../base/hex";
import { clearTable, sameSpan } from "../base/bytes";
import { writeRandomHex } from "../base/random";
import { sipHash } from "../base/sip-hash";
import { Text, textAt } from "../base/text";
import { MAX_USERS, USER_NAME_SIZE } from "../limits";
import { DigestAlgorithm, digestLength, writeHA1 } from "../sip/digest/hash";
import { USER, isClass } from "../sip/characters";
import { Uri } from "../sip/uri";
import { realm } from "./settings";

/** No user. */
export const NOBODY: i32 = -1;
/** Somebody who has guessed too often. */
export const LOCKED: i32 = -2;

/** A power of two. */
const BUCKETS: i32 = 16384;
const TEXT_STRIDE: i32 = (4 + USER_NAME_SIZE + 3) & ~3;
const FIXED_SIZE: i32 = 24;
const MD5_AT: i32 = FIXED_SIZE + 2 * TEXT_STRIDE;
const SHA256_AT: i32 = MD5_AT + 32;
const SHA512_256_AT: i32 = SHA256_AT + 64;
const USER_SIZE: i32 = SHA512_256_AT + 64;

@unmanaged
export class User {
  /** Next user of the same bucket and first binding of this one: index + 1, 0 for none. */
  nextInBucket: i32 = 0;
  firstBinding: i32 = 0;
  bindings: i32 = 0;
  /** A bit for each DigestAlgorithm whose secret is known. */
  secrets: u32 = 0;

  /** Without escapes. Empty: no user stands here. */
  @inline get name(): Text { return textAt(changetype<usize>(this) + FIXED_SIZE); }
  @inline get display(): Text { return textAt(changetype<usize>(this) + FIXED_SIZE + TEXT_STRIDE); }

  /** H(name:realm:password) in hexadecimal. */
  @inline secret(algorithm: DigestAlgorithm): usize {
    let at = MD5_AT;
    if (algorithm != DigestAlgorithm.Md5) at = algorithm == DigestAlgorithm.Sha256 ? SHA256_AT : SHA512_256_AT;
    return changetype<usize>(this) + <usize>at;
  }

  @inline hasSecret(algorithm: DigestAlgorithm): bool { return ((this.secrets >> algorithm) & 1) != 0; }

  clear(): void {
    memory.fill(changetype<usize>(this), 0, USER_SIZE);
    this.name.setup(USER_NAME_SIZE);
    this.display.setup(USER_NAME_SIZE);
  }
}

let users: usize = 0;
let buckets: usize = 0;
let count: i32 = 0;
const unescaped: Text = textAt(memory.data(TEXT_STRIDE, 16));

/** The users, one more that nobody is, and the index by name. */
export const USERS_SIZE: i32 = (MAX_USERS + 1) * USER_SIZE + BUCKETS * 4;

@inline export function userAt(index: i32): User { return changetype<User>(users + <usize>(index * USER_SIZE)); }
@inline export function userCount(): i32 { return count; }

/** Stands in for users that are not there, so that checking their password costs as much. */
@inline export function stranger(): User { return userAt(MAX_USERS); }

export function setupUsers(at: usize): void {
  if (<i32>offsetof<User>() > FIXED_SIZE) ERROR("a User's texts stand behind its fields");
  users = at;
  buckets = at + <usize>((MAX_USERS + 1) * USER_SIZE);
  clearTable(buckets, BUCKETS * 4);
  count = 0;
  clearTable(users, (MAX_USERS + 1) * USER_SIZE);
  stranger().clear();
  for (let algorithm = DigestAlgorithm.Md5; algorithm < DigestAlgorithm.Count; algorithm++) {
    writeRandomHex(stranger().secret(algorithm), digestLength(algorithm));
  }
  unescaped.setup(USER_NAME_SIZE);
}

@inline function bucketOf(at: usize, length: i32): usize {
  return buckets + <usize>((<i32>sipHash(at, length) & (BUCKETS - 1)) << 2);
}

/** Index of the user with that name, or NOBODY. */
export function findUser(at: usize, length: i32): i32 {
  let index = load<i32>(bucketOf(at, length)) - 1;
  while (index >= 0) {
    const user = userAt(index);
    if (sameSpan(user.name.at, user.name.length, at, length)) return index;
    index = user.nextInBucket - 1;
  }
  return NOBODY;
}

/** Index of the user that a URI names, escapes undone, or NOBODY. */
export function findUserOf(uri: Uri): i32 {
  unescaped.clear();
  const end = uri.userAt + <usize>uri.userLength;
  for (let at = uri.userAt; at < end; at++) {
    let byte = load<u8>(at);
    if (byte == 0x25) {
      byte = <u8>((hexValue(load<u8>(at, 1)) << 4) | hexValue(load<u8>(at, 2)));
      at += 2;
    }
    if (!unescaped.append(byte)) return NOBODY;
  }
  return findUser(unescaped.at, unescaped.length);
}

/** Takes a user's name out of the index. The caller has removed its bindings. */
export function removeUser(index: i32): void {
  const user = userAt(index);
  if (user.name.isEmpty) return;
  let at = bucketOf(user.name.at, user.name.length);
  while (load<i32>(at) != index + 1) at = changetype<usize>(userAt(load<i32>(at) - 1)) + offsetof<User>("nextInBucket");
  store<i32>(at, user.nextInBucket);
  user.clear();
  count--;
}

/** Makes the record at `index`, which is empty, that user. Returns 0, the 1-based place of a bad character, or -1. */
export function addUser(index: i32, at: usize, length: i32): i32 {
  for (let place = 0; place < length; place++) {
    if (!isClass(load<u8>(at + <usize>place), USER)) return place + 1;
  }
  const user = userAt(index);
  user.clear();
  if (length == 0 || findUser(at, length) != NOBODY || !user.name.set(at, length)) return -1;
  const bucket = bucketOf(at, length);
  user.nextInBucket = load<i32>(bucket);
  store<i32>(bucket, index + 1);
  count++;
  return 0;
}

/** Keeps the hashes of a password, and not the password. */
export function setPassword(index: i32, at: usize, length: i32): i32 {
  const user = userAt(index);
  if (user.name.isEmpty || realm.isEmpty || length == 0) return -1;
  for (let algorithm = DigestAlgorithm.Md5; algorithm < DigestAlgorithm.Count; algorithm++) {
    writeHA1(user.secret(algorithm), algorithm, user.name.at, user.name.length, realm.at, realm.length, at, length);
    user.secrets |= 1 << algorithm;
  }
  return 0;
}

/** Takes a hash instead of a password. Returns 0, the 1-based place of a bad digit, or -1. */
export function setSecret(index: i32, algorithm: DigestAlgorithm, at: usize, length: i32): i32 {
  const user = userAt(index);
  if (user.name.isEmpty || length != digestLength(algorithm)) return -1;
  const target = user.secret(algorithm);
  for (let place = 0; place < length; place++) {
    const digit = hexValue(load<u8>(at + <usize>place));
    if (digit < 0) return place + 1;
  }
  for (let place = 0; place < length; place++) {
    const digit = hexValue(load<u8>(at + <usize>place));
    store<u8>(target + <usize>place, <u8>(digit < 10 ? 48 + digit : 87 + digit));
  }
  user.secrets |= 1 << algorithm;
  return 0;
}
