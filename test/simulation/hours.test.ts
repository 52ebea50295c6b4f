// Simulated hours: those that once failed, 100 that are always the same, and a few that nobody has seen. More: npm run simulate.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../host/paths.ts";
import { type HourResult, resultText, runHour, shrink } from "./hour.ts";

const SAME = 100;
const FRESH = 5;

interface KeptSeed {
  seed: number;
  why: string;
}
const kept = JSON.parse(
  readFileSync(join(projectRoot, "test/vectors/simulation-seeds.json"), "utf8"),
) as readonly KeptSeed[];

async function passes(seeds: readonly number[]): Promise<HourResult[]> {
  const results: HourResult[] = [];
  for (const seed of seeds) {
    const result = await runHour(seed);
    assert.deepEqual(result.problems, [], `${resultText(result)}\ncut down: ${resultText(await shrink(result))}`);
    results.push(result);
  }
  return results;
}

for (const { seed, why } of kept)
  test(`simulated hour ${seed} (${why})`, async () => {
    await passes([seed]);
  });

test(`${SAME} simulated hours of faults: every phone is registered and reachable afterwards, nothing is left`, async () => {
  const results = await passes(Array.from({ length: SAME }, (_, index) => index + 1));
  const sum = (of: "calls" | "answered"): number => results.reduce((total, result) => total + result[of], 0);
  assert.ok(
    sum("calls") > 20 * SAME && sum("answered") > 5 * SAME,
    `${sum("calls")} calls, ${sum("answered")} answered`,
  );
});

test(`${FRESH} simulated hours that nobody has seen`, async (context) => {
  const first = Date.now() % 2 ** 31;
  context.diagnostic(`seeds from ${first} on`);
  await passes(Array.from({ length: FRESH }, (_, index) => first + index));
});

test("the same seed is the same hour", async () => {
  const [one, other] = [await runHour(42), await runHour(42)];
  assert.deepEqual(one, other);
  assert.notDeepEqual(one.faults, (await runHour(43)).faults);
});
