// How long sound takes out to the ear and back into the microphone: bursts of noise are played, and looked for in what comes in. For
// a card whose output is wired to its input, or for a phone off the hook, whose line circuit lets some of it come back.

import { SeededRandom } from "../random.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, sinePeak } from "./level.ts";
import type { SoundLine } from "./sound.ts";

export interface RoundTrip {
  bursts: number;
  /** Of the bursts, those that came back. The figures after it are of these, and 0 without any. */
  heard: number;
  /** Milliseconds. */
  least: number;
  most: number;
  /** How much softer they came back, dB. */
  loss: number;
}

const SETTLING_FRAMES = 5;
/** From burst to burst. */
const FRAMES = 15;
const BURST_SAMPLES = 2 * FRAME_SAMPLES;
const LEVEL_DBM0 = -13;
/** Likeness of what came in to what was played, from which on it is the burst: 1 for the very same. */
const LEAST_LIKENESS = 0.4;

/** Noise of one level: it is like itself at one place alone. */
function makeBurst(): Int16Array {
  const random = new SeededRandom(1);
  const level = sinePeak(LEVEL_DBM0) / Math.SQRT2;
  return Int16Array.from({ length: BURST_SAMPLES }, () => (random.between(0, 1) < 0.5 ? -level : level));
}

export class RoundTripTest {
  readonly #line: SoundLine;
  readonly #burst = makeBurst();
  readonly #bursts: number;
  readonly #heard: Int16Array;
  readonly #out = new Int16Array(FRAME_SAMPLES);
  readonly #in = new Int16Array(FRAME_SAMPLES);
  #frame = 0;

  constructor(line: SoundLine, bursts: number) {
    this.#line = line;
    this.#bursts = bursts;
    this.#heard = new Int16Array((SETTLING_FRAMES + bursts * FRAMES) * FRAME_SAMPLES);
  }

  /** Frames so far. */
  get frames(): number {
    return this.#frame;
  }

  /** Works through a frame of the sound's clock. True when there is nothing more to do. */
  handleFrame(): boolean {
    const at = this.#frame * FRAME_SAMPLES;
    if (at >= this.#heard.length) return true;
    this.#line.read(this.#in);
    this.#heard.set(this.#in, at);
    const since = this.#frame - SETTLING_FRAMES;
    const part = since < 0 ? FRAMES : since % FRAMES;
    for (let index = 0; index < FRAME_SAMPLES; index++)
      this.#out[index] = part < 2 ? this.#burst[part * FRAME_SAMPLES + index]! : 0;
    this.#line.write(this.#out);
    this.#frame++;
    return false;
  }

  result(): RoundTrip {
    const bursts = this.#bursts;
    const found = Array.from({ length: bursts }, (_, index) =>
      this.#find((SETTLING_FRAMES + index * FRAMES) * FRAME_SAMPLES),
    ).filter((place) => place !== undefined);
    if (found.length === 0) return { bursts, heard: 0, least: 0, most: 0, loss: 0 };
    const delays = found.map(({ lag }) => (lag * 1000) / SAMPLE_RATE);
    const gain = found.reduce((sum, place) => sum + place.gain, 0) / found.length;
    return {
      bursts,
      heard: found.length,
      least: Math.min(...delays),
      most: Math.max(...delays),
      loss: -20 * Math.log10(gain),
    };
  }

  /** Where the burst that was played from sample `start` on is most like what came in. */
  #find(start: number): { lag: number; gain: number } | undefined {
    const burst = this.#burst;
    const own = burst.reduce((sum, sample) => sum + sample * sample, 0);
    let best = { lag: 0, gain: 0 };
    let likeness = 0;
    for (let lag = 0; lag + BURST_SAMPLES <= FRAMES * FRAME_SAMPLES; lag++) {
      let both = 0;
      let energy = 1;
      for (let index = 0; index < BURST_SAMPLES; index++) {
        const sample = this.#heard[start + lag + index]!;
        both += sample * burst[index]!;
        energy += sample * sample;
      }
      const alike = Math.abs(both) / Math.sqrt(own * energy);
      if (alike <= likeness) continue;
      likeness = alike;
      best = { lag, gain: Math.abs(both) / own };
    }
    return likeness < LEAST_LIKENESS ? undefined : best;
  }
}
