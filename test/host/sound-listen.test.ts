// The judge of recordings: what it must accept after a telephone network has had the sound, and what it must refuse.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../host/random.ts";
import { soundLevelDbm0, toneLevelDbm0, toneShare } from "../../host/sound/level.ts";
import { heardShare, reallyHeard } from "../../host/sound/listen.ts";
import { cadenced, sines } from "../support/central-office.ts";
import { voice1, voice2 } from "../support/voices.ts";

const SEED = 20270101;

/** `voice` in a longer call: `before` samples, `after` more; `change` makes what is heard of what was spoken. */
function call(voice: Int16Array, before = 12345, after = 8000, change = (samples: Int16Array) => samples): Int16Array {
  const result = new Int16Array(before + voice.length + after);
  result.set(change(voice.slice()).subarray(0, voice.length), before);
  return result;
}

function noisy(samples: Int16Array, levelDbm0: number, seed = SEED): Int16Array {
  const random = new SeededRandom(seed);
  const rms = (32768 * 10 ** ((levelDbm0 - 3.14) / 20)) / Math.SQRT2;
  // Uniform over [-a, a] has an RMS of a / sqrt(3).
  return samples.map((sample) =>
    Math.max(-32768, Math.min(32767, sample + random.between(-1, 1) * rms * Math.sqrt(3))),
  );
}

/** Every 20 ms frame for which `fate` says so is changed. */
function frames(
  samples: Int16Array,
  fate: (frame: number) => boolean,
  change: (frame: Int16Array) => void,
): Int16Array {
  for (let from = 0; from + 160 <= samples.length; from += 160) {
    if (fate(from / 160)) change(samples.subarray(from, from + 160));
  }
  return samples;
}

function lossy(share: number, seed = SEED): (frame: number) => boolean {
  const random = new SeededRandom(seed);
  return () => random.between(0, 1) < share;
}

function accepted(recorded: Int16Array, spoken: Int16Array, delayMs: number, tolerance = 0.2) {
  const verdict = reallyHeard(recorded, spoken);
  assert.equal(verdict.heard, true, `${verdict.reason} (seed ${SEED})`);
  assert.ok(Math.abs(verdict.delayMs - delayMs) <= tolerance, `delay ${verdict.delayMs}, not ${delayMs} ms`);
  return verdict;
}

function refused(recorded: Int16Array, spoken: Int16Array, reason: RegExp) {
  const verdict = reallyHeard(recorded, spoken);
  assert.equal(verdict.heard, false, `${verdict.reason} (seed ${SEED})`);
  assert.match(verdict.reason, reason);
  return verdict;
}

for (const [name, voice] of [
  ["phone 1", voice1],
  ["phone 2", voice2],
] as const) {
  test(`${name}: heard as spoken, wherever in the call, to the sample`, () => {
    for (const before of [0, 1, 159, 40000]) {
      const verdict = accepted(call(voice, before), voice, before / 8, 0);
      assert.ok(verdict.similarity > 0.9999 && verdict.coverage === 1);
    }
  });

  test(`${name}: heard 20 dB softer, upside down, in noise 20 dB below the voice`, () => {
    accepted(
      call(voice, 8000, 0, (samples) => samples.map((sample) => sample / 10)),
      voice,
      1000,
    );
    accepted(noisy(call(voice), soundLevelDbm0(voice) - 20), voice, 12345 / 8);
  });

  test(`${name}: heard with 5 % of the packets lost, each gap silent or filled with the frame before`, () => {
    accepted(
      call(voice, 8000, 0, (samples) => frames(samples, lossy(0.05), (frame) => frame.fill(0))),
      voice,
      1000,
    );
    const repeat = (frame: Int16Array) => {
      if (frame.byteOffset > 0) frame.set(new Int16Array(frame.buffer, frame.byteOffset - 320, 160));
    };
    accepted(
      call(voice, 8000, 0, (samples) => frames(samples, lossy(0.05), repeat)),
      voice,
      1000,
    );
  });

  test(`${name}: heard although the jitter buffer moved three times, 20 ms each`, () => {
    const third = Math.floor(voice.length / 4);
    const recorded = new Int16Array(8000 + voice.length + 8000);
    for (let part = 0; part < 4; part++)
      recorded.set(voice.subarray(part * third, (part + 1) * third), 8000 + part * third + 160 * part);
    const { coverage } = reallyHeard(recorded, voice);
    assert.ok(coverage >= 0.8, `coverage ${coverage}`);
    assert.equal(reallyHeard(recorded, voice).heard, true);
  });

  test(`${name}: heard with dial tone, ringback and keys earlier in the call, ten times as loud`, () => {
    const recorded = call(voice, 40000);
    const ringback = cadenced(sines([440, -3], [480, -3]), 2000, 1000);
    for (let index = 0; index < 39000; index++) recorded[index] = ringback(index);
    accepted(recorded, voice, 5000);
  });

  test(`${name}: heard although its first half second is missing`, () => {
    const recorded = call(voice.subarray(4000), 0, 8000);
    const verdict = heardShare(recorded, voice);
    assert.ok(Math.abs(verdict.delayMs - -500) < 0.2, `delay ${verdict.delayMs}`);
    assert.ok(verdict.coverage > 0.7 && verdict.coverage < 1, `coverage ${verdict.coverage}`);
  });

  test(`${name}: heard in a call of two minutes`, () => {
    accepted(call(voice, 900_000, 30_000), voice, 112_500);
  });

  test(`${name}: refused when only half of it is there`, () => {
    refused(call(voice.subarray(0, voice.length >> 1)), voice, /of the speech heard/);
  });

  test(`${name}: refused in silence, in noise, in an empty recording, in a dial tone`, () => {
    refused(new Int16Array(40000), voice, /silence/);
    refused(new Int16Array(0), voice, /silence/);
    refused(noisy(new Int16Array(40000), -65), voice, /silence/);
    refused(noisy(new Int16Array(40000), -15), voice, /^0 % of the speech heard/);
    refused(
      Int16Array.from({ length: 40000 }, (_, index) => sines([350, -17], [440, -17])(index)),
      voice,
      /^0 %/,
    );
  });

  test(`${name}: refused 45 dB softer, where nobody would hear it`, () => {
    refused(
      call(voice, 8000, 0, (samples) => samples.map((sample) => sample / 178)),
      voice,
      /silence/,
    );
  });

  test(`${name}: refused when garbled`, () => {
    const level = soundLevelDbm0(voice);
    const garbled: [string, Int16Array][] = [
      [
        "every other packet lost",
        call(voice, 8000, 0, (samples) =>
          frames(
            samples,
            (frame) => frame % 2 === 0,
            (frame) => frame.fill(0),
          ),
        ),
      ],
      [
        "40 % of the packets lost",
        call(voice, 8000, 0, (samples) => frames(samples, lossy(0.4), (frame) => frame.fill(0))),
      ],
      [
        "each packet backwards",
        call(voice, 8000, 0, (samples) =>
          frames(
            samples,
            () => true,
            (frame) => frame.reverse(),
          ),
        ),
      ],
      ["noise as loud as the voice", noisy(call(voice), level)],
      ["backwards", call(voice.slice().reverse())],
      [
        "bytes swapped",
        call(voice, 8000, 0, (samples) => samples.map((sample) => (sample << 8) | ((sample >> 8) & 0xff))),
      ],
      ["every other sample lost", call(voice.filter((_, index) => index % 2 === 0))],
      [
        "10 % too fast",
        call(
          Int16Array.from({ length: Math.floor(voice.length / 1.1) }, (_, index) => voice[Math.round(index * 1.1)]!),
        ),
      ],
      ["packets in pairs swapped", call(Int16Array.from(voice, (_, index) => voice[index ^ 256] ?? 0))],
    ];
    for (const [how, recorded] of garbled) {
      const verdict = reallyHeard(recorded, voice);
      assert.equal(verdict.heard, false, `${how}: ${verdict.reason} (seed ${SEED})`);
    }
  });
}

test("the other phone's voice is not the one looked for, nor is one's own that comes back as an echo", () => {
  refused(call(voice2), voice1, /of the speech heard/);
  refused(call(voice1), voice2, /of the speech heard/);
  const echo = call(voice1, 8000, 8000, (samples) => samples.map((sample) => sample / 3));
  for (let index = 800; index < echo.length; index++) echo[index]! += echo[index - 800]! / 2;
  refused(echo, voice2, /of the speech heard/);
});

test("both voices in one recording are both heard, one after the other", () => {
  const recorded = new Int16Array(80000);
  recorded.set(voice1, 2000);
  recorded.set(voice2, 40000);
  accepted(recorded, voice1, 250);
  accepted(recorded, voice2, 5000);
});

test("too little speech to look for is an error, not a verdict", () => {
  assert.throws(() => heardShare(voice1, new Int16Array(8000)), /too little speech/);
  assert.throws(() => heardShare(voice1, voice1.subarray(0, 1500)), /too little speech/);
});

test("ITU-T G.711 §7: a sine whose peak is full scale is +3.14 dBm0, half of it 6.02 dB less", () => {
  const sine = (peak: number) =>
    Int16Array.from({ length: 8000 }, (_, index) => peak * Math.sin((2 * Math.PI * 1000 * (index + 0.5)) / 8000));
  assert.ok(Math.abs(soundLevelDbm0(sine(32767)) - 3.14) < 0.01);
  assert.ok(Math.abs(soundLevelDbm0(sine(16384)) - (3.14 - 6.02)) < 0.01);
  assert.ok(Math.abs(toneLevelDbm0(sine(16384), 1000) - (3.14 - 6.02)) < 0.01);
  assert.equal(soundLevelDbm0(new Int16Array(100)), -Infinity);
});

test("a tone's level is measured beside another one 40 Hz away, within 0.2 dB in 100 ms", () => {
  const both = Int16Array.from({ length: 800 }, (_, index) => sines([440, -17], [480, -25])(index));
  assert.ok(Math.abs(toneLevelDbm0(both, 440) - -17) < 0.2);
  assert.ok(Math.abs(toneLevelDbm0(both, 480) - -25) < 0.2);
  assert.ok(toneLevelDbm0(both, 350) < -50);
  assert.ok(toneShare(both, [440, 480]) > 0.98);
  assert.ok(toneShare(both, [480]) < 0.2);
  assert.equal(toneShare(new Int16Array(800), [440]), 0);
});
