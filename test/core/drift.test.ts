// The sender's clock and ours are never the same. An hour of it: nothing clicks, nothing is lost, and nobody hears later and later.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../host/random.ts";
import { sinePeak } from "../../host/sound/level.ts";
import { loadBlock } from "../support/blocks.ts";
import { voice1, voice2 } from "../support/voices.ts";

interface JitterBlock {
  pcmPointer(): number;
  reset(): void;
  send(sequence: number, timestamp: number, samples: number, now: number): number;
  hear(now: number): void;
  delayMs(): number;
  late(): number;
  concealedSamples(): number;
}

const HOUR = 3_600_000;
const FRAME_MS = 20;
const FRAME = 160;
/** The first seconds, in which the network is learnt, ms. */
const LEARNING = 15_000;
/** Of the network, ms. */
const JITTER = 3;
/** Frames of the sender that what is heard may come from: 600 ms. */
const NEAR = 30;
/** A-law's coarsest step. */
const COARSEST = 1024;

/** The sound of frame `index` of the sender. */
type Sound = (index: number, target: Int16Array) => void;

const HERTZ = 437;
const TURN = (2 * Math.PI * HERTZ) / 8000;

/** Over and over. */
const loopOf =
  (samples: Int16Array): Sound =>
  (index, target) => {
    for (let at = 0; at < FRAME; at++) target[at] = samples[(index * FRAME + at) % samples.length] as number;
  };

const peak = sinePeak(-10);
const tone = loopOf(Int16Array.from({ length: 8000 }, (_, at) => Math.round(peak * Math.sin(TURN * at))));
const speech = loopOf(Int16Array.from([...voice1, ...voice2]));

/** The sharpest bend of a frame that follows on two samples. */
function sharpest(pcm: Int16Array, before: [number, number]): number {
  let [first, second] = before;
  let most = 0;
  for (const sample of pcm) {
    most = Math.max(most, Math.abs(sample - 2 * second + first));
    first = second;
    second = sample;
  }
  before[0] = first;
  before[1] = second;
  return most;
}

interface Heard {
  /** Most of the delay, ms, once the network is known. */
  longest: number;
  shortest: number;
  late: number;
  concealed: number;
  /** Frames with a sharper bend than the sender's own in the 600 ms before them. */
  clicks: number;
  /** The lowest and highest power of a frame. */
  quietest: number;
  loudest: number;
}

/** An hour of `sound` from a sender whose clock is `drift` faster than ours. */
function listen(sound: Sound, drift: number, seed: number): Heard {
  const block = loadBlock<JitterBlock>("jitter");
  const pcm = new Int16Array(block.memory.buffer, block.pcmPointer(), FRAME);
  const random = new SeededRandom(seed);
  const bends = new Float64Array(NEAR);
  const [saidBefore, heardBefore]: [number, number][] = [
    [0, 0],
    [0, 0],
  ];
  const heard = { longest: 0, shortest: 1e9, late: 0, concealed: 0, clicks: 0, quietest: 1e18, loudest: 0 };
  let concealedAtFirst = 0;
  let sent = 0;
  let arrival = 0;
  block.reset();
  for (let now = 7; now < HOUR; now += FRAME_MS) {
    for (;;) {
      if (arrival === 0) arrival = (sent + 1) * FRAME_MS * (1 - drift) + random.between(0, JITTER);
      if (arrival > now) break;
      sound(sent, pcm);
      bends[sent % NEAR] = sharpest(pcm, saidBefore);
      block.send(sent & 0xffff, (sent * FRAME) >>> 0, FRAME, arrival);
      sent++;
      arrival = 0;
    }
    block.hear(now);
    const bend = sharpest(pcm, heardBefore);
    if (now < LEARNING) {
      concealedAtFirst = block.concealedSamples();
      continue;
    }
    if (bend > Math.max(...bends) * 1.1 + COARSEST) heard.clicks++;
    let power = 0;
    for (const sample of pcm) power += (sample * sample) / FRAME;
    heard.quietest = Math.min(heard.quietest, power);
    heard.loudest = Math.max(heard.loudest, power);
    heard.longest = Math.max(heard.longest, block.delayMs());
    heard.shortest = Math.min(heard.shortest, block.delayMs());
  }
  heard.late = block.late();
  heard.concealed = block.concealedSamples() - concealedAtFirst;
  return heard;
}

for (const drift of [200e-6, -200e-6]) {
  for (const [what, sound] of [
    ["a tone", tone],
    ["speech", speech],
  ] as const) {
    test(`an hour of ${what} from a clock that is ${drift * 1e6} ppm fast: no click, no loss, no more delay`, (t) => {
      const seed = 41;
      const heard = listen(sound, drift, seed);
      t.diagnostic(JSON.stringify(heard));
      assert.equal(heard.clicks, 0, `seed ${seed}`);
      assert.equal(heard.late, 0, `seed ${seed}`);
      assert.equal(heard.concealed, 0, `seed ${seed}`);
      assert.ok(heard.longest < 50, `${heard.longest} ms, seed ${seed}`);
      if (what === "a tone") {
        const decibels = 10 * Math.log10(heard.loudest / heard.quietest);
        assert.ok(decibels < 1, `level within ${decibels} dB, seed ${seed}`);
      }
    });
  }
}
