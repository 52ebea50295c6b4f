// The generator is ChaCha20 over a zero nonce, from block 0: every word of its stream is known in advance.

import { random32, randomUnit, seedRandom, writeRandomHex } from "../../../assembly/base/random";
import { hexValue } from "../../../assembly/base/hex";
import { isHex } from "./support";

const seed = memory.data(32, 16);
const stream = memory.data(128, 16);

function draw(lengthBytes: usize): void {
  for (let at: usize = 0; at < lengthBytes; at += 4) store<u32>(stream + at, random32());
}

beforeEach(() => {
  memory.fill(seed, 0, 32);
  seedRandom(seed);
});

describe("the random generator", () => {
  it("RFC 8439 §A.1: test vectors 1 and 2, key zero, blocks 0 and 1", () => {
    draw(128);
    expect(isHex(
      stream,
      "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7" +
        "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
    )).toBeTruthy();
    expect(isHex(
      stream + 64,
      "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed" +
        "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f",
    )).toBeTruthy();
  });

  it("RFC 8439 §A.1: test vector 3, key ending in one, block 1", () => {
    store<u8>(seed, 1, 31);
    seedRandom(seed);
    draw(128);
    expect(isHex(
      stream + 64,
      "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a" +
        "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0",
    )).toBeTruthy();
  });

  it("starts over with its seed, in the middle of a block too", () => {
    const first = random32();
    random32();
    seedRandom(seed);
    expect(random32()).toBe(first);
  });

  it("gives numbers from 0 up to but not 1, all over that range", () => {
    let lowest = 1.0, highest = 0.0;
    for (let times = 0; times < 10000; times++) {
      const value = randomUnit();
      lowest = min(lowest, value);
      highest = max(highest, value);
    }
    expect(lowest >= 0 && lowest < 0.01).toBeTruthy();
    expect(highest < 1 && highest > 0.99).toBeTruthy();
  });

  it("writes as many hexadecimal digits as asked, each of them in use", () => {
    let seen = 0;
    for (let digits = 0; digits <= 64; digits++) {
      store<u8>(stream + <usize>digits, 0xa5);
      expect(writeRandomHex(stream, digits)).toBe(stream + <usize>digits);
      expect(load<u8>(stream + <usize>digits)).toBe(0xa5);
      for (let index = 0; index < digits; index++) {
        const value = hexValue(load<u8>(stream + <usize>index));
        expect(value).not.toBe(-1);
        seen |= 1 << value;
      }
    }
    expect(seen).toBe(0xffff);
  });
});
