// What hangs on the line circuit of the machine's board: the switch hook at the PL061's pin, and the telephone's ear (phone.mjs).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import { type Machine, PATIENCE } from "./machine.ts";

/** As wired in boards/qemu-virt. */
const HOOK_PIN = 5;
const HEARD = "/tmp/phone-heard";
/** What the telephone says all the time, Hz. */
const SAYS = 900;
/** Dial tone of the United States, Hz. */
const DIAL_TONE = [350, 440];
/** Amplitudes of 16-bit samples. */
const AUDIBLE = 250;
const SILENT = 60;

/** For the machine's /test. */
export const telephoneFiles = (): Record<string, string> => ({
  "phone.mjs": readFileSync(join(projectRoot, "test/machine/phone.mjs"), "utf8"),
});

export class Handset {
  readonly #machine: Machine;

  private constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Puts the telephone's mouth and ear at the other end of snd-aloop, for as long as the machine runs. */
  static async plugIn(machine: Machine): Promise<Handset> {
    await machine.shell(`(node /test/phone.mjs ${SAYS} ${HEARD} ${DIAL_TONE.join(" ")} > /tmp/phone-said 2>&1 &)`);
    return new Handset(machine);
  }

  lift(): Promise<void> {
    return this.#machine.setPin(HOOK_PIN, true);
  }

  hang(): Promise<void> {
    return this.#machine.setPin(HOOK_PIN, false);
  }

  hearsDialTone(): Promise<void> {
    return this.#hears((levels) => levels.every((level) => level > AUDIBLE));
  }

  hearsNothing(): Promise<void> {
    return this.#hears((levels) => levels.every((level) => level < SILENT));
  }

  async #hears(isWanted: (levels: number[]) => boolean): Promise<void> {
    const end = performance.now() + PATIENCE;
    let said = "";
    while (performance.now() < end) {
      said = await this.#machine.shell(`tail -n 1 ${HEARD} 2>/dev/null; tail -n 3 /tmp/phone-said`);
      const levels = [...said.matchAll(/\d+=(\d+)/g)].map(([, level]) => Number(level));
      if (levels.length > 0 && isWanted(levels)) return;
    }
    assert.fail(`the telephone heard: ${said}`);
  }
}
