// The module of the card's thread: interleaved samples of a card to frames of lines and back, by 6 where the card works at 48 kHz.
// Like a core, it is known here alone.

import { FRAME_SAMPLES, SAMPLE_RATE } from "./level.ts";

export type CardRate = 8000 | 48000;
/** What the resampler adds to the way from a written frame to its echo, ms: 31 samples. */
export const RESAMPLING_MS = (31 * 1000) / SAMPLE_RATE;

interface Exports {
  memory: WebAssembly.Memory;
  setup(capture: number, playback: number, wide: boolean): void;
  reset(): void;
  cardInPointer(): number;
  cardOutPointer(): number;
  fromPhonePointer(channel: number): number;
  toPhonePointer(channel: number): number;
  capture(): void;
  play(): void;
}

export class CardSamples {
  /** 20 ms of the card, interleaved: what it captured, and what it is to play. */
  readonly captured: Int16Array;
  readonly played: Int16Array;
  readonly #fromPhones: readonly Int16Array[];
  readonly #toPhones: readonly Int16Array[];
  readonly #exports: Exports;

  /** `wasm` is sound.wasm. Channels are the card's, each way, at most 8. */
  constructor(wasm: Uint8Array<ArrayBuffer>, rate: CardRate, captureChannels: number, playbackChannels: number) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
    this.#exports = exports as unknown as Exports;
    this.#exports.setup(captureChannels, playbackChannels, rate === 48000);
    const frame = (FRAME_SAMPLES * rate) / SAMPLE_RATE;
    const view = (at: number, samples: number) => new Int16Array(this.#exports.memory.buffer, at, samples);
    this.captured = view(this.#exports.cardInPointer(), frame * captureChannels);
    this.played = view(this.#exports.cardOutPointer(), frame * playbackChannels);
    this.#fromPhones = [0, 1].map((channel) => view(this.#exports.fromPhonePointer(channel), FRAME_SAMPLES));
    this.#toPhones = [0, 1].map((channel) => view(this.#exports.toPhonePointer(channel), FRAME_SAMPLES));
  }

  /** What a line's microphone gave; made by takeCaptured(). */
  fromPhone(channel: number): Int16Array {
    return this.#fromPhones[channel] as Int16Array;
  }

  /** What a line's ear is to get; taken by makePlayed(). */
  toPhone(channel: number): Int16Array {
    return this.#toPhones[channel] as Int16Array;
  }

  takeCaptured(): void {
    this.#exports.capture();
  }

  makePlayed(): void {
    this.#exports.play();
  }

  /** Forgets the sound before. */
  reset(): void {
    this.#exports.reset();
  }
}
