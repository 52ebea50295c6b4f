// Levels of 8 kHz, 16-bit sound in dBm0. ITU-T G.711 §7: a full-scale sine of A-law is +3.14 dBm0 (µ-law: +3.17).

export const SAMPLE_RATE = 8000;
/** 20 ms. */
export const FRAME_SAMPLES = 160;
export const FRAME_MS = (FRAME_SAMPLES * 1000) / SAMPLE_RATE;
/** A sine whose peaks just reach ±32768. */
const FULL_SCALE_DBM0 = 3.14;

/** Peak of a sine at `levelDbm0`, in steps of 16-bit samples. */
export function sinePeak(levelDbm0: number): number {
  return 32768 * 10 ** ((levelDbm0 - FULL_SCALE_DBM0) / 20);
}

/** What sinePeak() is the inverse of: level of a sine with that peak; -Infinity for 0. */
export function sineLevelDbm0(peak: number): number {
  return 20 * Math.log10(peak / 32768) + FULL_SCALE_DBM0;
}

/** Level of all of the sound in `samples[from, to)`; -Infinity for digital silence. */
export function soundLevelDbm0(samples: ArrayLike<number>, from = 0, to = samples.length): number {
  let squares = 0;
  for (let index = from; index < to; index++) squares += samples[index]! * samples[index]!;
  return sineLevelDbm0(Math.sqrt((2 * squares) / Math.max(1, to - from)));
}

/**
 * Peak of the sine of `frequency` Hz in `samples[from, to)`. Goertzel behind a Hann window: another tone 16,000 / (to - from) Hz away
 * (40 Hz for 50 ms) does not count.
 */
export function tonePeak(samples: ArrayLike<number>, frequency: number, from = 0, to = samples.length): number {
  const length = to - from;
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / SAMPLE_RATE);
  // The window's cosine by the same recurrence: no table for each length, no Math.cos for each sample.
  const step = 2 * Math.cos((2 * Math.PI) / length);
  let cosine = Math.cos(Math.PI / length);
  let cosineBefore = cosine;
  let last = 0;
  let secondLast = 0;
  for (let index = 0; index < length; index++) {
    const state = samples[from + index]! * (1 - cosine) + coefficient * last - secondLast;
    secondLast = last;
    last = state;
    const next = step * cosine - cosineBefore;
    cosineBefore = cosine;
    cosine = next;
  }
  const power = last * last + secondLast * secondLast - coefficient * last * secondLast;
  // The window's values add up to `length` here, so a sine of peak A leaves a magnitude of A * length / 2.
  return (2 * Math.sqrt(Math.max(0, power))) / length;
}

/** Level of one frequency, see tonePeak(). */
export function toneLevelDbm0(samples: ArrayLike<number>, frequency: number, from = 0, to = samples.length): number {
  return sineLevelDbm0(tonePeak(samples, frequency, from, to));
}

/** Which share of the power of `samples` (0 to 1) the sines of `frequencies` Hz are: near 1 for a pure tone, little for speech and noise. */
export function toneShare(samples: ArrayLike<number>, frequencies: readonly number[]): number {
  let power = 0;
  for (let index = 0; index < samples.length; index++) {
    const value = samples[index]! * (1 - Math.cos((2 * Math.PI * (index + 0.5)) / samples.length));
    power += value * value;
  }
  // The squares of the window's values add up to 1.5 for each sample.
  power /= 1.5 * samples.length;
  if (power === 0) return 0;
  let tones = 0;
  for (let index = 0; index < frequencies.length; index++) tones += tonePeak(samples, frequencies[index]!) ** 2 / 2;
  return Math.min(1, tones / power);
}
