// The slots of a box at work: says at the start which one runs, and confirms a system on trial when it has proved itself.

import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { systemFiles } from "../config/save.ts";
import type { Config } from "../config/types.ts";
import type { Log } from "../log.ts";
import { type Health, watchHealth } from "./health.ts";
import { UpdateKeys } from "./keys.ts";
import { openSlotIn } from "./slot-device.ts";
import { SavedSlotTable } from "./slot-table.ts";
import { UpdateError } from "./update-file.ts";
import { Updater } from "./updater.ts";

export interface SlotsOptions {
  /** Has the slot table. */
  folder: string;
  /** The image's public key, whose updates are taken. */
  keyFile: string;
}

export interface SlotsNeeds {
  board: string;
  clock: Clock;
  log: Log;
  config(): Config;
  health: Health;
}

export interface RunningSlots {
  updater: Updater;
  stop(): void;
}

export async function startSlots({ folder, keyFile }: SlotsOptions, needs: SlotsNeeds): Promise<RunningSlots> {
  const { board, clock, log, config, health } = needs;
  const updater = new Updater({
    table: new SavedSlotTable(systemFiles, folder),
    openSlot: openSlotIn(folder),
    keys: new UpdateKeys(systemFiles, { image: keyFile, owner: ownerKeyFile(folder) }),
    board,
    log,
    clock,
    settings: () => ({ url: config().update.url, ca: config().tls.ca }),
    restartMachine,
  });
  const { health_minutes } = config().update;
  let stop = (): void => {};
  const fails = (error: Error): void => log.error("update", error.message);
  try {
    await updater.tellStart(health_minutes);
    // Somebody at the console may have been faster.
    const confirm = () =>
      void updater
        .isOnTrial()
        .then((is) => (is ? updater.confirm() : undefined), fails)
        .catch(fails);
    if (await updater.isOnTrial()) stop = watchHealth(clock, health, health_minutes, confirm);
  } catch (error) {
    fails(error as Error);
  }
  return { updater, stop };
}

/** Beside the slot table, where the key is that the owner put. */
export const ownerKeyFile = (folder: string): string => join(folder, "update.pub");

/** As the machine's own init does it: everything ends in order. */
function restartMachine(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("reboot", { stdio: "ignore" });
    child.once("error", (error) =>
      reject(new UpdateError(`this machine can't be started anew from here: ${error.message}`)),
    );
    child.once("exit", () => resolve());
  });
}
