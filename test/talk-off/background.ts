// What else a telephone hears: noise that sox makes, and music of our own: chords, their notes' harmonics with them.

import { SAMPLE_RATE } from "../../host/sound/level.ts";
import type { Dice } from "../support/dice.ts";
import { run, samplesOf } from "../support/peers.ts";

const SECONDS = 30;
const NOISES = ["whitenoise", "pinknoise", "brownnoise"];

/** Every piece of the same power: the mean square of a sample is 1. */
function normal(samples: Float32Array): Float32Array {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return samples.map((sample) => sample / Math.sqrt(power));
}

export function makeNoises(): Float32Array[] {
  return NOISES.map((kind) => {
    const form = ["-r", "8000", "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-"];
    return normal(Float32Array.from(samplesOf(run("sox", ["-R", "-n", ...form, "synth", String(SECONDS), kind]))));
  });
}

/** Three notes at a time from A2 to A5, four harmonics each, an eighth to half a second long. */
export function makeMusic(dice: Dice): Float32Array {
  const music = new Float32Array(SECONDS * SAMPLE_RATE);
  for (let at = 0; at < music.length; ) {
    const length = Math.min(Math.round(dice.between(0.125, 0.5) * SAMPLE_RATE), music.length - at);
    for (let note = 0; note < 3; note++) {
      const pitch = 110 * 2 ** (dice.below(36) / 12);
      for (let harmonic = 1; harmonic <= 4 && pitch * harmonic < 3900; harmonic++) {
        const step = (2 * Math.PI * pitch * harmonic) / SAMPLE_RATE;
        for (let index = 0; index < length; index++)
          music[at + index]! += (Math.sin(step * index) * Math.exp((-3 * index) / SAMPLE_RATE)) / harmonic;
      }
    }
    at += length;
  }
  return normal(music);
}
