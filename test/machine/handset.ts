// What hangs on the line circuit of the machine's board: switch hook, dial and bell at the PL061's pins, mouth and ear (phone.mjs).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import { type Machine, PATIENCE } from "./machine.ts";

/** As wired in boards/qemu-virt. */
const PIN = { ringMode: 0, forwardReverse: 1, hook: 5 } as const;
/** Of a rotary dial, ms: ten pulses a second. */
const BREAK = 60;
const MAKE = 40;
const BETWEEN_DIGITS = 900;
const LOOK = 3;
const HEARD = "/tmp/phone-heard";
/** What the telephone says all the time, Hz. */
export const PHONE_SAYS = 900;
/** What the peer on this computer says, Hz. */
export const PEER_SAYS = 1300;
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
    await machine.shell(
      `(node /test/phone.mjs ${PHONE_SAYS} ${HEARD} ${[...DIAL_TONE, PEER_SAYS].join(" ")} > /tmp/phone-said 2>&1 &)`,
    );
    return new Handset(machine);
  }

  lift(): Promise<void> {
    return this.#machine.setPin(PIN.hook, true);
  }

  hang(): Promise<void> {
    return this.#machine.setPin(PIN.hook, false);
  }

  hearsDialTone(): Promise<void> {
    return this.#hears(([low, high]) => low! > AUDIBLE && high! > AUDIBLE);
  }

  hearsNothing(): Promise<void> {
    return this.#hears((levels) => levels.every((level) => level < SILENT));
  }

  hearsPeer(): Promise<void> {
    return this.#hears(([, , peer]) => peer! > AUDIBLE);
  }

  /** Opens the loop for so long, ms. */
  async flash(duration: number): Promise<void> {
    const at = performance.now();
    await this.hang();
    await until(at + duration);
    await this.lift();
  }

  /** Returns how late the latest pulse was at the pin, ms: a busy computer makes other pulses than those of a dial. */
  async dial(digits: string): Promise<number> {
    let latest = 0;
    const due = async (change: Promise<void>, at: number) => {
      await change;
      latest = Math.max(latest, performance.now() - at);
    };
    for (const digit of digits) {
      let at = performance.now() + BETWEEN_DIGITS;
      for (let pulse = 0; pulse < (Number(digit) || 10); pulse++) {
        await until(at);
        const opened = due(this.hang(), at);
        await until(at + BREAK);
        await Promise.all([opened, due(this.lift(), at + BREAK)]);
        at += BREAK + MAKE;
      }
    }
    return Math.round(latest);
  }

  /** Resolves when the circuit is told to ring. */
  async isRung(limit: number): Promise<void> {
    const end = performance.now() + limit;
    while (!(await this.#machine.pin(PIN.ringMode)))
      assert.ok(performance.now() < end, `the line circuit was not told to ring within ${limit} ms`);
  }

  /** What the circuit is told for so long: for how much of the time to ring, and how often F/R turned. */
  async watchRinging(duration: number): Promise<{ share: number; turns: number }> {
    const end = performance.now() + duration;
    let [looks, rings, turns] = [0, 0, 0];
    let before: boolean | undefined;
    while (performance.now() < end) {
      if (await this.#machine.pin(PIN.ringMode)) rings++;
      const forward = await this.#machine.pin(PIN.forwardReverse);
      if (before !== undefined && forward !== before) turns++;
      before = forward;
      looks++;
    }
    return { share: rings / looks, turns };
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

/** Timers of a busy computer are late; a dial is not. */
async function until(time: number): Promise<void> {
  const early = time - performance.now() - LOOK;
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  while (performance.now() < time);
}
