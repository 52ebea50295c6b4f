// A million damaged datagrams, from seeds that no run before has had, on every core of the machine.

import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { newTally, type Tally } from "./batch.ts";
import { runBatch } from "./failure.ts";

const DATAGRAMS = 1_000_000;
const BATCH = 1000;
/** Batches between two lines that tell how far it is. */
const TELL = 20;
/** Megabytes that the process may grow by once it is warm: the cores' memory is fixed, so this is garbage not collected yet. */
const MOST_GROWTH = 300;

interface Work {
  first: number;
  count: number;
}

function add(sum: Tally, tally: Tally): void {
  sum.worstRatio = Math.max(sum.worstRatio, tally.worstRatio);
  for (const key of ["datagrams", "fromStrangers", "bytesFromStrangers", "bytesToStrangers", "genuineCalls"] as const)
    sum[key] += tally[key];
}

function work({ first, count }: Work): void {
  let tally = newTally();
  for (let seed = first; seed < first + count; seed++) {
    runBatch(seed, "release", tally, (batch) => batch.run(BATCH));
    if ((seed - first) % TELL !== TELL - 1 && seed + 1 < first + count) continue;
    parentPort?.postMessage(tally);
    tally = newTally();
  }
}

async function throwAll(first: number, tell: (sum: Tally) => void): Promise<Tally> {
  const [sum, workers] = [newTally(), availableParallelism()];
  const count = Math.ceil(DATAGRAMS / BATCH / workers);
  const one = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const workerData: Work = { first: first + index * count, count };
      const worker = new Worker(new URL(import.meta.url), { workerData });
      worker.on("message", (tally: Tally) => {
        add(sum, tally);
        tell(sum);
      });
      worker.on("error", reject);
      worker.on("exit", () => resolve());
    });
  await Promise.all(Array.from({ length: workers }, (_, index) => one(index)));
  return sum;
}

if (!isMainThread) work(workerData as Work);
else
  test("1,000,000 damaged datagrams: no trap, nothing left, no stranger is served, memory stays", async () => {
    const first = 1_000_000 + (Date.now() % 1_000_000_000);
    console.log(`# seeds from ${first} on`);
    let warm = 0;
    const sum = await throwAll(first, ({ datagrams, genuineCalls }) => {
      console.log(`# ${datagrams} datagrams, ${genuineCalls} genuine calls`);
      if (warm === 0 && datagrams > DATAGRAMS / 10) warm = process.memoryUsage.rss();
    });
    const growth = (process.memoryUsage.rss() - warm) / 2 ** 20;
    console.log(`# ${JSON.stringify(sum)}, ${growth.toFixed(0)} MB more than after the first tenth`);
    assert.ok(sum.datagrams >= DATAGRAMS, `${sum.datagrams} datagrams`);
    assert.ok(growth < MOST_GROWTH, `${growth} MB`);
    assert.ok(sum.genuineCalls >= DATAGRAMS / BATCH / 2, `${sum.genuineCalls} genuine calls`);
  });
