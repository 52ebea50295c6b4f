// tipring hears a stream: the adapter's core on virtual time, packets at their times, and a frame with each beat of its card.

import { AdapterBench } from "../adapter-bench.mjs";

const FRAME_MS = 20;

/** `arrivals` are `{ at, bytes }`, ms, in order. Returns what was played from 0 on, and what the core says of it. */
export async function tipringHears(arrivals, beat, duration) {
  const bench = await AdapterBench.start();
  bench.ring();
  bench.answer();
  bench.advance(1000);
  const start = bench.now;
  const phase = ((beat % FRAME_MS) + FRAME_MS) % FRAME_MS;
  const played = new Int16Array(Math.ceil(duration + FRAME_MS) * 8);
  const lead = Math.round(phase * 8);
  let next = 0;
  for (let frame = 0; lead + (frame + 1) * FRAME_MS * 8 <= played.length; frame++) {
    const due = frame * FRAME_MS + phase;
    for (; next < arrivals.length && arrivals[next].at <= due; next++) {
      bench.advance(start + arrivals[next].at - bench.now);
      bench.rtp(arrivals[next].bytes);
    }
    bench.advance(start + due - bench.now);
    bench.frame();
    played.set(bench.core.earpiece(0), lead + frame * FRAME_MS * 8);
  }
  return { played, ...bench.heard() };
}
