// The console on a serial port. The port may vanish and come back (a USB adapter pulled out): it is opened again for ever.

import { type Stats, statSync } from "node:fs";
import type { SerialPort } from "serialport";
import type { Log } from "../log.ts";
import { isSameDevice, loadSerialPort, wakeAfterEvents } from "../serial-device.ts";
import type { Box } from "../status.ts";
import type { ConsoleHandle } from "./stdio.ts";
import { Terminal } from "./terminal.ts";

const AREA = "console";
const RETRY_MIN = 500;
const RETRY_MAX = 30_000;
/** How often to look whether the device is still the one that was opened: a dead one says so at the next write only. */
const LOOK_EVERY = 2000;

export interface SerialOptions {
  /** The device, e.g. `/dev/ttyAMA0`. */
  path: string;
  baudRate: number;
}

export type ConsoleLog = Pick<Log, "info" | "warn">;

/** Opens the port, and opens it again when it is lost, until closed. Never throws: what fails is logged. */
export function startSerialConsole(box: Box, options: SerialOptions, log: ConsoleLog): ConsoleHandle {
  return new SerialConsole(box, options, log);
}

class SerialConsole implements ConsoleHandle {
  readonly #box: Box;
  readonly #options: SerialOptions;
  readonly #log: ConsoleLog;
  #port: SerialPort | undefined;
  #terminal: Terminal | undefined;
  #opened: Stats | undefined;
  #retryAfter = RETRY_MIN;
  #lastFailure = "";
  #timer: unknown;
  #isClosed = false;

  constructor(box: Box, options: SerialOptions, log: ConsoleLog) {
    this.#box = box;
    this.#options = options;
    this.#log = log;
    this.#open();
  }

  notice(text: string): void {
    this.#terminal?.notice(text);
  }

  close(): void {
    this.#isClosed = true;
    this.#box.clock.clearTimeout(this.#timer);
    this.#drop();
  }

  async #open(): Promise<void> {
    try {
      const SerialPort = await loadSerialPort();
      if (this.#isClosed) return;
      const port = new SerialPort({ ...this.#options, autoOpen: false });
      this.#port = port;
      port.on("error", (error) => this.#lost(port, error.message));
      port.on("close", () => this.#lost(port, "it was closed"));
      await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
      if (this.#isClosed) return this.#drop();
      wakeAfterEvents(port);
      this.#opened = statSync(this.#options.path);
      this.#terminal = new Terminal(this.#box, port, port, { greeting: "on Enter" });
      this.#retryAfter = RETRY_MIN;
      this.#lastFailure = "";
      this.#log.info(AREA, "serial console open", { ...this.#options });
      this.#later(LOOK_EVERY, () => this.#look());
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** Both `error` and `close` may come, and `close` twice: the port that is in use counts, once. */
  #lost(port: SerialPort, reason: string): void {
    if (port === this.#port && this.#terminal) this.#fail(reason);
  }

  #look(): void {
    if (isSameDevice(this.#options.path, this.#opened!)) this.#later(LOOK_EVERY, () => this.#look());
    else this.#fail("the device has gone");
  }

  #fail(reason: string): void {
    this.#drop();
    if (this.#isClosed) return;
    // The same failure again and again is worth one line.
    if (reason !== this.#lastFailure) this.#log.warn(AREA, `serial console lost: ${reason}`, { ...this.#options });
    this.#lastFailure = reason;
    this.#later(this.#retryAfter, () => this.#open());
    this.#retryAfter = Math.min(RETRY_MAX, this.#retryAfter * 2);
  }

  #drop(): void {
    const port = this.#port;
    this.#port = undefined;
    this.#terminal?.close();
    this.#terminal = undefined;
    if (port?.isOpen) port.close(() => {});
  }

  #later(delay: number, callback: () => void): void {
    this.#box.clock.clearTimeout(this.#timer);
    this.#timer = this.#box.clock.setTimeout(callback, delay);
  }
}
