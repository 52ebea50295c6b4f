// The front panel of QEMU's virt machine, at the pins of its PL061: a lamp that tells what line 1 does, and the reset button.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Card, cannotRun, Machine, PATIENCE } from "./machine.ts";

/** As wired in boards/qemu-virt. */
const PIN = { lamp: 4, hook: 5, button: 7 } as const;

let card: Card;
let machine: Machine;

/** Ten seconds of the machine's time, and the program's end. */
const RESET = 60_000;

/** Shares of looks at the lamp at which it is lit, over `duration` ms. */
async function lit(duration: number): Promise<number> {
  const end = performance.now() + duration;
  let looks = 0;
  let isLit = 0;
  while (performance.now() < end) {
    if (await machine.pin(PIN.lamp)) isLit++;
    looks++;
  }
  return isLit / looks;
}

describe("the front panel of the virt machine", { skip: cannotRun("qemu-virt") }, () => {
  before(async () => {
    card = new Card("qemu-virt");
    machine = await Machine.start({ board: "qemu-virt", card });
    await machine.login("1/4 Country");
    machine.console.type("skip\r");
    await machine.console.sees("tipring> ", PATIENCE);
  });
  after(async () => {
    await machine?.cutPower();
    card.remove();
  });

  test("no account: the lamp flashes shortly; the lamp's and the button's pins are the program's", async () => {
    const share = await lit(10_000);
    assert.ok(share > 0 && share < 0.3, `lit ${share} of the time`);
    assert.doesNotMatch(await machine.asks("show log"), /panel/);
  });

  test("a short press restarts the program, and the questions come again", async () => {
    await machine.setPin(PIN.button, true);
    await new Promise((resolve) => setTimeout(resolve, 800));
    await machine.setPin(PIN.button, false);
    await machine.login("1/4 Country");
  });

  test("ten seconds bring the factory settings back: another name is forgotten, and the questions come again", async () => {
    const { console } = machine;
    console.type("skip\r");
    await console.sees("tipring> ", PATIENCE);
    console.type("set system hostname attic\rcommit\r");
    await console.sees("attic> ", PATIENCE);
    await machine.setPin(PIN.button, true);
    await console.sees("tipring ended", RESET);
    await machine.setPin(PIN.button, false);
    await machine.login("1/4 Country");
    console.type("skip\r");
    await console.sees("tipring> ", PATIENCE);
  });
});
