// Recognises one call progress tone by its frequencies and its cadence, frame by frame.

import { SAMPLE_RATE, sinePeak, tonePeak, toneShare } from "../sound/level.ts";
import type { CallTone } from "./call-tones.ts";

/** 100 ms: 20 Hz apart is told apart, and the shortest cadence still shows. */
export const EAR_WINDOW = SAMPLE_RATE / 10;
const AUDIBLE_PEAK = sinePeak(-40);
/** Of all the sound, this much has to be the tone; none of its parts may be this much weaker than another. */
const SHARE = 0.6;
const WEAKEST = 0.25;
/** How exactly the ear measures a cadence, ms. */
const TOLERANCE = 70;
/** A silence this long is told from every shorter one without waiting for its end, ms. */
const LONG_SILENCE = 550;

/** Are just these frequencies sounding? `window` holds the newest EAR_WINDOW samples. */
export function isToneIn(window: Int16Array, frequencies: readonly number[]): boolean {
  let weakest = Infinity;
  let strongest = 0;
  for (let index = 0; index < frequencies.length; index++) {
    const peak = tonePeak(window, frequencies[index]!);
    weakest = Math.min(weakest, peak);
    strongest = Math.max(strongest, peak);
  }
  return weakest >= AUDIBLE_PEAK && weakest >= WEAKEST * strongest && toneShare(window, frequencies) >= SHARE;
}

export class ToneEar {
  readonly #tone: CallTone;
  #on = false;
  #since = Number.NaN;
  /** How long it was on, off, on… before the present state; the newest last. */
  readonly #runs: Float64Array;

  constructor(tone: CallTone) {
    this.#tone = tone;
    this.#runs = new Float64Array(tone.cadence.length);
  }

  /** Takes the sound as of `now`; true when it is this tone beyond doubt. */
  hear(window: Int16Array, now: number): boolean {
    const on = isToneIn(window, this.#tone.frequencies);
    if (on !== this.#on) {
      this.#runs.copyWithin(0, 1);
      // NaN for what began before anybody listened: it is like no cadence.
      this.#runs[this.#runs.length - 1] = now - this.#since;
      this.#on = on;
      this.#since = now;
    }
    return this.#isCertain(now - this.#since);
  }

  #isCertain(lasting: number): boolean {
    const { cadence } = this.#tone;
    if (cadence.length === 1) return this.#on && lasting >= cadence[0]!;
    const last = cadence.length - 1;
    if (cadence[last]! < LONG_SILENCE) return this.#on && this.#isLike(0, cadence.length);
    return !this.#on && lasting >= LONG_SILENCE && this.#isLike(1, last);
  }

  /** Do the runs from `first` on have the cadence's first `count` lengths? */
  #isLike(first: number, count: number): boolean {
    for (let index = 0; index < count; index++) {
      if (!(Math.abs(this.#runs[first + index]! - this.#tone.cadence[index]!) <= TOLERANCE)) return false;
    }
    return true;
  }
}
