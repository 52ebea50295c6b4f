// The kernel's PWM files: in which order they have to be written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enablePwm, type PwmFiles } from "../../host/gpio/pwm.ts";

/** A chip of one channel, as drivers/pwm/sysfs.c and core.c have it: what has no period, or is high for longer than it, is refused. */
class Chip implements PwmFiles {
  isExported = false;
  readonly state = { period: 0, duty_cycle: 0, enable: 0 };
  /** For how much of the time the pin was high, whenever it was enabled. */
  readonly shares: number[] = [];

  exists(path: string): boolean {
    return this.isExported && path === "/pwm/pwmchip0/pwm1";
  }

  read(path: string): string {
    assert.ok(this.isExported, path);
    return `${this.state[path.slice("/pwm/pwmchip0/pwm1/".length) as keyof Chip["state"]]}\n`;
  }

  write(path: string, text: string): void {
    if (path === "/pwm/pwmchip0/export") {
      assert.equal(text, "1");
      if (this.isExported) throw new Error("EBUSY");
      this.isExported = true;
      return;
    }
    assert.ok(this.isExported, path);
    const next = { ...this.state, [path.slice("/pwm/pwmchip0/pwm1/".length)]: Number(text) };
    if (next.period === 0 || next.duty_cycle > next.period) throw new Error("EINVAL");
    Object.assign(this.state, next);
    if (next.enable) this.shares.push(next.duty_cycle / next.period);
  }
}

const formers = [
  ["a fresh channel, which has no period yet", undefined],
  ["one that has rung before", { period: 40_000_000, duty_cycle: 20_000_000, enable: 1 }],
  ["one with a longer period", { period: 900_000_000, duty_cycle: 800_000_000, enable: 0 }],
] as const;

for (const [title, former] of formers)
  for (const isHigh of [false, true])
    test(`${title}: held ${isHigh ? "high" : "low"}`, () => {
      const chip = new Chip();
      if (former) Object.assign(chip.state, former);
      chip.isExported = former !== undefined;
      assert.equal(enablePwm({ chip: "pwmchip0", channel: 1 }, isHigh, "/pwm", chip), "/pwm/pwmchip0/pwm1");
      assert.equal(chip.state.enable, 1);
      assert.equal(chip.shares.at(-1), isHigh ? 1 : 0);
      assert.ok(
        chip.shares.every((share) => share === 0 || share === 1),
        `it does not toggle: ${chip.shares}`,
      );
    });
