// The arithmetic of digest access: RFC 7616 §3.4.1 to §3.4.3, algorithms as in RFC 8760 §2.

import { writeHex } from "../../base/hex";
import { MD5_BYTES, MD5_STATE_SIZE, Md5 } from "../../base/md5";
import { SHA256_BYTES, SHA256_STATE_SIZE, Sha256 } from "../../base/sha256";
import { SHA512_256_STATE_SIZE, Sha512_256 } from "../../base/sha512-256";
import { Text } from "../../base/text";
import { hasValue } from "./auth-parameters";

/** Numbers are part of the ABI of the server. */
export const enum DigestAlgorithm { Unsupported, Md5, Sha256, Sha512_256, Count }

/** What is protected: RFC 2069's plain form, the request line, the body as well. RFC 7616 §3.4.3. */
export const enum Qop { None, Auth, AuthInt }

/** The longest hash in hexadecimal. */
export const DIGEST_TEXT_SIZE: i32 = 64;

const md5 = changetype<Md5>(memory.data(MD5_STATE_SIZE, 16));
const sha256 = changetype<Sha256>(memory.data(SHA256_STATE_SIZE, 16));
const sha512 = changetype<Sha512_256>(memory.data(SHA512_256_STATE_SIZE, 16));
const bytes: usize = memory.data(SHA256_BYTES, 16);
const methodHash: usize = memory.data(DIGEST_TEXT_SIZE, 16);
const bodyHash: usize = memory.data(DIGEST_TEXT_SIZE, 16);
const colon: usize = memory.data<u8>([0x3a]);
const auth: usize = memory.data<u8>([0x61, 0x75, 0x74, 0x68, 0x2d, 0x69, 0x6e, 0x74]); // "auth-int"
const AUTH_LENGTH: i32 = 4;
const AUTH_INT_LENGTH: i32 = 8;
let running: DigestAlgorithm = DigestAlgorithm.Unsupported;

/** Which algorithm the parameter found last names. */
export function namedAlgorithm(): DigestAlgorithm {
  if (hasValue("md5")) return DigestAlgorithm.Md5;
  if (hasValue("sha-256")) return DigestAlgorithm.Sha256;
  return hasValue("sha-512-256") ? DigestAlgorithm.Sha512_256 : DigestAlgorithm.Unsupported;
}

export function algorithmName(algorithm: DigestAlgorithm): string {
  return algorithm == DigestAlgorithm.Md5 ? "MD5" : algorithm == DigestAlgorithm.Sha256 ? "SHA-256" : "SHA-512-256";
}

/** Hexadecimal digits of one hash. */
export function digestLength(algorithm: DigestAlgorithm): i32 {
  return (algorithm == DigestAlgorithm.Md5 ? MD5_BYTES : SHA256_BYTES) << 1;
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
  addColonAnd(realmAt, realmLength);
  addColonAnd(passwordAt, passwordLength);
  return finish(target);
}

/**
 * The request-digest; without a qop the form of RFC 2069 §2.1.2, which leaves `nonceCountAt` and `clientNonce` alone.
 * `ha1At` holds digestLength(algorithm) digits, `nonceCountAt` eight. Writes as many digits as `ha1At` holds, returns
 * the address after them.
 */
export function writeRequestDigest(
  target: usize, algorithm: DigestAlgorithm, qop: Qop, ha1At: usize, nonce: Text, nonceCountAt: usize,
  clientNonce: Text, methodAt: usize, methodLength: i32, uriAt: usize, uriLength: i32, bodyAt: usize, bodyLength: i32,
): usize {
  const digits = digestLength(algorithm);
  if (qop == Qop.AuthInt) {
    start(algorithm);
    add(bodyAt, bodyLength);
    finish(bodyHash);
  }
  start(algorithm);
  add(methodAt, methodLength);
  addColonAnd(uriAt, uriLength);
  if (qop == Qop.AuthInt) addColonAnd(bodyHash, digits);
  finish(methodHash);

  start(algorithm);
  add(ha1At, digits);
  addColonAnd(nonce.at, nonce.length);
  if (qop != Qop.None) {
    addColonAnd(nonceCountAt, 8);
    addColonAnd(clientNonce.at, clientNonce.length);
    addColonAnd(auth, qop == Qop.AuthInt ? AUTH_INT_LENGTH : AUTH_LENGTH);
  }
  addColonAnd(methodHash, digits);
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
  if (algorithm == DigestAlgorithm.Md5) md5.start();
  else if (algorithm == DigestAlgorithm.Sha256) sha256.start();
  else sha512.start();
}

function add(at: usize, length: i32): void {
  if (running == DigestAlgorithm.Md5) md5.update(at, length);
  else if (running == DigestAlgorithm.Sha256) sha256.update(at, length);
  else sha512.update(at, length);
}

function addColonAnd(at: usize, length: i32): void {
  add(colon, 1);
  add(at, length);
}

function finish(target: usize): usize {
  if (running == DigestAlgorithm.Md5) md5.finish(bytes);
  else if (running == DigestAlgorithm.Sha256) sha256.finish(bytes);
  else sha512.finish(bytes);
  return writeHex(target, bytes, digestLength(running) >> 1);
}
