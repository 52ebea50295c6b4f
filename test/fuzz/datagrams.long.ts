// A million damaged datagrams, from seeds that no run before has had, on every core of the machine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isMainThread } from "node:worker_threads";
import { newTally, type Tally } from "./batch.ts";
import { runBatch } from "./failure.ts";
import { freshSeed, onEveryCore, runShare } from "./workers.ts";

const DATAGRAMS = 1_000_000;
const BATCH = 1000;
/** Megabytes that the process may grow by once it is warm: the cores' memory is fixed, so this is garbage not collected yet. */
const MOST_GROWTH = 300;

function add(sum: Tally, tally: Tally): void {
  sum.worstRatio = Math.max(sum.worstRatio, tally.worstRatio);
  for (const key of ["datagrams", "fromStrangers", "bytesFromStrangers", "bytesToStrangers", "genuineCalls"] as const)
    sum[key] += tally[key];
}

if (!isMainThread) runShare(newTally, (seed, tally) => runBatch(seed, "release", tally, (batch) => batch.run(BATCH)));
else
  test("1,000,000 damaged datagrams: no trap, nothing left, no stranger is served, memory stays", async () => {
    const sum = newTally();
    let warm = 0;
    await onEveryCore<Tally>(import.meta.url, freshSeed(), DATAGRAMS / BATCH, (tally) => {
      add(sum, tally);
      const { datagrams, genuineCalls } = sum;
      console.log(`# ${datagrams} datagrams, ${genuineCalls} genuine calls`);
      if (warm === 0 && datagrams > DATAGRAMS / 10) warm = process.memoryUsage.rss();
    });
    const growth = (process.memoryUsage.rss() - warm) / 2 ** 20;
    console.log(`# ${JSON.stringify(sum)}, ${growth.toFixed(0)} MB more than after the first tenth`);
    assert.ok(sum.datagrams >= DATAGRAMS, `${sum.datagrams} datagrams`);
    assert.ok(growth < MOST_GROWTH, `${growth} MB`);
    assert.ok(sum.genuineCalls >= DATAGRAMS / BATCH / 2, `${sum.genuineCalls} genuine calls`);
  });
