// Where update files come from: a path, a serial line. HTTPS has a file of its own.

import { open, stat } from "node:fs/promises";
import type { UpdateProgress, UpdateSource } from "../status.ts";
import { TRAILER_SIZE, UpdateError } from "./update-file.ts";
import { type ByteLink, XmodemReceiver } from "./xmodem.ts";

const READ_SIZE = 256 * 1024;

export type Progress = (progress: UpdateProgress) => void;

export class FileSource implements UpdateSource {
  readonly name: string;
  readonly progress: Progress;
  readonly #signal: AbortSignal;
  size: number | undefined;

  constructor(path: string, signal: AbortSignal, progress: Progress) {
    this.name = path;
    this.#signal = signal;
    this.progress = progress;
  }

  async trailer(): Promise<Uint8Array | undefined> {
    const { size } = await stat(this.name).catch((error: NodeJS.ErrnoException) => {
      throw new UpdateError(`${this.name} can't be read: ${error.message}`);
    });
    this.size = size;
    if (size < TRAILER_SIZE) throw new UpdateError(`${this.name} has ${size} bytes; an update file has more`);
    const file = await open(this.name);
    try {
      const trailer = Buffer.alloc(TRAILER_SIZE);
      await file.read(trailer, 0, TRAILER_SIZE, size - TRAILER_SIZE);
      return trailer;
    } finally {
      await file.close();
    }
  }

  async *read(): AsyncGenerator<Uint8Array> {
    const file = await open(this.name);
    try {
      const block = Buffer.alloc(READ_SIZE);
      for (;;) {
        if (this.#signal.aborted) throw new UpdateError("stopped");
        const { bytesRead } = await file.read(block, 0, block.length, null);
        if (bytesRead === 0) return;
        yield block.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }
}

export class XmodemSource implements UpdateSource {
  readonly name = "XMODEM";
  readonly #receiver: XmodemReceiver;

  constructor(link: ByteLink, now: () => number) {
    this.#receiver = new XmodemReceiver(link, now);
  }

  get size(): number | undefined {
    return this.#receiver.size;
  }

  read(): AsyncGenerator<Uint8Array> {
    return this.#receiver.receive();
  }
}
