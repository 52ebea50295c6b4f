// The card's thread as the program keeps it: should it end by itself, it is started anew, and while it is away the lines have silence at
// the pace of a card.

import { Worker } from "node:worker_threads";
import type { Clock } from "../clock.ts";
import { GrowingPause } from "../growing-pause.ts";
import type { Log } from "../log.ts";
import type { AlsaWorkerData, AlsaWorkerMessage } from "./alsa-worker.ts";
import { type CardRing, Wanted } from "./card-ring.ts";
import { Pacer } from "./pacer.ts";

const PROGRAM = new URL("./alsa-worker.js", import.meta.url);
/** The pacer's only line. */
const STAND_IN = 0;

export interface AlsaThreadOptions {
  clock: Clock;
  log: Log;
  /** Lines that have sound. */
  channels: number;
}

export class AlsaThread {
  /** Times that it ended by itself. */
  ends = 0;
  readonly #ring: CardRing;
  readonly #data: AlsaWorkerData;
  readonly #options: AlsaThreadOptions;
  readonly #program: URL;
  readonly #pause = new GrowingPause();
  /** Gives frames of silence in place of a thread that is away. */
  readonly #standIn: Pacer;
  #worker: Worker | undefined;
  #timer: unknown;
  #lastTrouble = "";
  #handleEnd = () => {};
  readonly #ended = new Promise<void>((resolve) => {
    this.#handleEnd = resolve;
  });

  /** Starts it. `program` is another one in tests. */
  constructor(ring: CardRing, data: AlsaWorkerData, options: AlsaThreadOptions, program = PROGRAM) {
    this.#ring = ring;
    this.#data = data;
    this.#options = options;
    this.#program = program;
    this.#standIn = new Pacer(options.clock, (now) => this.#giveSilence(now));
    this.#start();
  }

  /** As CardRing.want(). */
  want(wanted: number): void {
    this.#ring.want(wanted);
    if (!this.#worker && wanted === Wanted.Sound) this.#standIn.start(STAND_IN);
    else this.#standIn.stop(STAND_IN);
  }

  close(): Promise<void> {
    this.#options.clock.clearTimeout(this.#timer);
    this.want(Wanted.End);
    if (!this.#worker) this.#handleEnd();
    return this.#ended;
  }

  readonly #start = (): void => {
    const { clock, log } = this.#options;
    this.#pause.handleStart(clock.now());
    let trouble: string | undefined;
    const worker = new Worker(this.#program, { workerData: this.#data });
    worker.on("message", ({ level, text }: AlsaWorkerMessage) => log[level]("sound", text));
    worker.on("error", (error) => {
      trouble = error.message;
    });
    worker.once("exit", (code) => this.#handleExit(trouble ?? `exit code ${code}`));
    this.#worker = worker;
    this.#standIn.stop(STAND_IN);
  };

  #handleExit(trouble: string): void {
    this.#worker = undefined;
    if (this.#ring.wanted === Wanted.End) {
      this.#handleEnd();
      return;
    }
    const { clock } = this.#options;
    const now = clock.now();
    this.ends++;
    this.#ring.tellDelay(0);
    this.#tell(trouble, now);
    const pause = this.#pause.handleFailure(now);
    if (pause === 0) this.#start();
    else {
      this.want(this.#ring.wanted);
      this.#timer = clock.setTimeout(this.#start, pause);
    }
  }

  /** The same trouble is told once, until the thread has lasted. */
  #tell(trouble: string, now: number): void {
    if (trouble === this.#lastTrouble && !this.#pause.isNew(now)) return;
    this.#lastTrouble = trouble;
    this.#options.log.error(
      "sound",
      `the sound card's thread has ended: ${trouble}; its lines are silent, it is started again`,
    );
  }

  #giveSilence(now: number): void {
    const ring = this.#ring;
    for (let channel = 0; channel < this.#options.channels; channel++)
      ring.fromPhone(ring.captured + 1, channel).fill(0);
    ring.give(now);
  }
}
