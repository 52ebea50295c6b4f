// One simulated hour from a seed, and how a failing one is cut down to the faults that it takes.

import { Dice } from "../support/dice.ts";
import { type Fault, faultsOf, faultText } from "./faults.ts";
import { World } from "./world.ts";

export interface HourResult {
  seed: number;
  faults: readonly Fault[];
  problems: string[];
  simulatedMs: number;
  calls: number;
  answered: number;
}

export async function runHour(seed: number, faults: readonly Fault[] = faultsOf(new Dice(seed))): Promise<HourResult> {
  const world = new World(seed, faults);
  let problems: string[];
  try {
    problems = await world.hour();
  } catch (error) {
    problems = [(error as Error).stack ?? String(error)];
  }
  const sum = (of: "placed" | "answered"): number => world.people.reduce((total, person) => total + person[of], 0);
  return { seed, faults, problems, simulatedMs: world.schedule.now, calls: sum("placed"), answered: sum("answered") };
}

/** Takes away halves, quarters, single faults, as long as it still fails. */
export async function shrink({ seed, faults }: HourResult): Promise<HourResult> {
  let list = [...faults];
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < list.length; ) {
      const fewer = [...list.slice(0, at), ...list.slice(at + size)];
      if ((await runHour(seed, fewer)).problems.length > 0) list = fewer;
      else at += size;
    }
  }
  return runHour(seed, list);
}

export function resultText({ seed, faults, problems }: HourResult): string {
  return [
    `seed ${seed} with ${faults.length} faults:`,
    ...faults.map((fault) => `  ${faultText(fault)}`),
    ...problems.map((problem) => `  => ${problem}`),
    `again: npm run simulate -- --seed ${seed} --seeds 1`,
  ].join("\n");
}
