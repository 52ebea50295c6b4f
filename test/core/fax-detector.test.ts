// What fax machines and modems send before they talk, at the edges of what the recommendations allow, and what is none
// of it. ITU-T T.30 §4.1, §5.3.1; V.25; V.8.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SAMPLE_RATE, sinePeak } from "../../host/sound/level.ts";
import { FaxBlock } from "../support/fax-block.ts";
import { MS, mixed, rounded, SoundMaker } from "../support/sounds.ts";
import { voice1, voice2 } from "../support/voices.ts";

const fax = new FaxBlock();

/** Silence, a tone, silence. `turnMs`: how often its phase turns over. */
function tone(hertz: number, ms: number, dbm0: number, turnMs = Number.POSITIVE_INFINITY): Float64Array {
  const sound = new Float64Array((300 + ms + 600) * MS);
  for (let at = 0; at < ms * MS; at++) {
    const turned = Math.floor(at / (turnMs * MS)) % 2 === 1 ? Math.PI : 0;
    sound[300 * MS + at] = sinePeak(dbm0) * Math.sin((2 * Math.PI * hertz * at) / SAMPLE_RATE + turned);
  }
  return sound;
}

/** Continuous-phase FSK at 300 bit/s, a one at 1650 Hz. */
function flags(count: number, dbm0: number, bits = "01111110"): Float64Array {
  const sound = new Float64Array(Math.round((count * bits.length * SAMPLE_RATE) / 300));
  let phase = 0;
  return sound.map((_, at) => {
    const bit = bits[Math.floor((at * 300) / SAMPLE_RATE) % bits.length];
    phase += (2 * Math.PI * (bit === "1" ? 1650 : 1850)) / SAMPLE_RATE;
    return sinePeak(dbm0) * Math.sin(phase);
  });
}

const withNoise = (sound: Float64Array, dbm0: number) =>
  rounded(mixed(sound, new SoundMaker(7).white(sound.length, dbm0)));

for (const hertz of [1062, 1100, 1138])
  for (const ms of [430, 500, 570])
    for (const dbm0 of [-8, -25, -40])
      test(`T.30 §4.1.1: CNG of ${hertz} Hz, ${ms} ms, ${dbm0} dBm0`, () => {
        assert.deepEqual(fax.read(withNoise(tone(hertz, ms, dbm0), dbm0 - 25)), ["calling"]);
      });

for (const [hertz, ms] of [
  [1000, 500],
  [1200, 500],
  [1100, 300],
  [1100, 800],
] as const)
  test(`${ms} ms of ${hertz} Hz are no CNG`, () => assert.deepEqual(fax.read(rounded(tone(hertz, ms, -12))), []));

for (const hertz of [2085, 2100, 2115])
  for (const dbm0 of [-6, -20, -40]) {
    test(`T.30 §4.1.2: CED of ${hertz} Hz, ${dbm0} dBm0, is heard in half a second and something`, () => {
      fax.reset();
      const [found, ...others] = fax.hear(withNoise(tone(hertz, 2600, dbm0), dbm0 - 25));
      assert.equal(found?.signal, "answering");
      assert.ok(found.ms <= 300 + 560, `${found.ms} ms`);
      assert.deepEqual(others, []);
    });
    test(`V.25: ${hertz} Hz, ${dbm0} dBm0, turned over every 450 ms, is a modem's`, () => {
      for (const turnMs of [425, 450, 475])
        assert.deepEqual(fax.read(withNoise(tone(hertz, 2600, dbm0, turnMs), dbm0 - 25)), ["modem"]);
    });
  }

test("2225 and 2000 Hz, and 300 ms of 2100 Hz, are no answer of a fax machine", () => {
  for (const [hertz, ms] of [
    [2225, 3000],
    [2000, 3000],
    [2150, 3000],
    [2050, 3000],
    [2100, 300],
  ] as const)
    assert.deepEqual(fax.read(rounded(tone(hertz, ms, -12))), [], `${hertz} Hz`);
});

for (const dbm0 of [-6, -20, -40])
  test(`T.30 §5.3.1: the preamble, ${dbm0} dBm0, is heard within 200 ms, flags with one nought between them as well`, () => {
    for (const bits of ["01111110", "0111111"]) {
      fax.reset();
      const [found] = fax.hear(withNoise(flags(37, dbm0, bits), dbm0 - 25));
      assert.equal(found?.signal, "flags");
      assert.ok(found.ms <= 220, `${found.ms} ms`);
    }
  });

test("V.21 that carries something else than flags is no preamble", () => {
  for (const bits of ["01", "0110", "011110", "0111111111", "1"])
    assert.deepEqual(fax.read(rounded(flags(60, -12, bits))), [], bits);
});

test("nobody who speaks is taken for a machine", () => {
  const maker = new SoundMaker(11);
  for (const speech of [
    voice1,
    voice2,
    rounded(maker.voice(80_000, -12)),
    rounded(maker.murmur(80_000, -12)),
    rounded(maker.white(80_000, -12)),
  ])
    assert.deepEqual(fax.read(speech), []);
});
