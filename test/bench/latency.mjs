// How soon the phone's user hears or sees something.

import { AdapterBench } from "./adapter-bench.mjs";
import { percentile } from "./measure.mjs";

export const title = "how soon a phone answers its user and its caller";

const CALLS = 2000;
const WARM_UP = 300;
const FRAME_MS = 20;

/** Frames from the handset's lifting to the first one with sound in it, and milliseconds. */
async function dialTone() {
  const bench = await AdapterBench.start();
  bench.advance(1000);
  const lifted = bench.now;
  bench.loop(true);
  for (let frame = 1; frame <= 50; frame++) {
    bench.advance(FRAME_MS);
    bench.frame();
    const sample = bench.core.earpiece(0).findIndex((value) => value !== 0);
    if (sample >= 0) return { frames: frame, milliseconds: bench.now - lifted - FRAME_MS + sample / 8 };
  }
  throw new Error("there is no dial tone within a second");
}

async function ringing() {
  const bench = await AdapterBench.start();
  const times = [];
  for (let call = 0; call < WARM_UP + CALLS; call++) {
    const took = bench.ring();
    if (call >= WARM_UP) times.push(took);
    bench.answer();
    bench.hangUp();
  }
  return times;
}

export async function run() {
  const tone = await dialTone();
  const times = await ringing();
  const row = (what, share, goal) => ({ what, value: percentile(times, share), unit: "ms", goal });
  return [
    { what: "off-hook to dial tone", value: tone.frames, unit: "frames", goal: "1" },
    { what: "off-hook to dial tone, virtual time", value: tone.milliseconds, unit: "ms" },
    row("INVITE in to 180 out and ring on, median", 0.5),
    row("the same, 99 of 100", 0.99, "<= 1"),
  ];
}
