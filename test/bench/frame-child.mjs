// Runs frames of a call for frame.mjs, in a process whose young heap holds all of them: what the heap has grown by is what was allocated.
// Prints one line of JSON. With the argument `srtp` the call is encrypted, and only its time is taken.

import { AdapterBench, Speaker } from "./adapter-bench.mjs";
import { median } from "./measure.mjs";
import { SrtpSpeaker } from "./srtp-speaker.mjs";

const FRAME_MS = 20;
const ROUND = 2000;
const ROUNDS = 15;
const COUNTED = 100_000;

const isProtected = process.argv[2] === "srtp";
const bench = await AdapterBench.start(isProtected);
bench.ring();
bench.answer();
const speaker = isProtected ? new SrtpSpeaker(new Speaker()) : new Speaker();
const microphone = bench.core.microphone(0);

/** A second of something like speech: harmonics that swell and fade, over noise. */
const speech = Array.from({ length: 50 }, (_, frame) =>
  Int16Array.from({ length: microphone.length }, (_, sample) => {
    const time = (frame * microphone.length + sample) / 8000;
    const voice = [1, 2, 3, 5, 8].reduce(
      (sum, harmonic) => sum + Math.sin(2 * Math.PI * 125 * harmonic * time) / harmonic,
      0,
    );
    return Math.round(4000 * voice * (0.5 + 0.5 * Math.sin(7 * time)) + ((sample * 7919) % 200) - 100);
  }),
);

let frames = 0;
function frame() {
  bench.now += FRAME_MS;
  bench.rtp(speaker.next());
  microphone.set(speech[frames++ % speech.length]);
  bench.frame();
}

/** Nanoseconds of processor for one frame: median, and the quickest round. */
function measure() {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (isProtected) speaker.prepare(ROUND);
    const start = process.cpuUsage();
    for (let count = 0; count < ROUND; count++) frame();
    const { user, system } = process.cpuUsage(start);
    rounds.push(((user + system) * 1000) / ROUND);
  }
  return { median: median(rounds), least: Math.min(...rounds) };
}

if (isProtected) speaker.prepare(5 * ROUND);
for (let count = 0; count < 5 * ROUND; count++) frame();
const before = bench.rtpSent;
const time = measure();
if (bench.rtpSent - before !== ROUNDS * ROUND)
  throw new Error(`${bench.rtpSent - before} packets went out for ${ROUNDS * ROUND} frames`);
if (!bench.core.earpiece(0).some((sample) => sample !== 0)) throw new Error("the far end is not heard");

if (isProtected) {
  console.log(JSON.stringify({ time }));
  process.exit();
}

globalThis.gc();
const heap = process.memoryUsage().heapUsed;
for (let count = 0; count < COUNTED; count++) frame();
const grown = process.memoryUsage().heapUsed - heap;
globalThis.gc();
const kept = process.memoryUsage().heapUsed - heap;
bench.hangUp();
console.log(JSON.stringify({ time, allocated: grown / COUNTED, kept: kept / COUNTED, counted: COUNTED }));
