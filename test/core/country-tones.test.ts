// Each tone of each country measured on the samples that the shipped module makes: frequencies, levels, cadence, and nothing else in
// it. And the bell: its frequency and its pace.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LineTest, TextSetting, TONE_NAMES, toneNumber } from "../../host/adapter-abi.ts";
import { ActionKind, Core, FRAME_SAMPLES } from "../../host/core.ts";
import { CALL_TONES } from "../../host/phone/call-tones.ts";
import { COUNTRY_CODES, type ExpectedTone, levelOf, tonesOf } from "../support/country-tones.ts";
import { fitSines } from "../support/sine-fit.ts";

const RATE = 8;
/** Long enough for one round of any tone and the beginning of the next. */
const LONGEST = 20_000 * RATE;
/** Of a sound without an end. */
const ENOUGH = 1500 * RATE;
/** What the beginning and the end of a burst may be off by; ramps last 3 ms. */
const EDGE = 5 * RATE;
/** A period of the slowest modulation. */
const MODULATION = 63 * RATE;
const WINDOW = 250 * RATE;

/** Hz of ringing voltage where it is not the 25 of EN 300 001: GR-506 and its followers, NTT, IDA TS PSTN1. */
const RING_FREQUENCIES: Record<string, number> = {
  US: 20,
  CA: 20,
  KR: 20,
  MX: 20,
  NZ: 20,
  PH: 20,
  TW: 20,
  JP: 16,
  SG: 24,
};

const core = new Core(readFileSync("build/adapter.wasm"), "adapter.wasm", 8);
const sound = new Int16Array(LONGEST + FRAME_SAMPLES);

function setCountry(country: string): void {
  assert.equal(core.configureText(TextSetting.Country, 0, country), 0);
}

function play(tone: number, samples: number): void {
  assert.equal(core.testLine(0, LineTest.toneOf + tone, 0), 0);
  for (let at = 0; at < samples; at += FRAME_SAMPLES) {
    core.microphone(0).fill(0);
    core.handleFrame(0, 0);
    sound.set(core.earpiece(0), at);
  }
  core.testLine(0, LineTest.stop, 0);
  core.drain(() => {});
}

/** One round and the next one's first burst, or all there is. */
function checkTone(country: string, tone: ExpectedTone): void {
  const bursts = tone.repeats ? [...tone.bursts, tone.bursts[0]!] : tone.bursts;
  const total =
    bursts.reduce((sum, { on, off }) => sum + (on === Number.POSITIVE_INFINITY ? 1500 : on + off), 0) * RATE;
  const length = Math.min(LONGEST, total + 200 * RATE);
  play(toneNumber(tone.name), length);
  let at = 0;
  for (const [index, burst] of bursts.entries()) {
    const what = `${country} ${tone.name}, burst ${index + 1}`;
    const on = burst.on === Number.POSITIVE_INFINITY ? ENOUGH : burst.on * RATE;
    if (at + on > LONGEST) return;
    checkSound(country, tone, burst, what, at, on);
    at += on;
    if (burst.on === Number.POSITIVE_INFINITY) return;
    const end = Math.min(at + burst.off * RATE, LONGEST);
    assert.ok(!sound.subarray(at + EDGE, end - EDGE).some((sample) => sample !== 0), `${what}: silence after it`);
    at = end;
  }
  if (!tone.repeats) {
    assert.ok(!sound.subarray(at + EDGE, length).some((sample) => sample !== 0), `${country} ${tone.name} ends`);
  }
}

function checkSound(
  country: string,
  tone: ExpectedTone,
  burst: ExpectedTone["bursts"][number],
  what: string,
  at: number,
  on: number,
): void {
  const to = at + on - EDGE;
  const from = Math.max(at + EDGE, to - WINDOW);
  const { levels, rest } = fitSines(sound, burst.frequencies, from, to);
  const isSofter = country === "AU" && tone.name === "congestion" && what.endsWith("2");
  for (const [index, frequency] of burst.frequencies.entries()) {
    const expected = levelOf(country, tone.name, burst, frequency) - (isSofter ? 10 : 0);
    assert.ok(
      Math.abs(levels[index]! - expected) < 0.3,
      `${what}: ${frequency} Hz at ${levels[index]}, not ${expected} dBm0`,
    );
  }
  assert.ok(rest < -50, `${what}: ${rest} dBm0 of something else`);
  // It begins and ends where it should; what is modulated is silent for a moment of each period.
  const nearby = burst.frequencies.length === 3 ? MODULATION : EDGE;
  for (const [start, end] of [
    [at + 24, at + 24 + nearby],
    [at + on - nearby, at + on],
  ] as const) {
    assert.ok(
      sound.subarray(start, end).some((sample) => Math.abs(sample) > 200),
      `${what}: its edges`,
    );
  }
}

for (const country of COUNTRY_CODES) {
  test(`${country}: frequencies, levels and cadence of all ten tones, on the samples`, () => {
    setCountry(country);
    const tones = tonesOf(country);
    assert.deepEqual(
      tones.map(({ name }) => name),
      TONE_NAMES,
    );
    for (const tone of tones) checkTone(country, tone);
  });
}

test("the bell of each country: ringing frequency, and the pace of the ringback tone", () => {
  for (const country of COUNTRY_CODES) {
    setCountry(country);
    assert.equal(core.testLine(1, LineTest.ring, 0), 0, "line 2 has the country of the box, and is not asked");
    core.testLine(1, LineTest.stop, 0);
    core.drain(() => {});
    const edges: [boolean, number][] = [];
    let now = 1000;
    assert.equal(core.testLine(0, LineTest.ring, now), 0);
    while (now < 1000 + 9_900) {
      core.drain(({ kind, code, value }) => {
        if (kind !== ActionKind.SetRing) return;
        edges.push([code === 1, now - 1000]);
        if (code === 1) assert.equal(value, RING_FREQUENCIES[country] ?? 25, country);
      });
      now = core.nextTimeout;
      core.handleTimeout(now);
    }
    const { cadence } = CALL_TONES[country]!.ringback;
    let at = 0;
    const expected: [boolean, number][] = [];
    for (let step = 0; at < 9_900; at += cadence[step++ % cadence.length]!) expected.push([step % 2 === 0, at]);
    assert.deepEqual(edges, expected, country);
    core.testLine(0, LineTest.stop, now);
  }
});
