// Keys in offers and answers: RFC 4568, and RFC 8643 where they are welcome and not a must.

import { CodecOrder, SrtpUse } from "../../../assembly/abi/settings";
import { parseBase64 } from "../../../assembly/base/base64";
import { seedRandom } from "../../../assembly/base/random";
import { CRYPTO_KEY_SIZE, CryptoSuite } from "../../../assembly/sdp/crypto";
import { Protocol } from "../../../assembly/sdp/description";
import { LOCAL_MEDIA_SIZE, LocalMedia } from "../../../assembly/sdp/local-media";
import {
  MEDIA_CHOICE_SIZE, MediaChoice, NegotiationResult, answerOffer, applyAnswer,
} from "../../../assembly/sdp/negotiation";
import { writeAnswer, writeOffer } from "../../../assembly/sdp/writer";
import { put } from "../base/support";
import { BODY_SIZE, HEAD, parse, session, setEndpoint } from "./support";

/** Two of the keys in RFC 4568's examples. */
const KEY: string = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
const OTHER_KEY: string = "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR";
const SHA1_80: string = "AES_CM_128_HMAC_SHA1_80 inline:" + KEY;
const SHA1_32: string = "AES_CM_128_HMAC_SHA1_32 inline:" + OTHER_KEY;
const AVP: string = "m=audio 4000 RTP/AVP 0\r\n";
const SAVP: string = "m=audio 4000 RTP/SAVP 0\r\n";

const local = changetype<LocalMedia>(memory.data(LOCAL_MEDIA_SIZE, 16));
const choice = changetype<MediaChoice>(memory.data(MEDIA_CHOICE_SIZE, 16));
const output = memory.data(BODY_SIZE, 16);
const text = memory.data(128, 16);
const key = memory.data(32, 16);
const seed = memory.data(32, 16);

function begin(use: SrtpUse): void {
  local.reset(42, CodecOrder.MuThenA, use);
  setEndpoint(local.endpoint, "198.51.100.5", 16384);
}

function line(value: string): string { return "a=crypto:" + value + "\r\n"; }

function isKey(at: usize, digits: string): bool {
  parseBase64(text, put(text, digits), key);
  return memory.compare(at, key, CRYPTO_KEY_SIZE) == 0;
}

function read(lines: string): CryptoSuite {
  expect(parse(HEAD + SAVP + lines)).toBeTruthy(lines);
  return session.media(0).cryptoSuite;
}

function offered(lines: string): NegotiationResult {
  expect(parse(HEAD + lines)).toBeTruthy(lines);
  return answerOffer(session, local, choice);
}

function answered(lines: string): NegotiationResult {
  expect(parse(HEAD + lines)).toBeTruthy(lines);
  return applyAnswer(session, local, choice);
}

function textOf(end: usize): string {
  expect(end).not.toBe(0);
  return String.UTF8.decodeUnsafe(output, end - output);
}

function ourOffer(): string { return textOf(writeOffer(output, output + BODY_SIZE, local)); }
function ourAnswer(): string { return textOf(writeAnswer(output, output + BODY_SIZE, local, session, choice)); }

/** The key of the a=crypto line with this tag. */
function keyIn(description: string, tagAndSuite: string): string {
  const head = "a=crypto:" + tagAndSuite + " inline:";
  const at = description.indexOf(head);
  expect(at).toBeGreaterThan(0, description);
  const from = at + head.length;
  expect(description.charAt(from + 40)).toBe("\r");
  return description.substring(from, from + 40);
}

describe("a=crypto", () => {
  it("RFC 4568 §9.1: tag, suite and key, with a lifetime or without", () => {
    expect(read(line("1 " + SHA1_80))).toBe(CryptoSuite.Sha1_80);
    expect(session.media(0).protocol).toBe(Protocol.RtpSavp);
    expect(session.media(0).cryptoTag).toBe(1);
    expect(isKey(session.media(0).cryptoKey, KEY)).toBeTruthy();
    expect(read(line("999999999  aes_cm_128_hmac_sha1_32 inline:" + OTHER_KEY + "|2^20 "))).toBe(CryptoSuite.Sha1_32);
    expect(session.media(0).cryptoTag).toBe(999999999);
    expect(isKey(session.media(0).cryptoKey, OTHER_KEY)).toBeTruthy();
    expect(read(line("1 " + SHA1_80 + "|1048576"))).toBe(CryptoSuite.Sha1_80);
    expect(read(line("1 " + SHA1_80 + " WSH=128 -KDR=5 -SOMETHING"))).toBe(CryptoSuite.Sha1_80);
  });

  it("RFC 4568 §5.1.2: what asks for more than we do is passed over", () => {
    expect(read(line("1 " + SHA1_80 + "|2^20|1:4"))).toBe(CryptoSuite.None); // §6.1: an MKI
    expect(read(line("1 " + SHA1_80 + "|1:4"))).toBe(CryptoSuite.None);
    expect(read(line("1 " + SHA1_80 + ";inline:" + OTHER_KEY))).toBe(CryptoSuite.None);
    expect(read(line("1 " + SHA1_80 + " KDR=1"))).toBe(CryptoSuite.None);
    expect(read(line("1 " + SHA1_80 + " UNENCRYPTED_SRTP"))).toBe(CryptoSuite.None);
    expect(read(line("1 " + SHA1_80 + " FEC_ORDER=FEC_SRTP"))).toBe(CryptoSuite.None);
    expect(read(line("1 " + SHA1_80 + " NEW"))).toBe(CryptoSuite.None);
    expect(read(line("1 F8_128_HMAC_SHA1_80 inline:" + KEY))).toBe(CryptoSuite.None);
    expect(read(line("1 AES_256_CM_HMAC_SHA1_80 inline:" + KEY + KEY))).toBe(CryptoSuite.None);
  });

  it("what makes no sense is passed over", () => {
    const wrong: string[] = [
      "", "1", "1 AES_CM_128_HMAC_SHA1_80", "x " + SHA1_80, "-1 " + SHA1_80, "1000000000 " + SHA1_80,
      "1 AES_CM_128_HMAC_SHA1_80 " + KEY, "1 AES_CM_128_HMAC_SHA1_80 inline:" + KEY.substring(1),
      "1 AES_CM_128_HMAC_SHA1_80 inline:" + KEY + "A", "1 AES_CM_128_HMAC_SHA1_80 inline:=" + KEY.substring(1),
      "1 " + SHA1_80 + "|", "1 " + SHA1_80 + "|2^", "1 " + SHA1_80 + "|2^49", "1 " + SHA1_80 + "|0", "1 " + SHA1_80 + "|x",
    ];
    for (let index = 0; index < wrong.length; index++) {
      expect(read(line(wrong[index]))).toBe(CryptoSuite.None, wrong[index]);
    }
  });

  it("RFC 4568 §5.1.2: of several lines the first that will do counts, each media line by itself", () => {
    expect(read(line("1 F8_128_HMAC_SHA1_80 inline:" + KEY) + line("2 " + SHA1_32) + line("3 " + SHA1_80)))
      .toBe(CryptoSuite.Sha1_32);
    expect(session.media(0).cryptoTag).toBe(2);
    expect(isKey(session.media(0).cryptoKey, OTHER_KEY)).toBeTruthy();
    expect(parse(HEAD + line("1 " + SHA1_80) + AVP + SAVP + line("1 " + SHA1_80))).toBeTruthy();
    expect(session.media(0).cryptoSuite).toBe(CryptoSuite.None);
    expect(session.media(1).cryptoSuite).toBe(CryptoSuite.Sha1_80);
  });
});

describe("our offer", () => {
  it("RFC 4568 §6.1: each line has a key of its own, and each session", () => {
    begin(SrtpUse.Required);
    const first = ourOffer();
    expect(first.includes("m=audio 16384 RTP/SAVP 0 8 101\r\n")).toBeTruthy();
    const key80 = keyIn(first, "1 AES_CM_128_HMAC_SHA1_80");
    const key32 = keyIn(first, "2 AES_CM_128_HMAC_SHA1_32");
    expect(key80 == key32).toBeFalsy();
    expect(ourOffer()).toBe(first);
    begin(SrtpUse.Required);
    expect(keyIn(ourOffer(), "1 AES_CM_128_HMAC_SHA1_80") == key80).toBeFalsy();
  });

  it("RFC 8643 §3.1: optional is RTP/AVP with keys; off has none", () => {
    begin(SrtpUse.Optional);
    const optional = ourOffer();
    expect(optional.includes("m=audio 16384 RTP/AVP 0 8 101\r\n")).toBeTruthy();
    keyIn(optional, "1 AES_CM_128_HMAC_SHA1_80");
    begin(SrtpUse.Off);
    expect(ourOffer().includes("crypto")).toBeFalsy();
  });
});

describe("our answer", () => {
  it("RFC 4568 §5.1.2: repeats tag, suite and profile, with our own key", () => {
    for (let use = <i32>SrtpUse.Optional; use <= <i32>SrtpUse.Required; use++) {
      begin(use);
      expect(offered(SAVP + line("7 " + SHA1_32))).toBe(NegotiationResult.Ok);
      expect(choice.cryptoSuite).toBe(CryptoSuite.Sha1_32);
      expect(isKey(choice.cryptoKey, OTHER_KEY)).toBeTruthy();
      const answer = ourAnswer();
      expect(answer.includes("m=audio 16384 RTP/SAVP 0\r\n")).toBeTruthy();
      const ours = keyIn(answer, "7 AES_CM_128_HMAC_SHA1_32");
      expect(isKey(local.keyOf(CryptoSuite.Sha1_32), ours)).toBeTruthy();
      expect(ours == OTHER_KEY).toBeFalsy();
      // RFC 3264 §8: what we offer later is of the same kind
      expect(ourOffer().includes("m=audio 16384 RTP/SAVP 0 8 101\r\n")).toBeTruthy();
    }
  });

  it("RFC 8643 §3.2: keys in RTP/AVP are answered in RTP/AVP, also by a line that requires protection", () => {
    for (let use = <i32>SrtpUse.Optional; use <= <i32>SrtpUse.Required; use++) {
      begin(use);
      expect(offered(AVP + line("1 " + SHA1_80))).toBe(NegotiationResult.Ok);
      const answer = ourAnswer();
      expect(answer.includes("m=audio 16384 RTP/AVP 0\r\n")).toBeTruthy();
      keyIn(answer, "1 AES_CM_128_HMAC_SHA1_80");
    }
  });

  it("off: keys in RTP/AVP are left alone, RTP/SAVP is refused", () => {
    begin(SrtpUse.Off);
    expect(offered(AVP + line("1 " + SHA1_80))).toBe(NegotiationResult.Ok);
    expect(choice.cryptoSuite).toBe(CryptoSuite.None);
    expect(ourAnswer().includes("crypto")).toBeFalsy();
    expect(offered(SAVP + line("1 " + SHA1_80))).toBe(NegotiationResult.NoProtection);
  });

  it("optional: a plain offer has a plain answer; RTP/SAVP without a key that will do is refused", () => {
    begin(SrtpUse.Optional);
    expect(offered(AVP)).toBe(NegotiationResult.Ok);
    expect(ourAnswer().includes("crypto")).toBeFalsy();
    expect(offered(SAVP)).toBe(NegotiationResult.NoProtection);
    expect(offered(SAVP + line("1 " + SHA1_80 + "|1:4"))).toBe(NegotiationResult.NoProtection);
  });

  it("required: a plain offer is refused", () => {
    begin(SrtpUse.Required);
    expect(offered(AVP)).toBe(NegotiationResult.NoProtection);
    expect(offered(SAVP)).toBe(NegotiationResult.NoProtection);
    expect(offered(AVP + SAVP + line("1 " + SHA1_80))).toBe(NegotiationResult.Ok);
    expect(choice.mediaIndex).toBe(1);
  });

  it("a protected line is chosen before a plain one, whichever stands first", () => {
    begin(SrtpUse.Optional);
    expect(offered(AVP + SAVP + line("1 " + SHA1_80))).toBe(NegotiationResult.Ok);
    expect(choice.mediaIndex).toBe(1);
    expect(ourAnswer().includes("m=audio 0 RTP/AVP 0\r\nm=audio 16384 RTP/SAVP 0\r\n")).toBeTruthy();
    begin(SrtpUse.Optional);
    expect(offered(SAVP + line("1 " + SHA1_80) + AVP)).toBe(NegotiationResult.Ok);
    expect(choice.mediaIndex).toBe(0);
    begin(SrtpUse.Off);
    expect(offered(SAVP + line("1 " + SHA1_80) + AVP)).toBe(NegotiationResult.Ok);
    expect(choice.mediaIndex).toBe(1);
  });
});

describe("the answer to our offer", () => {
  it("RFC 4568 §5.1.3: names one of our lines and brings the far end's key", () => {
    begin(SrtpUse.Required);
    expect(answered(SAVP + line("2 " + SHA1_32))).toBe(NegotiationResult.Ok);
    expect(choice.cryptoSuite).toBe(CryptoSuite.Sha1_32);
    expect(isKey(choice.cryptoKey, OTHER_KEY)).toBeTruthy();
    expect(answered(SAVP + line("1 " + SHA1_32))).toBe(NegotiationResult.NoProtection);
    expect(answered(SAVP + line("3 " + SHA1_80))).toBe(NegotiationResult.NoProtection);
  });

  it("without a key it is plain where that is allowed, and no answer where protection is required", () => {
    begin(SrtpUse.Optional);
    expect(answered(AVP)).toBe(NegotiationResult.Ok);
    expect(choice.cryptoSuite).toBe(CryptoSuite.None);
    begin(SrtpUse.Required);
    expect(answered(AVP)).toBe(NegotiationResult.NoProtection);
    expect(answered(SAVP)).toBe(NegotiationResult.NoProtection);
  });
});

seedRandom(seed);
