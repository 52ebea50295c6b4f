// The arithmetic of digest access: RFC 7616 §3.4.1 to §3.4.3, algorithms as in RFC 8760 §2.

import { writeHex } from "../../base/hex";
import { MD5_BYTES, MD5_STATE_SIZE, Md5 } from "../../base/md5";
import { SHA256_BYTES, SHA256_STATE_SIZE, Sha256 } from "../../base/sha256";
import { Text } from "../../base/text";
import { hasValue } from "./auth-parameters";

export const enum DigestAlgorithm { Unsupported, Md5, Sha256 }

/** The longest hash in hexadecimal. */
export const DIGEST_TEXT_SIZE: i32 = 64;

const md5 = changetype<Md5>(memory.data(MD5_STATE_SIZE, 16));
const sha256 = changetype<Sha256>(memory.data(SHA256_STATE_SIZE, 16));
const bytes: usize = memory.data(SHA256_BYTES, 16);
const methodHash: usize = memory.data(DIGEST_TEXT_SIZE, 16);
const colon: usize = memory.data<u8>([0x3a]);
const authWithColons: usize = memory.data<u8>([0x3a, 0x61, 0x75, 0x74, 0x68, 0x3a]);
let running: DigestAlgorithm = DigestAlgorithm.Unsupported;

/** Which algorithm the parameter found last names. */
export function namedAlgorithm(): DigestAlgorithm {
  if (hasValue("md5")) return DigestAlgorithm.Md5;
  return hasValue("sha-256") ? DigestAlgorithm.Sha256 : DigestAlgorithm.Unsupported;
}

/** Hexadecimal digits of one hash. */
export function digestLength(algorithm: DigestAlgorithm): i32 {
  return (algorithm == DigestAlgorithm.Sha256 ? SHA256_BYTES : MD5_BYTES) << 1;
}

/**
 * H(user ":" realm ":" password), the secret a server may keep instead of the password.
 * Writes digestLength(algorithm) digits, returns the address after them.
 */
export function writeHA1(
  target: usize, algorithm: DigestAlgorithm, userAt: usize, userLength: i32, realmAt: usize, realmLength: i32,
  passwordAt: usize, passwordLength: i32,
): usize {
  start(algorithm);
  add(userAt, userLength);
  add(colon, 1);
  add(realmAt, realmLength);
  add(colon, 1);
  add(passwordAt, passwordLength);
  return finish(target);
}

/**
 * The request-digest of qop "auth", or the form before it when `nonceCountAt` is 0 (RFC 2069 §2.1.2).
 * `ha1At` holds digestLength(algorithm) digits, `nonceCountAt` eight. Writes as many digits as `ha1At` holds, returns
 * the address after them.
 */
export function writeRequestDigest(
  target: usize, algorithm: DigestAlgorithm, ha1At: usize, nonce: Text, nonceCountAt: usize, clientNonce: Text,
  methodAt: usize, methodLength: i32, uriAt: usize, uriLength: i32,
): usize {
  start(algorithm);
  add(methodAt, methodLength);
  add(colon, 1);
  add(uriAt, uriLength);
  finish(methodHash);

  start(algorithm);
  add(ha1At, digestLength(algorithm));
  add(colon, 1);
  add(nonce.at, nonce.length);
  if (nonceCountAt != 0) {
    add(colon, 1);
    add(nonceCountAt, 8);
    add(colon, 1);
    add(clientNonce.at, clientNonce.length);
    add(authWithColons, 6);
  } else {
    add(colon, 1);
  }
  add(methodHash, digestLength(algorithm));
  return finish(target);
}

/** Equal bytes, in a time that does not tell where they differ. */
export function isSameSecret(a: usize, b: usize, length: i32): bool {
  let difference: u32 = 0;
  for (let index: usize = 0; index < <usize>length; index++) {
    difference |= <u32>(load<u8>(a + index) ^ load<u8>(b + index));
  }
  return difference == 0;
}

function start(algorithm: DigestAlgorithm): void {
  running = algorithm;
  if (algorithm == DigestAlgorithm.Sha256) sha256.start();
  else md5.start();
}

function add(at: usize, length: i32): void {
  if (running == DigestAlgorithm.Sha256) sha256.update(at, length);
  else md5.update(at, length);
}

function finish(target: usize): usize {
  if (running == DigestAlgorithm.Sha256) {
    sha256.finish(bytes);
    return writeHex(target, bytes, SHA256_BYTES);
  }
  md5.finish(bytes);
  return writeHex(target, bytes, MD5_BYTES);
}
