// Batches of a long test on every core of the machine: a worker for each, with seeds of its own.

import { availableParallelism } from "node:os";
import { parentPort, Worker, workerData } from "node:worker_threads";

/** Batches between two lines that tell how far it is. */
const TELL = 20;

interface Work {
  first: number;
  count: number;
}

/** The file itself in workers, `count` batches in all. `take` gets what each worker sends. */
export async function onEveryCore<T>(
  file: string,
  first: number,
  count: number,
  take: (part: T) => void,
): Promise<void> {
  const workers = availableParallelism();
  const share = Math.ceil(count / workers);
  const one = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const workerData: Work = { first: first + index * share, count: share };
      const worker = new Worker(new URL(file), { workerData });
      worker.on("message", take);
      worker.on("error", reject);
      worker.on("exit", () => resolve());
    });
  await Promise.all(Array.from({ length: workers }, (_, index) => one(index)));
}

/** In a worker: runs its batches, and sends what they have come to now and then. */
export function runShare<T>(fresh: () => T, run: (seed: number, tally: T) => void): void {
  const { first, count } = workerData as Work;
  let tally = fresh();
  for (let seed = first; seed < first + count; seed++) {
    run(seed, tally);
    if ((seed - first) % TELL !== TELL - 1 && seed + 1 < first + count) continue;
    parentPort?.postMessage(tally);
    tally = fresh();
  }
}

/** Seeds that no run before has had. */
export function freshSeed(): number {
  const first = 1_000_000 + (Date.now() % 1_000_000_000);
  console.log(`# seeds from ${first} on`);
  return first;
}
