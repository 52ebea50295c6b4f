// Simulated hours that once failed: test/vectors/simulation-seeds.json. The faults stand beside the seed, for what a seed means may change.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import type { Fault } from "./faults.ts";
import type { HourResult } from "./hour.ts";

const PATH = join(projectRoot, "test/vectors/simulation-seeds.json");

export interface KeptHour {
  seed: number;
  faults: readonly Fault[];
  /** What it once showed. */
  why: string;
}

export const keptHours = (): KeptHour[] => JSON.parse(readFileSync(PATH, "utf8")) as KeptHour[];

/** Keeps what is left of an hour that has failed, unless it is kept already. */
export function keep({ seed, faults, problems }: HourResult): void {
  const kept = keptHours();
  if (kept.some((each) => each.seed === seed)) return;
  const why = problems[0]?.split("\n")[0] ?? "";
  writeFileSync(PATH, `${JSON.stringify([...kept, { seed, faults, why }], undefined, 2)}\n`);
}
