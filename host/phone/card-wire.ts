// The serial device that a line card hangs on. It may vanish at any time. serialport opens it and tells when there is something to read;
// bytes are read and written at once, without a detour through other threads: a busy machine delays no edge by more than itself.

import { readSync, type Stats, statSync, writeSync } from "node:fs";
import type { Clock } from "../clock.ts";
import { isSameDevice, loadSerialPort, wakeAfterEvents } from "../serial-device.ts";

/** A serial line that is open. */
export interface CardWire {
  /** False when there is no room for all of it now. `bytes` may be overwritten afterwards. */
  write(bytes: Uint8Array): boolean;
  /** Hands over at once what has arrived and was not told yet. */
  readNow?(): void;
  close(): void;
}

export interface CardWireEvents {
  received(bytes: Uint8Array): void;
  /** Told once; the wire is closed then. Never from within a method of the wire. */
  lost(reason: string): void;
}

/** Rejects when there is no such device now. */
export type OpenCardWire = (events: CardWireEvents) => Promise<CardWire>;

/** How often to look whether the device is still the one that was opened. */
const LOOK_EVERY = 500;
/** Error codes of a device that has nothing to say, or no room, at the moment. */
const LATER: readonly (string | undefined)[] = ["EAGAIN", "EWOULDBLOCK", "EINTR"];
const TAKEN = "another program has it open";
const GONE = "the device has gone";

interface Descriptor {
  fd: number;
  poller: { once(event: "readable", callback: (error: Error | null) => void): void };
}

/** 8 bits, no parity, one stop bit, no flow control. */
export function serialWire(path: string, baudRate: number, clock: Clock): OpenCardWire {
  return async (events) => {
    const SerialPort = await loadSerialPort();
    const port = new SerialPort({ path, baudRate, autoOpen: false });
    await new Promise<void>((resolve, reject) =>
      port.open((error) => {
        if (error) reject(error.message.includes("Cannot lock") ? new Error(TAKEN) : error);
        else resolve();
      }),
    );
    const { fd, poller } = port.port as unknown as Descriptor;
    const opened: Stats = statSync(path);
    const room = Buffer.alloc(4096);
    let timer: unknown;
    let isOpen = true;
    let isReading = false;
    let failure = "";

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
      if (failure === "" && !isSameDevice(path, opened)) failure = GONE;
      if (failure !== "") lose(failure);
      else timer = clock.setTimeout(look, LOOK_EVERY);
    };
    /** From within a method: it is told soon. */
    const fail = (error: unknown) => {
      const { code, message } = error as NodeJS.ErrnoException;
      if (LATER.includes(code) || failure !== "" || !isOpen) return;
      failure = message;
      clock.clearTimeout(timer);
      timer = clock.setTimeout(look, 0);
    };
    /** 0 when there is nothing more. */
    const readSome = (): number => {
      try {
        const count = readSync(fd, room);
        if (count === 0) throw new Error(GONE);
        return count;
      } catch (error) {
        fail(error);
        return 0;
      }
    };
    const readNow = () => {
      // what is being told may lead to a look for more
      if (isReading) return;
      isReading = true;
      try {
        for (let count = room.length; count === room.length && isOpen && failure === ""; ) {
          count = readSome();
          if (count > 0) events.received(room.subarray(0, count));
        }
      } finally {
        isReading = false;
      }
    };
    const wait = () => {
      if (!isOpen || failure !== "") return;
      poller.once("readable", (error) => {
        if (error) return isOpen ? fail(error) : undefined;
        readNow();
        wait();
      });
    };
    wakeAfterEvents(port);
    // Both may come, and `close` twice.
    port.on("error", fail);
    port.on("close", () => lose(GONE));
    timer = clock.setTimeout(look, LOOK_EVERY);
    wait();

    return {
      write: (bytes) => {
        if (!isOpen || failure !== "") return false;
        try {
          return writeSync(fd, bytes) === bytes.length;
        } catch (error) {
          fail(error);
          return false;
        }
      },
      readNow,
      close,
    };
  };
}
