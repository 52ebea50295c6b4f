// The modem in a telephone with a display: 1200-baud bytes out of Bell 202 or V.23, whose frequencies are near enough for one
// receiver between the two. Written from the standards, not from the core's sender, so that each proves the other.

import { SAMPLE_RATE, sinePeak } from "../sound/level.ts";

const MARK = 1250;
const SPACE = 2150;
const BIT = SAMPLE_RATE / 1200;
/** Samples that a look at one frequency takes: about a bit. */
const WINDOW = 7;
const BYTE_BITS = 8;
/** Softer is silence. */
const THRESHOLD = sinePeak(-45);
/** Bits of mark before a message: it is what tells one from noise, and from the alternating bits before it. */
const MARKS = 30;

export class FskEar {
  readonly #onByte: (byte: number, isFirst: boolean) => void;
  readonly #cosines: Float64Array[];
  readonly #sines: Float64Array[];
  readonly #samples = new Float64Array(WINDOW);
  #at = 0;
  /** How much more mark than space there was, one sample ago. */
  #before = 0;
  /** Samples of mark up to now, outside a byte. */
  #marks = 0;
  #isFirst = false;
  /** Samples since the start bit began; negative outside a byte. */
  #inByte = -1;
  #bit = 0;
  #byte = 0;

  /** `onByte` is told whether a byte is the first after a stretch of mark. */
  constructor(onByte: (byte: number, isFirst: boolean) => void) {
    this.#onByte = onByte;
    const table = (wave: (angle: number) => number) =>
      [MARK, SPACE].map((frequency) =>
        Float64Array.from({ length: WINDOW }, (_, index) => wave((2 * Math.PI * frequency * index) / SAMPLE_RATE)),
      );
    this.#cosines = table(Math.cos);
    this.#sines = table(Math.sin);
  }

  reset(): void {
    this.#samples.fill(0);
    this.#marks = 0;
    this.#inByte = -1;
    this.#before = 0;
  }

  hear(frame: Int16Array): void {
    for (let index = 0; index < frame.length; index++) {
      this.#samples[this.#at] = frame[index]!;
      this.#at = (this.#at + 1) % WINDOW;
      const mark = this.#power(0);
      const space = this.#power(1);
      const isHeard = mark + space > THRESHOLD * THRESHOLD * ((WINDOW * WINDOW) / 4);
      if (isHeard) this.#take(mark - space);
      else this.#lose();
    }
  }

  /** Whatever the phase: it starts at the eldest of the window. */
  #power(which: number): number {
    const cosines = this.#cosines[which]!;
    const sines = this.#sines[which]!;
    let real = 0;
    let imaginary = 0;
    for (let index = 0; index < WINDOW; index++) {
      const sample = this.#samples[(this.#at + index) % WINDOW]!;
      real += sample * cosines[index]!;
      imaginary += sample * sines[index]!;
    }
    return real * real + imaginary * imaginary;
  }

  #lose(): void {
    this.#inByte = -1;
    this.#marks = 0;
    this.#before = 0;
  }

  #take(level: number): void {
    const before = this.#before;
    this.#before = level;
    if (this.#inByte >= 0) {
      this.#inByte++;
      this.#lookAtBit(level);
    } else if (level >= 0) {
      this.#marks++;
    } else if (before > 0) {
      // The start bit began between two samples.
      this.#isFirst = this.#marks >= MARKS * BIT;
      this.#inByte = -level / (before - level);
      this.#marks = 0;
      this.#bit = 0;
      this.#byte = 0;
    }
  }

  /** In the middle of each bit: start, eight, stop. */
  #lookAtBit(level: number): void {
    if (this.#inByte < (this.#bit + 0.5) * BIT) return;
    const isMark = level > 0;
    if (this.#bit === 0 && isMark) {
      this.#inByte = -1;
      return;
    }
    if (this.#bit > 0 && this.#bit <= BYTE_BITS && isMark) this.#byte |= 1 << (this.#bit - 1);
    if (this.#bit++ <= BYTE_BITS) return;
    this.#inByte = -1;
    if (isMark) this.#onByte(this.#byte, this.#isFirst);
  }
}
