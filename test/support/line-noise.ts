// What a line and two crystals do to a sound: noise, and a clock that is not ours.

import type { SeededRandom } from "../../host/random.ts";

/** Taps on either side: with them, 3 kHz comes through within 0.1 dB. */
const REACH = 16;
const TAPS = 2 * REACH;
/** Steps between two samples. */
const PHASES = 512;
const SAMPLES_KEPT = 1 << 14;

const clipped = (value: number) => Math.round(Math.max(-32768, Math.min(32767, value)));

/** White noise `level` dB (negative) under a sine of peak `peak`, added. */
export function addNoise(sound: Int16Array, peak: number, level: number, random: SeededRandom): void {
  const deviation = (peak / Math.SQRT2) * 10 ** (level / 20);
  const normal = Float64Array.from({ length: SAMPLES_KEPT }, () => {
    const radius = Math.sqrt(-2 * Math.log((random.bits() + 1) / 2 ** 32));
    return deviation * radius * Math.cos(2 * Math.PI * random.between(0, 1));
  });
  for (let index = 0; index < sound.length; index++)
    sound[index] = clipped(sound[index]! + normal[random.bits() % SAMPLES_KEPT]!);
}

/** Sinc under a Hann window, for each step between two samples. */
const KERNEL = Float64Array.from({ length: PHASES * TAPS }, (_, index) => {
  const distance = Math.floor(index / TAPS) / PHASES - (index % TAPS) + REACH - 1;
  const sinc = distance === 0 ? 1 : Math.sin(Math.PI * distance) / (Math.PI * distance);
  return sinc * (0.5 + 0.5 * Math.cos((Math.PI * distance) / REACH));
});

/** The sound as a clock hears it that is faster by `share`: 0.01 is 1 %. */
export function withClock(sound: Int16Array, share: number): Int16Array {
  const heard = new Int16Array(Math.floor(sound.length * (1 + share)));
  for (let index = 0; index < heard.length; index++) {
    const at = index / (1 + share);
    const middle = Math.floor(at);
    const kernel = Math.floor((at - middle) * PHASES) * TAPS;
    const first = middle + 1 - REACH;
    if (first < 0 || first + TAPS > sound.length) continue;
    let sum = 0;
    for (let tap = 0; tap < TAPS; tap++) sum += sound[first + tap]! * KERNEL[kernel + tap]!;
    heard[index] = clipped(sum);
  }
  return heard;
}
