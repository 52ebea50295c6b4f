// Lamps and what they show. A pattern is short enough to be told apart at a glance, and needs no colour.

import { closeSync, existsSync, openSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";

export interface Lamp {
  light(isLit: boolean): void;
  /** Leaves it dark. */
  close(): void;
}

/** Milliseconds lit, dark, lit…, over and over; a single one is for good. */
export const PATTERNS = {
  /** Nothing is wrong, and nobody has told the line to register: a short flash every two seconds. */
  ready: [100, 1900],
  registered: [Infinity],
  ringing: [100, 100],
  offHook: [500, 500],
  /** The registrar refuses, or the adapter does not run: three short flashes. */
  fault: [100, 150, 100, 150, 100, 1400],
  /** The button was held long enough: it may be let go. */
  reset: [50, 50],
} as const;
export type Pattern = keyof typeof PATTERNS;

/** Shows a pattern on a lamp. */
export class Blinker {
  readonly #clock: Clock;
  readonly #lamp: Lamp;
  readonly #onFailure: (error: Error) => void;
  #pattern: Pattern | undefined;
  #timer: unknown;
  #hasFailed = false;

  /** `onFailure` is told once, when the lamp cannot be lit any more. */
  constructor(clock: Clock, lamp: Lamp, onFailure: (error: Error) => void) {
    this.#clock = clock;
    this.#lamp = lamp;
    this.#onFailure = onFailure;
  }

  /** The same pattern again goes on where it is. */
  show(pattern: Pattern): void {
    if (pattern === this.#pattern) return;
    this.#pattern = pattern;
    this.#step(PATTERNS[pattern], 0);
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#attempt(() => this.#lamp.close());
  }

  #attempt(work: () => void): void {
    if (this.#hasFailed) return;
    try {
      work();
    } catch (error) {
      this.#hasFailed = true;
      this.#onFailure(error as Error);
    }
  }

  #step(lengths: readonly number[], at: number): void {
    this.#clock.clearTimeout(this.#timer);
    this.#attempt(() => this.#lamp.light(at % 2 === 0));
    const length = lengths[at]!;
    if (Number.isFinite(length))
      this.#timer = this.#clock.setTimeout(() => this.#step(lengths, (at + 1) % lengths.length), length);
  }
}

/** A lamp of the kernel's, from /sys/class/leds. Taken from whatever triggered it before. */
export class SysfsLamp implements Lamp {
  readonly #file: number;

  /** Throws an Error that says which lamps there are. */
  constructor(name: string, root = "/sys/class/leds") {
    const folder = join(root, name);
    if (!existsSync(folder)) {
      const names = existsSync(root) ? readdirSync(root).sort() : [];
      throw new Error(
        `lamp "${name}" is not there (allowed: ${names.join(", ") || "none, this machine has no lamps"})`,
      );
    }
    writeFileSync(join(folder, "trigger"), "none");
    this.#file = openSync(join(folder, "brightness"), "r+");
  }

  /** Any brightness but 0 is as bright as the lamp can be. */
  light(isLit: boolean): void {
    writeSync(this.#file, isLit ? "255" : "0", 0);
  }

  close(): void {
    this.light(false);
    closeSync(this.#file);
  }
}
