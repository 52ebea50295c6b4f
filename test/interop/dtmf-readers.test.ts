// Our digits read by receivers that others wrote, and theirs by ours: SpanDSP through test/peers/spandsp-dtmf.c, and
// multimon-ng. ITU-T Q.23, Q.24.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DtmfBlock } from "../support/dtmf-block.ts";
import { isPeerMissing, run, runPeer, samplesOf } from "../support/peers.ts";
import { isMissing } from "../support/programs.ts";

const KEYS = "123A456B789C*0#D";

const withSpandsp = { skip: isPeerMissing("spandsp") };
const withMultimon = { skip: isMissing("multimon-ng") || isMissing("sox") };

const spandspReads = (sound: Int16Array) => runPeer("spandsp-dtmf", "spandsp", ["receive"], sound).toString().trim();
const spandspMakes = (digits: string, level: number, twist: number, onMs: number, offMs: number) =>
  samplesOf(runPeer("spandsp-dtmf", "spandsp", ["send", digits, ...[level, twist, onMs, offMs].map(String)]));

test("SpanDSP reads all sixteen digits that we make, at every level and length a setting allows", withSpandsp, () => {
  const dtmf = new DtmfBlock();
  for (const [onMs, offMs] of [
    [50, 50],
    [70, 70],
    [100, 60],
    [500, 200],
  ] as const)
    for (const low of [-25, -13, -9, -6, -3]) {
      for (const twist of [-6, 0, 2, 3]) {
        const sound = dtmf.make(KEYS, low, low + twist, onMs, offMs);
        assert.equal(spandspReads(sound), KEYS, `${onMs}/${offMs} ms, ${low} dBm0, twist ${twist} dB`);
      }
    }
});

test("we read all sixteen digits that SpanDSP makes, down to 40 ms and -25 dBm0", withSpandsp, () => {
  const dtmf = new DtmfBlock();
  for (const [onMs, offMs] of [
    [40, 40],
    [50, 100],
    [100, 50],
    [1000, 300],
  ] as const)
    for (const level of [-25, -20, -13, -7, -3])
      for (const twist of [-8, -4, 0, 4]) {
        if (level + twist < -25 || level + twist > -3) continue; // what Q.24 asks for, and what does not clip
        const sound = spandspMakes(KEYS, level, twist, onMs, offMs);
        assert.equal(dtmf.read(sound), KEYS, `${onMs}/${offMs} ms, ${level} dBm0, twist ${twist} dB`);
      }
});

test("multimon-ng reads all sixteen digits that we make, after sox has brought them to its rate", withMultimon, () => {
  const sound = new DtmfBlock().make(KEYS, -9, -7, 120, 120);
  const raw = (rate: number) => ["-t", "raw", "-r", String(rate), "-c", "1", "-e", "signed", "-b", "16", "-"];
  const faster = run("sox", [...raw(8000), ...raw(22050)], new Uint8Array(sound.buffer));
  const printed = run("multimon-ng", ["-q", "-c", "-a", "DTMF", "-t", "raw", "-"], faster).toString();
  // It tells of no key pressed first with another, and some of them as a letter of its own.
  const digits = [...printed.matchAll(/DTMF: (.)/g)].map(([, digit]) => digit).join("");
  assert.equal(digits, KEYS, printed);
});
