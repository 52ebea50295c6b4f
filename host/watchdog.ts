// The kernel's watchdog: a timer that resets the machine unless it is fed. It is fed while the program's loop runs and, when a line
// needs sound, while frames pass. See the kernel's Documentation/watchdog/watchdog-api.rst first.

import { closeSync, openSync, writeSync } from "node:fs";
import type { Clock } from "./clock.ts";
import { loadLibc } from "./gpio/libc.ts";

const FEED_EVERY = 5000;
/** Seconds without food after which it bites: the longest that the hardware of all our boards can wait. */
const BITES_AFTER = 15;
/** WDIOC_SETTIMEOUT of <linux/watchdog.h>, whose argument is an int. */
const SET_TIMEOUT = 0xc0045706;
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
export async function openWatchdogDevice(path: string): Promise<WatchdogDevice> {
  const file = openSync(path, "w");
  // One that cannot be told, or where koffi is missing, bites in a time of its own.
  await loadLibc()
    .then((libc) => libc.ioctl(file, SET_TIMEOUT, new Uint8Array(Int32Array.of(BITES_AFTER).buffer)))
    .catch(() => {});
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
