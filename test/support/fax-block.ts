// The adapter's ear for fax machines and modems, apart from the rest of it: test/blocks/fax.ts.

import { FRAME_SAMPLES, SAMPLE_RATE } from "../../host/sound/level.ts";
import { loadBlock } from "./blocks.ts";

interface Exports {
  pcmPointer(): number;
  pcmSamples(): number;
  foundPointer(): number;
  reset(): void;
  hear(samples: number): number;
}

const SIGNALS = ["", "calling", "answering", "modem", "flags"] as const;

export interface FoundSignal {
  signal: (typeof SIGNALS)[number];
  /** Since reset(), the end of the frame that it was told in. */
  ms: number;
}

export class FaxBlock {
  readonly #block = loadBlock<Exports>("fax");
  readonly #pcm = new Int16Array(this.#block.memory.buffer, this.#block.pcmPointer(), this.#block.pcmSamples());
  readonly #found = new Int32Array(this.#block.memory.buffer, this.#block.foundPointer());
  #heard = 0;

  reset(): void {
    this.#block.reset();
    this.#heard = 0;
  }

  /** Of the next piece of sound, whole frames of it. */
  hear(sound: Int16Array): FoundSignal[] {
    const signals: FoundSignal[] = [];
    const whole = sound.length - (sound.length % FRAME_SAMPLES);
    for (let from = 0; from < whole; from += this.#pcm.length) {
      const part = sound.subarray(from, Math.min(from + this.#pcm.length, whole));
      this.#pcm.set(part);
      const count = this.#block.hear(part.length);
      for (let index = 0; index < count; index++) {
        const ms = ((this.#heard + this.#found[2 * index]!) * 1000) / SAMPLE_RATE;
        signals.push({ signal: SIGNALS[this.#found[2 * index + 1]!]!, ms });
      }
      this.#heard += part.length;
    }
    return signals;
  }

  /** The names of what is in the sound, from a fresh start. */
  read(sound: Int16Array): string[] {
    this.reset();
    return this.hear(sound).map(({ signal }) => signal);
  }
}
