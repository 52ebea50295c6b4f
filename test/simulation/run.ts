// npm run simulate -- --seeds N [--seed S]: N simulated hours, from seed S on or from fresh ones. A failing hour is cut down and kept.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "../../host/paths.ts";
import { resultText, runHour, shrink } from "./hour.ts";

const KEPT = join(projectRoot, "test/vectors/simulation-seeds.json");

interface KeptSeed {
  seed: number;
  /** What it once showed. */
  why: string;
}

function keep(seed: number, why: string): void {
  const kept = JSON.parse(readFileSync(KEPT, "utf8")) as KeptSeed[];
  if (kept.some((each) => each.seed === seed)) return;
  writeFileSync(KEPT, `${JSON.stringify([...kept, { seed, why }], undefined, 2)}\n`);
}

const { values } = parseArgs({ options: { seeds: { type: "string", default: "10" }, seed: { type: "string" } } });
const count = Number(values.seeds);
const first = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(first)) {
  console.error("npm run simulate -- --seeds N [--seed S]: whole numbers, N from 1 on");
  process.exit(2);
}

console.log(`${count} simulated hours from seed ${first} on`);
const begun = performance.now();
let [simulated, calls, failures] = [0, 0, 0];
let told = begun;
for (let index = 0; index < count; index++) {
  const result = await runHour(first + index);
  simulated += result.simulatedMs;
  calls += result.calls;
  if (result.problems.length > 0) {
    failures++;
    keep(result.seed, result.problems[0]?.split("\n")[0] ?? "");
    console.log(`FAILED ${resultText(result)}\ncut down:\n${resultText(await shrink(result))}`);
  }
  if (performance.now() - told < 5000 && index + 1 < count) continue;
  told = performance.now();
  const speed = simulated / (told - begun);
  console.log(
    `${index + 1} hours, ${calls} calls, ${failures} failed, ${speed.toFixed(0)} simulated seconds per second`,
  );
}
process.exitCode = failures > 0 ? 1 : 0;
