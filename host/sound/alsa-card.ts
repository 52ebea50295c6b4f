// One sound card as ALSA has it: capture and playback that start together, 20 ms at a time, and so much sound on its way to the
// ear as was put there at the start: whoever writes for each frame read keeps the delay.

import { type CardRate, CardSamples } from "./card-samples.ts";
import { FRAME_MS } from "./level.ts";
import { ALSA, AlsaError, type Asound, type Pcm, type PcmSettings } from "./libasound.ts";

export interface CardOptions {
  /** As ALSA calls it: `hw:1,0`. */
  device: string;
  /** Where it captures, when that is a device of its own. */
  captureDevice?: string | undefined;
  rate: CardRate;
  periodMs: 10 | 20;
  /** Channels with a line. */
  channels: number;
}

/** Buffers hold so many frames each way. */
const BUFFER_FRAMES = 4;
/** No sound for so long, ms: the card has stopped. */
const PATIENCE = 500;
/** Share of the time left that an answer may be waited for: the rest is for a thread that is woken late. */
const PATIENCE_SHARE = 2 / 3;

/** Silence before the first sound, ms: a frame that is being captured, and a period for the answer to it. */
export const primedMs = ({ periodMs }: CardOptions): number => FRAME_MS + periodMs;

export class AlsaCard {
  readonly samples: CardSamples;
  readonly isLinked: boolean;
  readonly capture: PcmSettings;
  readonly playback: PcmSettings;
  readonly #options: CardOptions;
  readonly #asound: Asound;
  readonly #in: Pcm;
  readonly #out: Pcm;
  readonly #silence: Int16Array;
  /** Samples of one channel in a frame. */
  readonly #frame: number;

  /** Opens both ways, and leaves them stopped. Throws an AlsaError. `wasm` is sound.wasm. */
  constructor(asound: Asound, options: CardOptions, wasm: Uint8Array<ArrayBuffer>) {
    const { device, captureDevice = device, rate, periodMs, channels } = options;
    this.#asound = asound;
    this.#options = options;
    this.#frame = (rate * FRAME_MS) / 1000;
    const format = {
      rate,
      channels,
      period: (rate * periodMs) / 1000,
      buffer: this.#frame * BUFFER_FRAMES,
      wakeAt: this.#frame,
    };
    this.#in = asound.open(captureDevice, ALSA.SND_PCM_STREAM_CAPTURE);
    let out: Pcm;
    try {
      this.capture = asound.configure(this.#in, format);
      out = asound.open(device, ALSA.SND_PCM_STREAM_PLAYBACK);
    } catch (error) {
      asound.close(this.#in);
      throw error;
    }
    this.#out = out;
    try {
      this.playback = asound.configure(out, format);
      const least = this.#milliseconds(Math.min(this.capture.buffer, this.playback.buffer));
      if (least < primedMs(options) + FRAME_MS)
        throw new Error(`${device}: its buffer has room for ${least} ms; ${primedMs(options) + FRAME_MS} are needed`);
      this.isLinked = asound.link(out, this.#in);
      this.samples = new CardSamples(wasm, rate, this.capture.channels, this.playback.channels);
    } catch (error) {
      this.close();
      throw error;
    }
    this.#silence = new Int16Array(this.playback.channels * (rate / 1000) * primedMs(options));
  }

  #milliseconds(samples: number): number {
    return (samples * 1000) / this.#options.rate;
  }

  /** Starts both ways with the silence before: for the first time, or anew. Throws an AlsaError. */
  start(): void {
    const asound = this.#asound;
    this.stop();
    asound.prepare(this.#out);
    if (!this.isLinked) asound.prepare(this.#in);
    this.samples.reset();
    this.#check("writing", asound.write(this.#out, this.#silence, this.#silence.length / this.playback.channels));
    asound.start(this.#out);
    if (!this.isLinked) asound.start(this.#in);
  }

  stop(): void {
    this.#asound.drop(this.#out);
    this.#asound.drop(this.#in);
  }

  /** Waits for a frame and takes it into the samples. False when the card has run over or dry; throws an AlsaError when it is lost. */
  read(): boolean {
    const waited = this.#asound.wait(this.#in, PATIENCE);
    if (waited === 0) throw new Error(`${this.#options.device} gives no sound`);
    if (waited < 0) return this.#isWhole("waiting", waited, 1);
    if (!this.#isWhole("reading", this.#asound.read(this.#in, this.samples.captured, this.#frame), this.#frame))
      return false;
    this.samples.takeCaptured();
    return true;
  }

  /** Plays the frame of the samples; as read(). */
  write(): boolean {
    this.samples.makePlayed();
    return this.#isWhole("writing", this.#asound.write(this.#out, this.samples.played, this.#frame), this.#frame);
  }

  /** How long there is still sound for the ear, ms; less than nothing when it has run dry. */
  get left(): number {
    const room = this.#asound.available(this.#out);
    return room < 0 ? -1 : this.#milliseconds(this.playback.buffer - room);
  }

  /** How long an answer to the frame just read may be waited for, ms. */
  get patience(): number {
    return Math.max(0, this.left * PATIENCE_SHARE);
  }

  close(): void {
    this.#asound.close(this.#in);
    this.#asound.close(this.#out);
  }

  #isWhole(what: string, result: number, wanted: number): boolean {
    if (result === wanted) return true;
    if (result < 0) {
      const error = new AlsaError(`${what} ${this.#options.device}`, result);
      // EPIPE: it ran over or dry. ESTRPIPE: the machine was asleep.
      if (error.code !== "EPIPE" && error.code !== "ESTRPIPE") throw error;
    }
    return false;
  }

  #check(what: string, result: number): void {
    if (result < 0) throw new AlsaError(`${what} ${this.#options.device}`, result);
  }
}
