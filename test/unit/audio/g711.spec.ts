// ITU-T G.711 tables 1 and 2, every sample and every code, against the laws' definition: a code stands for the interval
// between two decision values, and decodes to the value in its middle.

import { Law, decodeFrame, decodeSample, encodeFrame, encodeSample } from "../../../assembly/audio/g711";

const bytes = memory.data(65536, 16);
const samples = memory.data(65536 * 2, 16);

/** Table 2a: decision value x(n), in 14-bit steps, of mu-law's n-th positive interval, n = 0 to 128. */
function muDecision(n: i32): i32 {
  if (n == 0) return 0;
  if (n >= 128) return 8159;
  // 15 steps of 2 after a first of 1, then 16 steps each of 4, 8, … 256
  let value = 1;
  for (let index = 1; index < n; index++) value += 2 << (index >> 4);
  return value;
}

/** Table 2a: the value that a decoder gives for that interval. */
function muValue(n: i32): i32 {
  return n == 0 ? 0 : (muDecision(n) + muDecision(n + 1)) / 2;
}

/**
 * Table 1a: decision value, in 13-bit steps of 1/4096, of A-law's n-th positive interval. Steps of 2, twice, then 4, 8
 * …
 */
function aDecision(n: i32): i32 {
  let value = 0;
  for (let index = 0; index < n; index++) value += index < 32 ? 2 : 2 << ((index >> 4) - 1);
  return value;
}

function aValue(n: i32): i32 {
  return (aDecision(n) + aDecision(n + 1)) / 2;
}

/** Tables 1a, 2a, column 6: the character signal of the n-th interval. */
function character(law: Law, n: i32, negative: bool): i32 {
  if (law == Law.Mu) return (negative ? 0x7f : 0xff) - n;
  return ((negative ? 0 : 0x80) + n) ^ 0x55;
}

/** The interval whose lower decision value is the last not above `magnitude`. */
function interval(law: Law, magnitude: i32): i32 {
  let n = 0;
  while (n < 127 && (law == Law.Mu ? muDecision(n + 1) : aDecision(n + 1)) <= magnitude) n++;
  return n;
}

function countWrongCodes(law: Law): i32 {
  const shift = law == Law.Mu ? 2 : 3; // 14 and 13 bits of 16
  let wrong = 0;
  let n = 0;
  let last = -1;
  for (let sample = 0; sample < 32768; sample++) {
    const magnitude = sample >> shift;
    if (magnitude != last) n = interval(law, magnitude);
    last = magnitude;
    if (encodeSample(law, <i16>sample) != <u8>character(law, n, false)) wrong++;
    if (encodeSample(law, <i16>~sample) != <u8>character(law, n, true)) wrong++;
  }
  return wrong;
}

function countWrongValues(law: Law): i32 {
  const shift = law == Law.Mu ? 2 : 3;
  let wrong = 0;
  for (let n = 0; n < 128; n++) {
    const value = (law == Law.Mu ? muValue(n) : aValue(n)) << shift;
    if (<i32>decodeSample(law, <u8>character(law, n, false)) != value) wrong++;
    if (<i32>decodeSample(law, <u8>character(law, n, true)) != -value) wrong++;
  }
  return wrong;
}

describe("G.711", () => {

  it("table 2: mu-law codes of all 65,536 samples", () => { expect(countWrongCodes(Law.Mu)).toBe(0); });
  it("table 1: A-law codes of all 65,536 samples", () => { expect(countWrongCodes(Law.A)).toBe(0); });
  it("table 2: mu-law values of all 256 codes", () => { expect(countWrongValues(Law.Mu)).toBe(0); });
  it("table 1: A-law values of all 256 codes", () => { expect(countWrongValues(Law.A)).toBe(0); });

  it("the ends of both scales", () => {
    expect(<i32>decodeSample(Law.Mu, 0x80)).toBe(8031 << 2);
    expect(<i32>decodeSample(Law.Mu, 0x00)).toBe(-8031 << 2);
    expect(<i32>decodeSample(Law.A, 0xaa)).toBe(4032 << 3);
    expect(<i32>decodeSample(Law.A, 0x2a)).toBe(-4032 << 3);
    expect(encodeSample(Law.Mu, 0)).toBe(0xff);
    expect(encodeSample(Law.A, 0)).toBe(0xd5);
  });

  it("every code survives decoding and encoding, but mu-law's negative zero", () => {
    for (let code = 0; code < 256; code++) {
      expect(encodeSample(Law.A, decodeSample(Law.A, <u8>code))).toBe(<u8>code);
      expect(encodeSample(Law.Mu, decodeSample(Law.Mu, <u8>code))).toBe(code == 0x7f ? 0xff : <u8>code);
    }
  });

  it("frames of every length are their samples one by one, and nothing is written behind them", () => {
    for (let law = 0; law < 2; law++) {
      for (let length = 0; length <= 70; length++) {
        for (let index = 0; index < 80; index++) store<i16>(samples + (<usize>index << 1), <i16>(index * 7919));
        memory.fill(bytes, 0x33, 80);
        encodeFrame(law, bytes, samples, length);
        let wrong = 0;
        for (let index = 0; index < 80; index++) {
          const wanted = index < length ? encodeSample(law, <i16>(index * 7919)) : 0x33;
          if (load<u8>(bytes + <usize>index) != wanted) wrong++;
        }
        memory.fill(samples, 0x33, 160);
        decodeFrame(law, samples, bytes, length);
        for (let index = 0; index < 80; index++) {
          const wanted = index < length ? decodeSample(law, load<u8>(bytes + <usize>index)) : 0x3333;
          if (load<i16>(samples + (<usize>index << 1)) != wanted) wrong++;
        }
        expect(wrong).toBe(0);
      }
    }
  });

  it("frames are their samples one by one", () => {
    for (let law = 0; law < 2; law++) {
      for (let index = 0; index < 65536; index++) store<i16>(samples + (<usize>index << 1), <i16>(index - 32768));
      encodeFrame(law, bytes, samples, 65536);
      let wrong = 0;
      for (let index = 0; index < 65536; index++) {
        if (load<u8>(bytes + <usize>index) != encodeSample(law, <i16>(index - 32768))) wrong++;
      }
      decodeFrame(law, samples, bytes, 65536);
      for (let index = 0; index < 65536; index++) {
        if (load<i16>(samples + (<usize>index << 1)) != decodeSample(law, load<u8>(bytes + <usize>index))) wrong++;
      }
      expect(wrong).toBe(0);
    }
  });
});
