// The serial device that a line card hangs on, through serialport. It may vanish at any time.

import { readSync, type Stats, statSync } from "node:fs";
import type { Clock } from "../clock.ts";
import { isSameDevice, wakeAfterEvents } from "../serial-device.ts";

/** A serial line that is open. */
export interface CardWire {
  /** Bytes that wait to be sent. */
  readonly backlog: number;
  /** `bytes` are not copied: they stay as they are until they are sent. */
  write(bytes: Uint8Array): void;
  /** Hands over at once what has arrived and was not told yet: the program was held up. */
  readNow?(): void;
  close(): void;
}

export interface CardWireEvents {
  received(bytes: Uint8Array): void;
  /** Told once; the wire is closed then. */
  lost(reason: string): void;
}

/** Rejects when there is no such device now. */
export type OpenCardWire = (events: CardWireEvents) => Promise<CardWire>;

/** How often to look whether the device is still the one that was opened: a dead one says so at the next write only. */
const LOOK_EVERY = 500;

/** 8 bits, no parity, one stop bit, no flow control. */
export function serialWire(path: string, baudRate: number, clock: Clock): OpenCardWire {
  return async (events) => {
    // Native code: loaded only where a line card is configured.
    const { SerialPort } = await import("serialport");
    const port = new SerialPort({ path, baudRate, autoOpen: false });
    await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
    wakeAfterEvents(port);
    const opened: Stats = statSync(path);
    const late = Buffer.alloc(4096);
    let timer: unknown;
    let isOpen = true;

    const close = () => {
      isOpen = false;
      clock.clearTimeout(timer);
      if (port.isOpen) port.close(() => {});
    };
    const lose = (reason: string) => {
      if (!isOpen) return;
      close();
      events.lost(reason);
    };
    const look = () => {
      if (isSameDevice(path, opened)) timer = clock.setTimeout(look, LOOK_EVERY);
      else lose("the device has gone");
    };
    port.on("data", (bytes: Buffer) => {
      if (isOpen) events.received(bytes);
    });
    // Both may come, and `close` twice.
    port.on("error", (error) => lose(error.message));
    port.on("close", () => lose("the device has gone"));
    timer = clock.setTimeout(look, LOOK_EVERY);

    return {
      get backlog() {
        return port.writableLength;
      },
      write: (bytes) => {
        if (isOpen) port.write(bytes);
      },
      readNow: () => {
        const { fd } = port.port as unknown as { fd: number | null };
        try {
          for (let count = 1; isOpen && typeof fd === "number" && count > 0; ) {
            count = readSync(fd, late);
            if (count > 0) events.received(late.subarray(0, count));
          }
        } catch {
          // there is nothing more, or the event that says why is on its way
        }
      },
      close,
    };
  };
}
