// The adapter's DTMF generator and detector, apart from the rest of it: test/blocks/dtmf.ts.

import { SAMPLE_RATE } from "../../host/sound/level.ts";
import { loadBlock } from "./blocks.ts";

interface Exports {
  pcmPointer(): number;
  pcmSamples(): number;
  foundPointer(): number;
  resetDetector(hasDialTone: number): void;
  hear(samples: number): number;
  activeFrames(): number;
  make(ascii: number, lowDbm0: number, highDbm0: number, samples: number): number;
}

export interface FoundDigit {
  digit: string;
  /** Of the sound heard since reset(): the end of the frame that confirmed it. */
  sample: number;
}

export class DtmfBlock {
  /** Dial tone may sound beside the digits: from the next reset() on. */
  hasDialTone = false;
  /** Samples heard since reset(). */
  heard = 0;
  readonly #block = loadBlock<Exports>("dtmf");
  readonly #pcm = new Int16Array(this.#block.memory.buffer, this.#block.pcmPointer(), this.#block.pcmSamples());
  readonly #found = new Int32Array(this.#block.memory.buffer, this.#block.foundPointer());

  constructor() {
    this.reset();
  }

  reset(): void {
    this.#block.resetDetector(this.hasDialTone ? 1 : 0);
    this.heard = 0;
  }

  /** What the detector finds in the next piece of sound; a whole number of frames, but for the last one. */
  hear(sound: Int16Array): FoundDigit[] {
    const digits: FoundDigit[] = [];
    for (let from = 0; from < sound.length; from += this.#pcm.length) {
      const part = sound.subarray(from, from + this.#pcm.length);
      this.#pcm.set(part);
      const count = this.#block.hear(part.length);
      for (let index = 0; index < count; index++) {
        const digit = String.fromCharCode(this.#found[2 * index + 1]!);
        digits.push({ digit, sample: this.heard + this.#found[2 * index]! });
      }
      this.heard += part.length;
    }
    return digits;
  }

  /** ms in which a call would have been silent for a digit, since this was made. */
  get mutedMs(): number {
    return this.#block.activeFrames() * 20;
  }

  /** The digits as one string. */
  read(sound: Int16Array): string {
    this.reset();
    return this.hear(sound)
      .map(({ digit }) => digit)
      .join("");
  }

  /** The sound of digits, `onMs` each with `offMs` of silence after it. */
  make(digits: string, lowDbm0: number, highDbm0: number, onMs: number, offMs: number): Int16Array {
    const perMs = SAMPLE_RATE / 1000;
    const sound = new Int16Array(digits.length * (onMs + offMs) * perMs);
    [...digits].forEach((digit, index) => {
      if (!this.#block.make(digit.charCodeAt(0), lowDbm0, highDbm0, onMs * perMs)) throw new Error(`no key ${digit}`);
      sound.set(this.#pcm.subarray(0, onMs * perMs), index * (onMs + offMs) * perMs);
    });
    return sound;
  }
}
