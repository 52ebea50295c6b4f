// One channel of the kernel's PWM by sysfs: a pin that is held at a level or toggles by itself. Read Documentation/driver-api/pwm first.
// The pin has to be the PWM's by the board's device tree; nobody may ask the GPIO chip for it as well.

import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface PwmChannel {
  /** `pwmchip0` */
  chip: string;
  channel: number;
}

/** Any period will do to hold a level; this one is that of 20 Hz. */
const FIRST_PERIOD_NS = 50_000_000;

/** How the kernel's files are reached; another way in tests. */
export interface PwmFiles {
  exists(path: string): boolean;
  read(path: string): string;
  write(path: string, text: string): void;
}

const SYSFS: PwmFiles = {
  exists: existsSync,
  read: (path) => readFileSync(path, "utf8"),
  write: (path, text) => writeFileSync(path, text),
};

/** Makes the channel usable and holds its pin at a level. Returns its folder. `root` is another one in tests. */
export function enablePwm(
  { chip, channel }: PwmChannel,
  isHigh: boolean,
  root = "/sys/class/pwm",
  files = SYSFS,
): string {
  const folder = join(root, chip, `pwm${channel}`);
  const write = (name: string, value: number): void => files.write(join(folder, name), `${value}`);
  try {
    if (!files.exists(folder)) files.write(join(root, chip, "export"), `${channel}`);
    // A period shorter than the time in which it is high is refused, and so is any such time while there is no period.
    if (Number(files.read(join(folder, "period"))) !== 0) write("duty_cycle", 0);
    write("period", FIRST_PERIOD_NS);
    write("duty_cycle", isHigh ? FIRST_PERIOD_NS : 0);
    write("enable", 1);
  } catch (error) {
    throw new Error(`PWM channel ${channel} of ${chip}: ${(error as Error).message}`);
  }
  return folder;
}

export class PwmPin {
  readonly #period: number;
  readonly #dutyCycle: number;
  #periodNs = FIRST_PERIOD_NS;

  /** `folder` as enablePwm() gave it. */
  constructor(folder: string) {
    this.#period = openSync(join(folder, "period"), "w");
    this.#dutyCycle = openSync(join(folder, "duty_cycle"), "w");
  }

  hold(isHigh: boolean): void {
    writeSync(this.#dutyCycle, isHigh ? `${this.#periodNs}` : "0", 0);
  }

  /** Half of the time high, in Hz. */
  toggle(frequency: number): void {
    const periodNs = Math.round(1e9 / frequency);
    if (periodNs !== this.#periodNs) {
      // a period shorter than the time in which it is high is refused
      writeSync(this.#dutyCycle, "0", 0);
      writeSync(this.#period, `${periodNs}`, 0);
      this.#periodNs = periodNs;
    }
    writeSync(this.#dutyCycle, `${Math.round(periodNs / 2)}`, 0);
  }

  close(): void {
    closeSync(this.#period);
    closeSync(this.#dutyCycle);
  }
}
