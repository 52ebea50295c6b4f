// The panel's lamps and button at GPIO pins.

import { closeSync } from "node:fs";
import type { Board } from "../config/types.ts";
import { GpioChip, LineLevels } from "../gpio/chip.ts";
import { type Libc, loadLibc } from "../gpio/libc.ts";
import type { PanelPins } from "./front-panel.ts";
import type { Lamp } from "./lamp.ts";

const FIRST = 1;

/** `libc` and `devices` are other ones in tests. */
export async function openPanelPins({ gpioChip }: Board, libc?: Libc, devices?: string): Promise<PanelPins> {
  const library = libc ?? (await loadLibc());
  const chip = GpioChip.find(library, gpioChip ?? "", devices);
  const buttons: number[] = [];
  return {
    lamp: (pin, activeLow) => new PinLamp(library, chip.requestOutputs([pin], activeLow ? FIRST : 0), activeLow),
    button(pin, activeLow) {
      const fd = chip.requestInput(pin, activeLow ? "up" : "down");
      buttons.push(fd);
      const levels = new LineLevels(library, fd);
      return () => (levels.get(FIRST) === FIRST) !== activeLow;
    },
    close() {
      for (const fd of buttons.splice(0)) closeSync(fd);
    },
  };
}

class PinLamp implements Lamp {
  readonly #fd: number;
  readonly #activeLow: boolean;
  readonly #levels: LineLevels;

  constructor(libc: Libc, fd: number, activeLow: boolean) {
    this.#fd = fd;
    this.#activeLow = activeLow;
    this.#levels = new LineLevels(libc, fd);
  }

  light(isLit: boolean): void {
    this.#levels.set(isLit === this.#activeLow ? 0 : FIRST, FIRST);
  }

  close(): void {
    this.light(false);
    closeSync(this.#fd);
  }
}
