// The few calls of the C library that GPIO needs and Node lacks, by koffi, an optional package that only boards with hardware need.
// Buffers are handed over as they are: a call neither copies nor keeps anything.

import { getSystemErrorName } from "node:util";

export interface Libc {
  /** Throws an OsError, as all of these do. */
  ioctl(fd: number, request: number, argument: Uint8Array): void;
  /** `entries` as pollfd writes them; `timeout` in ms, with a fraction; Infinity waits for ever. True when one of them is ready. */
  poll(entries: Uint8Array, timeout: number): boolean;
  /** Bytes read. */
  read(fd: number, bytes: Uint8Array): number;
  /** A descriptor that another thread makes ready by writing eight bytes to it. */
  eventDescriptor(): number;
}

export class OsError extends Error {
  /** `EBUSY` */
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = getSystemErrorName(-errno);
    super(`${call}: ${code}`);
    this.code = code;
  }
}

export const POLL_ENTRY = 8;
const POLLIN = 1;
const EVENTFD_FLAGS = 0o2004000;

/** Entries of `fds` for poll(). */
export function pollEntries(fds: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(fds.length * POLL_ENTRY);
  const data = new DataView(bytes.buffer);
  for (const [index, fd] of fds.entries()) {
    data.setInt32(index * POLL_ENTRY, fd, true);
    data.setInt16(index * POLL_ENTRY + 4, POLLIN, true);
  }
  return bytes;
}

/** What poll() found of an entry: something to read, or an error that reading tells. */
export const isReady = (entries: Uint8Array, index: number): boolean => entries[index * POLL_ENTRY + 6] !== 0;

/** Throws when koffi is not installed. `library` is another one in tests. */
export async function loadLibc(library = "libc.so.6"): Promise<Libc> {
  const { default: koffi } = await import("koffi").catch((error: Error) => {
    throw new Error(
      `the gpio driver needs the optional package koffi, which is not installed for this machine: ${error.message}`,
    );
  });
  const lib = koffi.load(library);
  const ioctl = lib.func("int ioctl(int fd, unsigned long request, void *argument)");
  const ppoll = lib.func("int ppoll(void *entries, unsigned long count, void *timeout, void *mask)");
  const read = lib.func("intptr_t read(int fd, void *bytes, size_t count)");
  const eventfd = lib.func("int eventfd(unsigned int value, int flags)");
  // struct timespec: two longs
  const nanoseconds = koffi.sizeof("long");
  const time = new Uint8Array(2 * nanoseconds);
  const timeData = new DataView(time.buffer);
  const checked = (call: string, result: number): number => {
    if (result < 0) throw new OsError(call, koffi.errno());
    return result;
  };
  return {
    ioctl: (fd, request, argument) => void checked("ioctl", ioctl(fd, request, argument)),
    poll(entries, timeout) {
      const wait = Math.max(0, timeout);
      if (wait < Number.POSITIVE_INFINITY) {
        timeData.setUint32(0, Math.floor(wait / 1000), true);
        timeData.setUint32(nanoseconds, Math.floor((wait % 1000) * 1e6), true);
      }
      const count = entries.length / POLL_ENTRY;
      const result = ppoll(entries, count, wait < Number.POSITIVE_INFINITY ? time : null, null);
      if (result < 0 && koffi.errno() === koffi.os.errno.EINTR) return false;
      return checked("poll", result) > 0;
    },
    read: (fd, bytes) => checked("read", Number(read(fd, bytes, bytes.length))),
    eventDescriptor: () => checked("eventfd", eventfd(0, EVENTFD_FLAGS)),
  };
}
