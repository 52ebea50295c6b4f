// Simulates the hour of each seed that it is sent, and cuts a failing one down.

import { parentPort } from "node:worker_threads";
import { type HourResult, runHour, shrink } from "./hour.ts";

export interface Done {
  result: HourResult;
  /** Of one that has failed. */
  cut?: HourResult;
}

parentPort?.on("message", async (seed: number) => {
  const result = await runHour(seed);
  const done: Done = result.problems.length === 0 ? { result } : { result, cut: await shrink(result) };
  parentPort?.postMessage(done);
});
