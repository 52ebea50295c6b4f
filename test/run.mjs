// Runs every test and ends with one line: N passed, N failed[, N skipped].
//   node test/run.mjs            unit, core, flows, host, boards, interop
//   node test/run.mjs --long     what takes longer than a coffee
//   node test/run.mjs PART …     only those folders, or files whose path contains PART

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const parts = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const isLong = process.argv.includes("--long");
const total = { passed: 0, failed: 0, skipped: 0 };

function walk(folder, ending) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path, ending) : path.endsWith(ending) ? [path] : [];
    })
    .sort();
}

/** Whole machines take minutes and an image: they run when they are asked for. */
const wanted = (path) => (parts.length === 0 ? !path.includes("/machine/") : parts.some((part) => path.includes(part)));

/** as-pect: each spec is compiled into a module of its own. Its summary is read, not its exit code alone. */
async function runUnits() {
  if (isLong || (parts.length > 0 && !walk("test/unit", ".spec.ts").some(wanted))) return;
  const child = spawn(
    process.execPath,
    [
      "node_modules/@as-pect/cli/bin/asp.js",
      ...["--config", "test/unit/as-pect.config.js", "--as-config", "test/unit/as-pect.asconfig.json"],
      ...["--no-logo", "--summary"],
    ],
    { env: { ...process.env, TIPRING_SPECS: parts.join(",") }, stdio: ["ignore", "pipe", "ignore"] },
  );
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (piece) => {
    stdout += piece;
  });
  const [status] = await once(child, "close");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as-pect colours its report
  const text = stdout.replaceAll(/\u001b\[\d+m/g, "");
  process.stdout.write(text);
  const count = /\[Tests\]:\s+(\d+)\s+\/\s+(\d+)/.exec(text);
  if (!count) {
    console.log("as-pect printed no summary: a spec does not compile");
    total.failed++;
    return;
  }
  total.passed += Number(count[1]);
  total.failed += Number(count[2]) - Number(count[1]);
  if (status !== 0 && count[1] === count[2]) total.failed++;
}

/** node:test, one process a file, `concurrency` of them at once. */
function runFiles(files, concurrency) {
  return new Promise((resolve) => {
    if (files.length === 0) return resolve();
    const stream = run({ files, concurrency });
    const seen = (kind) => (event) => {
      // a file and a describe() are reported like tests: count only what asserts, or is skipped as a whole
      const isSkipped = event.skip !== undefined && event.skip !== false;
      if ((event.details?.type === "suite" && !isSkipped) || event.file === undefined || event.name === event.file)
        return;
      if (event.name.endsWith(".test.js")) return void (kind === "failed" && total.failed++);
      total[isSkipped ? "skipped" : kind]++;
    };
    stream.on("test:pass", seen("passed"));
    stream.on("test:fail", seen("failed"));
    stream.on("end", resolve);
    stream.compose(new spec()).pipe(process.stdout, { end: false });
  });
}

// one process that computes, beside two of the next ones
const units = runUnits();
const ending = isLong ? ".long.js" : ".test.js";
// what takes longest begins first, so that nobody waits for it in the end
const isLongest = (path) => path.includes("/machine/way-back.");
const files = walk("build/js/test", ending)
  .filter(wanted)
  .sort((first, second) => isLongest(second) - isLongest(first));
// what is judged by its own clock has the machine to itself; with other programs most of the time is waiting for them
const alone = (path) =>
  ["/bench", "/host/demo.", "/host/main.", "/interop/flood.", "/interop/line-card.", "/machine/call."].some((part) =>
    path.includes(part),
  );
const withOthers = (path) => path.includes("/interop/");
await runFiles(
  files.filter((path) => !alone(path) && !withOthers(path)),
  2,
);
await units;
await runFiles(
  files.filter((path) => withOthers(path) && !alone(path)),
  4,
);
await runFiles(files.filter(alone), 1);

console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exit(total.failed > 0 ? 1 : 0);
