// Takes an update into the slot that does not run, and settles which slot starts next. README.md has the rules.

import { readFileSync } from "node:fs";
import type { Clock } from "../clock.ts";
import type { ConsoleLog } from "../console/serial.ts";
import { HttpsSource } from "../net/https-source.ts";
import type { UpdateAccess, UpdateProgress, UpdateSource, UpdateStatus } from "../status.ts";
import { fingerprintOf, type UpdateKeys } from "./keys.ts";
import type { OpenSlot, SlotDevice } from "./slot-device.ts";
import { EMPTY_SLOT, otherSlot, type SavedSlotTable, type SlotName, type SlotTable } from "./slot-table.ts";
import { readBack, type Written, writeSlot } from "./slot-writer.ts";
import { FileSource, type Progress, XmodemSource } from "./sources.ts";
import {
  checkTarget,
  type Manifest,
  readPublicKey,
  readTrailer,
  type Target,
  TRAILER_SIZE,
  UpdateError,
} from "./update-file.ts";
import type { ByteLink } from "./xmodem.ts";

const AREA = "update";

export interface UpdaterOptions {
  table: SavedSlotTable;
  openSlot: OpenSlot;
  /** Whose updates are taken. */
  keys: UpdateKeys;
  board: string;
  log: ConsoleLog;
  clock: Clock;
  /** As configured now. */
  settings(): UpdateSettings;
  restartMachine(): Promise<void>;
}

export interface UpdateSettings {
  url: string | undefined;
  /** Path of the authorities to believe, in PEM, instead of those that Node knows. */
  ca: string | undefined;
}

export class Updater implements UpdateAccess {
  readonly #options: UpdaterOptions;
  #progress: UpdateProgress | undefined;

  constructor(options: UpdaterOptions) {
    this.#options = options;
  }

  /** Logs which slot runs, and why it is not another. */
  async tellStart(healthMinutes: number): Promise<void> {
    const { log } = this.#options;
    const table = await this.#table();
    const { active, returned } = table;
    if (isOnTrial(table)) {
      log.info(
        AREA,
        `slot ${active} runs version ${table[active].version} on trial: confirmed when a line is registered and a frame of ` +
          `sound has passed, or after ${healthMinutes} min; else the next start is slot ${table.good} again`,
      );
    } else log.info(AREA, `slot ${active} runs, version ${table[active].version}`);
    if (returned !== undefined) log.warn(AREA, returnedText(table));
  }

  async status(): Promise<UpdateStatus> {
    const table = await this.#table();
    const slot = (name: SlotName) => ({
      slot: name,
      version: table[name].size === 0 ? null : table[name].version,
      size: table[name].size,
      sha256: table[name].size === 0 ? null : table[name].sha256,
      state: slotState(table, name),
    });
    return {
      runs: table.active,
      isOnTrial: isOnTrial(table),
      startsNext: startsNext(table),
      returned: table.returned === undefined ? null : returnedText(table),
      progress: this.#progress ?? null,
      keys: await this.#options.keys.status(),
      slots: [slot("a"), slot("b")],
    };
  }

  open(place: string | undefined, signal: AbortSignal, progress: Progress): UpdateSource {
    const { clock, settings } = this.#options;
    const { url, ca } = settings();
    const from = place ?? url;
    if (from === undefined)
      throw new UpdateError("update.url is not set; allowed: update from https://HOST/PATH, or a path");
    if (!from.includes("://")) return new FileSource(from, signal, progress);
    return new HttpsSource(from, {
      clock,
      signal,
      progress,
      ca: ca === undefined ? undefined : readFileSync(ca, "utf8"),
    });
  }

  receive(line: ByteLink): UpdateSource {
    return new XmodemSource(line, () => this.#options.clock.now());
  }

  async install(source: UpdateSource, isForced: boolean): Promise<string> {
    if (this.#progress) throw new UpdateError("an update is being written already");
    this.#progress = { source: source.name, bytes: 0, size: source.size ?? null };
    try {
      return await this.#install(source, isForced);
    } catch (error) {
      this.#options.log.warn(AREA, `no update from ${source.name}: ${(error as Error).message}`);
      throw error;
    } finally {
      this.#progress = undefined;
    }
  }

  async #install(source: UpdateSource, isForced: boolean): Promise<string> {
    const { table: saved, openSlot, board, log } = this.#options;
    const keys = await this.#options.keys.usable();
    const table = await this.#table();
    const { active } = table;
    if (isOnTrial(table))
      throw new UpdateError(
        `slot ${active} runs on trial, and an update would destroy the way back; first: update confirm, or update return`,
      );
    const slot = otherSlot(active);
    const check = (manifest: Manifest, capacity: number): void => {
      const target: Target = { board, version: table[active].version, capacity, isForced };
      checkTarget(manifest, target);
    };
    const device = await openSlot(slot);
    let written: Written;
    let manifest: Manifest;
    try {
      // What can be refused before it is fetched is.
      const early = await source.trailer?.();
      if (early) check(readTrailer(early, keys), device.capacity);
      if ((source.size ?? 0) > device.capacity + TRAILER_SIZE)
        throw new UpdateError(`this file has ${source.size} bytes; a slot of this box has room for ${device.capacity}`);
      // Whatever happens from here on, nobody may start this slot.
      await saved.change({ [slot]: EMPTY_SLOT, try: undefined, tried: false, good: active, returned: undefined });
      log.info(AREA, `writing ${source.name} to slot ${slot}`);
      written = await writeSlot(device, source.read(), (bytes) => this.#told(source, bytes));
      manifest = readTrailer(written.trailer, keys);
      check(manifest, device.capacity);
      if (manifest.size !== written.size || manifest.sha256 !== written.sha256)
        throw new UpdateError(
          `the system is not what was signed: ${written.size} bytes, SHA-256 ${written.sha256}, ` +
            `instead of ${manifest.size} bytes, SHA-256 ${manifest.sha256}`,
        );
    } finally {
      await device.close();
    }
    await this.#verify(await openSlot(slot), slot, manifest);
    const { size, sha256, version } = manifest;
    await saved.change({ [slot]: { size, sha256, version }, try: slot, tried: false });
    const text = `version ${version} is in slot ${slot}; the next start tries it, once`;
    log.info(AREA, text);
    return text;
  }

  #told(source: UpdateSource, bytes: number): void {
    this.#progress = { source: source.name, bytes, size: source.size ?? null };
    source.progress?.(this.#progress);
  }

  async #verify(device: SlotDevice, slot: SlotName, { size, sha256 }: Manifest): Promise<void> {
    try {
      if ((await readBack(device, size)) !== sha256)
        throw new UpdateError(`slot ${slot} does not give back what was written to it: its card is worn out or faulty`);
    } finally {
      await device.close();
    }
  }

  /** What runs on trial stays. */
  async confirm(): Promise<string> {
    const table = await this.#table();
    if (!isOnTrial(table))
      throw new UpdateError(`slot ${table.active} does not run on trial: nothing is to be confirmed`);
    await this.#options.table.change({ good: table.active, try: undefined, tried: false, returned: undefined });
    const text = `version ${table[table.active].version} in slot ${table.active} is confirmed`;
    this.#options.log.info(AREA, text);
    return text;
  }

  async return(): Promise<string> {
    const table = await this.#table();
    const { active } = table;
    const isPending = table.try !== undefined && !table.tried;
    const to = isOnTrial(table) ? table.good : isPending ? active : otherSlot(active);
    if (table[to].size === 0) throw new UpdateError(`slot ${to} is empty: there is nothing to return to`);
    await this.#options.table.change({ good: to, try: undefined, tried: false, returned: undefined });
    const text = isPending
      ? `the update in slot ${table.try} will not be tried; slot ${to} stays`
      : `the next start is slot ${to}, version ${table[to].version}`;
    this.#options.log.info(AREA, text);
    return text;
  }

  fingerprint(key: string): string {
    return fingerprintOf(readPublicKey(key));
  }

  async trust(key: string): Promise<string> {
    await this.#options.keys.putOwn(readPublicKey(key));
    const text = `updates by ${this.fingerprint(key)} are taken from now on`;
    this.#options.log.warn(AREA, text);
    return text;
  }

  async distrust(): Promise<string> {
    if (!(await this.#options.keys.removeOwn()))
      throw new UpdateError("the owner has put no key: there is none to remove");
    const text = "updates by the owner's key are taken no more";
    this.#options.log.warn(AREA, text);
    return text;
  }

  async restart(): Promise<string> {
    const { slot, version } = await this.#next();
    this.#options.log.info(AREA, `starts anew, slot ${slot} with version ${version}`);
    await this.#options.restartMachine();
    return `starts anew, slot ${slot} with version ${version}`;
  }

  async #next(): Promise<{ slot: SlotName; version: string }> {
    const table = await this.#table();
    const slot = startsNext(table);
    return { slot, version: table[slot].version };
  }

  /** Whether what runs waits for its confirmation. */
  async isOnTrial(): Promise<boolean> {
    return isOnTrial(await this.#table());
  }

  async #table(): Promise<SlotTable> {
    const table = await this.#options.table.read();
    if (!table) throw new UpdateError("the slot table is damaged in both copies; flash the image anew to mend it");
    return table;
  }
}

function isOnTrial(table: SlotTable): boolean {
  return table.try === table.active && table.tried;
}

function startsNext(table: SlotTable): SlotName {
  return table.try !== undefined && !table.tried ? table.try : table.good;
}

function slotState(table: SlotTable, slot: SlotName): string {
  if (slot === table.active) return isOnTrial(table) ? "runs on trial" : "runs";
  if (table[slot].size === 0) return "empty";
  if (slot === table.try) return table.tried ? "was tried in vain" : "is tried at the next start";
  return table.good === slot ? "starts next" : "kept";
}

function returnedText(table: SlotTable): string {
  const failed = table.try ?? otherSlot(table.active);
  const what = `slot ${failed}, version ${table[failed].version},`;
  return table.returned === "damaged"
    ? `${what} was not started: its bytes are not those that were written; slot ${table.active} runs`
    : `${what} was started and never confirmed; slot ${table.active} runs again`;
}
