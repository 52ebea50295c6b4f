// Ten thousand calls through each module on virtual time: memory and pools are afterwards what they were before.

import { AdapterBench } from "./adapter-bench.mjs";
import { progress } from "./measure.mjs";
import { ServerCalls } from "./server-calls.mjs";

export const title = "10,000 calls through each module on virtual time; its memory before and after";

const CALLS = 10_000;
/** RFC 3261 §17: the last timer of a call runs out. */
const LAST_TIMER = 70_000;

async function measure(name, bench, call) {
  for (let warmUp = 0; warmUp < 200; warmUp++) call();
  bench.advance(LAST_TIMER);
  const before = bench.figures();
  bench.spent = 0;
  for (let count = 0; count < CALLS; count++) {
    call();
    if (count % 2500 === 2499) progress(`${name}: ${count + 1} of ${CALLS} calls`);
  }
  bench.advance(LAST_TIMER);
  const after = bench.figures();
  const figures = ({ memory, ...pools }) =>
    `${memory} bytes; ${Object.entries(pools)
      .map((pool) => pool.join(" "))
      .join(", ")}`;
  const isEqual = figures(before) === figures(after);
  return [
    { what: `${name}: memory before`, value: figures(before) },
    { what: `${name}: memory after`, value: `${figures(after)}: ${isEqual ? "equal" : "DIFFERENT"}` },
    { what: `${name}: one call, module and border`, value: (bench.spent / CALLS) * 1000, unit: "us" },
    { what: `${name}: calls a second`, value: CALLS / (bench.spent / 1000) },
  ];
}

export async function run() {
  const adapter = await AdapterBench.start();
  const server = await ServerCalls.start();
  return [
    ...(await measure("adapter", adapter, () => {
      adapter.ring();
      adapter.answer();
      adapter.hangUp();
    })),
    ...(await measure("server", server, () => server.call())),
  ];
}
