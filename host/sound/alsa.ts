// A sound card as the sound of lines and as the clock of all of them, driver `alsa`. The card is worked by a thread of its own
// (alsa-worker.ts), which keeps time; this side answers every captured frame, and sleeps while no line needs sound.

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { readModule } from "../paths.ts";
import { type CardOptions, primedMs } from "./alsa-card.ts";
import { AlsaThread } from "./alsa-thread.ts";
import type { AlsaWorkerData } from "./alsa-worker.ts";
import { CardRing, MOST_CHANNELS, Wanted } from "./card-ring.ts";
import { RESAMPLING_MS } from "./card-samples.ts";
import { type Lateness, LatenessMeter } from "./lateness.ts";
import {
  checkChannel,
  type FrameListener,
  type Sound,
  type SoundClock,
  type SoundCounters,
  type SoundLine,
} from "./sound.ts";

export interface AlsaOptions extends CardOptions {
  clock: Clock;
  log: Log;
  /** Another program than alsa-worker.ts for the thread, in tests. */
  program?: URL;
}

/** Frames that a program which was held up makes good for, as the pacer does. */
const MOST_AT_ONCE = 4;

export class AlsaSound implements Sound, SoundClock {
  readonly driver = "alsa";
  readonly channels: number;
  readonly #options: AlsaOptions;
  readonly #ring = new CardRing();
  readonly #soundLines: readonly SoundLine[];
  readonly #thread: AlsaThread;
  readonly #lines = new Set<number>();
  readonly #lateness = new LatenessMeter();
  #listener: FrameListener = () => {};
  /** The last frame that was answered, or given up. */
  #handled = 0;
  #isListening = false;

  /** Opens the card in the background: what comes of it is told in the log. */
  constructor(options: AlsaOptions) {
    const { device, captureDevice, rate, periodMs, channels, clock } = options;
    if (channels < 1 || channels > MOST_CHANNELS)
      throw new RangeError(`a sound card has ${channels} lines (allowed: 1 to ${MOST_CHANNELS})`);
    this.#options = options;
    this.channels = channels;
    const echoDelay = primedMs(options) + (rate === 48000 ? RESAMPLING_MS : 0);
    this.#soundLines = Array.from({ length: channels }, (_, channel) => ({
      echoDelay,
      read: (fromPhone) => fromPhone.set(this.#ring.fromPhone(this.#handled, channel)),
      write: (toPhone) => this.#ring.toPhone(this.#handled, channel).set(toPhone),
    }));
    const workerData: AlsaWorkerData = {
      device,
      captureDevice,
      rate,
      periodMs,
      channels,
      ring: this.#ring.memory,
      wasm: readModule("sound"),
      clockStart: Number(process.hrtime.bigint()) / 1e6 - clock.now(),
    };
    this.#thread = new AlsaThread(this.#ring, workerData, options, options.program);
  }

  get counters(): SoundCounters {
    return { frames: this.#lateness.reading.frames, threadEnds: this.#thread.ends, ...this.#ring.counters };
  }

  line(channel: number): SoundLine {
    checkChannel(this.driver, channel, this.channels);
    return this.#soundLines[channel] as SoundLine;
  }

  clock(frame: FrameListener): SoundClock {
    this.#lines.clear();
    this.#thread.want(Wanted.Rest);
    this.#listener = frame;
    return this;
  }

  async close(): Promise<void> {
    this.#lines.clear();
    await this.#thread.close();
  }

  // The clock

  start(line: number): void {
    const isFirst = this.#lines.size === 0;
    this.#lines.add(line);
    if (!isFirst) return;
    this.#handled = this.#ring.captured;
    this.#thread.want(Wanted.Sound);
    this.#listen();
  }

  stop(line: number): void {
    if (this.#lines.delete(line) && this.#lines.size === 0) this.#thread.want(Wanted.Rest);
  }

  isActive(line: number): boolean {
    return this.#lines.has(line);
  }

  get lateness(): Lateness {
    return this.#lateness.reading;
  }

  #listen(): void {
    if (this.#isListening || this.#lines.size === 0) return;
    this.#isListening = true;
    const next = this.#ring.nextAfter(this.#handled);
    if (next) void next.then(this.#onFrames);
    else setImmediate(this.#onFrames);
  }

  readonly #onFrames = (): void => {
    this.#isListening = false;
    const behind = (this.#ring.captured - this.#handled) | 0;
    if (behind > MOST_AT_ONCE) {
      this.#lateness.skip(behind - MOST_AT_ONCE);
      this.#handled = (this.#handled + behind - MOST_AT_ONCE) | 0;
    }
    while (this.#lines.size > 0 && this.#handled !== this.#ring.captured) this.#frame();
    this.#listen();
  };

  #frame(): void {
    const { clock } = this.#options;
    const frame = (this.#handled + 1) | 0;
    this.#handled = frame;
    for (let channel = 0; channel < this.channels; channel++) this.#ring.toPhone(frame, channel).fill(0);
    const now = clock.now();
    this.#lateness.count(now - this.#ring.timeOf(frame));
    this.#listener(now);
    this.#ring.answer(frame);
  }
}
