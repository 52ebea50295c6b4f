// Our echo canceller beside SpanDSP's (test/peers/spandsp-echo.c), 256 taps each, on the same sound over the same hybrids: a second
// to learn in, four of double talk, and what is left afterwards.

import assert from "node:assert/strict";
import { test } from "node:test";
import { echoResponse, HYBRIDS } from "../../host/phone/hybrid.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, soundLevelDbm0 } from "../../host/sound/level.ts";
import { loadBlock } from "../support/blocks.ts";
import { isPeerMissing, runPeer, samplesOf } from "../support/peers.ts";
import { echoed, mixed, rounded, SoundMaker } from "../support/sounds.ts";

interface Exports {
  farPointer(): number;
  nearPointer(): number;
  reset(): void;
  run(samples: number): void;
}

const SECOND = SAMPLE_RATE;
const LENGTH = 10 * SECOND;
/** Enhancement in dB is counted in these stretches, seconds. */
const STRETCHES = { "0.5-1 s": [0.5, 1], "double talk": [3, 7], after: [8, 10] } as const;

function ours(far: Int16Array, near: Int16Array): Int16Array {
  const block = loadBlock<Exports>("echo");
  const pcm = (at: number) => new Int16Array(block.memory.buffer, at, far.length);
  pcm(block.farPointer()).set(far);
  pcm(block.nearPointer()).set(near);
  block.reset();
  block.run(far.length);
  return pcm(block.nearPointer());
}

function theirs(far: Int16Array, near: Int16Array): Int16Array {
  const both = new Int16Array(far.length * 2);
  for (let at = 0; at < far.length; at += FRAME_SAMPLES) {
    both.set(far.subarray(at, at + FRAME_SAMPLES), at * 2);
    both.set(near.subarray(at, at + FRAME_SAMPLES), at * 2 + FRAME_SAMPLES);
  }
  return samplesOf(runPeer("spandsp-echo", "spandsp", [], both));
}

for (const kind of ["white", "murmur", "composite", "voice"] as const)
  test(`${kind} sound, double talk: more of the echo goes than with SpanDSP`, {
    skip: isPeerMissing("spandsp"),
  }, (context) => {
    const sums = { ours: [0, 0, 0], theirs: [0, 0, 0] };
    for (const [index, hybrid] of HYBRIDS.entries()) {
      const maker = new SoundMaker(20 + index);
      const far = rounded(maker[kind](LENGTH, -15));
      const echo = echoed(far, echoResponse(hybrid, 6, 4 * index));
      const voice = maker.voice(LENGTH, -15).map((value, at) => (at > 3 * SECOND && at < 7 * SECOND ? value : 0));
      const near = mixed(voice, maker.white(LENGTH, -70)).map(Math.round);
      const microphone = rounded(mixed(echo, near));
      for (const [name, cancel] of Object.entries({ ours, theirs })) {
        const left = cancel(far, microphone);
        const rest = echo.map((_, at) => left[at]! - near[at]!);
        for (const [stretch, [from, to]] of Object.values(STRETCHES).entries()) {
          const [first, last] = [from * SECOND, to * SECOND];
          sums[name as "ours" | "theirs"][stretch]! +=
            soundLevelDbm0(echo, first, last) - soundLevelDbm0(rest, first, last);
        }
      }
    }
    for (const [stretch, name] of Object.keys(STRETCHES).entries()) {
      const [mine, other] = [sums.ours[stretch]! / HYBRIDS.length, sums.theirs[stretch]! / HYBRIDS.length];
      context.diagnostic(
        `${kind}, ${name}: ERLE ${mine.toFixed(1)} dB, SpanDSP's ${other.toFixed(1)} dB, mean of eight hybrids`,
      );
      // what both leave of white noise in the end is the room's own
      assert.ok(mine >= Math.min(other, 35), `${name}: ${mine.toFixed(1)} dB, SpanDSP's ${other.toFixed(1)}`);
    }
  });
