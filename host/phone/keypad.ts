// A push-button dial as sound. ITU-T Q.23: the eight frequencies; Q.24 tells what the other end has to accept.

import { SAMPLE_RATE, sinePeak } from "../sound/level.ts";

const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477, 1633];
const KEYS = "123A456B789C*0#D";

export interface KeypadSettings {
  /** How long a key sounds, and the silence after it, ms. */
  on: number;
  off: number;
  /** dBm0 of the tone of each group. Telephones send the high one 2 dB louder, since the wire takes more of it. */
  lowLevel: number;
  highLevel: number;
}

export const STANDARD_KEYPAD: KeypadSettings = { on: 80, off: 80, lowLevel: -9, highLevel: -7 };

export class Keypad {
  readonly #settings: KeypadSettings;
  #keys = "";
  #next = 0;
  /** Samples of the present key still to sound, and of the silence after it. */
  #soundLeft = 0;
  #silenceLeft = 0;
  #lowPhase = 0;
  #highPhase = 0;
  #lowStep = 0;
  #highStep = 0;

  constructor(settings: KeypadSettings = STANDARD_KEYPAD) {
    this.#settings = settings;
  }

  /** Presses `keys` one after the other, behind those still to come. */
  press(keys: string): void {
    for (const key of keys) {
      if (!KEYS.includes(key)) throw new Error(`no key "${key}": a keypad has 0-9, *, # and A-D`);
    }
    this.#keys = this.#keys.slice(this.#next) + keys;
    this.#next = 0;
  }

  /** True until the silence after the last key has passed. */
  get isBusy(): boolean {
    return this.#soundLeft > 0 || this.#silenceLeft > 0 || this.#next < this.#keys.length;
  }

  release(): void {
    this.#keys = "";
    this.#next = 0;
    this.#soundLeft = 0;
    this.#silenceLeft = 0;
  }

  /** Fills `frame`. The handset's microphone is cut off meanwhile, so nothing is mixed. */
  fill(frame: Int16Array): void {
    const lowPeak = sinePeak(this.#settings.lowLevel);
    const highPeak = sinePeak(this.#settings.highLevel);
    for (let index = 0; index < frame.length; index++) {
      if (this.#soundLeft === 0 && this.#silenceLeft === 0) this.#begin();
      if (this.#soundLeft > 0) {
        frame[index] = Math.round(lowPeak * Math.sin(this.#lowPhase) + highPeak * Math.sin(this.#highPhase));
        this.#lowPhase += this.#lowStep;
        this.#highPhase += this.#highStep;
        this.#soundLeft--;
      } else {
        frame[index] = 0;
        if (this.#silenceLeft > 0) this.#silenceLeft--;
      }
    }
  }

  #begin(): void {
    if (this.#next >= this.#keys.length) return;
    const place = KEYS.indexOf(this.#keys[this.#next++]!);
    this.#lowPhase = 0;
    this.#highPhase = 0;
    this.#lowStep = (2 * Math.PI * LOW[place >> 2]!) / SAMPLE_RATE;
    this.#highStep = (2 * Math.PI * HIGH[place & 3]!) / SAMPLE_RATE;
    this.#soundLeft = Math.round((this.#settings.on * SAMPLE_RATE) / 1000);
    this.#silenceLeft = Math.round((this.#settings.off * SAMPLE_RATE) / 1000);
  }
}
