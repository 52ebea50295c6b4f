// A challenge as a client keeps it, and the credentials that answer it: RFC 7616 §3.3 and §3.4, RFC 3261 §22.
// One challenge serves many requests: each counts its nonce up by one.

import { writeHex32 } from "../../base/decimal";
import { parseHex32 } from "../../base/hex";
import { OUTPUT_SIZE, Output } from "../../base/output";
import { writeRandomHex } from "../../base/random";
import { Text, textAt } from "../../base/text";
import {
  Scan, hasValue, isNamed, listsValue, nextParameter, startBareParameters, startParameters, takeValue, valueAt,
  valueLength,
} from "./auth-parameters";
import {
  DIGEST_TEXT_SIZE, DigestAlgorithm, Qop, algorithmName, digestLength, namedAlgorithm, writeHA1, writeRequestDigest,
} from "./hash";

const REALM_CAPACITY: i32 = 128;
const NONCE_CAPACITY: i32 = 256;
const OPAQUE_CAPACITY: i32 = 256;
const CLIENT_NONCE_CAPACITY: i32 = 64;
const CLIENT_NONCE_DIGITS: i32 = 16;

const REALM_AT: i32 = 16;
const NONCE_AT: i32 = REALM_AT + 4 + REALM_CAPACITY;
const OPAQUE_AT: i32 = NONCE_AT + 4 + NONCE_CAPACITY;
const CLIENT_NONCE_AT: i32 = OPAQUE_AT + 4 + OPAQUE_CAPACITY;
/** Bytes of a DigestChallenge. */
export const DIGEST_CHALLENGE_SIZE: i32 = CLIENT_NONCE_AT + 4 + CLIENT_NONCE_CAPACITY;

const output = changetype<Output>(memory.data(OUTPUT_SIZE, 16));
const ha1: usize = memory.data(DIGEST_TEXT_SIZE, 16);
const response: usize = memory.data(DIGEST_TEXT_SIZE, 16);
const count: usize = memory.data(8, 16);

/** Holds copies: it outlives the message that brought it. */
@unmanaged
export class DigestChallenge {
  /** Unsupported: there is no challenge here to answer. */
  algorithm: DigestAlgorithm = DigestAlgorithm.Unsupported;
  /** Requests answered with this nonce. */
  nonceCount: u32 = 0;
  /** The lightest that the server lists: a body is signed only where it must be. */
  qop: Qop = Qop.None;
  /** The old nonce was too old, the password is not in doubt. */
  isStale: bool = false;
  /** A proxy's: answered with Proxy-Authorization. The caller's to set. */
  isProxy: bool = false;
  private namesAlgorithm: bool = false;
  private hasOpaque: bool = false;

  @inline get isSet(): bool { return this.algorithm != DigestAlgorithm.Unsupported; }
  @inline get realm(): Text { return textAt(changetype<usize>(this) + REALM_AT); }
  @inline get nonce(): Text { return textAt(changetype<usize>(this) + NONCE_AT); }
  @inline get opaque(): Text { return textAt(changetype<usize>(this) + OPAQUE_AT); }
  /** Drawn at random for each challenge. */
  @inline get clientNonce(): Text { return textAt(changetype<usize>(this) + CLIENT_NONCE_AT); }

  clear(): void {
    if (<i32>offsetof<DigestChallenge>() > REALM_AT) ERROR("the texts stand behind the fields");
    memory.fill(changetype<usize>(this), 0, DIGEST_CHALLENGE_SIZE);
    this.realm.setup(REALM_CAPACITY);
    this.nonce.setup(NONCE_CAPACITY);
    this.opaque.setup(OPAQUE_CAPACITY);
    this.clientNonce.setup(CLIENT_NONCE_CAPACITY);
  }

  /**
   * Takes the whole value of a WWW-Authenticate or Proxy-Authenticate header field. False, and nothing set, when it is
   * not a Digest challenge that we can answer. Of several the server likes the first best (RFC 8760 §2.4).
   * What writeAuthorization() wrote is taken as well: the challenge that it answered, as often used as it says.
   */
  parse(at: usize, length: i32): bool {
    this.clear();
    const algorithm = this.parseParameters(at, length);
    if (algorithm == DigestAlgorithm.Unsupported || this.realm.isEmpty || this.nonce.isEmpty) return false;
    this.clientNonce.length = <u16>CLIENT_NONCE_DIGITS;
    writeRandomHex(this.clientNonce.at, CLIENT_NONCE_DIGITS);
    this.algorithm = algorithm;
    return true;
  }

  private parseParameters(at: usize, length: i32): DigestAlgorithm {
    if (!startParameters(at, length)) return DigestAlgorithm.Unsupported;
    let algorithm = DigestAlgorithm.Md5;
    let saysStale = false, saysQop = false;
    let scan = nextParameter();
    for (; scan == Scan.Parameter; scan = nextParameter()) {
      let good = true;
      if (isNamed("realm")) {
        good = takeValue(this.realm);
      } else if (isNamed("nonce")) {
        good = takeValue(this.nonce);
      } else if (isNamed("opaque")) {
        good = !this.hasOpaque && takeValue(this.opaque);
        this.hasOpaque = true;
      } else if (isNamed("algorithm")) {
        algorithm = namedAlgorithm();
        good = !this.namesAlgorithm && algorithm != DigestAlgorithm.Unsupported;
        this.namesAlgorithm = true;
      } else if (isNamed("qop")) {
        this.qop = listsValue("auth") ? Qop.Auth : listsValue("auth-int") ? Qop.AuthInt : Qop.None;
        good = !saysQop && this.qop != Qop.None;
        saysQop = true;
      } else if (isNamed("nc")) {
        this.nonceCount = <u32>parseHex32(valueAt, valueLength);
      } else if (isNamed("stale")) {
        good = !saysStale;
        saysStale = true;
        this.isStale = hasValue("true");
      }
      if (!good) return DigestAlgorithm.Unsupported;
    }
    return scan == Scan.End ? algorithm : DigestAlgorithm.Unsupported;
  }

  /**
   * RFC 7616 §3.5: takes the nonce for the next request, if there is one, from the value of an Authentication-Info
   * header field. `rspauth` is not looked at: who wants to pass for the server leaves it out.
   */
  takeNextNonce(at: usize, length: i32): void {
    startBareParameters(at, length);
    while (nextParameter() == Scan.Parameter) {
      if (!isNamed("nextnonce")) continue;
      this.nonce.clear();
      this.nonceCount = 0;
      if (!takeValue(this.nonce) || this.nonce.isEmpty) this.clear();
      return;
    }
  }

  /**
   * Writes the whole value of an Authorization or Proxy-Authorization header field between `target` and `end`.
   * Returns the address after it, 0 when there is no challenge to answer or it does not fit.
   */
  writeAuthorization(
    target: usize, end: usize, username: Text, password: Text, methodAt: usize, methodLength: i32, uriAt: usize,
    uriLength: i32, bodyAt: usize, bodyLength: i32,
  ): usize {
    if (!this.isSet) return 0;
    const algorithm = this.algorithm;
    writeHA1(
      ha1, algorithm, username.at, username.length, this.realm.at, this.realm.length, password.at, password.length,
    );
    writeHex32(count, this.nonceCount + 1);
    writeRequestDigest(
      response, algorithm, this.qop, ha1, this.nonce, count, this.clientNonce, methodAt, methodLength, uriAt, uriLength,
      bodyAt, bodyLength,
    );

    output.start(target, end);
    output.text("Digest username=");
    putQuoted(output, username.at, username.length);
    output.text(", realm=");
    putQuoted(output, this.realm.at, this.realm.length);
    output.text(", nonce=");
    putQuoted(output, this.nonce.at, this.nonce.length);
    output.text(", uri=");
    putQuoted(output, uriAt, uriLength);
    output.text(", response=");
    putQuoted(output, response, digestLength(algorithm));
    if (this.namesAlgorithm) {
      output.text(", algorithm=");
      output.text(algorithmName(algorithm));
    }
    if (this.qop != Qop.None) {
      output.text(", cnonce=");
      putQuoted(output, this.clientNonce.at, this.clientNonce.length);
      output.text(this.qop == Qop.Auth ? ", qop=auth, nc=" : ", qop=auth-int, nc=");
      output.bytes(count, 8);
    }
    if (this.hasOpaque) {
      output.text(", opaque=");
      putQuoted(output, this.opaque.at, this.opaque.length);
    }
    const written = output.finish();
    if (written != 0) this.nonceCount++;
    return written;
  }
}

/**
 * Writes the whole value of a WWW-Authenticate or Proxy-Authenticate header field between `target` and `end`.
 * Returns the address after it, 0 when it does not fit.
 */
export function writeChallenge(
  target: usize, end: usize, realmAt: usize, realmLength: i32, nonceAt: usize, nonceLength: i32,
  algorithm: DigestAlgorithm, isStale: bool,
): usize {
  output.start(target, end);
  output.text("Digest realm=");
  putQuoted(output, realmAt, realmLength);
  output.text(", nonce=");
  putQuoted(output, nonceAt, nonceLength);
  output.text(", algorithm=");
  output.text(algorithmName(algorithm));
  output.text(", qop=\"auth\"");
  if (isStale) output.text(", stale=true");
  return output.finish();
}

/** RFC 3261 §25.1 quoted-string. A control character would end the header field, so it spoils the whole. */
function putQuoted(output: Output, at: usize, length: i32): void {
  output.byte(0x22);
  for (let index: usize = 0; index < <usize>length; index++) {
    const byte = load<u8>(at + index);
    if (byte < 0x20 || byte == 0x7f) {
      output.refuse();
      return;
    }
    if (byte == 0x22 || byte == 0x5c) output.byte(0x5c);
    output.byte(byte);
  }
  output.byte(0x22);
}
