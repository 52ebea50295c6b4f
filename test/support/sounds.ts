// Sound for tests of sound: noise, and what resembles speech as ITU-T P.501 and G.168 make it for telephone tests.

import { SeededRandom } from "../../host/random.ts";
import { SAMPLE_RATE, sinePeak, soundLevelDbm0 } from "../../host/sound/level.ts";

export type Sound = Float64Array<ArrayBuffer>;

export const MS = SAMPLE_RATE / 1000;

/** As 16-bit samples. */
export const rounded = (sound: ArrayLike<number>): Int16Array<ArrayBuffer> =>
  Int16Array.from(sound, (value) => Math.max(-32768, Math.min(32767, Math.round(value))));

/** The same sound at another level. */
export function atLevel(sound: Sound, dbm0: number): Sound {
  const gain = 10 ** ((dbm0 - soundLevelDbm0(sound)) / 20);
  return sound.map((value) => value * gain);
}

export class SoundMaker {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** Of variance 1, nearly Gaussian. */
  #normal(): number {
    let sum = -6;
    for (let part = 0; part < 12; part++) sum += this.#random.between(0, 1);
    return sum;
  }

  white(samples: number, dbm0: number): Sound {
    const deviation = sinePeak(dbm0) / Math.SQRT2;
    return Float64Array.from({ length: samples }, () => this.#normal() * deviation);
  }

  /** Noise with the spectrum of a vowel, in syllables. */
  murmur(samples: number, dbm0: number): Sound {
    let last = 0;
    let secondLast = 0;
    const sound = Float64Array.from({ length: samples }, (_, index) => {
      const value = this.#normal() + 1.65 * last - 0.88 * secondLast;
      secondLast = last;
      last = value;
      return value * (0.15 + 0.85 * Math.abs(Math.sin((2 * Math.PI * 2.5 * index) / SAMPLE_RATE)));
    });
    return atLevel(sound, dbm0);
  }

  /** Somebody who talks: pulses of a gliding pitch through three formants, and pauses. */
  voice(samples: number, dbm0: number): Sound {
    const sound = new Float64Array(samples);
    for (let at = 0; at < samples; ) {
      const length = Math.round(this.#random.between(100, 400) * MS);
      this.#vowel(sound.subarray(at, at + length));
      at += length + Math.round(this.#random.between(0, 150) * MS);
    }
    return atLevel(sound, dbm0);
  }

  #vowel(sound: Float64Array): void {
    const pitch = this.#random.between(80, 250);
    const glide = this.#random.between(-30, 30);
    const formants = [
      [this.#random.between(250, 850), 90],
      [this.#random.between(900, 2200), 110],
      [this.#random.between(2300, 3000), 140],
    ].map(([frequency, width]) => {
      const radius = Math.exp((-Math.PI * width!) / SAMPLE_RATE);
      const turn = (2 * Math.PI * frequency!) / SAMPLE_RATE;
      return { a: 2 * radius * Math.cos(turn), b: radius * radius, last: 0, secondLast: 0 };
    });
    let phase = 0;
    for (let index = 0; index < sound.length; index++) {
      phase += (pitch + (glide * index) / sound.length) / SAMPLE_RATE;
      let value = this.#normal() * 0.02;
      if (phase >= 1) value += 1;
      phase %= 1;
      for (const formant of formants) {
        value += formant.a * formant.last - formant.b * formant.secondLast;
        formant.secondLast = formant.last;
        formant.last = value;
      }
      sound[index] = value * Math.sin((Math.PI * index) / sound.length);
    }
  }

  /** ITU-T P.501: a vowel of 48.62 ms, 200 ms of noise, a pause of 101.38 ms, again and again. */
  composite(samples: number, dbm0: number): Sound {
    const vowel = new Float64Array(Math.round(48.62 * MS));
    this.#vowel(vowel);
    const voiced = atLevel(vowel, dbm0);
    const sound = new Float64Array(samples);
    const noise = 200 * MS;
    for (let at = 0; at < samples; at += 350 * MS) {
      sound.set(voiced.subarray(0, samples - at), at);
      const from = at + voiced.length;
      if (from < samples) sound.set(this.white(Math.min(noise, samples - from), dbm0), from);
    }
    return sound;
  }
}

/** Two sounds at once. */
export const mixed = (one: ArrayLike<number>, other: ArrayLike<number>): Sound =>
  Float64Array.from(one, (value, index) => value + (other[index] ?? 0));

/** What comes back of `sound` by a path of echoes. */
export function echoed(sound: ArrayLike<number>, path: ArrayLike<number>): Sound {
  const echo = new Float64Array(sound.length);
  const first = Array.from(path).findIndex((tap) => tap !== 0);
  for (let index = first; index < sound.length; index++) {
    let sum = 0;
    for (let tap = first; tap < path.length && tap <= index; tap++) sum += path[tap]! * sound[index - tap]!;
    echo[index] = sum;
  }
  return echo;
}
