// The bytes of a console's line, lent to somebody who speaks something else than keys and text.

import type { Clock } from "../clock.ts";
import type { ByteLink } from "../status.ts";

export class RawLine implements ByteLink {
  readonly #clock: Clock;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #signal: AbortSignal;
  readonly #waiting: Uint8Array[] = [];
  #wake: (() => void) | undefined;

  constructor(clock: Clock, write: (bytes: Uint8Array) => void, signal: AbortSignal) {
    this.#clock = clock;
    this.#write = write;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  /** What has come on the line. */
  give(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#wake?.();
  }

  write(bytes: Uint8Array): void {
    this.#write(bytes);
  }

  async read(wait: number): Promise<Uint8Array | undefined> {
    if (this.#waiting.length === 0 && !this.#signal.aborted) await this.#come(wait);
    if (this.#signal.aborted) throw new Error("the line was taken away");
    return this.#waiting.shift();
  }

  #come(wait: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#clock.clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = this.#clock.setTimeout(done, wait);
      this.#wake = done;
    });
  }
}
