// Credentials that a server believes, and the many it must not.

import { writeText } from "../../../../assembly/base/literal";
import { DIGEST_RESPONSE_SIZE, DigestResponse } from "../../../../assembly/sip/digest/response";
import { DigestAlgorithm, writeHA1 } from "../../../../assembly/sip/digest/hash";
import { put } from "../../base/support";

const MD5_ANSWER: string =
  'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, ' +
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, ' +
  'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, ' +
  'response="8ca523f5e9506fed4657c9700eebdbec", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const SHA256_ANSWER: string =
  'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=SHA-256, ' +
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, ' +
  'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, ' +
  'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"';
const OLD_ANSWER: string =
  'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
  'uri="/dir/index.html", response="670fd8c2df070c60b045671b8b24ff02"';

const credentials = changetype<DigestResponse>(memory.data(DIGEST_RESPONSE_SIZE, 16));
const input = memory.data(4096, 16);
const password = memory.data(64, 16);
const method = memory.data(64, 16);
const body = memory.data(64, 16);
const ha1 = memory.data(64, 16);

function parse(text: string): bool { return credentials.parse(input, put(input, text)); }

function proves(secret: string, methodText: string, bodyText: string = ""): bool {
  const methodLength = put(method, methodText);
  return credentials.isProofOf(password, put(password, secret), method, methodLength, body, put(body, bodyText));
}

/** Credentials with `extra` behind what every form needs. */
function parseWith(extra: string): bool {
  let at = writeText(input, 'Digest username="u", realm="r", nonce="n", uri="sip:x"');
  at = writeText(at, extra);
  return credentials.parse(input, <i32>(at - input));
}

describe("credentials", () => {
  it("RFC 7616 §3.9.1: MD5", () => {
    expect(parse(MD5_ANSWER)).toBeTruthy();
    expect(credentials.username.equals(input, put(input, "Mufasa"))).toBeTruthy();
    expect(credentials.uri.equals(input, put(input, "/dir/index.html"))).toBeTruthy();
    expect(credentials.nonceCount).toBe(1);
    expect(proves("Circle of Life", "GET")).toBeTruthy();
    expect(proves("Circle of life", "GET")).toBeFalsy();
    expect(proves("Circle of Life", "PUT")).toBeFalsy();
    expect(proves("", "GET")).toBeFalsy();
  });

  it("RFC 7616 §3.9.1: SHA-256", () => {
    expect(parse(SHA256_ANSWER)).toBeTruthy();
    expect(credentials.algorithm).toBe(DigestAlgorithm.Sha256);
    expect(proves("Circle of Life", "GET")).toBeTruthy();
    expect(proves("Circle of Lif", "GET")).toBeFalsy();
  });

  // Computed with Node's crypto from the parts of §3.9.1
  it("RFC 7616 §3.4.3: SHA-512-256, auth-int: the body counts", () => {
    expect(parse(SHA256_ANSWER.replace("SHA-256", "SHA-512-256").replace("qop=auth", "qop=auth-int")
      .replace("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        "5e69357dfa951887c95e88aae45b1f7f834aeba94f85648b86d532e82afdb589"))).toBeTruthy();
    expect(credentials.algorithm).toBe(DigestAlgorithm.Sha512_256);
    expect(proves("Circle of Life", "GET", "v=0\r\n")).toBeTruthy();
    expect(proves("Circle of Life", "GET", "v=1\r\n")).toBeFalsy();
    expect(proves("Circle of Life", "GET")).toBeFalsy();
  });

  it("RFC 2069 §2.1.2: without qop", () => {
    expect(parse(OLD_ANSWER)).toBeTruthy();
    expect(credentials.nonceCount).toBe(0);
    expect(proves("Circle Of Life", "GET")).toBeTruthy();
    expect(proves("Circle of Life", "GET")).toBeFalsy();
  });

  it("needs no password where its hash is kept", () => {
    const user = put(input, "Mufasa");
    const realm = put(input + 64, "http-auth@example.org");
    const secret = put(password, "Circle of Life");
    const methodLength = put(method, "GET");
    const end = writeHA1(ha1, DigestAlgorithm.Sha256, input, user, input + 64, realm, password, secret);
    expect(<i32>(end - ha1)).toBe(64);
    parse(SHA256_ANSWER);
    expect(credentials.isProofOfHA1(ha1, method, methodLength, body, 0)).toBeTruthy();
    store<u8>(ha1, load<u8>(ha1) ^ 1);
    expect(credentials.isProofOfHA1(ha1, method, methodLength, body, 0)).toBeFalsy();
  });

  it("every digit of the response counts, its case does not", () => {
    const length = put(input, OLD_ANSWER);
    const digits = input + <usize>(length - 33);
    for (let index: usize = 0; index < 32; index++) {
      const digit = load<u8>(digits + index);
      store<u8>(digits + index, digit == 0x30 ? 0x31 : 0x30);
      expect(credentials.parse(input, length)).toBeTruthy();
      expect(proves("Circle Of Life", "GET")).toBeFalsy();
      store<u8>(digits + index, digit >= 0x61 ? digit - 0x20 : digit);
      expect(credentials.parse(input, length)).toBeTruthy();
      expect(proves("Circle Of Life", "GET")).toBeTruthy();
    }
  });

  it("takes quotes where the RFC has none, as many clients send them", () => {
    expect(parseWith(
      ', qop="auth", nc="0000000a", cnonce=abc, algorithm="MD5", response=670fd8c2df070c60b045671b8b24ff02',
    )).toBeTruthy();
    expect(credentials.nonceCount).toBe(10);
  });

  it("refuses what is missing, said twice or not ours", () => {
    const response = ', response="670fd8c2df070c60b045671b8b24ff02"';
    expect(parseWith(response)).toBeTruthy();
    expect(parseWith("")).toBeFalsy();
    expect(parseWith(response + ', username="v"')).toBeFalsy();
    expect(parseWith(response + response)).toBeFalsy();
    expect(parseWith(response + ', uri="sip:y"')).toBeFalsy();
    expect(parseWith(response + ", qop=auth")).toBeFalsy();
    expect(parseWith(response + ", qop=auth, nc=00000001")).toBeFalsy();
    expect(parseWith(response + ', qop=auth, cnonce="c"')).toBeFalsy();
    expect(parseWith(response + ', qop=auth, cnonce="c", nc=1')).toBeFalsy();
    expect(parseWith(response + ', qop=auth, cnonce="c", nc=0000000g')).toBeFalsy();
    expect(parseWith(response + ', qop=auth, cnonce="c", nc=00000000')).toBeFalsy();
    expect(parseWith(response + ', qop=auth, cnonce="c", nc=000000001')).toBeFalsy();
    expect(parseWith(response + ', qop=auth-conf, cnonce="c", nc=00000001')).toBeFalsy();
    expect(parseWith(response + ', qop=auth, qop=auth-int, cnonce="c", nc=00000001')).toBeFalsy();
    expect(parseWith(response + ", algorithm=SHA-256")).toBeFalsy();
    expect(parseWith(response + ", algorithm=MD5-sess")).toBeFalsy();
    expect(parseWith(', response="670fd8c2df070c60b045671b8b24ff0"')).toBeFalsy();
    expect(parseWith(', response="670fd8c2df070c60b045671b8b24ff0g"')).toBeFalsy();
    expect(parse('Digest username="", realm="r", nonce="n", uri="sip:x"' + response)).toBeFalsy();
  });

  it("proves nothing when it was refused", () => {
    parse(OLD_ANSWER);
    expect(parse("Digest ")).toBeFalsy();
    expect(proves("Circle Of Life", "GET")).toBeFalsy();
    expect(parse(OLD_ANSWER + ", algorithm=MD5-sess")).toBeFalsy();
    expect(proves("Circle Of Life", "GET")).toBeFalsy();
  });

  it("cut at any byte, proves nothing", () => {
    const length = put(input, MD5_ANSWER);
    const proofEnd = length - <i32>', opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'.length;
    for (let cut = 0; cut < proofEnd; cut++) {
      expect(credentials.parse(input, cut) && proves("Circle of Life", "GET")).toBeFalsy();
    }
    expect(credentials.parse(input, proofEnd) && proves("Circle of Life", "GET")).toBeTruthy();
  });

  it("changed in any byte, never traps", () => {
    const length = put(input, MD5_ANSWER);
    for (let index: usize = 0; index < <usize>length; index++) {
      const byte = load<u8>(input + index);
      for (let value = 0; value < 256; value++) {
        store<u8>(input + index, <u8>value);
        credentials.parse(input, length);
      }
      store<u8>(input + index, byte);
    }
    expect(credentials.parse(input, length)).toBeTruthy();
  });
});
