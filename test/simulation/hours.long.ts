// 10,000 simulated hours from seeds that no run before has had. Takes an hour itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { resultText, runHour, shrink } from "./hour.ts";

const HOURS = 10_000;

test("10,000 simulated hours of faults: every phone is registered and reachable afterwards, nothing is left", async () => {
  const first = Date.now() % 2 ** 31;
  console.log(`# seeds from ${first} on`);
  for (let seed = first; seed < first + HOURS; seed++) {
    const result = await runHour(seed);
    assert.deepEqual(result.problems, [], `${resultText(result)}\ncut down: ${resultText(await shrink(result))}`);
  }
});
