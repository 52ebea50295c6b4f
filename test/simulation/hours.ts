// Many simulated hours, on every core of the machine: a worker each, who takes the next seed when it is done with the last. In a worker
// also because node:test makes code of many promises thirteen times slower.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type HourResult, resultText } from "./hour.ts";
import type { Done } from "./worker.ts";

/** Between two lines that tell how far it is, ms. */
const TELL = 5000;

export interface Hours {
  hours: number;
  calls: number;
  answered: number;
  transferred: number;
  connections: number;
  simulatedMs: number;
  /** Real time. */
  ms: number;
  failures: Failure[];
}

export const failureText = ({ result, cut }: Failure): string => `${resultText(result)}\ncut down: ${resultText(cut)}`;

export const hoursText = ({ hours, calls, transferred, connections, failures, simulatedMs, ms }: Hours): string =>
  `${hours} hours, ${calls} calls, ${transferred} handed on, ${connections} connections, ${failures.length} failed, ${(simulatedMs / ms).toFixed(0)} simulated seconds per second`;

export interface Failure {
  result: HourResult;
  /** With the faults that it takes. */
  cut: HourResult;
}

export interface Listeners {
  /** Every few seconds. */
  onProgress?: (hours: Hours) => void;
  onFailure?: (failure: Failure) => void;
}

/** Simulates `count` hours from seed `first` on. After `mostFailures` no more are begun. */
export async function simulate(
  first: number,
  count: number,
  { onProgress, onFailure }: Listeners,
  mostFailures = Number.POSITIVE_INFINITY,
): Promise<Hours> {
  const begun = performance.now();
  const sum: Hours = {
    ...{ hours: 0, calls: 0, answered: 0, transferred: 0, connections: 0, simulatedMs: 0, ms: 0 },
    failures: [],
  };
  let [next, told] = [first, begun];
  const take = ({ result, cut }: Done): void => {
    sum.hours++;
    for (const key of ["calls", "answered", "transferred", "connections", "simulatedMs"] as const)
      sum[key] += result[key];
    sum.ms = performance.now() - begun;
    if (cut) {
      sum.failures.push({ result, cut });
      onFailure?.({ result, cut });
    }
    if (performance.now() - told < TELL) return;
    told = performance.now();
    onProgress?.(sum);
  };
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("./worker.js", import.meta.url));
      const give = (): void => {
        if (next < first + count && sum.failures.length < mostFailures) worker.postMessage(next++);
        else void worker.terminate().then(() => resolve());
      };
      worker.on("error", reject);
      worker.on("message", (done: Done) => {
        take(done);
        give();
      });
      give();
    });
  await Promise.all(Array.from({ length: Math.min(count, availableParallelism()) }, work));
  return sum;
}
