// Sound from files, driver `wav`: what is in one is said into a phone's microphone over and over, what its ear gets goes into
// another. A pacer is the clock.

import { readFileSync } from "node:fs";
import { readModule } from "../paths.ts";
import { CardSamples } from "./card-samples.ts";
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from "./level.ts";
import { Pacer } from "./pacer.ts";
import type { PacedOptions } from "./silent.ts";
import {
  checkChannel,
  type FrameListener,
  NO_CARD,
  type Sound,
  type SoundClock,
  type SoundCounters,
  type SoundLine,
} from "./sound.ts";
import { parseWavOf, WavWriter } from "./wav.ts";

export interface WavOptions extends PacedOptions {
  /** One for each channel. */
  files: readonly WavFiles[];
}

export interface WavFiles {
  /** Path of what is said, of 8 or 48 kHz; silence when left out. */
  microphone?: string | undefined;
  /** Path of what is to be recorded of the ear, whole once the driver is closed; 8 kHz. */
  ear?: string | undefined;
}

const CARD_RATE = 48000;

/** A file's samples, as a telephone takes them. */
function readSaid(path: string): Int16Array {
  const { rate, samples } = parseWavOf(readFileSync(path), path, [SAMPLE_RATE, CARD_RATE]);
  if (rate === SAMPLE_RATE) return samples;
  const card = new CardSamples(readModule("sound"), CARD_RATE, 1, 1);
  const wide = card.captured.length;
  const frames = Math.ceil(samples.length / wide);
  const said = new Int16Array(frames * FRAME_SAMPLES);
  for (let frame = 0; frame < frames; frame++) {
    card.captured.fill(0);
    card.captured.set(samples.subarray(frame * wide, (frame + 1) * wide));
    card.takeCaptured();
    said.set(card.fromPhone(0), frame * FRAME_SAMPLES);
  }
  return said;
}

class WavLine implements SoundLine {
  readonly echoDelay = FRAME_MS;
  readonly #said: Int16Array;
  readonly #ear: WavWriter | undefined;
  #at = 0;

  constructor({ microphone, ear }: WavFiles) {
    this.#said = microphone === undefined ? new Int16Array(0) : readSaid(microphone);
    this.#ear = ear === undefined ? undefined : new WavWriter(ear);
  }

  read(fromPhone: Int16Array): void {
    const said = this.#said;
    if (said.length === 0) {
      fromPhone.fill(0);
      return;
    }
    for (let index = 0; index < fromPhone.length; index++) {
      fromPhone[index] = said[this.#at]!;
      this.#at = this.#at + 1 === said.length ? 0 : this.#at + 1;
    }
  }

  write(toPhone: Int16Array): void {
    this.#ear?.write(toPhone);
  }

  close(): void {
    this.#ear?.close();
  }
}

export class WavSound implements Sound {
  readonly driver = "wav";
  readonly channels: number;
  readonly #options: WavOptions;
  readonly #lines: readonly WavLine[];
  #pacer: Pacer | undefined;
  #isClosed = false;

  /** Throws an Error that names a file which can't be used. */
  constructor(options: WavOptions) {
    this.#options = options;
    this.channels = options.files.length;
    this.#lines = options.files.map((files) => new WavLine(files));
  }

  get counters(): SoundCounters {
    return { frames: this.#pacer?.lateness.frames ?? 0, ...NO_CARD };
  }

  line(channel: number): SoundLine {
    checkChannel(this.driver, channel, this.channels);
    return this.#lines[channel] as SoundLine;
  }

  clock(frame: FrameListener): SoundClock {
    this.#pacer = new Pacer(this.#options.clock, frame, this.#options.sleep);
    return this.#pacer;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const line of this.#lines) line.close();
  }
}
