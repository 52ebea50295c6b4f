// Hours of talk at the DTMF detector, as loud as people talk and with what else there is to hear: every digit it finds
// is a false one.

import { SAMPLE_RATE, sinePeak } from "../../host/sound/level.ts";
import { Dice } from "../support/dice.ts";
import { DtmfBlock } from "../support/dtmf-block.ts";
import { makeMusic, makeNoises } from "./background.ts";
import type { Talk } from "./speech.ts";

/** Each half minute is another telephone: its level, its noise. */
const PIECE = 30 * SAMPLE_RATE;
/** dBm0 of the talk where it is more than silence, and dB that the background lies below it. */
const LEVELS = [-30, -5] as const;
const DISTANCES = [8, 35] as const;
/** 16-bit steps: less is a pause. */
const PAUSE = 200;

export interface FalseDigit {
  digit: string;
  who: string;
  /** Seconds from the beginning of the talk. */
  at: number;
  /** The 300 ms around it, as the detector got them. */
  sound: Int16Array;
}

export class TalkOffListener {
  samples = 0;
  readonly found: FalseDigit[] = [];
  readonly #detector = new DtmfBlock();
  readonly #dice: Dice;
  readonly #backgrounds: readonly Float32Array[];

  constructor(seed: number) {
    this.#dice = new Dice(seed);
    // a third of the time nothing, a third noise, a third music
    const music = Array.from({ length: 3 }, () => makeMusic(this.#dice));
    this.#backgrounds = [...Array.from({ length: 3 }, () => new Float32Array(PIECE)), ...makeNoises(), ...music];
  }

  get hours(): number {
    return this.samples / SAMPLE_RATE / 3600;
  }

  /** Parts in a million of the talk that a call would have lost for what sounded like the beginning of a digit. */
  get mutedShare(): number {
    return (1e6 * this.#detector.mutedMs * SAMPLE_RATE) / 1000 / this.samples;
  }

  hear({ who, sound }: Talk): void {
    for (let from = 0; from < sound.length; from += PIECE) {
      const piece = this.#onTheLine(sound.subarray(from, from + PIECE));
      this.#detector.reset();
      for (const { digit, sample } of this.#detector.hear(piece)) {
        const around = piece.slice(Math.max(0, sample - 1600), sample + 800);
        this.found.push({ digit, who, at: (from + sample) / SAMPLE_RATE, sound: around });
      }
      this.samples += piece.length;
    }
  }

  #onTheLine(talk: Int16Array): Int16Array {
    let power = 1;
    let count = 1;
    for (const sample of talk) {
      if (Math.abs(sample) < PAUSE) continue;
      power += sample * sample;
      count++;
    }
    const level = this.#dice.between(...LEVELS);
    const wanted = sinePeak(level) / Math.SQRT2;
    const gain = wanted / Math.sqrt(power / count);
    const background = this.#dice.pick(this.#backgrounds);
    const share = wanted * 10 ** (-this.#dice.between(...DISTANCES) / 20);
    const line = new Int16Array(talk.length);
    for (let index = 0; index < talk.length; index++) {
      const sum = talk[index]! * gain + background[index]! * share;
      line[index] = Math.max(-32768, Math.min(32767, sum));
    }
    return line;
  }
}
