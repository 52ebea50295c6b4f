// Keys in a session description: RFC 4568 §5 and §9.2 for the a=crypto line, §6 for what SRTP makes of it.
// A line that asks for something that we don't do is passed over, as §5.1.2 wants: the next one may do.

import { parseBase64, writeBase64 } from "../base/base64";
import { parseDecimal } from "../base/decimal";
import { equals, equalsIgnoreCase, startsWithIgnoreCase } from "../base/literal";
import { Output } from "../base/output";
import { nextWord, wordAt, wordLength } from "./words";

/** RFC 4568 §6.2: both encipher with AES-128; the tag of an RTP packet has 80 bits, or 32. */
export const enum CryptoSuite { None, Sha1_80, Sha1_32 }

/** Those that we offer, best first: the tag of a line is its place among them. */
export const OFFERED_SUITES: i32 = 2;

/** §6.1: 128 bits of key, and 112 of salt behind them. */
export const CRYPTO_KEY_SIZE: i32 = 30;
const KEY_TEXT_SIZE: i32 = 40;
/** §9.1: nine digits at most. */
const MOST_TAG: i64 = 999_999_999;
const BAR: u8 = 0x7c;
const DASH: u8 = 0x2d;

const keyText: usize = memory.data(KEY_TEXT_SIZE, 16);

@inline export function suiteOfTag(tag: i32): CryptoSuite {
  return tag == 1 ? CryptoSuite.Sha1_80 : tag == 2 ? CryptoSuite.Sha1_32 : CryptoSuite.None;
}

/** Bytes of the tag of an RTP packet. */
export function tagSizeOf(suite: CryptoSuite): i32 {
  return suite == CryptoSuite.Sha1_80 ? 10 : suite == CryptoSuite.Sha1_32 ? 4 : 0;
}

export function suiteName(suite: CryptoSuite): string {
  return suite == CryptoSuite.Sha1_80 ? "AES_CM_128_HMAC_SHA1_80" : "AES_CM_128_HMAC_SHA1_32";
}

/** The tag that parseCrypto() read last. */
export let cryptoTag: i32 = 0;

/**
 * Reads the value of an a=crypto line, whose words come next, and its CRYPTO_KEY_SIZE bytes into `key`. None for one
 * that we can't serve.
 */
export function parseCrypto(key: usize): CryptoSuite {
  if (!nextWord()) return CryptoSuite.None;
  const tag = parseDecimal(wordAt, wordLength, MOST_TAG);
  if (tag < 0 || !nextWord()) return CryptoSuite.None;
  const suite = namedSuite();
  if (suite == CryptoSuite.None || !nextWord() || !parseKey(key)) return CryptoSuite.None;
  while (nextWord()) {
    if (!isHint()) return CryptoSuite.None;
  }
  cryptoTag = <i32>tag;
  return suite;
}

function namedSuite(): CryptoSuite {
  if (equalsIgnoreCase(wordAt, wordLength, "aes_cm_128_hmac_sha1_80")) return CryptoSuite.Sha1_80;
  return equalsIgnoreCase(wordAt, wordLength, "aes_cm_128_hmac_sha1_32") ? CryptoSuite.Sha1_32 : CryptoSuite.None;
}

/**
 * §6.1: inline:key[|lifetime]. Not with an MKI, and so not several keys. The lifetime binds whoever sends with the key,
 * which is its writer.
 */
function parseKey(key: usize): bool {
  const prefix = 7;
  if (!startsWithIgnoreCase(wordAt, wordLength, "inline:") || wordLength < prefix + KEY_TEXT_SIZE) return false;
  if (!parseBase64(wordAt + prefix, KEY_TEXT_SIZE, key)) return false;
  const rest = wordAt + <usize>(prefix + KEY_TEXT_SIZE);
  const length = wordLength - prefix - KEY_TEXT_SIZE;
  return length == 0 || (load<u8>(rest) == BAR && isLifetime(rest + 1, length - 1));
}

/** A number, or a power of two. */
function isLifetime(at: usize, length: i32): bool {
  const isPower = length > 2 && equals(at, 2, "2^");
  return isPower ? parseDecimal(at + 2, length - 2, 48) > 0 : parseDecimal(at, length) > 0;
}

/** §6.3: parameters that may be passed over, by their dash or because they bind nobody. */
function isHint(): bool {
  return load<u8>(wordAt) == DASH || startsWithIgnoreCase(wordAt, wordLength, "wsh=");
}

export function putCrypto(output: Output, tag: i32, suite: CryptoSuite, key: usize): void {
  output.text("a=crypto:");
  output.decimal(tag);
  output.text(" ");
  output.text(suiteName(suite));
  output.text(" inline:");
  writeBase64(keyText, key, CRYPTO_KEY_SIZE);
  output.bytes(keyText, KEY_TEXT_SIZE);
  output.text("\r\n");
}
