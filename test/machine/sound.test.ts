// The driver alsa on the kernel's own sound card without hardware, snd-aloop, in the built image on QEMU's virt machine: how long
// sound takes out to the ear and back, on the card itself and through ALSA's converters, at both rates and both periods.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Card, Machine, START } from "./machine.ts";

/** A part of the card that the adapter leaves alone: it plays on one end, and captures at the other. */
const CABLE = "Loopback,0,3 --capture";
const FAR_END = "Loopback,1,3";
const TRIAL = 60_000;
/** A busy computer stops the emulated one for longer than the card has sound: bursts are lost then, and now and then all of them. */
const TRIES = 3;
/** Both ways through the resampler: 31 samples of 8 kHz. */
const RESAMPLING = 31 / 8;
const TRIALS = [
  { path: "hw", rate: 8000, period: 20 },
  { path: "hw", rate: 48000, period: 10 },
  { path: "plughw", rate: 8000, period: 10 },
  { path: "plughw", rate: 48000, period: 20 },
] as const;

let card: Card;
let machine: Machine;

/** What is typed before the machine has started is lost. */
async function shellIsThere(): Promise<void> {
  for (const end = performance.now() + START; ; ) {
    try {
      await machine.shell("true", 3000);
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}

describe("sound through snd-aloop", () => {
  before(async () => {
    card = new Card("qemu-virt");
    machine = await Machine.start({ board: "qemu-virt", card });
    await shellIsThere();
    await machine.shell("modprobe snd_aloop");
  });
  after(async () => {
    await machine?.cutPower();
    card?.remove();
  });

  for (const { path, rate, period } of TRIALS) {
    test(`${path}, ${rate} Hz, periods of ${period} ms: out and back takes just as long as it says`, async (t) => {
      const device = `${path}:${CABLE} ${path}:${FAR_END}`;
      const command = `cd /opt/tipring; node dist/main.js sound ${device} --rate ${rate} --period ${period} 2>&1 || true`;
      let said = await machine.shell(command, TRIAL);
      for (let tries = 1; tries < TRIES && said.includes("nothing came back"); tries++)
        said = await machine.shell(command, TRIAL);
      const result = /round trip: ([\d.]+) to ([\d.]+) ms, .*/.exec(said);
      assert.ok(result, said);
      const [least, most] = result.slice(1).map(Number);
      t.diagnostic(result[0]);
      const expected = Number((20 + period + (rate === 48000 ? RESAMPLING : 0)).toFixed(1));
      assert.deepEqual([least, most], [expected, expected], said);
      assert.match(said, /, linked, /);
    });
  }
});
