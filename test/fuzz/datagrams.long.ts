// A million damaged datagrams, from seeds that no run before has had.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newTally, runBatch } from "./batch.ts";

const DATAGRAMS = 1_000_000;
const BATCH = 1000;
/** Megabytes that the process may grow by once it is warm: the cores' memory is fixed, so this is garbage not collected yet. */
const MOST_GROWTH = 300;

test("1,000,000 damaged datagrams: no trap, nothing left, no stranger is served, memory stays", () => {
  const first = 1_000_000 + (Date.now() % 1_000_000_000);
  console.log(`# seeds from ${first} on`);
  const tally = newTally();
  let warm = 0;
  for (let seed = first; tally.datagrams < DATAGRAMS; seed++) {
    runBatch(seed, "release", tally, (batch) => batch.run(BATCH));
    if (warm === 0 && tally.datagrams > DATAGRAMS / 10) warm = process.memoryUsage.rss();
  }
  const growth = (process.memoryUsage.rss() - warm) / 2 ** 20;
  console.log(`# ${JSON.stringify(tally)}, ${growth.toFixed(0)} MB more than after the first tenth`);
  assert.ok(growth < MOST_GROWTH, `${growth} MB`);
  assert.ok(tally.genuineCalls >= DATAGRAMS / BATCH / 2, `${tally.genuineCalls} genuine calls`);
});
