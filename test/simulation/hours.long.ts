// 10,000 simulated hours from seeds that no run before has had. Takes half an hour.

import assert from "node:assert/strict";
import { test } from "node:test";
import { failureText, hoursText, simulate } from "./hours.ts";

const HOURS = 10_000;

test("10,000 simulated hours of faults: every phone is registered and reachable afterwards, nothing is left", async () => {
  const first = Date.now() % 2 ** 31;
  console.log(`# seeds from ${first} on`);
  const { failures } = await simulate(first, HOURS, { onProgress: (hours) => console.log(`# ${hoursText(hours)}`) }, 3);
  assert.deepEqual(failures.map(failureText), []);
});
