// The line echo canceller over eight hybrids, 0 to 28 ms away, at the least echo return loss of ITU-T G.168: 6 dB. What
// it leaves is judged without its suppressor, unless a title says otherwise.

import assert from "node:assert/strict";
import { test } from "node:test";
import { echoResponse, HYBRIDS } from "../../host/phone/hybrid.ts";
import { SeededRandom } from "../../host/random.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, sinePeak, soundLevelDbm0 } from "../../host/sound/level.ts";
import { loadBlock } from "../support/blocks.ts";
import { echoed, MS, mixed, rounded, type Sound, SoundMaker } from "../support/sounds.ts";
import { voice1, voice2 } from "../support/voices.ts";

interface Exports {
  farPointer(): number;
  nearPointer(): number;
  samples(): number;
  reset(): void;
  setDelay(samples: number): void;
  setSuppression(on: number): void;
  run(samples: number): void;
}

const SECOND = SAMPLE_RATE;
const LOSS_DB = 6;
/** A quiet room and a good card. */
const ROOM_DBM0 = -70;

const block = loadBlock<Exports>("echo");
const farRegion = new Int16Array(block.memory.buffer, block.farPointer(), block.samples());
const nearRegion = new Int16Array(block.memory.buffer, block.nearPointer(), block.samples());

const PATHS = HYBRIDS.map((hybrid, index) => echoResponse(hybrid, LOSS_DB, 4 * index));
const nameOf = (index: number) => `hybrid ${index + 1}, ${4 * index} ms away`;

/** What the canceller makes of a microphone that gets `near` while the ear gets `far`; it goes on from where it is. */
function cancel(far: ArrayLike<number>, near: ArrayLike<number>, suppresses = false): Float64Array {
  farRegion.set(rounded(far));
  nearRegion.set(rounded(near));
  block.setSuppression(suppresses ? 1 : 0);
  block.run(far.length);
  return Float64Array.from(nearRegion.subarray(0, far.length));
}

/** Echo return loss enhancement in dB: how much softer than `echo` what is left of it is, where `other` is no echo. */
function enhancement(echo: Sound, out: ArrayLike<number>, other: ArrayLike<number>, from: number, to: number): number {
  const left = echo.map((_, index) => out[index]! - other[index]!);
  return soundLevelDbm0(echo, from, to) - soundLevelDbm0(left, from, to);
}

const KINDS = ["white", "murmur", "composite"] as const;

for (const kind of KINDS)
  for (const dbm0 of [-10, -15, -28])
    test(`ERLE is 30 dB and more within 500 ms: ${kind} sound, ${dbm0} dBm0`, () => {
      for (const [index, path] of PATHS.entries()) {
        const maker = new SoundMaker(1 + index);
        const far = maker[kind](2 * SECOND, dbm0);
        const echo = echoed(rounded(far), path);
        const room = maker.white(far.length, ROOM_DBM0 - 10);
        block.reset();
        const out = cancel(far, mixed(echo, room));
        const reached = enhancement(echo, out, room, 500 * MS, SECOND);
        assert.ok(reached >= 30, `${nameOf(index)}: ${reached.toFixed(1)} dB in the second half of the first second`);
        const kept = enhancement(echo, out, room, SECOND, 2 * SECOND);
        assert.ok(kept >= 30, `${nameOf(index)}: ${kept.toFixed(1)} dB in the second second`);
      }
    });

for (const kind of KINDS)
  for (const nearDbm0 of [-15, -21, -30])
    test(`double talk: ERLE stays at 26 dB and more, and afterwards nothing is lost: ${kind} sound, a voice of ${nearDbm0} dBm0`, () => {
      for (const [index, path] of PATHS.entries()) {
        const maker = new SoundMaker(20 + index);
        const far = maker[kind](10 * SECOND, -15);
        const echo = echoed(rounded(far), path);
        const voice = maker
          .voice(far.length, nearDbm0)
          .map((value, at) => (at > 3 * SECOND && at < 7 * SECOND ? value : 0));
        const near = mixed(voice, maker.white(far.length, ROOM_DBM0)).map(Math.round);
        block.reset();
        const out = cancel(far, mixed(echo, near));
        const before = enhancement(echo, out, near, 2 * SECOND, 3 * SECOND);
        for (let from = 3 * SECOND; from < 7 * SECOND; from += SECOND / 2) {
          const held = enhancement(echo, out, near, from, from + SECOND / 2);
          assert.ok(
            held >= 26,
            `${nameOf(index)}: ${held.toFixed(1)} dB at ${from / SECOND} s, ${before.toFixed(1)} before`,
          );
        }
        const after = enhancement(echo, out, near, 7 * SECOND, 8 * SECOND);
        assert.ok(
          after >= before - 3,
          `${nameOf(index)}: ${after.toFixed(1)} dB after it, ${before.toFixed(1)} before`,
        );
      }
    });

test("two people talk, as they do: what is left of one in the other's ear is 20 dB softer than its echo, after 4 s", () => {
  const recording = (samples: Int16Array) =>
    Float64Array.from({ length: 10 * SECOND }, (_, at) => samples[at % samples.length]!);
  const far = recording(voice1);
  const near = recording(voice2).map((value, at) => (at > 5 * SECOND ? value : 0));
  for (const [index, path] of PATHS.entries()) {
    const echo = echoed(far, path);
    block.reset();
    const out = cancel(far, mixed(echo, near));
    const held = enhancement(echo, out, near, 4 * SECOND, 10 * SECOND);
    assert.ok(held >= 20, `${nameOf(index)}: ${held.toFixed(1)} dB`);
  }
});

const TONES = { "2100 Hz": [2100], "the digit 5": [770, 1336], "dial tone": [350, 440], "1000 Hz": [1000] };

for (const [name, frequencies] of Object.entries(TONES))
  test(`G.168 test 7: five seconds of ${name} do no harm to what was learnt`, () => {
    for (const [index, path] of PATHS.entries()) {
      const maker = new SoundMaker(40 + index);
      const train = maker.white(2 * SECOND, -15);
      const tone = Float64Array.from({ length: 5 * SECOND }, (_, at) =>
        frequencies.reduce((sum, hertz) => sum + sinePeak(-13) * Math.sin((2 * Math.PI * hertz * at) / SAMPLE_RATE), 0),
      );
      const far = Float64Array.from([...train, ...tone, ...maker.white(SECOND, -15)]);
      const echo = echoed(rounded(far), path);
      const room = maker.white(far.length, -55);
      block.reset();
      const out = cancel(far, mixed(echo, room));
      const before = enhancement(echo, out, room, SECOND, 2 * SECOND);
      const after = enhancement(echo, out, room, 7 * SECOND + 40 * MS, 7 * SECOND + 100 * MS);
      assert.ok(
        after >= Math.min(before - 3, 30),
        `${nameOf(index)}: ${after.toFixed(1)} dB, ${before.toFixed(1)} before`,
      );
    }
  });

test("a second telephone is lifted: the new echo is 30 dB down within a second", () => {
  for (const [index, path] of PATHS.entries()) {
    const maker = new SoundMaker(60 + index);
    const far = maker.white(4 * SECOND, -15);
    const other = PATHS[(index + 3) % PATHS.length]!;
    const echo = Float64Array.from([
      ...echoed(far.subarray(0, 2 * SECOND), path),
      ...echoed(far, other).subarray(2 * SECOND),
    ]);
    const room = maker.white(far.length, ROOM_DBM0);
    block.reset();
    const out = cancel(far, mixed(echo, room));
    const again = enhancement(echo, out, room, 3 * SECOND, 4 * SECOND);
    assert.ok(again >= 30, `${nameOf(index)}: ${again.toFixed(1)} dB`);
  }
});

test("a line without echo: what is said goes through bit for bit, whoever else talks", () => {
  const maker = new SoundMaker(80);
  const near = rounded(maker.voice(10 * SECOND, -15));
  block.reset();
  assert.deepEqual(cancel(maker.murmur(near.length, -10), near), Float64Array.from(near));
});

const toneOf = (frequencies: number[], dbm0: number, samples: number): Float64Array =>
  Float64Array.from({ length: samples }, (_, at) =>
    frequencies.reduce((sum, hertz) => sum + sinePeak(dbm0) * Math.sin((2 * Math.PI * hertz * at) / SAMPLE_RATE), 0),
  );

/** What mu-law leaves of a sample: ITU-T G.711, table 2, to a rounding. */
function quantized(sample: number): number {
  const magnitude = Math.abs(sample) / 4 + 33;
  const step = 2 ** (Math.floor(Math.log2(magnitude)) - 4);
  return Math.sign(sample) * 4 * (Math.floor(magnitude / step) * step + step / 2 - 33);
}

const FAR_TONES = { "1000 Hz": [1000], "ringing tone": [440, 480], "the digit 5": [770, 1336] };

for (const [name, frequencies] of Object.entries(FAR_TONES))
  for (const [hertz, dbm0] of [
    [600, -14],
    [600, -20],
    [1000, -12],
  ] as const)
    test(`a tone of ${hertz} Hz, ${dbm0} dBm0, at the phone goes through bit for bit while the far end sounds ${name}`, () => {
      const near = rounded(toneOf([hertz], dbm0, 5 * SECOND));
      // as a network brings it: in 8 bits, begun anywhere in a frame, with frames missing
      const random = new SeededRandom(7);
      const far = toneOf(frequencies, frequencies.length > 1 ? -13 : -10, near.length);
      for (let at = 0; at < far.length; at++) far[at] = quantized(far[at]!);
      far.fill(0, 0, 1234);
      for (let frame = 30; frame < 240; frame += 7 + Math.floor(random.between(0, 20))) {
        const from = frame * FRAME_SAMPLES;
        for (let at = from; at < from + FRAME_SAMPLES; at++) far[at] = quantized((far[at]! * (at % 160)) / 160);
      }
      block.reset();
      assert.deepEqual(cancel(far, near, true), Float64Array.from(near));
    });

test("an echo that the sound card makes 60 ms later is found when the card's delay is known", () => {
  const maker = new SoundMaker(81);
  const far = maker.white(2 * SECOND, -15);
  const echo = echoed(rounded(far), PATHS[2]!);
  const late = Float64Array.from(far, (_, at) => echo[at - 3 * FRAME_SAMPLES] ?? 0);
  block.reset();
  block.setDelay(4 * FRAME_SAMPLES); // the block's own frame is one of them
  const reached = enhancement(late, cancel(far, late), new Float64Array(far.length), SECOND, 2 * SECOND);
  assert.ok(reached >= 30, `${reached.toFixed(1)} dB`);
});

test("the suppressor: instead of the far end's own words there is the phone's background, as loud as ever", () => {
  for (const [index, path] of PATHS.entries()) {
    const maker = new SoundMaker(90 + index);
    const words = maker.composite(8 * SECOND, -15);
    const far = words.map((value, at) => (at % (2 * SECOND) < SECOND ? value : 0));
    const echo = echoed(rounded(far), path);
    const room = maker.white(far.length, -60);
    block.reset();
    const out = cancel(far, mixed(echo, room), true);
    for (let from = 4 * SECOND; from < 8 * SECOND; from += SECOND / 4) {
      const heard = soundLevelDbm0(out, from, from + SECOND / 4);
      assert.ok(Math.abs(heard + 60) < 3, `${nameOf(index)}: ${heard.toFixed(1)} dBm0 at ${from / SECOND} s`);
    }
  }
});

test("the suppressor: who talks into the far end's words is heard whole", () => {
  for (const [index, path] of PATHS.entries()) {
    const maker = new SoundMaker(100 + index);
    const far = maker.white(8 * SECOND, -15);
    const echo = echoed(rounded(far), path);
    const voice = maker.voice(far.length, -20).map((value, at) => (at > 4 * SECOND ? value : 0));
    block.reset();
    const out = cancel(far, mixed(echo, mixed(voice, maker.white(far.length, ROOM_DBM0))), true);
    const lost = voice.map((value, at) => value - out[at]!);
    const clarity = soundLevelDbm0(voice, 4 * SECOND) - soundLevelDbm0(lost, 4 * SECOND);
    assert.ok(clarity >= 20, `${nameOf(index)}: what is lost of the voice is ${clarity.toFixed(1)} dB softer than it`);
  }
});
