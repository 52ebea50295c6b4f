// A disk of the simulated world: each step takes its time, and power that goes in the middle of a write leaves what a disk leaves.

import type { FileSystem, OpenFile } from "../../host/config/save.ts";
import type { Dice } from "../support/dice.ts";
import { MemoryFiles } from "../support/memory-files.ts";
import type { Power } from "./element.ts";

/** The slowest step, ms. */
const SLOWEST = 60;

export class Disk {
  /** Of an unlucky moment: told after so many more steps. */
  afterSteps: { count: number; act: () => void } | undefined;
  readonly #files = new MemoryFiles({});
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** The disk as a program sees it that runs until this power is cut. `work` is given what goes on. */
  mount(power: Power, work: (promise: Promise<unknown>) => void): FileSystem {
    const files = this.#files;
    const slowly = <T>(step: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        power.setTimeout(
          () => {
            const done = step();
            work(done.then(resolve, reject));
            this.#count();
          },
          this.#dice.between(0, SLOWEST),
        );
      });
    const opened = (file: OpenFile): OpenFile => ({
      writeFile: (text) => slowly(() => file.writeFile(text)),
      sync: () => slowly(() => file.sync()),
      close: () => file.close(),
    });
    return {
      readFile: (path) => files.readFile(path),
      realPath: (path) => files.realPath(path),
      open: (path, flags) => slowly(() => files.open(path, flags)).then(opened),
      rename: (from, to) => slowly(() => files.rename(from, to)),
      unlink: (path) => slowly(() => files.unlink(path)),
      mkdir: () => files.mkdir(),
      list: (path) => files.list(path),
    };
  }

  #count(): void {
    const { afterSteps } = this;
    if (!afterSteps || --afterSteps.count > 0) return;
    this.afterSteps = undefined;
    afterSteps.act();
  }

  powerCut(): void {
    this.afterSteps = undefined;
    this.#files.powerCut(this.#dice.pick(["lost", "kept", "torn"]));
  }
}
