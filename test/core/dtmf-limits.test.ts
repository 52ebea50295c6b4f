// ITU-T Q.24, annex A, table by table: all sixteen digits at every corner of what must be heard, and none of them at
// what must not. The sound is made here, apart from the adapter's own generator.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SAMPLE_RATE, sinePeak } from "../../host/sound/level.ts";
import { Dice } from "../support/dice.ts";
import { DtmfBlock } from "../support/dtmf-block.ts";

const KEYS = "123A456B789C*0#D";
const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477, 1633];
const PER_MS = SAMPLE_RATE / 1000;
/** From one digit to the next: enough for any of them to be over. */
const DISTANCE = 120 * PER_MS;
/** Dial tone is there for half a second before anybody dials. */
const BEFORE = 500 * PER_MS;

interface Digits {
  ms: number;
  low: number;
  high: number;
  /** Shares by which the two frequencies are off. */
  lowShare?: number;
  highShare?: number;
  /** dBm0 of white noise. */
  noise?: number;
  /** Frequencies that sound all the time, and dBm0 of each. */
  dialTone?: readonly number[];
  dialToneLevel?: number;
}

const dtmf = new DtmfBlock();
const dice = new Dice(24);

function add(sound: Float64Array, from: number, samples: number, frequency: number, level: number): void {
  const phase = dice.between(0, 2 * Math.PI);
  const [peak, step] = [sinePeak(level), (2 * Math.PI * frequency) / SAMPLE_RATE];
  for (let index = 0; index < samples; index++) sound[from + index]! += peak * Math.sin(step * index + phase);
}

/** What the detector hears of the sixteen digits, each beginning at a moment of its own. */
function heard({
  ms,
  low,
  high,
  lowShare = 0,
  highShare = 0,
  noise,
  dialTone = [],
  dialToneLevel = 0,
}: Digits): string {
  const sound = new Float64Array(BEFORE + 17 * DISTANCE);
  for (const frequency of dialTone) add(sound, 0, sound.length, frequency, dialToneLevel);
  for (let key = 0; key < 16; key++) {
    const at = BEFORE + key * DISTANCE + dice.below(160);
    add(sound, at, ms * PER_MS, LOW[key >> 2]! * (1 + lowShare), low);
    add(sound, at, ms * PER_MS, HIGH[key & 3]! * (1 + highShare), high);
  }
  if (noise !== undefined) {
    // twelve even dice are nearly a normal distribution of variance one
    const deviation = sinePeak(noise) / Math.SQRT2;
    for (let index = 0; index < sound.length; index++) {
      let sum = -6;
      for (let throwing = 0; throwing < 12; throwing++) sum += dice.bits() / 2 ** 32;
      sound[index]! += deviation * sum;
    }
  }
  dtmf.hasDialTone = dialTone.length > 0;
  return dtmf.read(Int16Array.from(sound, (sample) => Math.max(-32768, Math.min(32767, Math.round(sample)))));
}

const must = (digits: Digits) => assert.equal(heard(digits), KEYS, JSON.stringify(digits));
const mustNot = (digits: Digits) => assert.equal(heard(digits), "", JSON.stringify(digits));

/** dBm0 of both tones: every allowed twist around a level, none beyond 0 or below -25. */
function* pairs(): Generator<{ low: number; high: number }> {
  for (let level = -25; level <= -1; level += 4)
    for (let twist = -8; twist <= 4; twist += 2) {
      const pair = twist < 0 ? { low: level - twist, high: level } : { low: level, high: level + twist };
      if (Math.max(pair.low, pair.high) <= -1) yield pair;
    }
}

test("frequencies ±1.5 %, twist -8 to +4 dB, levels -25 to -1 dBm0, 40 ms: every corner is heard", () => {
  for (const pair of pairs())
    for (const lowShare of [-0.015, 0, 0.015])
      for (const highShare of [-0.015, 0, 0.015]) must({ ms: 40, ...pair, lowShare, highShare });
});

test("either frequency 3.5 % or more off: nothing is heard, at any twist, however long", () => {
  for (const off of [0.035, 0.04, 0.045, 0.05])
    for (const share of [-off, off])
      for (const [low, high] of [
        [-10, -10],
        [-10, -18],
        [-14, -10],
      ] as const)
        for (const ms of [40, 100]) {
          mustNot({ ms, low, high, lowShare: share });
          mustNot({ ms, low, high, highShare: share });
        }
});

test("23 ms or less: nothing is heard, at any level and twist", () => {
  for (const pair of pairs()) for (const ms of [10, 15, 20, 23]) mustNot({ ms, ...pair });
});

test("noise 15 dB below the digit: all are heard, at any level, twist and deviation, 10 times over", () => {
  for (let round = 0; round < 10; round++)
    for (const [low, high] of [
      [-8, -8],
      [-20, -20],
      [-10, -18],
      [-14, -10],
    ] as const)
      for (const share of [-0.015, 0, 0.015]) {
        const level = 10 * Math.log10(10 ** (low / 10) + 10 ** (high / 10));
        must({ ms: 40, low, high, lowShare: share, highShare: -share, noise: level - 15 });
      }
});

test("while dial tone of any country's frequencies sounds at its level: all are heard, at any twist and deviation", () => {
  for (const dialTone of [[350, 440], [425], [350, 450], [400], [440], [350, 400]])
    for (const dialToneLevel of [-20, -17, -13])
      for (const [low, high] of [
        [-9, -9],
        [-9, -15],
        [-13, -9],
        [-13, -13],
      ] as const)
        for (const share of [-0.015, 0, 0.015])
          must({ ms: 45, low, high, lowShare: share, highShare: -share, dialTone, dialToneLevel });
});

test("too weak, or too uneven: -30 dBm0, twist beyond -12 and +8 dB", () => {
  mustNot({ ms: 100, low: -30, high: -30 });
  mustNot({ ms: 100, low: -12, high: -30 });
  for (const level of [-20, -15]) {
    mustNot({ ms: 100, low: level + 12, high: level });
    mustNot({ ms: 100, low: level, high: level + 8 });
  }
});
