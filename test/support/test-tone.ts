// Tones that a test sends through a call, and what of them a recording holds.

import {
  FRAME_SAMPLES,
  SAMPLE_RATE,
  sinePeak,
  soundLevelDbm0,
  toneLevelDbm0,
  toneShare,
} from "../../host/sound/level.ts";

/** Two and a half frames: short enough to follow a tone's ends, long enough to tell tones 40 Hz apart. */
const WINDOW = FRAME_SAMPLES * 2.5;
/** Of a window with the tone in it nearly all power is the tone; G.711 adds noise 33 dB down. */
const SHARE = 0.95;

/** A sine of `frequency` Hz at `levelDbm0` that lasts `length` ms. */
export function makeTone(frequency: number, levelDbm0: number, length: number): Int16Array {
  const peak = sinePeak(levelDbm0);
  const samples = new Int16Array((length * SAMPLE_RATE) / 1000);
  for (let index = 0; index < samples.length; index++) {
    samples[index] = Math.round(peak * Math.sin((2 * Math.PI * frequency * index) / SAMPLE_RATE));
  }
  return samples;
}

export interface ToneStretch {
  lengthMs: number;
  /** Of the whole stretch without its first and last window. */
  levelDbm0: number;
}

/** The longest stretch of `samples` in which that tone sounds, and nothing else. */
export function longestTone(samples: Int16Array, frequency: number): ToneStretch {
  let best = { from: 0, to: 0 };
  let from = 0;
  for (let at = 0; at + WINDOW <= samples.length; at += WINDOW) {
    const window = samples.subarray(at, at + WINDOW);
    if (toneLevelDbm0(window, frequency) < -40 || toneShare(window, [frequency]) < SHARE) from = at + WINDOW;
    else if (at + WINDOW - from > best.to - best.from) best = { from, to: at + WINDOW };
  }
  const inner = [best.from + WINDOW, best.to - WINDOW] as const;
  return {
    lengthMs: ((best.to - best.from) * 1000) / SAMPLE_RATE,
    levelDbm0: inner[0] < inner[1] ? soundLevelDbm0(samples, ...inner) : Number.NEGATIVE_INFINITY,
  };
}
