// Simulated hours: those that once failed, 200 that are always the same, and a few that nobody has seen. More: npm run simulate.

import assert from "node:assert/strict";
import { test } from "node:test";
import { resultText, runHour } from "./hour.ts";
import { failureText, type Hours, hoursText, simulate } from "./hours.ts";
import { keptHours } from "./kept.ts";

const SAME = 200;
const FRESH = 5;

async function passes(first: number, count: number): Promise<Hours> {
  const hours = await simulate(first, count, { onProgress: (sum) => console.log(`# ${hoursText(sum)}`) }, 1);
  assert.deepEqual(hours.failures.map(failureText), []);
  return hours;
}

for (const { seed, faults, why } of keptHours())
  test(`simulated hour ${seed} (${why})`, async () => {
    const result = await runHour(seed, faults);
    assert.deepEqual(result.problems, [], resultText(result));
  });

test(`${SAME} simulated hours of faults: every phone is registered and reachable afterwards, nothing is left`, async () => {
  const { calls, answered, transferred, connections, hours } = await passes(1, SAME);
  assert.equal(hours, SAME);
  assert.ok(calls > 20 * SAME && answered > 5 * SAME, `${calls} calls, ${answered} answered`);
  assert.ok(transferred > SAME / 10 && connections > SAME, `${transferred} handed on, ${connections} connections`);
});

test(`${FRESH} simulated hours that nobody has seen`, async (context) => {
  const first = Date.now() % 2 ** 31;
  context.diagnostic(`seeds from ${first} on`);
  await passes(first, FRESH);
});

test("the same seed is the same hour", async () => {
  const [one, other] = [await runHour(42), await runHour(42)];
  assert.deepEqual(one, other);
  assert.notDeepEqual(one.faults, (await runHour(43)).faults);
});
