// Credentials as a server reads them, and the proof that the sender knows the password: RFC 7616 §3.4, RFC 3261 §22.

import { parseHex, parseHex32 } from "../../base/hex";
import { SHA256_BYTES } from "../../base/sha256";
import { Text, textAt } from "../../base/text";
import { Scan, hasValue, isNamed, nextParameter, startParameters, takeValue } from "./auth-parameters";
import {
  DIGEST_TEXT_SIZE, DigestAlgorithm, Qop, digestLength, isSameSecret, namedAlgorithm, writeHA1, writeRequestDigest,
} from "./hash";

const USERNAME_CAPACITY: i32 = 256;
const REALM_CAPACITY: i32 = 128;
const NONCE_CAPACITY: i32 = 256;
const URI_CAPACITY: i32 = 512;
const CLIENT_NONCE_CAPACITY: i32 = 256;
const COUNT_CAPACITY: i32 = 8;

const USERNAME_AT: i32 = 12;
const REALM_AT: i32 = USERNAME_AT + 4 + USERNAME_CAPACITY;
const NONCE_AT: i32 = REALM_AT + 4 + REALM_CAPACITY;
const URI_AT: i32 = NONCE_AT + 4 + NONCE_CAPACITY;
const CLIENT_NONCE_AT: i32 = URI_AT + 4 + URI_CAPACITY;
const COUNT_AT: i32 = CLIENT_NONCE_AT + 4 + CLIENT_NONCE_CAPACITY;
const RESPONSE_AT: i32 = COUNT_AT + 4 + COUNT_CAPACITY;
/** Bytes of a DigestResponse. */
export const DIGEST_RESPONSE_SIZE: i32 = RESPONSE_AT + 4 + DIGEST_TEXT_SIZE;

const ha1: usize = memory.data(DIGEST_TEXT_SIZE, 16);
const expected: usize = memory.data(DIGEST_TEXT_SIZE, 16);
const expectedBytes: usize = memory.data(SHA256_BYTES, 16);
const givenBytes: usize = memory.data(SHA256_BYTES, 16);

/** Holds copies without escapes. What is proven is only what stands in it: the caller compares realm, nonce and uri. */
@unmanaged
export class DigestResponse {
  algorithm: DigestAlgorithm = DigestAlgorithm.Unsupported;
  /** 0 when the client speaks the form without qop. */
  nonceCount: u32 = 0;
  qop: Qop = Qop.None;

  @inline get username(): Text { return textAt(changetype<usize>(this) + USERNAME_AT); }
  @inline get realm(): Text { return textAt(changetype<usize>(this) + REALM_AT); }
  @inline get nonce(): Text { return textAt(changetype<usize>(this) + NONCE_AT); }
  @inline get uri(): Text { return textAt(changetype<usize>(this) + URI_AT); }
  @inline get clientNonce(): Text { return textAt(changetype<usize>(this) + CLIENT_NONCE_AT); }
  @inline private get count(): Text { return textAt(changetype<usize>(this) + COUNT_AT); }
  @inline private get response(): Text { return textAt(changetype<usize>(this) + RESPONSE_AT); }

  private clear(): void {
    if (<i32>offsetof<DigestResponse>() > USERNAME_AT) ERROR("the texts stand behind the fields");
    this.algorithm = DigestAlgorithm.Unsupported;
    this.nonceCount = 0;
    this.qop = Qop.None;
    this.username.setup(USERNAME_CAPACITY);
    this.realm.setup(REALM_CAPACITY);
    this.nonce.setup(NONCE_CAPACITY);
    this.uri.setup(URI_CAPACITY);
    this.clientNonce.setup(CLIENT_NONCE_CAPACITY);
    this.count.setup(COUNT_CAPACITY);
    this.response.setup(DIGEST_TEXT_SIZE);
  }

  /**
   * Takes the whole value of an Authorization or Proxy-Authorization header field. False when it is not Digest, is
   * malformed, says something twice, lacks something, or asks for an algorithm or a qop that we do not have.
   */
  parse(at: usize, length: i32): bool {
    this.clear();
    const algorithm = this.parseParameters(at, length);
    if (algorithm == DigestAlgorithm.Unsupported) return false;
    if (this.username.isEmpty || this.realm.isEmpty || this.nonce.isEmpty || this.uri.isEmpty) return false;
    const digits = digestLength(algorithm);
    if (<i32>this.response.length != digits || !parseHex(this.response.at, digits, givenBytes)) return false;
    if (this.qop != Qop.None) {
      if (this.clientNonce.isEmpty || this.count.length != COUNT_CAPACITY) return false;
      const count = parseHex32(this.count.at, COUNT_CAPACITY);
      if (count < 1) return false;
      this.nonceCount = <u32>count;
    }
    this.algorithm = algorithm;
    return true;
  }

  private parseParameters(at: usize, length: i32): DigestAlgorithm {
    if (!startParameters(at, length)) return DigestAlgorithm.Unsupported;
    let algorithm = DigestAlgorithm.Md5;
    let namesAlgorithm = false;
    let scan = nextParameter();
    for (; scan == Scan.Parameter; scan = nextParameter()) {
      let good = true;
      if (isNamed("username")) {
        good = takeValue(this.username);
      } else if (isNamed("realm")) {
        good = takeValue(this.realm);
      } else if (isNamed("nonce")) {
        good = takeValue(this.nonce);
      } else if (isNamed("uri")) {
        good = takeValue(this.uri);
      } else if (isNamed("response")) {
        good = takeValue(this.response);
      } else if (isNamed("cnonce")) {
        good = takeValue(this.clientNonce);
      } else if (isNamed("nc")) {
        good = takeValue(this.count);
      } else if (isNamed("qop")) {
        good = this.qop == Qop.None;
        this.qop = hasValue("auth") ? Qop.Auth : hasValue("auth-int") ? Qop.AuthInt : Qop.None;
        good = good && this.qop != Qop.None;
      } else if (isNamed("algorithm")) {
        algorithm = namedAlgorithm();
        good = !namesAlgorithm && algorithm != DigestAlgorithm.Unsupported;
        namesAlgorithm = true;
      }
      if (!good) return DigestAlgorithm.Unsupported;
    }
    return scan == Scan.End ? algorithm : DigestAlgorithm.Unsupported;
  }

  /** The sender knows the password of the user named. */
  isProofOf(
    passwordAt: usize, passwordLength: i32, methodAt: usize, methodLength: i32, bodyAt: usize, bodyLength: i32,
  ): bool {
    writeHA1(
      ha1, this.algorithm, this.username.at, this.username.length, this.realm.at, this.realm.length, passwordAt,
      passwordLength,
    );
    return this.isProofOfHA1(ha1, methodAt, methodLength, bodyAt, bodyLength);
  }

  /** The same for a server that keeps no passwords: `ha1At` holds what writeHA1 wrote for this algorithm. */
  isProofOfHA1(ha1At: usize, methodAt: usize, methodLength: i32, bodyAt: usize, bodyLength: i32): bool {
    const algorithm = this.algorithm;
    if (algorithm == DigestAlgorithm.Unsupported) return false;
    writeRequestDigest(
      expected, algorithm, this.qop, ha1At, this.nonce, this.count.at, this.clientNonce, methodAt, methodLength,
      this.uri.at, this.uri.length, bodyAt, bodyLength,
    );
    const digits = digestLength(algorithm);
    parseHex(expected, digits, expectedBytes);
    parseHex(this.response.at, digits, givenBytes);
    return isSameSecret(expectedBytes, givenBytes, digits >> 1);
  }
}
