// One simulated hour from a seed, and how a failing one is cut down to the faults that it takes.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dice } from "../support/dice.ts";
import { type Fault, faultsOf, faultText } from "./faults.ts";
import { hour } from "./liveness.ts";
import { World } from "./world.ts";

export interface HourResult {
  seed: number;
  faults: readonly Fault[];
  problems: string[];
  simulatedMs: number;
  calls: number;
  answered: number;
  transferred: number;
  /** Stream connections. */
  connections: number;
  /** Files for `tipring replay`, one for each start of a core. */
  recordings: readonly string[];
}

/** With `folder`, every core is recorded there. */
export async function runHour(
  seed: number,
  faults: readonly Fault[] = faultsOf(new Dice(seed)),
  folder?: string,
): Promise<HourResult> {
  const world = new World(seed, faults, folder);
  let problems: string[];
  try {
    problems = await hour(world);
  } catch (error) {
    problems = [(error as Error).stack ?? String(error)];
  }
  const sum = (of: "placed" | "answered" | "transferred"): number =>
    world.people.reduce((total, person) => total + person[of], 0);
  const [simulatedMs, recordings] = [world.schedule.now, world.endRecordings()];
  const { accepted: connections } = world.network.streams.counts;
  const sums = { calls: sum("placed"), answered: sum("answered"), transferred: sum("transferred"), connections };
  return { seed, faults, problems, simulatedMs, ...sums, recordings };
}

/** Takes away halves, quarters, single faults, as long as it still fails. Records what is left. */
export async function shrink({ seed, faults }: HourResult): Promise<HourResult> {
  let list = [...faults];
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < list.length; ) {
      const fewer = [...list.slice(0, at), ...list.slice(at + size)];
      if ((await runHour(seed, fewer)).problems.length > 0) list = fewer;
      else at += size;
    }
  }
  return runHour(seed, list, mkdtempSync(join(tmpdir(), `tipring-hour-${seed}-`)));
}

export function resultText({ seed, faults, problems, recordings }: HourResult): string {
  return [
    `seed ${seed} with ${faults.length} faults:`,
    ...faults.map((fault) => `  ${faultText(fault)}`),
    ...problems.map((problem) => `  => ${problem}`),
    `again: npm run simulate -- --seed ${seed} --seeds 1`,
    ...recordings.map((path) => `tipring replay ${path}`),
  ].join("\n");
}
