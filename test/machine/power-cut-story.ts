// The power goes while settings are saved, on QEMU's virt machine: at every write that came to the card, looked at from outside, and
// once a round in earnest, after which the same card starts again.

import assert from "node:assert/strict";
import { copyFileSync, constants as files, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe } from "node:test";
import { ConfigError } from "../../host/config/problems.ts";
import { ConfigStore } from "../../host/config/store.ts";
import { Dice } from "../support/dice.ts";
import { CutCard } from "./cut-card.ts";
import { answerQuestions } from "./first-boot.ts";
import { Card, cannotRun, Machine, PATIENCE } from "./machine.ts";
import { step } from "./story.ts";
import { powerCuts } from "./write-log.ts";

/** From the first write on, ms; the cut in earnest comes somewhere in it. */
const TWO_SAVES_TAKE = 300;
const FILE = "/config/tipring.toml";
/** Nobody answers there. */
const ACCOUNT = { user: "201", password: "sesame", display: "Hall", port: 9 };

export interface PowerCutOptions {
  seed: number;
  rounds: number;
  /** In a round, before those in which the power is cut. */
  saves: number;
  /** For each flush, cards that wrote some of the sectors before it. */
  mixtures: number;
}

export function powerCutStory({ seed, rounds, saves, mixtures }: PowerCutOptions): void {
  describe(`power cuts while settings are saved, seed ${seed}`, { skip: cannotRun("qemu-virt") }, () => {
    const dice = new Dice(seed);
    const card = new Card("qemu-virt");
    const log = join(card.folder, "writes");
    const before = join(card.folder, "before.img");
    let machine: Machine | undefined;
    let names = 0;
    /** What was saved, in order; undefined is a card as it was flashed. */
    let texts: (string | undefined)[] = [undefined];
    /** How long the log was when the console had said that the text of that index is saved. */
    let saidAt: number[];

    const nameOf = (save: number): string => `box-${save}`;
    const order = (name: string): void => machine!.console.type(`set system hostname ${name}\rcommit\r`);

    async function switchOn(prompt: string): Promise<Machine> {
      copyFileSync(card.path, before, files.COPYFILE_FICLONE);
      writeFileSync(log, "");
      machine = await Machine.start({ board: "qemu-virt", card, writeLog: log });
      await machine.login(prompt);
      return machine;
    }

    async function keepText(): Promise<void> {
      saidAt.push(statSync(log).size);
      texts.push(`${await machine!.shell(`cat ${FILE}`)}\n`);
    }

    /** Saves, and pulls the plug in mid-save. */
    async function save(on: Machine): Promise<void> {
      for (let count = 0; count < saves; count++) {
        const name = nameOf(++names);
        order(name);
        await on.console.sees(`${name}> `, PATIENCE);
        await keepText();
      }
      const last = texts.at(-1)!;
      for (const name of [nameOf(names + 1), nameOf(names + 2)]) {
        texts.push(last.replace(nameOf(names), name));
        order(name);
      }
      names += 2;
      while (statSync(log).size === saidAt.at(-1)) await pause(1);
      await pause(dice.below(TWO_SAVES_TAKE));
      await on.cutPower();
    }

    /** How often each text was found. */
    async function lookAtAllCuts(): Promise<number[]> {
      const found = texts.map(() => 0);
      const cuts = new CutCard(before, join(card.folder, "cuts"));
      for (const cut of powerCuts(log, dice, mixtures)) {
        await cuts.cut(cut, async () => {
          const text = await textIn(cuts.settings());
          const index = texts.indexOf(text);
          assert.ok(index >= 0, `the settings are none of those that were saved:\n${text}`);
          const least = saidAt.findLastIndex((at) => at <= cut.at);
          assert.ok(index >= least, `${text}\nbut the console had called this saved:\n${texts[least]}`);
          found[index]!++;
        });
      }
      cuts.close();
      return found;
    }

    after(async () => {
      await machine?.cutPower();
      card.remove();
    });

    for (let round = 1; round <= rounds; round++) {
      step(`round ${round}: the box saves again and again until the power goes in mid-save`, async () => {
        saidAt = [0];
        if (round === 1) {
          machine = await switchOn("1/4 Country");
          await keepText();
          await answerQuestions(machine, ACCOUNT);
          await keepText();
        } else {
          machine = await switchOn("box-");
          texts = [`${await machine.shell(`cat ${FILE}`)}\n`];
        }
        await save(machine);
      });

      step("at every write: the old settings or the new ones, whole, and what was called saved is there", async (t) => {
        const found = await lookAtAllCuts();
        t.diagnostic(`${found.reduce((sum, count) => sum + count)} cuts, which left text 0, 1, …: ${found.join(" ")}`);
        for (const index of saidAt.keys()) assert.ok(found[index]! > 0, `no cut left text ${index}`);
      });
    }

    step(
      "the machine whose power was cut comes back under the old name or the new one, and asks nothing",
      async (t) => {
        machine = await switchOn("> ");
        const [, name = ""] = /(box-\d+)> /.exec(machine.console.tail()) ?? [];
        t.diagnostic(`boot to console as ${name}: ${machine.age.toFixed(1)} s`);
        assert.ok([names - 2, names - 1, names].map(nameOf).includes(name), machine.console.tail());
        machine.console.type("show config | include user\r");
        await machine.console.sees('user = "201"', PATIENCE);
        assert.doesNotMatch(machine.console.heard, /1\/4|damaged/);
      },
    );
  });
}

const pause = (duration: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, duration));

/** As the program reads it when it starts; undefined when there is nothing. */
async function textIn(folder: string): Promise<string | undefined> {
  const path = join(folder, "tipring.toml");
  try {
    await ConfigStore.load(path);
  } catch (error) {
    if (error instanceof ConfigError && error.message.includes("there is no such file")) return undefined;
    throw error;
  }
  return readFileSync(path, "utf8");
}
