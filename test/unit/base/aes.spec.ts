// AES and its counter mode against the examples of the standards.

import { AES_SIZE, Aes } from "../../../assembly/base/aes";
import { parseBase64, writeBase64 } from "../../../assembly/base/base64";
import { parseHex } from "../../../assembly/base/hex";
import { equals } from "../../../assembly/base/literal";
import { isHex, put } from "./support";

const aes = changetype<Aes>(memory.data(AES_SIZE, 16));
const text = memory.data(256, 16);
const key = memory.data(16, 16);
const block = memory.data(16, 16);
const stream = memory.data(80, 16);

function hex(target: usize, digits: string): void { parseHex(text, put(text, digits), target); }

function encrypts(keyDigits: string, clear: string, cipher: string): void {
  hex(key, keyDigits);
  hex(block, clear);
  aes.setKey(key);
  v128.store(block, aes.encrypt(v128.load(block)));
  expect(isHex(block, cipher)).toBeTruthy(cipher);
}

describe("AES", () => {
  it("FIPS 197 appendix B", () => {
    encrypts("2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734", "3925841d02dc09fbdc118597196a0b32");
  });

  it("FIPS 197 appendix C.1", () => {
    encrypts("000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a");
  });

  it("FIPS 197 appendix A.1: the round keys of a key", () => {
    hex(key, "2b7e151628aed2a6abf7158809cf4f3c");
    aes.setKey(key);
    expect(isHex(changetype<usize>(aes) + 16, "a0fafe1788542cb123a339392a6c7605")).toBeTruthy();
    expect(isHex(changetype<usize>(aes) + 160, "d014f9a8c9ee2589e13f0cc8b6630ca6")).toBeTruthy();
  });

  it("NIST SP 800-38A F.1.1: four blocks, one by one", () => {
    const same = "2b7e151628aed2a6abf7158809cf4f3c";
    encrypts(same, "6bc1bee22e409f96e93d7e117393172a", "3ad77bb40d7a3660a89ecaf32466ef97");
    encrypts(same, "ae2d8a571e03ac9c9eb76fac45af8e51", "f5d3d58503b9699de785895a96fdbaaf");
    encrypts(same, "30c81c46a35ce411e5fbc1191a0a52ef", "43b1cd7f598ece23881b00e3ed030688");
    encrypts(same, "f69f2445df4f9b17ad2b417be66c3710", "7b0c785e27e8ad3f8223207104725dd4");
  });

  it("a thousand blocks, each the key of the next, end where OpenSSL's do", () => {
    // a byte that is wrong anywhere spoils the end
    memory.fill(key, 0, 16);
    memory.fill(block, 0, 16);
    for (let round = 0; round < 1000; round++) {
      aes.setKey(key);
      v128.store(block, aes.encrypt(v128.load(block)));
      memory.copy(key, block, 16);
    }
    expect(isHex(block, "f8851cb694bc47f61db9deb5695756a4")).toBeTruthy();
  });
});

describe("Counter mode", () => {
  it("RFC 3711 B.2: the key stream, far into it too", () => {
    hex(key, "2b7e151628aed2a6abf7158809cf4f3c");
    hex(block, "f0f1f2f3f4f5f6f7f8f9fafbfcfd0000");
    aes.setKey(key);
    memory.fill(stream, 0, 48);
    aes.addKeyStream(stream, 48, v128.load(block));
    expect(isHex(stream, "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0"))
      .toBeTruthy();
    hex(block, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    v128.store(block, aes.encrypt(v128.load(block)));
    expect(isHex(block, "ec8cdf7398607cb0f2d21675ea9ea1e4")).toBeTruthy();
    hex(block, "f0f1f2f3f4f5f6f7f8f9fafbfcfdff01");
    v128.store(block, aes.encrypt(v128.load(block)));
    expect(isHex(block, "6a2cc3787889374fbeb4c81b17ba6c44")).toBeTruthy();
  });

  it("ends where it should, at every length, and what is done twice is undone", () => {
    hex(block, "f0f1f2f3f4f5f6f7f8f9fafbfcfd0000");
    for (let length = 0; length <= 64; length++) {
      memory.fill(stream, 0x55, 80);
      aes.addKeyStream(stream, length, v128.load(block));
      for (let index = length; index < 80; index++) expect(load<u8>(stream + <usize>index)).toBe(0x55);
      aes.addKeyStream(stream, length, v128.load(block));
      for (let index = 0; index < 80; index++) expect(load<u8>(stream + <usize>index)).toBe(0x55);
    }
  });
});

describe("Base 64", () => {
  it("RFC 4648 §9: all its digits, both ways", () => {
    hex(stream, "00108310518720928b30d38f41149351559761969b71d79f8218a39259a7a29aabb2dbafc31cb3d35db7e39ebbf3dfbf");
    const length = <i32>(writeBase64(text, stream, 48) - text);
    expect(equals(text, length, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")).toBeTruthy();
    memory.fill(stream, 0, 80);
    expect(parseBase64(text, length, stream)).toBeTruthy();
    expect(isHex(stream, "00108310518720928b30d38f41149351559761969b71d79f8218a39259a7a29aabb2dbafc31cb3d35db7e39ebbf3dfbf"))
      .toBeTruthy();
  });

  it("no other character, and no part of a group", () => {
    for (let byte = 0; byte < 256; byte++) {
      put(text, "AAAA");
      store<u8>(text, <u8>byte, 2);
      const isDigit = (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) ||
        byte == 43 || byte == 47;
      expect(parseBase64(text, 4, stream)).toBe(isDigit, byte.toString());
    }
    for (let length = 1; length < 4; length++) expect(parseBase64(text, length, stream)).toBeFalsy();
  });
});
