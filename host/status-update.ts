// What a console may ask and order of the updates of a box: see host/update/README.md.

import type { ByteLink } from "./update/xmodem.ts";

/** How far an update has come. */
export interface UpdateProgress {
  source: string;
  bytes: number;
  /** Of the whole file; null while nobody has said. */
  size: number | null;
}

/** An update file, wherever it comes from. */
export interface UpdateSource {
  /** For the log: an address, a path, `XMODEM`. */
  readonly name: string;
  /** Bytes of the file, when they are known. */
  readonly size?: number | undefined;
  /** The file's last 4096 bytes, when they can be had before all others; also settles `size`. */
  trailer?(): Promise<Uint8Array | undefined>;
  /** The whole file, from its beginning. Throws an Error that says what went wrong. */
  read(): AsyncIterable<Uint8Array>;
  progress?(progress: UpdateProgress): void;
}

export interface SlotStatus {
  slot: "a" | "b";
  /** Null for an empty slot. */
  version: string | null;
  size: number;
  sha256: string | null;
  state: string;
}

/** Whose a key is: the image was made with it, or the owner of the box put it at the console. */
export type KeyHolder = "image" | "owner";

export interface UpdateKeyStatus {
  of: KeyHolder;
  /** Null for one that is damaged. */
  fingerprint: string | null;
  problem: string | null;
}

export interface UpdateStatus {
  runs: "a" | "b";
  /** What runs is not confirmed yet. */
  isOnTrial: boolean;
  startsNext: "a" | "b";
  /** Why another slot runs than was meant to; null when none does. */
  returned: string | null;
  /** Of an update that is being written. */
  progress: UpdateProgress | null;
  /** Whose updates are taken. */
  keys: readonly UpdateKeyStatus[];
  slots: readonly SlotStatus[];
}

/** Two slots for the system. What is refused is an Error that says why; the others resolve to what has come of it. */
export interface UpdateAccess {
  status(): Promise<UpdateStatus>;
  /** The file at `place`, an address or a path; what `update.url` names when there is none. Nothing is read yet. */
  open(place: string | undefined, signal: AbortSignal, progress: (progress: UpdateProgress) => void): UpdateSource;
  /** A file that is sent over a serial line. */
  receive(line: ByteLink): UpdateSource;
  /** Writes, checks and has the next start try it. `isForced`: older versions too. */
  install(source: UpdateSource, isForced: boolean): Promise<string>;
  confirm(): Promise<string>;
  return(): Promise<string>;
  /** By what people compare keys. `key`: 32 bytes in base64; an Error says what is wrong with it. */
  fingerprint(key: string): string;
  /** Takes updates by the owner's key as well, which replaces an earlier one. */
  trust(key: string): Promise<string>;
  /** Takes no updates by the owner's key any more. */
  distrust(): Promise<string>;
  /** Starts the machine anew. */
  restart(): Promise<string>;
}
