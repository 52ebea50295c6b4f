// Keeps one text file so that a power cut leaves the old text or the new one, never a mixture, and keeps what it held before.
// Write new, fsync, rename, fsync the directory: the copy (copy.ts), then the file. Earlier texts stand in `<file>.history/`, numbered
// upwards.

import { mkdir, open, readdir, readFile, realpath, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeCopy } from "./copy.ts";

export interface OpenFile {
  writeFile(text: string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The part of the file system that saving needs; a test puts one in its place that fails at any step. */
export interface FileSystem {
  readFile(path: string): Promise<string>;
  /** Follows symbolic links, so that a rename does not replace one; the path itself when nothing is there. */
  realPath(path: string): Promise<string>;
  open(path: string, flags: string, mode?: number): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  mkdir(path: string): Promise<void>;
  /** Names of the files in a directory; none when there is no such directory. */
  list(path: string): Promise<string[]>;
}

export const systemFiles: FileSystem = {
  readFile: (path) => readFile(path, "utf8"),
  realPath: (path) =>
    realpath(path).catch((error) => {
      if (isMissing(error)) return path;
      throw error;
    }),
  open,
  rename,
  unlink,
  mkdir: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  list: (path) =>
    readdir(path).catch((error) => {
      if (isMissing(error)) return [];
      throw error;
    }),
};

export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

/** Passwords stand in it. */
const PRIVATE = 0o600;

/** Puts `text` at `path`, whole or not at all. Its folder is there. */
export async function replaceFile(files: FileSystem, path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  const file = await files.open(fresh, "w", PRIVATE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(fresh, path);
  await syncFolder(files, dirname(path));
}

/** What was renamed or unlinked there is so after a power cut as well. */
export async function syncFolder(files: FileSystem, folder: string): Promise<void> {
  const directory = await files.open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export class SavedFile {
  readonly path: string;
  readonly #files: FileSystem;
  readonly #keep: number;

  /** `keep`: how many earlier texts are kept. */
  constructor(path: string, files: FileSystem, keep: number) {
    this.path = path;
    this.#files = files;
    this.#keep = keep;
  }

  read(): Promise<string> {
    return this.#files.readFile(this.path);
  }

  /** Replaces the text. What stood there goes into the history first, whoever wrote it. */
  async write(text: string): Promise<void> {
    const old = await this.read().catch((error) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (old !== undefined && old !== text) await this.#remember(old);
    await writeCopy(this.#files, this.path, text);
    await replaceFile(this.#files, this.path, text);
  }

  /** How many changes can be undone. */
  async count(): Promise<number> {
    return (await this.#earlierNumbers()).length;
  }

  /** The text that stood here `back` changes ago, 1 being the last; undefined when that is not kept. */
  async earlier(back: number): Promise<string | undefined> {
    const number = back > 0 ? (await this.#earlierNumbers()).at(-back) : undefined;
    return number === undefined ? undefined : this.#files.readFile(this.#historyPath(number));
  }

  async #earlierNumbers(): Promise<number[]> {
    const numbers = await this.#numbers();
    const newest = numbers.at(-1);
    // A power cut between the two writes leaves the present text as the newest of the history.
    if (newest !== undefined && (await this.#files.readFile(this.#historyPath(newest))) === (await this.read()))
      numbers.pop();
    return numbers;
  }

  async #remember(text: string): Promise<void> {
    const numbers = await this.#numbers();
    const newest = numbers.at(-1) ?? 0;
    if (newest > 0 && (await this.#files.readFile(this.#historyPath(newest))) === text) return;
    if (newest === 0) await this.#files.mkdir(this.#directory);
    await replaceFile(this.#files, this.#historyPath(newest + 1), text);
    // The new one is not among `numbers` yet.
    for (const old of numbers.slice(0, Math.max(0, numbers.length + 1 - this.#keep))) {
      await this.#files.unlink(this.#historyPath(old));
    }
  }

  get #directory(): string {
    return `${this.path}.history`;
  }

  #historyPath(number: number): string {
    return join(this.#directory, `${String(number).padStart(6, "0")}-${basename(this.path)}`);
  }

  async #numbers(): Promise<number[]> {
    const names = await this.#files.list(this.#directory);
    const ending = `-${basename(this.path)}`;
    return names
      .filter((name) => name.endsWith(ending))
      .map((name) => Number.parseInt(name, 10))
      .filter((number) => number > 0)
      .sort((a, b) => a - b);
  }
}
