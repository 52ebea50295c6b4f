// What serialport leaves to those who use it: the console and line cards.

import type { EventEmitter } from "node:events";
import { type Stats, statSync } from "node:fs";
import type { SerialPort } from "serialport";

/** Native code, and slow to load: only where there is a serial line. The package's own entry would bring ten parsers along. */
export async function loadSerialPort(): Promise<typeof SerialPort> {
  return (await import("serialport/dist/serialport.js")).SerialPort;
}

/**
 * serialport's native code tells of events outside of any callback scope. From Node 26.4 on, promises that it settles then wait
 * for the next turn of the event loop, for which nothing may ask; so each event asks for one. (serialport/bindings-cpp#239)
 */
export function wakeAfterEvents(port: SerialPort): void {
  const { poller } = port.port as unknown as { poller?: EventEmitter };
  for (const event of ["readable", "writable"]) poller?.on(event, () => setImmediate(() => {}));
}

/** A device of that path is there, and it is the one that was opened. */
export function isSameDevice(path: string, opened: Stats): boolean {
  try {
    const now = statSync(path);
    return now.rdev === opened.rdev && now.ino === opened.ino;
  } catch {
    return false;
  }
}
