// Benchmarks. Builds what is stale, runs, prints a table.
//   node test/bench/run.mjs              all of them
//   node test/bench/run.mjs NAME …       only those
//   node test/bench/run.mjs --json …     one JSON document on standard output
//   node test/bench/run.mjs --built …    what is built already
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
];

process.chdir(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const isJson = process.argv.includes("--json");
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
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
  const rows = await benchmark.run();
  document.benchmarks[name] = { title: benchmark.title, load: loadavg()[0], rows };
  if (!isJson) console.log(`\n${name}: ${benchmark.title}\n${tableLines(rows).join("\n")}`);
}
if (isJson) console.log(JSON.stringify(document, null, 2));
