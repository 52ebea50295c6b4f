// Benchmarks. Builds what is stale, runs, prints a table.
//   node test/bench/run.mjs              all of them
//   node test/bench/run.mjs NAME …       only those
//   node test/bench/run.mjs --json …     one JSON document on standard output
//   node test/bench/run.mjs --built …    what is built already
//   node test/bench/run.mjs --minutes N …   how long those take that may take any time: spacing
// README.md says what each one measures.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { tableLines } from "./table.mjs";

const NAMES = [
  "sizes",
  "parser",
  "frame",
  "dsp",
  "jitter",
  "latency",
  "calls",
  "agent",
  "server",
  "registrar",
  "box",
  "pacer",
  "spacing",
];

process.chdir(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const isJson = process.argv.includes("--json");
const minutesAt = process.argv.indexOf("--minutes");
const minutes = minutesAt < 0 ? undefined : Number(process.argv[minutesAt + 1]);
if (minutes !== undefined && !(minutes > 0)) {
  console.error("bench: --minutes wants a number above 0");
  process.exit(2);
}
const isMinutes = (index) => minutesAt >= 0 && index === minutesAt + 1;
const asked = process.argv.filter((word, index) => index > 1 && !word.startsWith("--") && !isMinutes(index));
const unknown = asked.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) {
  console.error(`bench: no benchmark is called ${unknown.join(" or ")}; there are ${NAMES.join(", ")}`);
  process.exit(2);
}

// What the build says goes to standard error: standard output is the result's.
if (!process.argv.includes("--built")) {
  const built = spawnSync(process.execPath, ["host/build.mjs", "--if-stale", "--tests"], { stdio: ["ignore", 2, 2] });
  if (built.status !== 0) process.exit(1);
}
mkdirSync("build/bench", { recursive: true });

const machine = () => ({
  processor: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  node: process.version,
  load: loadavg()[0],
});

const document = { machine: machine(), benchmarks: {} };
if (!isJson)
  console.log(`${document.machine.processor}, ${document.machine.cores} cores, Node ${document.machine.node}`);
for (const name of NAMES) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  const benchmark = await import(`./${name}.mjs`);
  const rows = await benchmark.run({ minutes });
  document.benchmarks[name] = { title: benchmark.title, load: loadavg()[0], rows };
  if (!isJson) console.log(`\n${name}: ${benchmark.title}\n${tableLines(rows).join("\n")}`);
}
if (isJson) console.log(JSON.stringify(document, null, 2));
