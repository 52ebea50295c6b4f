// Builds what is missing or older than its sources: the modules, the schemas, the compiled host, the bundle.
//   node host/build.mjs              everything
//   node host/build.mjs --if-stale   only what has to be
//   node host/build.mjs check        type checks of both halves, lint and format; builds nothing

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packLiterals } from "./pack-literals.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

let idle = availableParallelism();
const waiting = [];

/** One program of node_modules, by its script: no shell, the same Node. As many at once as there are processors. */
async function tool(script, ...args) {
  if (idle === 0) await new Promise((begin) => waiting.push(begin));
  else idle--;
  const [status] = await once(
    spawn(process.execPath, [join("node_modules", script), ...args], { stdio: "inherit" }),
    "exit",
  );
  if (status !== 0) {
    console.error(`build: ${script} ${args.join(" ")} failed`);
    process.exit(1);
  }
  const next = waiting.shift();
  if (next) next();
  else idle++;
}

const asc = (...args) => tool("assemblyscript/bin/asc.js", ...args);
const tsc = (...args) => tool("typescript/bin/tsc", ...args);

/** Newest change below a file or folder, in milliseconds. */
function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
}

const blocks = readdirSync("test/blocks").map((name) => name.replace(/\.ts$/, ""));
const BLOCK_OPTIONS = ["--runtime", "stub", "--enable", "simd", "--use", "abort=assembly/abi/panic/abort", "-O3"];

const configs = ["package-lock.json", "host/build.mjs", "host/pack-literals.mjs"];
const steps = [
  {
    what: "the adapter module",
    from: ["assembly", "asconfig.json"],
    to: ["build/adapter.debug.wasm", "build/adapter.wasm"],
    async make() {
      await Promise.all([
        asc("assembly/adapter.ts", "--target", "adapter"),
        asc("assembly/adapter.ts", "assembly/adapter-numbers.ts", "--target", "adapter-debug"),
      ]);
      packLiterals("build/adapter.wasm");
    },
  },
  {
    what: "the server module",
    from: ["assembly", "asconfig.json"],
    to: ["build/server.debug.wasm", "build/server.wasm"],
    async make() {
      await Promise.all([
        asc("assembly/server.ts", "--target", "server"),
        asc("assembly/server.ts", "--target", "server-debug"),
      ]);
      packLiterals("build/server.wasm");
    },
  },
  {
    what: "the sound module",
    from: ["assembly", "asconfig.json"],
    to: ["build/sound.wasm"],
    make: () => asc("assembly/sound.ts", "--target", "sound"),
  },
  {
    what: "the schemas",
    from: [
      "host/config/config.schema.json",
      "host/config/generate.mjs",
      "boards/board.schema.json",
      "boards/header.schema.json",
      "boards/slic/card.schema.json",
    ],
    // Beside the compiled host; the bundle takes it from the rollup plugin.
    to: ["build/js/host/config/schemas.mjs"],
    make: async () => (await import("./config/generate.mjs")).generateSchemas("build/js/host/config/schemas.mjs"),
  },
  {
    what: "the bundle",
    from: ["host", "build/adapter.wasm", "build/server.wasm", "build/sound.wasm", "boards/simulator"],
    to: ["dist/main.js"],
    isLast: true,
    make: () => tool("rollup/dist/bin/rollup", "-c", "host/rollup.config.mjs", "--silent"),
  },
  {
    what: "the compiled host and tests",
    from: ["host", "test"],
    to: ["build/js/host/main.js"],
    make() {
      rmSync("build/js/test", { recursive: true, force: true }); // a test whose source is gone would run on
      return tsc("-p", "host");
    },
    isForTests: true,
  },
  {
    what: "parts of the core as modules for tests",
    from: ["assembly/audio", "assembly/base", "assembly/abi", "assembly/rtp", "test/blocks"],
    to: blocks.map((name) => `build/blocks/${name}.wasm`),
    make: () =>
      Promise.all(
        blocks.map((name) => asc(`test/blocks/${name}.ts`, ...BLOCK_OPTIONS, "--outFile", `build/blocks/${name}.wasm`)),
      ),
    isForTests: true,
  },
];

function isStale({ from, to }) {
  const sources = Math.max(...[...from, ...configs].map(newest));
  return to.some((file) => !existsSync(file) || statSync(file).mtimeMs < sources);
}

async function build(step) {
  const started = performance.now();
  await step.make();
  console.error(`built ${step.what}, ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

if (process.argv[2] === "check") {
  await Promise.all([
    asc("assembly/adapter.ts", "assembly/adapter-numbers.ts", "--target", "adapter-debug", "--noEmit"),
    asc("assembly/server.ts", "--target", "server-debug", "--noEmit"),
    asc("assembly/sound.ts", "--target", "sound", "--noEmit"),
    tsc("-p", "host", "--noEmit"),
    tool("@biomejs/biome/bin/biome", "check", "."),
  ]);
} else {
  const onlyStale = process.argv[2] === "--if-stale";
  // `npm start` needs no compiled tests; `npm test` asks for them with --tests.
  const wanted = onlyStale && !process.argv.includes("--tests") ? steps.filter((step) => !step.isForTests) : steps;
  mkdirSync("build", { recursive: true });
  for (const isLast of [undefined, true]) {
    const due = wanted.filter((step) => step.isLast === isLast && (!onlyStale || isStale(step)));
    if (due.length > 0) console.error(`building ${due.map(({ what }) => what).join(", ")} …`);
    await Promise.all(due.map(build));
  }
}
