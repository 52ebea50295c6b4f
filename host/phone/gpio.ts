// A phone port whose line circuit (SLIC) is at the pins of the board. What has to be quick happens in the thread of host/gpio/.

import type { Clock } from "../clock.ts";
import { LineReport, type LineReportKind, packOrder } from "../gpio/report-queue.ts";
import type { SoundLine } from "../sound/sound.ts";
import type { PhonePort, PhonePortEvents } from "./port.ts";

/** What a port needs of GpioLines. */
export interface LineWires {
  listen(line: number, listener: (kind: LineReportKind, at: number) => void): void;
  order(line: number, order: number): void;
  catchUp(): void;
  toldUpTo(now: number): number;
}

export interface GpioPortOptions {
  wires: LineWires;
  /** Which of the wires' lines, counted from 0. */
  line: number;
  sound: SoundLine;
  clock: Clock;
  /** The port is closed. */
  onClose?: () => void;
}

export class GpioPort implements PhonePort {
  readonly driver = "gpio";
  readonly echoDelay: number;
  readonly #options: GpioPortOptions;
  readonly #order = { isRinging: false, frequency: 0, isReversed: false, isFed: true };
  #events: PhonePortEvents | undefined;
  #isClosed = false;
  #isEnded = false;

  constructor(options: GpioPortOptions) {
    this.#options = options;
    this.echoDelay = options.sound.echoDelay;
    options.wires.listen(options.line, (kind, at) => this.#handleReport(kind, at));
  }

  start(events: PhonePortEvents): void {
    this.#events = events;
    // found closed before anybody listened
    const { clock } = this.#options;
    if (this.#isClosed) clock.setTimeout(() => this.#isClosed && this.#events?.loop(true, clock.now()), 0);
  }

  catchUp(): void {
    this.#options.wires.catchUp();
  }

  toldUpTo(now: number): number {
    return this.#options.wires.toldUpTo(now);
  }

  setRing(on: boolean, frequency: number): void {
    this.#order.isRinging = on;
    if (on) this.#order.frequency = frequency;
    this.#send();
  }

  setPolarity(reversed: boolean): void {
    this.#order.isReversed = reversed;
    this.#send();
  }

  setLoopCurrent(on: boolean): void {
    this.#order.isFed = on;
    this.#send();
  }

  readFrame(fromPhone: Int16Array): void {
    this.#options.sound.read(fromPhone);
  }

  writeFrame(toPhone: Int16Array): void {
    this.#options.sound.write(toPhone);
  }

  close(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#events = undefined;
    this.#options.onClose?.();
  }

  #send(): void {
    if (!this.#isEnded) this.#options.wires.order(this.#options.line, packOrder(this.#order));
  }

  #handleReport(kind: LineReportKind, at: number): void {
    if (kind === LineReport.Lost) {
      this.#events?.loss?.(at);
      return;
    }
    this.#isClosed = kind === LineReport.Closed;
    this.#events?.loop(this.#isClosed, at);
  }
}
