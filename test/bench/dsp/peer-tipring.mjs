// Ours as a peer: for each line "passes work" processor time in nanoseconds and the work's sum. Arguments: the module, the sound.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [, , module, sound] = process.argv;
const exports = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(module)), {}).exports;
const samples = readFileSync(sound);
new Uint8Array(exports.memory.buffer, exports.soundPointer(), samples.length).set(samples);
exports.setup();
createInterface({ input: process.stdin }).on("line", (line) => {
  const [passes, work] = line.split(" ");
  const start = process.cpuUsage();
  const sum = exports[work](Number(passes));
  const { user, system } = process.cpuUsage(start);
  console.log(`${(user + system) * 1000} ${sum}`);
});
