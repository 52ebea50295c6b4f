// Bytes that no person types: whatever comes over the line, the console lives and answers after it.

import { test } from "node:test";
import { Terminal } from "../../host/console/terminal.ts";
import { ConsoleBox } from "../support/console-box.ts";
import { ConsoleWire } from "../support/console-wire.ts";

const SEEDS = Number(process.env.TIPRING_FUZZ_SEEDS ?? 60);

test(`${SEEDS} seeds of line noise, keys and words never throw, and the console still answers`, async () => {
  const words = [
    "show",
    "call",
    "|",
    "json",
    "set",
    '"',
    "?",
    "\t",
    "\r",
    "monitor",
    "sip",
    "phone",
    "1",
    "dial",
    "help",
  ];
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      const random = generator(seed);
      const box = new ConsoleBox();
      const wire = new ConsoleWire([undefined, 1, 20, 80][seed % 4]);
      const terminal = new Terminal(box, wire, wire, { greeting: "on Enter" });
      wire.type("\r");
      for (let count = 0; count < 60; count++) {
        const kind = random(4);
        if (kind === 0) wire.type(Uint8Array.from({ length: random(20) }, () => random(256)));
        else if (kind === 1) wire.type(`\x1b${"[O"[random(2)]}${random(9)}${String.fromCharCode(64 + random(63))}`);
        else if (kind === 2) wire.type(`${words[random(words.length)]} `);
        else terminal.notice("notice");
        if (random(5) === 0) await new Promise(setImmediate);
        box.tellSip("a", "b", "OPTIONS");
      }
      wire.type("\x03\x03\r\x15show version\r");
      await wire.sees("core ABI");
      terminal.close();
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});

/** Numerical Recipes' linear congruential generator: the high bits are good enough to make noise. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
