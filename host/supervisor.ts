// Sees to it that a core which fails is replaced, and that what led to the failure is kept: a failure is our bug, and no phone's end.

import type { Clock } from "./clock.ts";
import type { Core, CorePanicError } from "./core.ts";
import { GrowingPause } from "./growing-pause.ts";
import type { Log } from "./log.ts";
import { Recorder } from "./recorder.ts";

/** Recordings that are kept: the first ones show as much as the hundredth. */
const MOST_RECORDINGS = 5;

export interface SupervisorOptions {
  clock: Clock;
  log: Log;
  /** Where a recording of the whole run is written to; `limit` in bytes. */
  recording?: { path: string; limit?: number } | undefined;
}

export class Supervisor {
  /** Cores that have failed since the start. */
  failures = 0;
  readonly #name: "adapter" | "server";
  readonly #options: SupervisorOptions;
  readonly #restart: () => void;
  readonly #pause = new GrowingPause();
  #recorder: Recorder | undefined;
  #timer: unknown;

  /** `restart` sets a fresh core to work; it comes at once, or when the wait is over. */
  constructor(name: "adapter" | "server", options: SupervisorOptions, restart: () => void) {
    this.#name = name;
    this.#options = options;
    this.#restart = restart;
  }

  /** Where log entries belong. */
  get #area(): string {
    return this.#name === "adapter" ? "core" : "server";
  }

  /** A fresh core goes to work: records it, if that is wanted. */
  watch(core: Core): void {
    const { clock, recording } = this.#options;
    this.#pause.handleStart(clock.now());
    this.#recorder = undefined;
    if (!recording || this.failures >= MOST_RECORDINGS) return;
    const path = this.failures === 0 ? recording.path : `${recording.path}.${this.failures}`;
    const onFailure = (error: Error) =>
      this.#options.log.error("recorder", `the recording ends: ${error.message}`, { path });
    const limit = recording.limit === undefined ? {} : { limit: recording.limit };
    try {
      this.#recorder = new Recorder(core, this.#name, clock.wallClock(), { path, onFailure, ...limit });
    } catch (error) {
      if (this.failures === 0) throw error; // at the start the user is there to mend it
      onFailure(error as Error);
    }
  }

  /** The core failed: tells, keeps the recording, restarts. */
  handleFailure(error: CorePanicError): void {
    const { clock, log } = this.#options;
    this.failures++;
    log.error(this.#area, error.message, { failures: this.failures });
    if (this.#recorder) {
      this.#recorder.close();
      log.error(this.#area, "replay the recording to see the failure again", { path: this.#recorder.path });
    }
    const pause = this.#pause.handleFailure(clock.now());
    if (pause === 0) this.#restart();
    else this.#timer = clock.setTimeout(this.#restart, pause);
  }

  /** Nothing came of the start: no recording is left behind. */
  discard(): void {
    this.#recorder?.discard();
  }

  close(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#recorder?.close();
  }
}
