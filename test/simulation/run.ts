// npm run simulate -- --seeds N [--seed S]: N simulated hours, from seed S on or from fresh ones. A failing hour is cut down and kept.

import { parseArgs } from "node:util";
import { failureText, hoursText, simulate } from "./hours.ts";
import { keep } from "./kept.ts";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "10" }, seed: { type: "string" } } });
const count = Number(values.seeds);
const first = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(first)) {
  console.error("npm run simulate -- --seeds N [--seed S]: whole numbers, N from 1 on");
  process.exit(2);
}

console.log(`${count} simulated hours from seed ${first} on`);
const hours = await simulate(first, count, {
  onProgress: (sum) => console.log(hoursText(sum)),
  onFailure: (failure) => {
    keep(failure.cut);
    console.log(`FAILED ${failureText(failure)}`);
  },
});
console.log(hoursText(hours));
process.exitCode = hours.failures.length > 0 ? 1 : 0;
