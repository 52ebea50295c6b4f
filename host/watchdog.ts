// The kernel's watchdog: a timer that resets the machine unless it is fed. It is fed while the program's loop runs and, when a line
// needs sound, while frames pass. See the kernel's Documentation/watchdog/watchdog-api.rst first.

import { closeSync, openSync, writeSync } from "node:fs";
import type { Clock } from "./clock.ts";

/** The shortest watchdog of our boards bites after 15 s. */
const FEED_EVERY = 5000;
/** How long frames may stay away before the food does: a card that was lost is opened again in less. */
const PATIENCE = 20_000;

/** A device that bites: fed by a byte, and told by a `V` that nobody will feed it any more, on purpose. */
export interface WatchdogDevice {
  write(text: string): void;
  close(): void;
}

export interface SoundPulse {
  /** A line needs sound. */
  isNeeded: boolean;
  /** Frames that have passed; another number each time while they do. */
  frames: number;
}

export interface WatchdogOptions {
  clock: Clock;
  sound: () => SoundPulse;
  /** Told once each time that the food is held back, and when the device refuses it. */
  warn: (message: string) => void;
}

/** `path` is `/dev/watchdog`; opening it starts the timer. Throws the system's error. */
export function openWatchdogDevice(path: string): WatchdogDevice {
  const file = openSync(path, "w");
  return { write: (text) => void writeSync(file, text), close: () => closeSync(file) };
}

export class Watchdog {
  readonly #device: WatchdogDevice;
  readonly #options: WatchdogOptions;
  #frames = -1;
  #movedAt: number;
  #isHeldBack = false;
  #timer: unknown;

  /** Feeds the device at once, and from then on while all is well. */
  constructor(device: WatchdogDevice, options: WatchdogOptions) {
    this.#device = device;
    this.#options = options;
    this.#movedAt = options.clock.now();
    this.#look();
  }

  /** An orderly end: the machine is not reset. */
  stop(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#write("V");
    this.#device.close();
  }

  readonly #look = (): void => {
    const { clock, sound, warn } = this.#options;
    this.#timer = clock.setTimeout(this.#look, FEED_EVERY);
    const now = clock.now();
    const { isNeeded, frames } = sound();
    if (!isNeeded || frames !== this.#frames) this.#movedAt = now;
    this.#frames = frames;
    const isStuck = now - this.#movedAt >= PATIENCE;
    if (isStuck && !this.#isHeldBack) warn(`no sound for ${PATIENCE / 1000} s while a line needs it: not fed`);
    this.#isHeldBack = isStuck;
    if (!isStuck) this.#write("\n");
  };

  #write(text: string): void {
    try {
      this.#device.write(text);
    } catch (error) {
      this.#options.warn(`cannot be fed: ${(error as Error).message}`);
    }
  }
}
