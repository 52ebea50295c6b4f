// The echo of a phone on a line card: its sound takes tens of milliseconds to the ear and back, other ones at each call, and two clocks
// lengthen and shorten that all the time. The card tells what is at the ear, so the canceller knows the way to a sample.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CardLaw } from "../../host/phone/card-port.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, soundLevelDbm0 } from "../../host/sound/level.ts";
import { loadBlock } from "../support/blocks.ts";
import { CardBench } from "../support/card-bench.ts";
import { Dice } from "../support/dice.ts";
import { cardSkip } from "../support/line-card.ts";
import { rounded, SoundMaker } from "../support/sounds.ts";

interface Canceller {
  farPointer(): number;
  nearPointer(): number;
  reset(): void;
  setDelay(samples: number): void;
  setSuppression(on: number): void;
  run(samples: number): void;
}

const LOSS_DB = 12;
/** Of the canceller, ms. */
const REACH = 160;
const SAMPLES_PER_MS = SAMPLE_RATE / 1000;

/** What the microphone gives while the ear gets `far`, and what the canceller leaves of it; and each delay that was told. */
async function talk(bench: CardBench, far: Int16Array, fixedDelay?: number) {
  const block = loadBlock<Canceller>("echo");
  const frameAt = (at: number) => new Int16Array(block.memory.buffer, at, FRAME_SAMPLES);
  const [heard, said] = [frameAt(block.farPointer()), frameAt(block.nearPointer())];
  const port = bench.ports[0]!;
  const echo = new Int16Array(far.length);
  const left = new Int16Array(far.length);
  const delays: number[] = [];
  block.reset();
  block.setSuppression(0);
  for (let at = 0; at < far.length; at += FRAME_SAMPLES) {
    port.readFrame(said, bench.clock.now());
    echo.set(said, at);
    delays.push(port.echoDelay);
    block.setDelay((fixedDelay ?? port.echoDelay) * SAMPLES_PER_MS);
    // the ear's last frame is in `heard`
    block.run(FRAME_SAMPLES);
    left.set(said, at);
    heard.set(far.subarray(at, at + FRAME_SAMPLES));
    port.writeFrame(heard);
    await bench.pass(20);
  }
  return { echo, left, delays };
}

function enhancement(echo: Int16Array, left: Int16Array, from: number, to = echo.length / SAMPLE_RATE): number {
  const [first, last] = [from * SAMPLE_RATE, to * SAMPLE_RATE];
  return soundLevelDbm0(echo, first, last) - soundLevelDbm0(left, first, last);
}

interface Case {
  law: CardLaw;
  ppm: number;
  baudRate: number;
  seconds: number;
  /** Enhancement in dB, in all and of the worst second, after the first two. */
  least: number;
  worst: number;
  /** The most that the sound takes to the ear and back, ms. */
  delay: number;
}

const CASES: readonly Case[] = [
  { law: "mu-law", ppm: 0, baudRate: 115_200, seconds: 8, least: 30, worst: 30, delay: 85 },
  { law: "a-law", ppm: 0, baudRate: 921_600, seconds: 8, least: 30, worst: 30, delay: 65 },
  // crystals
  { law: "mu-law", ppm: 100, baudRate: 115_200, seconds: 120, least: 28, worst: 18, delay: 95 },
  { law: "a-law", ppm: -100, baudRate: 921_600, seconds: 120, least: 28, worst: 18, delay: 80 },
  // clocks that are none
  { law: "mu-law", ppm: 1000, baudRate: 921_600, seconds: 30, least: 18, worst: 10, delay: 80 },
  { law: "a-law", ppm: -1000, baudRate: 115_200, seconds: 30, least: 18, worst: 10, delay: 100 },
];

describe("the echo of a phone on a line card", { skip: cardSkip() }, () => {
  for (const { law, ppm, baudRate, seconds, least, worst, delay } of CASES)
    test(`${law} at ${baudRate} baud, the card's clock ${ppm} ppm fast: ${least} dB of it are cancelled, ${worst} in the worst second`, async (t) => {
      const bench = new CardBench(t, { sound: law, ppm, baudRate });
      await bench.isUp();
      bench.peer.tell(`echo 0 ${LOSS_DB}`);
      const far = rounded(new SoundMaker(5).composite(seconds * SAMPLE_RATE, -15));
      const { echo, left, delays } = await talk(bench, far);
      // the hybrid is scaled for white sound
      const loss = soundLevelDbm0(far, SAMPLE_RATE) - soundLevelDbm0(echo, SAMPLE_RATE);
      assert.ok(Math.abs(loss - LOSS_DB) < 1.5, `${loss} dB`);
      const each = Array.from({ length: seconds - 2 }, (_, at) => enhancement(echo, left, at + 2, at + 3));
      const most = Math.max(...delays.slice(50));
      t.diagnostic(
        `${enhancement(echo, left, 2).toFixed(1)} dB, ${Math.min(...each).toFixed(1)} at worst, ${most} ms out and back at most`,
      );
      assert.ok(
        enhancement(echo, left, 2) >= least && Math.min(...each) >= worst,
        `${each.map((db) => db.toFixed(1))}`,
      );
      assert.ok(most <= delay, `${most} ms`);
      const { soundMissed, soundMissedAtCard, soundSkipped } = bench.card.counters;
      assert.deepEqual([soundMissed, soundMissedAtCard, soundSkipped], [0, 0, 0]);
    });

  test("a wire that loses every fiftieth write: what is kept in hand grows, and stays within the canceller's reach", async (t) => {
    const bench = new CardBench(t, { sound: "a-law", ppm: 60 });
    await bench.isUp();
    bench.peer.tell(`echo 0 ${LOSS_DB}`);
    const dice = new Dice(3);
    bench.peer.spoil = (bytes) => (dice.chance(0.02) ? [] : [{ bytes, late: 0 }]);
    const far = rounded(new SoundMaker(5).composite(60 * SAMPLE_RATE, -15));
    const { echo, left, delays } = await talk(bench, far);
    const reached = enhancement(echo, left, 2);
    t.diagnostic(`${reached.toFixed(1)} dB, ${Math.max(...delays)} ms out and back at most`);
    assert.ok(Math.max(...delays) <= REACH, `${Math.max(...delays)} ms`);
    assert.ok(reached >= 10, `${reached} dB`);
  });

  test("were the delay not told, nothing of it would be", async (t) => {
    const bench = new CardBench(t, { sound: "mu-law" });
    await bench.isUp();
    bench.peer.tell(`echo 0 ${LOSS_DB}`);
    const far = rounded(new SoundMaker(5).composite(4 * SAMPLE_RATE, -15));
    const { echo, left } = await talk(bench, far, FRAME_SAMPLES / SAMPLES_PER_MS);
    assert.ok(enhancement(echo, left, 2) < 1);
  });
});
