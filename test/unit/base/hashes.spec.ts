// The vectors of the standards, and the same text in pieces of every size.

import { writeHmacSha256 } from "../../../assembly/base/hmac";
import { HMAC_SHA1_SIZE, HmacSha1 } from "../../../assembly/base/hmac-sha1";
import { MD5_STATE_SIZE, Md5 } from "../../../assembly/base/md5";
import { SHA1_BYTES, SHA1_STATE_SIZE, Sha1 } from "../../../assembly/base/sha1";
import { SHA256_BYTES, SHA256_STATE_SIZE, Sha256 } from "../../../assembly/base/sha256";
import { SHA512_256_BYTES, SHA512_256_STATE_SIZE, Sha512_256 } from "../../../assembly/base/sha512-256";
import { isHex, put } from "./support";

const md5 = changetype<Md5>(memory.data(MD5_STATE_SIZE, 16));
const sha1 = changetype<Sha1>(memory.data(SHA1_STATE_SIZE, 16));
const hmacSha1 = changetype<HmacSha1>(memory.data(HMAC_SHA1_SIZE, 16));
const sha256 = changetype<Sha256>(memory.data(SHA256_STATE_SIZE, 16));
const sha512 = changetype<Sha512_256>(memory.data(SHA512_256_STATE_SIZE, 16));
const input = memory.data(1024, 16);
const output = memory.data(64, 16);
const again = memory.data(64, 16);

function md5Of(text: string, digits: string): void {
  md5.start();
  md5.update(input, put(input, text));
  md5.finish(output);
  expect(isHex(output, digits)).toBeTruthy(text);
}

function sha1Of(text: string, digits: string): void {
  sha1.start();
  sha1.update(input, put(input, text));
  sha1.finish(output);
  expect(isHex(output, digits)).toBeTruthy(text);
}

function sha1OfAs(length: i32, digits: string): void {
  memory.fill(input, 97, <usize>length);
  sha1.start();
  sha1.update(input, length);
  sha1.finish(output);
  expect(isHex(output, digits)).toBeTruthy(length.toString());
}

/** The key stands in `again`. */
function hmacSha1Of(keyLength: i32, length: i32, digits: string): void {
  hmacSha1.setKey(again, keyLength);
  for (let times = 0; times < 2; times++) { // a key serves more than one message
    hmacSha1.start();
    hmacSha1.update(input, length >> 1);
    hmacSha1.update(input + <usize>(length >> 1), length - (length >> 1));
    hmacSha1.finish(output);
    expect(isHex(output, digits)).toBeTruthy(digits);
  }
}

function sha256Of(text: string, digits: string): void {
  sha256.start();
  sha256.update(input, put(input, text));
  sha256.finish(output);
  expect(isHex(output, digits)).toBeTruthy(text);
}

function sha512Of(text: string, digits: string): void {
  sha512.start();
  sha512.update(input, put(input, text));
  sha512.finish(output);
  expect(isHex(output, digits)).toBeTruthy(text);
}

/** `length` times the letter a, for the lengths around a block's end. Digests by OpenSSL. */
function md5OfAs(length: i32, digits: string): void {
  memory.fill(input, 97, <usize>length);
  md5.start();
  md5.update(input, length);
  md5.finish(output);
  expect(isHex(output, digits)).toBeTruthy(length.toString());
}

function sha256OfAs(length: i32, digits: string): void {
  memory.fill(input, 97, <usize>length);
  sha256.start();
  sha256.update(input, length);
  sha256.finish(output);
  expect(isHex(output, digits)).toBeTruthy(length.toString());
}

function sha512OfAs(length: i32, digits: string): void {
  memory.fill(input, 97, <usize>length);
  sha512.start();
  sha512.update(input, length);
  sha512.finish(output);
  expect(isHex(output, digits)).toBeTruthy(length.toString());
}

function hmac(keyByte: u8, keyLength: i32, length: i32, digits: string): void {
  if (keyByte != 0) memory.fill(again, keyByte, <usize>keyLength);
  writeHmacSha256(output, again, keyLength, input, length);
  expect(isHex(output, digits)).toBeTruthy(digits);
}

describe("MD5", () => {
  it("RFC 1321 §A.5: the test suite", () => {
    md5Of("", "d41d8cd98f00b204e9800998ecf8427e");
    md5Of("a", "0cc175b9c0f1b6a831c399e269772661");
    md5Of("abc", "900150983cd24fb0d6963f7d28e17f72");
    md5Of("message digest", "f96b697d7cb7938d525a2f31aaf161d0");
    md5Of("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b");
    md5Of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f");
    md5Of(
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
      "57edf4a22be3c955ac49da2e2107b67a",
    );
  });

  it("pads across the end of a block", () => {
    md5OfAs(55, "ef1772b6dff9a122358552954ad0df65");
    md5OfAs(56, "3b0c8ac703f828b04c6c197006d17218");
    md5OfAs(57, "652b906d60af96844ebd21b674f35e93");
    md5OfAs(63, "b06521f39153d618550606be297466d5");
    md5OfAs(64, "014842d480b571495a4a0363793f7367");
    md5OfAs(65, "c743a45e0d2e6a95cb859adae0248435");
    md5OfAs(119, "8a7bd0732ed6a28ce75f6dabc90e1613");
    md5OfAs(120, "5f61c0ccad4cac44c75ff505e1f1e537");
  });

  it("is the same however the text is cut, at every length up to three blocks", () => {
    for (let index = 0; index < 200; index++) store<u8>(input + <usize>index, <u8>(index * 7));
    for (let length = 0; length <= 200; length++) {
      md5.start();
      md5.update(input, length);
      md5.finish(output);
      for (let piece = 1; piece <= 65; piece += 8) {
        md5.start();
        for (let from = 0; from < length; from += piece) md5.update(input + <usize>from, min(piece, length - from));
        md5.finish(again);
        expect(memory.compare(output, again, 16)).toBe(0);
      }
    }
  });
});

describe("SHA-256", () => {
  it("FIPS 180-4: the examples of NIST", () => {
    sha256Of("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256Of("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256Of(
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    );
    sha256Of(
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn" +
        "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
    );
  });

  it("pads across the end of a block", () => {
    sha256OfAs(55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    sha256OfAs(56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
    sha256OfAs(57, "f13b2d724659eb3bf47f2dd6af1accc87b81f09f59f2b75e5c0bed6589dfe8c6");
    sha256OfAs(63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
    sha256OfAs(64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
    sha256OfAs(65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0");
    sha256OfAs(119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
    sha256OfAs(120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c");
  });

  it("FIPS 180-4: a million times a, a thousand at a time", () => {
    memory.fill(input, 97, 1000);
    sha256.start();
    for (let times = 0; times < 1000; times++) sha256.update(input, 1000);
    sha256.finish(output);
    expect(isHex(output, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")).toBeTruthy();
  });

  it("is the same however the text is cut, at every length up to three blocks", () => {
    for (let index = 0; index < 200; index++) store<u8>(input + <usize>index, <u8>(index * 7));
    for (let length = 0; length <= 200; length++) {
      sha256.start();
      sha256.update(input, length);
      sha256.finish(output);
      for (let piece = 1; piece <= 65; piece += 8) {
        sha256.start();
        for (let from = 0; from < length; from += piece) sha256.update(input + <usize>from, min(piece, length - from));
        sha256.finish(again);
        expect(memory.compare(output, again, <usize>SHA256_BYTES)).toBe(0);
      }
    }
  });
});

describe("SHA-512/256", () => {
  it("FIPS 180-4: the examples of NIST", () => {
    sha512Of("", "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a");
    sha512Of("abc", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
    sha512Of(
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn" +
        "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "3928e184fb8690f840da3988121d31be65cb9d3ef83ee6146feac861e19b563a",
    );
  });

  it("pads across the end of a block", () => {
    sha512OfAs(111, "0239e429f98d0ed61ee8e2a7c30afe98c1c3a80ce5dff62a107e9c538f7632ce");
    sha512OfAs(112, "9216b5303edb66504570bee90e48ea5beaa5e9fe9f760bbd3e0460559fc005f6");
    sha512OfAs(113, "d0ac79bea5bc97ac80c77c7cbbe92811ba9997eb0ce3c9888f9cef8362d187cd");
    sha512OfAs(127, "2fe3b2a6ee7e12f6fe4ba82166541ad9b4ed882c493581cbe300d68f3757b778");
    sha512OfAs(128, "b88f97e274f9c1d49f181c8cbd01a9c74930ad055a46ac4499a1d601f1c80bf2");
    sha512OfAs(129, "fb9035c9009ed4a60e37510339ebdb1c771339f30aa581d5dea3690a524c23f1");
    sha512OfAs(239, "78d0a1b37aaad84c89fff13cbe3cd3d1025bcdb648268f9102b7e7032bea7d2a");
    sha512OfAs(240, "d48a4d53397b38ab4e771d781c98ac6b86712dff2a664cfd1f27c7ca40f8ce37");
  });

  it("a million times a, a thousand at a time", () => {
    memory.fill(input, 97, 1000);
    sha512.start();
    for (let times = 0; times < 1000; times++) sha512.update(input, 1000);
    sha512.finish(output);
    expect(isHex(output, "9a59a052930187a97038cae692f30708aa6491923ef5194394dc68d56c74fb21")).toBeTruthy();
  });

  it("is the same however the text is cut, at every length up to three blocks", () => {
    for (let index = 0; index < 400; index++) store<u8>(input + <usize>index, <u8>(index * 7));
    for (let length = 0; length <= 400; length++) {
      sha512.start();
      sha512.update(input, length);
      sha512.finish(output);
      for (let piece = 1; piece <= 129; piece += 16) {
        sha512.start();
        for (let from = 0; from < length; from += piece) sha512.update(input + <usize>from, min(piece, length - from));
        sha512.finish(again);
        expect(memory.compare(output, again, <usize>SHA512_256_BYTES)).toBe(0);
      }
    }
  });
});

describe("HMAC", () => {
  it("RFC 4231 §4.2: test case 1", () => {
    hmac(0x0b, 20, put(input, "Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  });

  it("RFC 4231 §4.3: test case 2, a key shorter than the hash", () => {
    const length = put(input, "what do ya want for nothing?");
    hmac(0, put(again, "Jefe"), length, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });

  it("RFC 4231 §4.4: test case 3", () => {
    memory.fill(input, 0xdd, 50);
    hmac(0xaa, 20, 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  });
});

describe("SHA-1", () => {
  it("FIPS 180-4: the examples of NIST", () => {
    sha1Of("abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
    sha1Of(
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
    );
    memory.fill(input, 97, 1000);
    sha1.start();
    for (let times = 0; times < 1000; times++) sha1.update(input, 1000);
    sha1.finish(output);
    expect(isHex(output, "34aa973cd4c4daa4f61eeb2bdbad27316534016f")).toBeTruthy();
  });

  it("pads across the end of a block", () => {
    sha1OfAs(55, "c1c8bbdc22796e28c0e15163d20899b65621d65a");
    sha1OfAs(56, "c2db330f6083854c99d4b5bfb6e8f29f201be699");
    sha1OfAs(63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5");
    sha1OfAs(64, "0098ba824b5c16427bd7a1122a5a442a25ec644d");
    sha1OfAs(65, "11655326c708d70319be2610e8a57d9a5b959d3b");
  });
});

describe("HMAC with SHA-1", () => {
  it("RFC 2202 §3: test cases 1 to 5", () => {
    memory.fill(again, 0x0b, 20);
    hmacSha1Of(20, put(input, "Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00");
    hmacSha1Of(
      put(again, "Jefe"), put(input, "what do ya want for nothing?"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    );
    memory.fill(again, 0xaa, 20);
    memory.fill(input, 0xdd, 50);
    hmacSha1Of(20, 50, "125d7342b9ac11cd91a39af48aa17b4f63f175d3");
    for (let index = 0; index < 25; index++) store<u8>(again + <usize>index, <u8>(index + 1));
    memory.fill(input, 0xcd, 50);
    hmacSha1Of(25, 50, "4c9007f4026250c6bc8414f9bf50c86c2d7235da");
    memory.fill(again, 0x0c, 20);
    hmacSha1Of(20, put(input, "Test With Truncation"), "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04");
  });
});
