// All lines of a board whose circuits are at GPIO pins: asks the kernel for the pins, starts the thread that watches them, and
// carries orders there and reports back.

import { closeSync, writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { Clock } from "../clock.ts";
import { GpioChip } from "./chip.ts";
import type { GpioWorkerData, WorkerLine } from "./gpio-worker.ts";
import { type Libc, loadLibc, pollEntries } from "./libc.ts";
import { monotonicOrigin } from "./monotonic.ts";
import { Patience } from "./patience.ts";
import { enablePwm, type PwmChannel } from "./pwm.ts";
import { IDLE_ORDER, LineReport, type LineReportKind, ReportQueue, Shared } from "./report-queue.ts";
import type { SlicCard } from "./slic-line.ts";

export interface GpioLineOptions {
  card: SlicCard;
  /** Numbers on the chip. */
  pins: {
    ringMode: number;
    forwardReverse: number;
    hook: number;
    /** PD: pulled low it takes the line's current away, let go of it gives it. Leave it out where it is not wired or stays low. */
    powerDown?: number | undefined;
  };
  /** What toggles F/R; without it the thread does. */
  pwm?: PwmChannel | undefined;
}

export interface GpioOptions {
  /** The chip's label, as `gpiodetect` shows it. */
  chip: string;
  lines: readonly GpioLineOptions[];
  /** Runs on the kernel's monotonic clock: the system's. */
  clock: Clock;
  /** Told once when the pins can't be watched any more. */
  onFailure: (error: Error) => void;
  /** Other places than the machine's, in tests: C library, /dev and /sys/class/pwm. */
  library?: string;
  devices?: string;
  pwmRoot?: string;
}

export type ReportListener = (kind: LineReportKind, at: number) => void;

/** The thread takes edges up within a fraction of a millisecond, unless the whole machine is held up. So long it is waited for, ms. */
const PATIENCE = 50;
/** So long it may take to put the pins to rest, ms. */
const END_PATIENCE = 500;
const WAKE = new Uint8Array(new BigUint64Array([1n]).buffer);
const sleeper = new Int32Array(new SharedArrayBuffer(4));

export class GpioLines {
  readonly #libc: Libc;
  readonly #worker: Worker;
  readonly #wake: number;
  readonly #orders: Int32Array;
  readonly #reports: ReportQueue;
  readonly #hooks: Uint8Array;
  readonly #listeners: (ReportListener | undefined)[] = [];
  /** Since when a line's loop is closed; NaN while it is open. */
  readonly #closedSince: number[];
  readonly #ended: Promise<void>;
  readonly #patience = new Patience();
  #isRunning = true;
  #isClosing = false;

  private constructor(libc: Libc, data: GpioWorkerData, reports: ReportQueue, onFailure: (error: Error) => void) {
    this.#libc = libc;
    this.#wake = data.wake;
    this.#orders = new Int32Array(data.orders);
    this.#reports = reports;
    this.#closedSince = data.lines.map(() => Number.NaN);
    this.#hooks = pollEntries(data.lines.map(({ hook }) => hook));
    this.#worker = new Worker(new URL("./gpio-worker.js", import.meta.url), { workerData: data });
    this.#worker.on("message", () => this.#deliver());
    process.on("exit", this.#restAtExit);
    this.#ended = new Promise((resolve) => {
      let trouble: string | undefined;
      this.#worker.on("error", ({ message }) => {
        trouble = message;
      });
      this.#worker.on("exit", (code) => {
        this.#isRunning = false;
        process.off("exit", this.#restAtExit);
        for (const fd of descriptorsOf(data)) closeSync(fd);
        resolve();
        if (!this.#isClosing || trouble !== undefined)
          onFailure(new Error(`the thread that watches the GPIO pins has ended: ${trouble ?? `exit code ${code}`}`));
      });
    });
  }

  /** Throws when koffi is missing, or a pin or a PWM can't be had; it says which. */
  static async open(options: GpioOptions): Promise<GpioLines> {
    const libc = await loadLibc(options.library);
    const chip = GpioChip.find(libc, options.chip, options.devices);
    const lines: WorkerLine[] = [];
    const opened: number[] = [];
    const keep = (fd: number): number => {
      opened.push(fd);
      return fd;
    };
    try {
      for (const { card, pins, pwm } of options.lines) {
        const isIdleHigh = card.forwardLevel === "high";
        const ringMode = card.ringingLevel === "high" ? 0 : 1;
        const outputs = pwm ? [pins.ringMode] : [pins.ringMode, pins.forwardReverse];
        const control = keep(chip.requestOutputs(outputs, ringMode | (!pwm && isIdleHigh ? 2 : 0)));
        const pwmFolder = pwm && enablePwm(pwm, isIdleHigh, options.pwmRoot);
        const powerDown = pins.powerDown === undefined ? undefined : keep(chip.requestOpenDrain(pins.powerDown));
        lines.push({ card, control, pwmFolder, powerDown, hook: keep(chip.requestEdges(pins.hook)) });
      }
      const reports = new ReportQueue();
      const orders = new Int32Array(new SharedArrayBuffer(4 * (lines.length + Shared.count)));
      orders.fill(IDLE_ORDER, 0, lines.length);
      const data: GpioWorkerData = {
        library: options.library,
        lines,
        wake: keep(libc.eventDescriptor()),
        orders: orders.buffer as SharedArrayBuffer,
        reports: reports.memory,
        origin: monotonicOrigin(() => options.clock.now()),
      };
      return new GpioLines(libc, data, reports, options.onFailure);
    } catch (error) {
      for (const fd of opened) closeSync(fd);
      throw error;
    }
  }

  /**
   * Reports of the line go there, in order, and never from within a method of this class but catchUp(); except that one which
   * follows another is told at once of a loop that is closed.
   */
  listen(line: number, listener: ReportListener): void {
    this.#listeners[line] = listener;
    const since = this.#closedSince[line]!;
    if (!Number.isNaN(since)) listener(LineReport.Closed, since);
  }

  /** The line is to do what packOrder() has written. */
  order(line: number, order: number): void {
    if (Atomics.exchange(this.#orders, line, order) !== order) this.#wakeWorker();
  }

  /** Delivers what has happened up to now. */
  catchUp(): void {
    // in this order: what is read is not in the kernel's hands any more, and may not be in the queue yet
    for (let waited = 0; this.#isRunning && waited < PATIENCE; waited++) {
      if (!this.#libc.poll(this.#hooks, 0) && this.#load(Shared.Reading) === 0) break;
      Atomics.wait(sleeper, 0, 0, 1);
    }
    if (!this.#reports.isEmpty) this.#deliver();
  }

  /** Up to when what was told is all: see PhonePort. */
  toldUpTo(now: number): number {
    if (!this.#isRunning || this.#load(Shared.IsFollowing) === 0) return now;
    const behind = (Math.floor(now) - this.#load(Shared.FollowedTo)) | 0;
    return this.#patience.toldUpTo(now - behind, now);
  }

  /** Ends all lines, at rest. */
  close(): Promise<void> {
    this.#isClosing = true;
    this.#end();
    return this.#ended;
  }

  #end(): void {
    Atomics.store(this.#orders, this.#word(Shared.End), 1);
    this.#wakeWorker();
  }

  /** Not every kernel lets go of a pin in a way that stops the ringing when its program is gone. */
  readonly #restAtExit = (): void => {
    this.#end();
    if (this.#isRunning) Atomics.wait(this.#orders, this.#word(Shared.Ended), 0, END_PATIENCE);
  };

  #load(word: number): number {
    return Atomics.load(this.#orders, this.#word(word));
  }

  #word(word: number): number {
    return this.#orders.length - Shared.count + word;
  }

  #deliver(): void {
    this.#reports.take(this.#handleReport);
  }

  readonly #handleReport = (line: number, kind: LineReportKind, at: number): void => {
    if (kind !== LineReport.Lost) this.#closedSince[line] = kind === LineReport.Closed ? at : Number.NaN;
    this.#listeners[line]?.(kind, at);
  };

  #wakeWorker(): void {
    if (this.#isRunning) writeSync(this.#wake, WAKE);
  }
}

const descriptorsOf = ({ lines, wake }: GpioWorkerData): number[] => [
  wake,
  ...lines.flatMap(({ control, powerDown, hook }) =>
    powerDown === undefined ? [control, hook] : [control, powerDown, hook],
  ),
];
