// What a client answers to a challenge: the vectors of the RFCs, and challenges that deserve no answer.

import { seedRandom } from "../../../../assembly/base/random";
import { equals, writeText } from "../../../../assembly/base/literal";
import { textAt } from "../../../../assembly/base/text";
import { DIGEST_CHALLENGE_SIZE, DigestChallenge, writeChallenge } from "../../../../assembly/sip/digest/challenge";
import { DigestAlgorithm, Qop } from "../../../../assembly/sip/digest/hash";
import { put } from "../../base/support";

const challenge = changetype<DigestChallenge>(memory.data(DIGEST_CHALLENGE_SIZE, 16));
const username = textAt(memory.data(300, 16)).setup(255);
const password = textAt(memory.data(300, 16)).setup(255);
const input = memory.data(4096, 16);
const method = memory.data(64, 16);
const uri = memory.data(256, 16);
const output = memory.data(4096, 16);
const seed = memory.data(32, 16);

const body = memory.data(64, 16);

let methodLength: i32 = 0;
let bodyLength: i32 = 0;
let uriLength: i32 = 0;

function parse(text: string): bool { return challenge.parse(input, put(input, text)); }

function next(info: string): void { challenge.takeNextNonce(input, put(input, info)); }

function know(user: string, secret: string): void {
  username.set(input, put(input, user));
  password.set(input, put(input, secret));
}

function ask(methodText: string, uriText: string): void {
  methodLength = put(method, methodText);
  uriLength = put(uri, uriText);
}

function write(room: usize = 4096): i32 {
  const end = challenge.writeAuthorization(
    output, output + room, username, password, method, methodLength, uri, uriLength, body, bodyLength,
  );
  return end == 0 ? 0 : <i32>(end - output);
}

function answers(text: string): void { expect(equals(output, write(), text)).toBeTruthy(text); }

/** The response to a challenge that takes auth-int only. */
function signs(algorithm: string, text: string, response: string): void {
  know("Mufasa", "Circle of Life");
  expect(parse(
    'Digest realm="http-auth@example.org", qop="auth-int", algorithm=' + algorithm +
      ', nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"',
  )).toBeTruthy();
  expect(challenge.qop).toBe(Qop.AuthInt);
  challenge.clientNonce.set(input, put(input, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"));
  bodyLength = put(body, text);
  answers(
    'Digest username="Mufasa", realm="http-auth@example.org", ' +
      'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", response="' + response +
      '", algorithm=' + algorithm + ', cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth-int, nc=00000001',
  );
}

beforeEach(() => {
  seedRandom(seed);
  bodyLength = 0;
  ask("GET", "/dir/index.html");
});

describe("answering a challenge", () => {
  it("RFC 7616 §3.9.1: MD5", () => {
    know("Mufasa", "Circle of Life");
    expect(parse(
      'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, ' +
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    )).toBeTruthy();
    challenge.clientNonce.set(input, put(input, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"));
    answers(
      'Digest username="Mufasa", realm="http-auth@example.org", ' +
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", ' +
        'response="8ca523f5e9506fed4657c9700eebdbec", algorithm=MD5, ' +
        'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, nc=00000001, ' +
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    );
  });

  it("RFC 7616 §3.9.1: SHA-256", () => {
    know("Mufasa", "Circle of Life");
    expect(parse(
      'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, ' +
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    )).toBeTruthy();
    challenge.clientNonce.set(input, put(input, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"));
    answers(
      'Digest username="Mufasa", realm="http-auth@example.org", ' +
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", ' +
        'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", ' +
        'algorithm=SHA-256, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, nc=00000001, ' +
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    );
  });

  // The RFC's own response is wrong (erratum 4897): this one was computed with Node's crypto. We send no userhash. The name is written byte by byte.
  it("RFC 7616 §3.9.2: SHA-512-256, a name in UTF-8", () => {
    know("J\u00c3\u00a4s\u00c3\u00b8n Doe", "Secret, or not?");
    ask("GET", "/doe.json");
    expect(parse(
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, ' +
        'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", ' +
        'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true',
    )).toBeTruthy();
    expect(challenge.algorithm).toBe(DigestAlgorithm.Sha512_256);
    challenge.clientNonce.set(input, put(input, "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v"));
    answers(
      'Digest username="J\u00c3\u00a4s\u00c3\u00b8n Doe", realm="api@example.org", ' +
        'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", uri="/doe.json", ' +
        'response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5", ' +
        'algorithm=SHA-512-256, cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", qop=auth, nc=00000001, ' +
        'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS"',
    );
  });

  // Computed with Node's crypto from the parts of §3.9.1
  it("RFC 7616 §3.4.3: auth-int signs the body, an empty one as well", () => {
    signs("MD5", "", "8804a53d3640a40a4f73cea12c5ba451");
    signs("MD5", "v=0\r\n", "d1b8e2ac3f6782372de4bf3d8735b406");
    signs("SHA-256", "", "8bdf6f15638e260831e905028de5450562816d093c9bfc5c13d3a46adcdde940");
    signs("SHA-256", "v=0\r\n", "385d2de062660ced11876f42d9497c69cacf5caaf3d951dd424aee9f7157d563");
    signs("SHA-512-256", "", "38244c4d345d09bb0000b355be27d2a55003ee188df9821c54df70a63aa0c1ca");
    signs("SHA-512-256", "v=0\r\n", "5e69357dfa951887c95e88aae45b1f7f834aeba94f85648b86d532e82afdb589");
  });

  it("RFC 2617 §3.5: no algorithm named, none named back", () => {
    know("Mufasa", "Circle Of Life");
    expect(parse(
      'Digest realm="testrealm@host.com",qop="auth,auth-int",nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",' +
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    )).toBeTruthy();
    challenge.clientNonce.set(input, put(input, "0a4f113b"));
    answers(
      'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
        'uri="/dir/index.html", response="6629fae49393a05397450978507c4ef1", cnonce="0a4f113b", ' +
        'qop=auth, nc=00000001, opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    );
  });

  it("RFC 2069 §2.1.2: a server without qop gets the old form", () => {
    know("Mufasa", "Circle Of Life");
    expect(parse('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"')).toBeTruthy();
    answers(
      'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
        'uri="/dir/index.html", response="670fd8c2df070c60b045671b8b24ff02"',
    );
  });

  it("RFC 7616 §3.4.5: counts each use of the nonce, and starts over with a new one", () => {
    know("bob", "zanzibar");
    expect(parse('Digest realm="r", nonce="n", qop="auth"')).toBeTruthy();
    expect(challenge.clientNonce.length).toBe(16);
    for (let use: u32 = 1; use <= 20; use++) {
      expect(write()).toBeGreaterThan(0);
      expect(challenge.nonceCount).toBe(use);
    }
    expect(equals(output + <usize>(write() - 11), 11, "nc=00000015")).toBeTruthy();
    expect(parse('Digest realm="r", nonce="m", qop="auth"')).toBeTruthy();
    expect(equals(output + <usize>(write() - 11), 11, "nc=00000001")).toBeTruthy();
  });

  it("escapes what a quoted string cannot hold, and hashes it without escapes", () => {
    know('bob "b" \\o', "secret");
    ask("REGISTER", "sip:biloxi.com");
    expect(parse('Digest realm="r\\"q", nonce="n"')).toBeTruthy();
    expect(challenge.realm.equals(input, put(input, 'r"q'))).toBeTruthy();
    answers(
      'Digest username="bob \\"b\\" \\\\o", realm="r\\"q", nonce="n", uri="sip:biloxi.com", ' +
        'response="d43a68121f3eff9cd3f354e90878b32a"',
    );
  });

  it("writes no header field that a control character would end", () => {
    know("bob\r\nX: y", "secret");
    expect(parse('Digest realm="r", nonce="n"')).toBeTruthy();
    expect(write()).toBe(0);
  });

  it("says 0 at every room too small, and counts no use", () => {
    know("bob", "zanzibar");
    expect(parse('Digest realm="r", nonce="n", qop="auth", opaque="o", algorithm=SHA-256')).toBeTruthy();
    const length = write();
    expect(challenge.nonceCount).toBe(1);
    for (let room = 0; room < length; room++) {
      store<u8>(output + <usize>room, 0xa5);
      expect(write(<usize>room)).toBe(0);
      expect(load<u8>(output + <usize>room)).toBe(0xa5);
    }
    expect(challenge.nonceCount).toBe(1);
    expect(write(<usize>length)).toBe(length);
  });

  it("takes back what it wrote, as often used", () => {
    know("bob", "zanzibar");
    expect(parse('Digest realm="r\\"q", nonce="n", qop="auth-int", opaque="", algorithm=SHA-512-256')).toBeTruthy();
    write();
    const length = write();
    expect(length).toBeGreaterThan(0);
    expect(challenge.parse(output, length)).toBeTruthy();
    expect(challenge.nonceCount).toBe(2);
    expect(challenge.qop).toBe(Qop.AuthInt);
    expect(challenge.algorithm).toBe(DigestAlgorithm.Sha512_256);
    expect(challenge.realm.equals(input, put(input, 'r"q'))).toBeTruthy();
    const again = write();
    expect(equals(output + <usize>again - 31, 31, 'qop=auth-int, nc=00000003, opaque=""'.substring(5))).toBeTruthy();
  });

  it("RFC 7616 §3.5: nextnonce is used from 1 on, and what cannot be one ends the challenge", () => {
    know("bob", "zanzibar");
    expect(parse('Digest realm="r", nonce="n", qop="auth"')).toBeTruthy();
    write();
    next('qop=auth, rspauth="0123", cnonce="x", nc=00000001');
    expect(challenge.nonce.equals(input, put(input, "n"))).toBeTruthy();
    expect(challenge.nonceCount).toBe(1);
    next('rspauth="0123", nextnonce="m", nc=00000001');
    expect(challenge.nonce.equals(input, put(input, "m"))).toBeTruthy();
    expect(challenge.nonceCount).toBe(0);
    next("nextnonce");
    next("");
    expect(challenge.isSet).toBeTruthy();
    next('nextnonce=""');
    expect(challenge.isSet).toBeFalsy();
  });

  it("says 0 when there is no challenge", () => {
    challenge.clear();
    expect(challenge.isSet).toBeFalsy();
    expect(write()).toBe(0);
  });
});

describe("reading a challenge", () => {
  it("takes any order, case, spacing and folding", () => {
    expect(parse(
      ' DIGEST\tQOP = auth ,,\r\n NONCE="n" , Realm= "a b",Algorithm="md5", domain="sip:x", charset=UTF-8,',
    )).toBeTruthy();
    expect(challenge.qop).toBe(Qop.Auth);
    expect(challenge.isStale).toBeFalsy();
    expect(challenge.algorithm).toBe(DigestAlgorithm.Md5);
    expect(challenge.realm.equals(input, put(input, "a b"))).toBeTruthy();
  });

  it("RFC 7616 §3.4: of auth and auth-int takes auth", () => {
    expect(parse('Digest realm="r", nonce="n", qop="auth-int, auth"')).toBeTruthy();
    expect(challenge.qop).toBe(Qop.Auth);
    expect(parse('Digest realm="r", nonce="n", qop="auth-conf,auth-int"')).toBeTruthy();
    expect(challenge.qop).toBe(Qop.AuthInt);
  });

  it("reads stale", () => {
    expect(parse('Digest realm="r", nonce="n", stale=TRUE')).toBeTruthy();
    expect(challenge.isStale).toBeTruthy();
    expect(parse('Digest realm="r", nonce="n", stale="true"')).toBeTruthy();
    expect(challenge.isStale).toBeTruthy();
    expect(parse('Digest realm="r", nonce="n", stale=FALSE')).toBeTruthy();
    expect(challenge.isStale).toBeFalsy();
  });

  it("refuses what we cannot answer", () => {
    expect(parse('Digest realm="r", nonce="n", algorithm=MD5-sess')).toBeFalsy();
    expect(parse('Digest realm="r", nonce="n", algorithm=SHA-256-sess')).toBeFalsy();
    expect(parse('Digest realm="r", nonce="n", algorithm=SHA-512')).toBeFalsy();
    expect(parse('Digest realm="r", nonce="n", qop="auth-conf"')).toBeFalsy();
    expect(parse('Basic realm="r"')).toBeFalsy();
    expect(challenge.isSet).toBeFalsy();
  });

  it("refuses the malformed", () => {
    expect(parse("")).toBeFalsy();
    expect(parse("Digest")).toBeFalsy();
    expect(parse('Digestrealm="r", nonce="n"')).toBeFalsy();
    expect(parse('Digest nonce="n"')).toBeFalsy();
    expect(parse('Digest realm="r"')).toBeFalsy();
    expect(parse('Digest realm="r", realm="r", nonce="n"')).toBeFalsy();
    expect(parse('Digest realm="r", nonce="n", nonce="m"')).toBeFalsy();
    expect(parse('Digest realm="r", nonce="n", opaque="", opaque="x"')).toBeFalsy();
    expect(parse('Digest realm="r", nonce="n", qop="auth", qop="auth"')).toBeFalsy();
    expect(parse('Digest realm="r", nonce="n", stale=true, stale=false')).toBeFalsy();
    expect(parse('Digest realm="r", nonce="n", algorithm=MD5, algorithm=MD5')).toBeFalsy();
    expect(parse('Digest realm="r" nonce="n"')).toBeFalsy();
    expect(parse('Digest realm="r"; nonce="n"')).toBeFalsy();
    expect(parse('Digest realm="r", nonce')).toBeFalsy();
    expect(parse('Digest realm="r", nonce=')).toBeFalsy();
    expect(parse('Digest realm="r", ="n"')).toBeFalsy();
    expect(parse('Digest realm="r\n", nonce="n"')).toBeFalsy();
    expect(parse('Digest realm="r\\\n", nonce="n"')).toBeFalsy();
    expect(parse('Digest realm="r", nonce="n\\')).toBeFalsy();
  });

  it("refuses what is too long, and too many parameters", () => {
    let at = writeText(input, 'Digest realm="r", nonce="');
    memory.fill(at, 110, 257);
    at = writeText(at + 257, '"');
    expect(challenge.parse(input, <i32>(at - input))).toBeFalsy();
    at = writeText(input, 'Digest realm="r", nonce="');
    memory.fill(at, 110, 256);
    at = writeText(at + 256, '"');
    expect(challenge.parse(input, <i32>(at - input))).toBeTruthy();
    for (let times = 0; times < 30; times++) at = writeText(at, ",a=b");
    expect(challenge.parse(input, <i32>(at - input))).toBeTruthy();
    at = writeText(at, ",a=b");
    expect(challenge.parse(input, <i32>(at - input))).toBeFalsy();
  });

  it("cut at any byte, says nothing that was not there", () => {
    const length = put(input, 'Digest realm="r", nonce="abcdef", algorithm=MD5, qop="auth", opaque="o"');
    const nonceEnd = put(output, 'Digest realm="r", nonce="abcdef"');
    for (let cut = 0; cut < length; cut++) {
      // Cut inside a parameter it is malformed; cut between two it is a shorter challenge.
      const good = challenge.parse(input, cut);
      if (cut < nonceEnd) expect(good).toBeFalsy();
      else if (good) expect(challenge.nonce.length).toBe(6);
    }
  });
});

describe("writing a challenge", () => {
  it("RFC 7616 §3.3: is what the parser reads", () => {
    const realm = put(uri, 'the "best" realm');
    const nonce = put(method, "0123456789abcdef");
    const end = writeChallenge(output, output + 200, uri, realm, method, nonce, DigestAlgorithm.Sha256, true);
    const length = <i32>(end - output);
    expect(equals(
      output, length,
      'Digest realm="the \\"best\\" realm", nonce="0123456789abcdef", algorithm=SHA-256, qop="auth", stale=true',
    )).toBeTruthy();
    expect(challenge.parse(output, length)).toBeTruthy();
    expect(challenge.isStale && challenge.qop == Qop.Auth && challenge.realm.equals(uri, realm)).toBeTruthy();
    for (let room = 0; room < length; room++) {
      const limit = output + <usize>room;
      expect(writeChallenge(output, limit, uri, realm, method, nonce, DigestAlgorithm.Sha256, true)).toBe(0);
    }
  });
});
