// Sound without a card: a pacer is the clock. `paced` has no channels, for ports that make their own sound; `silence` has some on
// which nothing is heard, for phones that are wired but have no sound card yet.

import type { Clock } from "../clock.ts";
import { FRAME_MS } from "./level.ts";
import { Pacer } from "./pacer.ts";
import {
  checkChannel,
  type FrameListener,
  NO_CARD,
  type Sound,
  type SoundClock,
  type SoundCounters,
  type SoundLine,
} from "./sound.ts";

export interface PacedOptions {
  clock: Clock;
  /** Waits exactly (sleepExactly); without it frames come when timers fire. */
  sleep?: ((duration: number) => void) | undefined;
}

const SILENT_LINE: SoundLine = {
  echoDelay: FRAME_MS,
  read: (fromPhone) => void fromPhone.fill(0),
  write: () => {},
};

export class SilentSound implements Sound {
  readonly driver: "paced" | "silence";
  readonly channels: number;
  readonly #options: PacedOptions;
  #pacer: Pacer | undefined;

  constructor(driver: "paced" | "silence", channels: number, options: PacedOptions) {
    this.driver = driver;
    this.channels = channels;
    this.#options = options;
  }

  get counters(): SoundCounters {
    return { frames: this.#pacer?.lateness.frames ?? 0, ...NO_CARD };
  }

  line(channel: number): SoundLine {
    checkChannel(this.driver, channel, this.channels);
    return SILENT_LINE;
  }

  clock(frame: FrameListener): SoundClock {
    this.#pacer = new Pacer(this.#options.clock, frame, this.#options.sleep);
    return this.#pacer;
  }

  async close(): Promise<void> {}
}
