// The driver alsa on the kernel's own sound card without hardware, snd-aloop, in the built image on QEMU's virt machine: how long
// sound takes out to the ear and back, on the card itself and through ALSA's converters, at both rates and both periods. The machine
// has a time of its own, so that what goes wrong is the program's fault and not that of a busy computer which emulates too slowly.
// And the threads of sound and pins: their priority, and the end of one.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Card, cannotRun, Machine, PATIENCE } from "./machine.ts";

/** A part of the card that the adapter leaves alone: it plays on one end, and captures at the other. */
const cable = (path: string): string => `${path}:Loopback,0,3 --capture ${path}:Loopback,1,3`;
const TRIAL = 120_000;
/** Both ways through the resampler: 31 samples of 8 kHz. */
const RESAMPLING = 31 / 8;
/** The program is stopped so often meanwhile, for longer than the card has sound. */
const STOPS = 3;
const TRIALS: readonly Trial[] = [
  { path: "hw", rate: 48000, period: 10, stops: 0 },
  { path: "hw", rate: 8000, period: 20, stops: STOPS },
  { path: "plughw", rate: 8000, period: 10, stops: 0 },
  { path: "plughw", rate: 48000, period: 20, stops: STOPS },
];

interface Trial {
  path: string;
  rate: number;
  period: number;
  stops: number;
}

let card: Card;
let machine: Machine;

const START = "until grep -q 'sound card' /tmp/said; do usleep 50000; done; sleep 0.7";
const STOP = "kill -STOP $!; usleep 200000; kill -CONT $!; sleep 0.7";
const END = "while grep -q . /proc/$!/cmdline; do usleep 50000; done; cat /tmp/said";

/** What `tipring sound` says. */
function measure({ path, rate, period, stops }: Trial): Promise<string> {
  const program = `node /opt/tipring/dist/main.js sound ${cable(path)} --rate ${rate} --period ${period}`;
  const meanwhile = [START, ...Array.from({ length: stops }, () => STOP), END].join("; ");
  return machine.shell(`${program} > /tmp/said 2>&1 & ${meanwhile}; rm /tmp/said`, TRIAL);
}

describe("sound through snd-aloop", { skip: cannotRun("qemu-virt") }, () => {
  before(async () => {
    card = new Card("qemu-virt");
    machine = await Machine.start({ board: "qemu-virt", card, isTimeItsOwn: true });
    await machine.login("1/4 Country");
  });
  after(async () => {
    await machine?.cutPower();
    card?.remove();
  });

  test("the adapter's threads for sound and pins go before all others", async () => {
    const priorities = "sed 's/.*) //' /proc/[0-9]*/task/*/stat | awk '$39 == 1 && $38 < 50 { print $38 }' | sort";
    assert.equal(await machine.shell(priorities), "40\n41");
  });

  for (const trial of TRIALS) {
    const { path, rate, period, stops } = trial;
    const what =
      stops === 0
        ? "out and back takes just as long as it says"
        : "a program that was held up runs the card dry once each time, and the delay is the same as before";
    test(`${path}, ${rate} Hz, periods of ${period} ms: ${what}`, async (t) => {
      const said = await measure(trial);
      assert.match(said, /, linked, real-time priority/);
      const found = /round trip: ([\d.]+) to ([\d.]+) ms, .*?(\d+) of 10 .*?(\d+) xruns, (\d+) answers too late/.exec(
        said,
      );
      assert.ok(found, said);
      t.diagnostic(found[0]);
      const [least, most, heard, xruns, late] = found.slice(1).map(Number);
      const expected = Number((20 + period + (rate === 48000 ? RESAMPLING : 0)).toFixed(1));
      assert.deepEqual({ least, most, xruns }, { least: expected, most: expected, xruns: stops }, said);
      if (stops === 0) assert.deepEqual({ heard, late }, { heard: 10, late: 0 }, said);
      else assert.ok(heard! >= 10 - stops, said);
    });
  }

  test("pins that are gone end their thread: the program says so, ends, and is started again", async () => {
    const { console } = machine;
    await machine.shell("echo 9030000.pl061 > /sys/bus/amba/drivers/pl061_gpio/unbind");
    await console.sees("no line at a pin works: the thread that watches the GPIO pins has ended: ", PATIENCE);
    await console.sees("tipring ended with status 1", PATIENCE);
    await machine.login("1/4 Country");
  });
});
