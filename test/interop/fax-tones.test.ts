// SpanDSP's tones of fax machines and modems, told apart by ours: test/peers/spandsp-fax-tones.c.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FaxBlock } from "../support/fax-block.ts";
import { isPeerMissing, runPeer, samplesOf } from "../support/peers.ts";

const withSpandsp = { skip: isPeerMissing("spandsp") };
const LENGTH = "3400";

for (const [kind, signal] of [
  ["cng", "calling"],
  ["ced", "answering"],
  ["ans-pr", "modem"],
  ["ansam", "answering"],
  ["ansam-pr", "modem"],
  ["flags", "flags"],
] as const)
  test(`SpanDSP's ${kind}, as loud as it is and 26 dB softer`, withSpandsp, () => {
    const sound = samplesOf(runPeer("spandsp-fax-tones", "spandsp", [kind, LENGTH]));
    const fax = new FaxBlock();
    for (const gain of [1, 0.05])
      assert.deepEqual([...new Set(fax.read(sound.map((sample) => sample * gain)))], [signal]);
  });
