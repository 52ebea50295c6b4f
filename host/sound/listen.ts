// Judges a recording: does it hold what was spoken? Speech is compared wave by wave, in windows, so that G.711, a lost packet and a
// jitter buffer that moves do no harm, while another voice, noise and garbling fail.

import { correlate } from "./fft.ts";
import { SAMPLE_RATE, soundLevelDbm0 } from "./level.ts";

export { toneLevelDbm0 } from "./level.ts";

/** 64 ms: a lost packet spoils little, and two voices are still never alike for that long. */
const WINDOW = 512;
const HOP = WINDOW / 2;
/** How far a window may lie from the last one that was heard, 80 ms: more than a jitter buffer moves in a sentence. */
const DRIFT = 640;
/** Quieter than this nobody would call speech. */
const AUDIBLE_DBM0 = -50;
/** Spoken windows this far below the loudest are pauses. */
const PAUSE_DB = 25;
/** A window that is this alike is heard. Noise as loud as the voice leaves 0.7, another voice less than 0.5. */
const HEARD = 0.8;

const ENOUGH_COVERAGE = 0.8;
const ENOUGH_SIMILARITY = 0.8;

export interface HeardShare {
  /** Where in the recording the speech begins, ms; negative when its beginning is missing. */
  delayMs: number;
  /** Mean likeness of the voiced windows: 1 is the same wave, whatever its level. */
  similarity: number;
  /** Share of the voiced windows that were heard. */
  coverage: number;
}

export interface Verdict extends HeardShare {
  heard: boolean;
  /** One sentence for a person. */
  reason: string;
}

/** Lifts the high end by what speech lacks there, so that a likeness is more than two voices' basses in step. */
function preEmphasised(samples: Int16Array, padding: number): Float64Array {
  const result = new Float64Array(samples.length + 2 * padding);
  let before = 0;
  for (let index = 0; index < samples.length; index++) {
    result[padding + index] = samples[index]! - 0.9 * before;
    before = samples[index]!;
  }
  return result;
}

function energyOf(samples: Float64Array, from: number, length: number): number {
  let energy = 0;
  for (let index = from; index < from + length; index++) energy += samples[index]! * samples[index]!;
  return energy;
}

/** Where in `sound` `pattern` fits best, loud and quiet places alike, and how well: 1 is the same wave, -1 that wave upside down. */
function bestFit(sound: Float64Array, pattern: Float64Array): { place: number; likeness: number } {
  const products = correlate(sound, pattern);
  const patternEnergy = energyOf(pattern, 0, pattern.length);
  // One step of sample at least: digital silence is like nothing.
  const least = pattern.length;
  let energy = energyOf(sound, 0, pattern.length);
  const best = { place: 0, likeness: -1 };
  for (let place = 0; place < products.length; place++) {
    const likeness = products[place]! / Math.sqrt(Math.max(energy, least) * patternEnergy);
    if (likeness > best.likeness) {
      best.place = place;
      best.likeness = likeness;
    }
    energy += (sound[place + pattern.length] ?? 0) ** 2 - sound[place]! ** 2;
  }
  return best;
}

/** Starts of the windows of `spoken` that hold voice. */
function voicedWindows(spoken: Int16Array): number[] {
  const levels: number[] = [];
  for (let from = 0; from + WINDOW <= spoken.length; from += HOP)
    levels.push(soundLevelDbm0(spoken, from, from + WINDOW));
  const floor = Math.max(AUDIBLE_DBM0, Math.max(...levels) - PAUSE_DB);
  return levels.flatMap((level, window) => (level >= floor ? [window * HOP] : []));
}

/** How much of `spoken` is in `recorded`, and where. Both 8 kHz. */
export function heardShare(recorded: Int16Array, spoken: Int16Array): HeardShare {
  const windows = voicedWindows(spoken);
  if (windows.length < 8) throw new Error("too little speech to look for: it takes a quarter of a second");

  // Silence all round, so that speech whose beginning or end is missing still has its place.
  const padding = spoken.length + DRIFT;
  const sound = preEmphasised(recorded, padding);
  const pattern = preEmphasised(spoken, 0);
  const { place } = bestFit(sound, pattern);

  let drift = 0;
  let heard = 0;
  let sum = 0;
  for (const window of windows) {
    const from = Math.max(0, place + drift + window - DRIFT);
    const near = sound.subarray(from, from + WINDOW + 2 * DRIFT);
    const fit = bestFit(near, pattern.subarray(window, window + WINDOW));
    const at = from + fit.place;
    if (!isAudible(recorded, at - padding)) continue;
    sum += Math.max(0, fit.likeness);
    if (fit.likeness < HEARD) continue;
    heard++;
    drift = at - place - window;
  }
  return {
    delayMs: ((place - padding) * 1000) / SAMPLE_RATE,
    similarity: sum / windows.length,
    coverage: heard / windows.length,
  };
}

function isAudible(recorded: Int16Array, at: number): boolean {
  if (at <= -WINDOW) return false;
  return soundLevelDbm0(recorded.subarray(Math.max(0, at), at + WINDOW)) >= AUDIBLE_DBM0;
}

/** Did whoever holds `recorded` really hear `spoken`? */
export function reallyHeard(recorded: Int16Array, spoken: Int16Array): Verdict {
  const share = heardShare(recorded, spoken);
  const percent = (value: number) => `${Math.round(100 * value)} %`;
  const enough = `${percent(ENOUGH_COVERAGE)} of the speech is wanted`;
  const loudest = loudestLevel(recorded);
  if (loudest < AUDIBLE_DBM0)
    return { ...share, heard: false, reason: `nothing but silence: at most ${loudest.toFixed(0)} dBm0` };
  const alike = `${percent(share.coverage)} of the speech heard, likeness ${share.similarity.toFixed(2)}`;
  if (share.coverage < ENOUGH_COVERAGE) return { ...share, heard: false, reason: `${alike}: ${enough}` };
  if (share.similarity < ENOUGH_SIMILARITY)
    return { ...share, heard: false, reason: `${alike}: garbled, ${ENOUGH_SIMILARITY} is wanted` };
  return { ...share, heard: true, reason: `${alike}, beginning at ${(share.delayMs / 1000).toFixed(2)} s` };
}

function loudestLevel(recorded: Int16Array): number {
  let loudest = -Infinity;
  for (let from = 0; from < recorded.length; from += HOP)
    loudest = Math.max(loudest, soundLevelDbm0(recorded, from, Math.min(from + HOP, recorded.length)));
  return loudest;
}
