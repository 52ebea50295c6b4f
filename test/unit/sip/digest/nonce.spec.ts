// A nonce proves itself, ages, and is counted.

import { seedRandom } from "../../../../assembly/base/random";
import { setHashKey } from "../../../../assembly/base/sip-hash";
import { NONCE_LENGTH, NonceCounts, NonceState, checkNonce, writeNonce } from "../../../../assembly/sip/digest/nonce";

const LIFETIME: f64 = 300000;
const CAPACITY: i32 = 16;

const seed = memory.data(32, 16);
const host = memory.data(16, 16);
const nonce = memory.data(NONCE_LENGTH, 16);
const other = memory.data(NONCE_LENGTH, 16);
const nonces = memory.data(NONCE_LENGTH * 64, 16);
const counts = changetype<NonceCounts>(memory.data(64, 16));
const table = memory.data(CAPACITY << 4, 16);

beforeEach(() => {
  seedRandom(seed);
  setHashKey(0x4b4b, 0x5c5c);
  memory.fill(host, 0x4b, 16);
  counts.setup(table, CAPACITY);
});

describe("nonces", () => {
  it("RFC 7616 §3.3: valid for their lifetime, then stale", () => {
    expect(<i32>(writeNonce(nonce, 12345.678, host) - nonce)).toBe(NONCE_LENGTH);
    expect(checkNonce(nonce, NONCE_LENGTH, 12345.678, LIFETIME, host)).toBe(NonceState.Valid);
    expect(checkNonce(nonce, NONCE_LENGTH, 312345.678, LIFETIME, host)).toBe(NonceState.Valid);
    expect(checkNonce(nonce, NONCE_LENGTH, 312345.7, LIFETIME, host)).toBe(NonceState.Stale);
    expect(checkNonce(nonce, NONCE_LENGTH, 12345, LIFETIME, host)).toBe(NonceState.Stale);
  });

  it("are ours in every character", () => {
    writeNonce(nonce, 1000, host);
    for (let index: usize = 0; index < <usize>NONCE_LENGTH; index++) {
      const character = load<u8>(nonce + index);
      for (let value = 0; value < 256; value += 5) {
        if (<u8>value == character) continue;
        store<u8>(nonce + index, <u8>value);
        expect(checkNonce(nonce, NONCE_LENGTH, 1000, LIFETIME, host)).toBe(NonceState.Forged);
      }
      store<u8>(nonce + index, character);
    }
    expect(checkNonce(nonce, NONCE_LENGTH, 1000, LIFETIME, host)).toBe(NonceState.Valid);
    expect(checkNonce(nonce, NONCE_LENGTH - 1, 1000, LIFETIME, host)).toBe(NonceState.Forged);
    expect(checkNonce(nonce, 0, 1000, LIFETIME, host)).toBe(NonceState.Forged);
  });

  it("of another key, or given to another host, are not ours", () => {
    writeNonce(nonce, 1000, host);
    store<u8>(host, 0, 15);
    expect(checkNonce(nonce, NONCE_LENGTH, 1000, LIFETIME, host)).toBe(NonceState.Forged);
    store<u8>(host, 0x4b, 15);
    expect(checkNonce(nonce, NONCE_LENGTH, 1000, LIFETIME, host)).toBe(NonceState.Valid);
    setHashKey(0x4b4b, 0x5c5d);
    expect(checkNonce(nonce, NONCE_LENGTH, 1000, LIFETIME, host)).toBe(NonceState.Forged);
  });

  it("of one moment differ", () => {
    writeNonce(nonce, 1000, host);
    writeNonce(other, 1000, host);
    expect(memory.compare(nonce, other, <usize>NONCE_LENGTH)).not.toBe(0);
  });
});

describe("nonce counts", () => {
  it("RFC 7616 §5.4: a count is taken once, and only upwards", () => {
    writeNonce(nonce, 1000, host);
    expect(counts.accept(nonce, 1)).toBeTruthy();
    expect(counts.accept(nonce, 1)).toBeFalsy();
    expect(counts.accept(nonce, 2)).toBeTruthy();
    expect(counts.accept(nonce, 7)).toBeTruthy();
    expect(counts.accept(nonce, 3)).toBeFalsy();
    expect(counts.accept(nonce, 7)).toBeFalsy();
    expect(counts.accept(nonce, 0xffffffff)).toBeTruthy();
    expect(counts.accept(nonce, 1)).toBeFalsy();
  });

  it("keep nonces apart", () => {
    writeNonce(nonce, 1000, host);
    writeNonce(other, 1000, host);
    expect(counts.accept(nonce, 1)).toBeTruthy();
    expect(counts.accept(other, 1)).toBeTruthy();
    expect(counts.accept(other, 2)).toBeTruthy();
    expect(counts.accept(nonce, 2)).toBeTruthy();
  });

  it("a nonce that is not known begins at one", () => {
    writeNonce(nonce, 1000, host);
    expect(counts.accept(nonce, 2)).toBeFalsy();
    expect(counts.accept(nonce, 0)).toBeFalsy();
    expect(counts.accept(nonce, 1)).toBeTruthy();
  });

  it("a full table forgets the oldest, never a count it holds", () => {
    let known = 0;
    for (let index = 0; index < 64; index++) {
      const at = nonces + <usize>(index * NONCE_LENGTH);
      writeNonce(at, 1000, host);
      expect(counts.accept(at, 1)).toBeTruthy();
      expect(counts.accept(at, 1)).toBeFalsy();
    }
    for (let index = 0; index < 64; index++) {
      if (counts.accept(nonces + <usize>(index * NONCE_LENGTH), 2)) known++;
    }
    expect(known).toBeGreaterThan(CAPACITY / 2);
    expect(known <= CAPACITY).toBeTruthy();
  });
});
