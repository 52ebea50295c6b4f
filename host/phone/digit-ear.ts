// Hears DTMF digits (ITU-T Q.23) that an exchange sends, frame by frame; it knows nothing of speech.

import { sinePeak, tonePeak, toneShare } from "../sound/level.ts";

const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477, 1633];
const KEYS = "123A456B789C*0#D";
const AUDIBLE = sinePeak(-35);
/** Of all the sound of a frame that is whole. */
const SHARE = 0.8;

export class DigitEar {
  readonly #pair: [number, number] = [0, 0];
  #last = "";
  #isTold = false;

  /** The digit that this frame makes certain, "" for none. */
  hear(frame: Int16Array): string {
    const digit = this.#digitIn(frame);
    if (digit !== this.#last) {
      this.#last = digit;
      this.#isTold = false;
      return "";
    }
    if (digit === "" || this.#isTold) return "";
    this.#isTold = true;
    return digit;
  }

  #digitIn(frame: Int16Array): string {
    const low = strongest(frame, LOW);
    const high = strongest(frame, HIGH);
    if (low < 0 || high < 0) return "";
    this.#pair[0] = LOW[low]!;
    this.#pair[1] = HIGH[high]!;
    return toneShare(frame, this.#pair) >= SHARE ? KEYS[low * 4 + high]! : "";
  }
}

/** Which of the frequencies sounds loudest, -1 when none is heard. */
function strongest(frame: Int16Array, frequencies: readonly number[]): number {
  let best = -1;
  let peak = AUDIBLE;
  for (let index = 0; index < frequencies.length; index++) {
    const found = tonePeak(frame, frequencies[index]!);
    if (found <= peak) continue;
    peak = found;
    best = index;
  }
  return best;
}
