// Who is registered, kept in a file so that a restart or a power cut leaves no phone unreachable until it happens to register again.
// The file: a line with the version and the CRC-32 of the rest, then the bindings as JSON. Times in it are wall clock: nothing else
// outlives the program. It is written whole, at most once in a few seconds, and never while anybody waits.

import { crc32 } from "node:zlib";
import type { Clock } from "./clock.ts";
import { type FileSystem, isMissing, replaceFile, systemFiles } from "./config/save.ts";
import type { Log } from "./log.ts";

/** Between two writes. */
const INTERVAL = 5000;
const HEAD = "tipring locations 1";

/** One contact of one user. */
export interface SavedBinding {
  user: string;
  /** URI of the contact. */
  contact: string;
  /** The proxies on the way to it (RFC 3327). Files of older versions have none. */
  path?: string;
  /** Thousandths. */
  q: number;
  /** Where its calls are sent, a Transport. */
  address: string;
  port: number;
  transport: number;
  /** Milliseconds since 1970. */
  expires: number;
}

export interface LocationFileOptions {
  path: string;
  clock: Clock;
  log: Log;
  files?: FileSystem | undefined;
}

export class LocationFile {
  /** What the file holds, as far as this program knows. */
  saved: readonly SavedBinding[] = [];
  readonly #options: LocationFileOptions;
  readonly #files: FileSystem;
  readonly #read: () => SavedBinding[];
  #isChanged = false;
  #isStopped = false;
  #hasFailed = false;
  #timer: unknown;
  #lastWrite = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | undefined;

  /** `read` says who is registered at that moment. */
  constructor(options: LocationFileOptions, read: () => SavedBinding[]) {
    this.#options = options;
    this.#files = options.files ?? systemFiles;
    this.#read = read;
  }

  /** What an earlier run has kept. A file that can't be read is named in the log, a damaged one is set aside as well. Never throws. */
  async load(): Promise<readonly SavedBinding[]> {
    const { path, log } = this.#options;
    try {
      this.saved = parseLocations(await this.#files.readFile(path));
    } catch (error) {
      if (error instanceof DamagedError) await this.#setAside(error.message);
      else if (!isMissing(error)) log.error("server", `${path} cannot be read: ${(error as Error).message}`);
    }
    return this.saved;
  }

  async #setAside(why: string): Promise<void> {
    const { path, log } = this.#options;
    const aside = `${path}.damaged`;
    const lost = "phones are found again once they register";
    try {
      await this.#files.rename(path, aside);
      log.error("server", `${path} is damaged: ${why}. It is kept as ${aside}; ${lost}`);
    } catch (error) {
      log.error("server", `${path} is damaged: ${why}. It cannot be moved: ${(error as Error).message}; ${lost}`);
    }
  }

  /** Something has changed: it will be written soon. */
  handleChange(): void {
    this.#isChanged = true;
    this.#arm();
  }

  #arm(): void {
    if (this.#isStopped || this.#timer !== undefined || this.#writing) return;
    const { clock } = this.#options;
    const wait = Math.max(0, this.#lastWrite + INTERVAL - clock.now());
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined;
      void this.#write();
    }, wait);
  }

  #write(): Promise<void> {
    this.#writing = this.#replace().finally(() => {
      this.#writing = undefined;
      if (this.#isChanged) this.#arm();
    });
    return this.#writing;
  }

  async #replace(): Promise<void> {
    const { path, clock, log } = this.#options;
    this.#isChanged = false;
    this.#lastWrite = clock.now();
    this.saved = this.#read();
    try {
      await replaceFile(this.#files, path, writeLocations(this.saved));
      this.#hasFailed = false;
    } catch (error) {
      // The next change tries again. A full disk is told once, not every few seconds.
      if (!this.#hasFailed) log.error("server", `${path} cannot be written: ${(error as Error).message}`);
      this.#hasFailed = true;
    }
  }

  /** Writes what is not written yet. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#writing;
    if (this.#isChanged) await this.#replace();
  }
}

class DamagedError extends Error {}

function writeLocations(bindings: readonly SavedBinding[]): string {
  const body = `[${bindings.map((binding) => `\n${JSON.stringify(binding)}`).join(",")}\n]\n`;
  return `${HEAD} ${checksum(body)}\n${body}`;
}

const checksum = (body: string): string => crc32(body).toString(16).padStart(8, "0");

/** Throws DamagedError, which says what is wrong. */
function parseLocations(text: string): SavedBinding[] {
  const end = text.indexOf("\n");
  const [head, body] = [text.slice(0, end), text.slice(end + 1)];
  if (!head.startsWith(`${HEAD} `)) throw new DamagedError(`it does not begin with "${HEAD}"`);
  if (head.slice(HEAD.length + 1) !== checksum(body)) throw new DamagedError("its checksum does not match");
  try {
    return JSON.parse(body).filter(isBinding);
  } catch (error) {
    throw new DamagedError((error as Error).message);
  }
}

const isWithin = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

/** The core judges what the values mean; they only have to be of their kind. */
function isBinding(value: Partial<SavedBinding> | null): value is SavedBinding {
  if (typeof value !== "object" || value === null) return false;
  const { user, contact, path = "", q, address, port, transport, expires } = value;
  const texts = [user, contact, path, address].every((text) => typeof text === "string");
  return (
    texts && isWithin(q, 0, 1000) && isWithin(port, 1, 65535) && isWithin(transport, 1, 3) && Number.isFinite(expires)
  );
}
