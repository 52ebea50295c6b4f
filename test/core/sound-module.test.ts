// sound.wasm: the telephone's band goes through the resampler, what does not belong to it does not; channels stay apart.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readModule } from "../../host/paths.ts";
import { CardSamples, RESAMPLING_MS } from "../../host/sound/card-samples.ts";

const wasm = readModule("sound");
const FRAME = 160;
const PEAK = 16384;

/** Peak of the sine of `frequency` in `samples`, which hold whole periods of it. */
function peakOf(samples: number[], frequency: number, rate: number): number {
  let [sine, cosine] = [0, 0];
  for (const [index, sample] of samples.entries()) {
    const angle = (2 * Math.PI * frequency * index) / rate;
    sine += sample * Math.sin(angle);
    cosine += sample * Math.cos(angle);
  }
  return (2 * Math.hypot(sine, cosine)) / samples.length;
}

const decibels = (peak: number) => 20 * Math.log10(peak / PEAK);
const sineAt = (frequency: number, rate: number, index: number) =>
  Math.round(PEAK * Math.sin((2 * Math.PI * frequency * index) / rate));

/** What becomes of a second of a sine of 48 kHz on the way to the phone line; the first frame is for the filter to fill. */
function down(frequency: number): number[] {
  const card = new CardSamples(wasm, 48000, 1, 1);
  const out: number[] = [];
  for (let frame = 0; frame < 51; frame++) {
    for (let index = 0; index < 6 * FRAME; index++)
      card.captured[index] = sineAt(frequency, 48000, frame * 6 * FRAME + index);
    card.takeCaptured();
    if (frame > 0) out.push(...card.fromPhone(0));
  }
  return out;
}

/** The same of a sine of 8 kHz on the way to the card. */
function up(frequency: number): number[] {
  const card = new CardSamples(wasm, 48000, 1, 1);
  const out: number[] = [];
  for (let frame = 0; frame < 51; frame++) {
    for (let index = 0; index < FRAME; index++) card.toPhone(0)[index] = sineAt(frequency, 8000, frame * FRAME + index);
    card.makePlayed();
    if (frame > 0) out.push(...card.played);
  }
  return out;
}

/** What is left in `samples` once the sine of `frequency` is taken out, as the peak of a sine of that power. */
function rest(samples: number[], frequency: number, rate: number): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return Math.sqrt(Math.max(0, 2 * power - peakOf(samples, frequency, rate) ** 2));
}

test("to 3.4 kHz both ways are flat within 0.1 dB, and nothing else is added above -75 dB", () => {
  for (const frequency of [50, 200, 300, 1000, 1020, 2000, 3000, 3300, 3400]) {
    const [narrow, wide] = [down(frequency), up(frequency)];
    assert.ok(Math.abs(decibels(peakOf(narrow, frequency, 8000))) < 0.1, `${frequency} Hz down`);
    assert.ok(Math.abs(decibels(peakOf(wide, frequency, 48000))) < 0.1, `${frequency} Hz up`);
    assert.ok(decibels(rest(narrow, frequency, 8000)) < -75, `${frequency} Hz down: noise`);
    assert.ok(decibels(rest(wide, frequency, 48000)) < -65, `${frequency} Hz up: images`);
  }
});

test("from 4.6 kHz on nothing folds back: 65 dB and more", () => {
  for (const frequency of [4600, 4700, 5000, 6000, 7000, 8000, 8340, 12000, 15980, 20000, 23000]) {
    const samples = down(frequency);
    const loudest = Math.sqrt((2 * samples.reduce((sum, sample) => sum + sample * sample, 0)) / samples.length);
    assert.ok(decibels(loudest) < -65, `${frequency} Hz: ${decibels(loudest).toFixed(1)} dB`);
  }
});

test("full scale is cut off, not wrapped round", () => {
  const card = new CardSamples(wasm, 48000, 1, 1);
  for (let frame = 0; frame < 4; frame++) {
    card.captured.forEach((_, index) => {
      card.captured[index] = Math.floor((frame * 960 + index) / 240) % 2 ? 32767 : -32768;
    });
    card.takeCaptured();
    card.toPhone(0).set(card.fromPhone(0));
    card.makePlayed();
  }
  // In the middle of a half wave of 100 Hz both are at its level, whatever a filter does at the edges.
  const middle = card.fromPhone(0).filter((sample) => Math.abs(sample) < 20000);
  assert.ok(middle.length < 20, `${middle.length} of 160 between the levels`);
  assert.ok(card.played.some((sample) => sample === 32767) && card.played.some((sample) => sample === -32768));
});

test("both ways together take as long as the host reckons with", () => {
  const card = new CardSamples(wasm, 48000, 1, 1);
  const heard: number[] = [];
  for (let frame = 0; frame < 4; frame++) {
    card.toPhone(0).fill(0);
    if (frame === 1) card.toPhone(0)[0] = 10000;
    card.makePlayed();
    card.captured.set(card.played);
    card.takeCaptured();
    heard.push(...card.fromPhone(0));
  }
  const loudest = heard.indexOf(Math.max(...heard));
  assert.equal((loudest - FRAME) / 8, RESAMPLING_MS);
});

test("each line has its channel, at both rates; a channel of the card without a line is silent", () => {
  for (const rate of [8000, 48000] as const) {
    const card = new CardSamples(wasm, rate, 2, 3);
    const settled = (3 * rate) / 1000;
    for (let frame = 0; frame < 2; frame++) {
      card.captured.forEach((_, index) => {
        card.captured[index] = index % 2 ? -2000 : 1000;
      });
      card.takeCaptured();
      card.toPhone(0).fill(3000);
      card.toPhone(1).fill(-4000);
      card.makePlayed();
    }
    const near = (value: number, wanted: number) => assert.ok(Math.abs(value - wanted) <= 3, `${value} at ${rate} Hz`);
    near(card.fromPhone(0)[100]!, 1000);
    near(card.fromPhone(1)[100]!, -2000);
    near(card.played[3 * settled]!, 3000);
    near(card.played[3 * settled + 1]!, -4000);
    assert.equal(card.played[3 * settled + 2], 0);
    card.reset();
    card.captured.fill(0);
    card.takeCaptured();
    assert.deepEqual([...new Set(card.fromPhone(0))], [0], "nothing is left of before");
  }
});
