// A user agent that answers calls under sipp: INVITE, 180, 200, ACK, BYE, 200. Ours beside other stacks and beside Node alone.

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeUdpPorts } from "../../build/js/host/net/free-ports.js";
import { Child, hasProgram, memoryOf, pause } from "./measure.mjs";
import { load } from "./sipp.mjs";

export const title = "calls answered by a user agent, under sipp on the same machine; processor time of a call";

const FIXED_RATE = 300;
const FIXED_CALLS = 3000;
const AT_ONCE = 16;
/** Until compilers have done their work. */
const WARM_UP = 6000;
/** The first round begins with some 9,000 calls kept, the second with 10,000 more: that is 38,000 transactions. */
const SATURATED_CALLS = 10_000;
/** Between two rounds: what still comes is not the next one's. */
const REST = 500;

const SOURCES = "build/bench/agent";
const ENTRY = "test/bench/agent/bench-agent.ts";
const MODULE = "build/bench/agent.wasm";
/** What stays of a call for 32 s after it has ended: two transactions and the answer to the BYE. */
const LIMITS = {
  ADAPTER_TRANSACTIONS: 65_536,
  ADAPTER_BUFFERS_512: 32_768,
  ADAPTER_BUFFERS_1024: 1024,
  MAX_SESSIONS: 256,
  SESSIONS_OF_LINE: 256,
};
const PAGES = 1024;

function setLimits(path) {
  const text = readFileSync(path, "utf8");
  const changed = text.replace(/const ([A-Z_0-9]+): i32 = \d+;/g, (all, name) =>
    LIMITS[name] === undefined ? all : `const ${name}: i32 = ${LIMITS[name]};`,
  );
  if (changed === text) throw new Error(`${path} sets none of ${Object.keys(LIMITS).join(", ")}`);
  writeFileSync(path, changed);
}

function buildModule() {
  rmSync(SOURCES, { recursive: true, force: true });
  cpSync("assembly", `${SOURCES}/assembly`, { recursive: true });
  cpSync(ENTRY, `${SOURCES}/${ENTRY}`);
  setLimits(`${SOURCES}/assembly/limits.ts`);
  setLimits(`${SOURCES}/assembly/sip/session.ts`);
  // a file of its own: the project's would be taken otherwise
  writeFileSync(
    `${SOURCES}/asconfig.json`,
    JSON.stringify({
      options: {
        runtime: "stub",
        enable: ["simd"],
        use: [`abort=${SOURCES}/assembly/abi/panic/abort`],
        optimizeLevel: 2,
        initialMemory: PAGES,
        maximumMemory: PAGES,
      },
    }),
  );
  const args = [`${SOURCES}/${ENTRY}`, "--config", `${SOURCES}/asconfig.json`, "--outFile", MODULE];
  const { status } = spawnSync(process.execPath, ["node_modules/assemblyscript/bin/asc.js", ...args], {
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error("the user agent does not compile");
}

/** sipp doesn't say when it is ready; the first INVITE is sent again until it is. */
const SIPP =
  'echo ready; exec sipp -sf test/bench/agent/answering.xml -i 127.0.0.1 -p "$0" -nostdin -skip_rlimit >/dev/null 2>&1';

/** The command of a stack of Debian's, or what keeps it from being measured. */
function buildStack(source, package_, flags) {
  if (!hasProgram("gcc")) return { missing: "there is no gcc" };
  const program = `build/bench/agent-${source}`;
  const { status } = spawnSync("gcc", ["-O2", "-o", program, `test/bench/agent/${source}.c`, ...flags]);
  return status === 0 ? { command: program, args: [] } : { missing: `${package_} is not installed` };
}

function flagsOf(config) {
  const { status, stdout } = spawnSync("pkg-config", ["--cflags", "--libs", config], { encoding: "utf8" });
  return status === 0 ? stdout.trim().split(/\s+/) : [];
}

function subjects() {
  const node = (file, ...args) => ({ command: process.execPath, args: [`test/bench/agent/${file}`, ...args] });
  return [
    { name: "tipring", ...node("peer-tipring.mjs", MODULE) },
    { name: "Node alone, with nothing understood", isFloor: true, ...node("floor.mjs") },
    { name: "sockets alone, in C", isFloor: true, ...buildStack("floor", "libc6-dev", []) },
    { name: "sip 0.0.6 (npm)", ...node("peer-sip.mjs") },
    { name: "sipp (Debian)", command: "sh", args: ["-c", SIPP] },
    { name: "Sofia-SIP (Debian)", ...buildStack("peer-sofia", "libsofia-sip-ua-dev", flagsOf("sofia-sip-ua")) },
    // it takes too long over more
    { name: "libre (Debian)", calls: SATURATED_CALLS / 5, ...buildStack("peer-re", "libre-dev", ["-lre"]) },
    { name: "pjsip", missing: "not in Debian 12" },
  ];
}

async function measure({ name, isFloor, calls = SATURATED_CALLS, command, args }, folder) {
  const port = await freeUdpPorts(1);
  const child = new Child(command, [...args, String(port)]);
  try {
    await child.nextLine();
    const common = { folder, pid: child.pid, port, scenario: "test/bench/agent/caller.xml" };
    const round = async (what, calls, rate, atOnce) => {
      const result = await load({ ...common, name: `${name}, ${what}`.replaceAll("/", " "), calls, rate, atOnce });
      await pause(REST);
      return result;
    };
    await round("warm-up", Math.min(WARM_UP, calls), 100_000, AT_ONCE);
    const fixed = await round(`${FIXED_RATE} a second`, FIXED_CALLS, FIXED_RATE, 1000);
    const before = memoryOf(child.pid).resident;
    const saturated = await round(`${AT_ONCE} at once`, calls, 100_000, AT_ONCE);
    const kept = await round(`${AT_ONCE} at once, more kept`, calls, 100_000, AT_ONCE);
    const { resident } = memoryOf(child.pid);
    return {
      name,
      isKeeper: !isFloor && calls === SATURATED_CALLS,
      fixed,
      saturated,
      kept,
      memory: resident / 1e6,
      eachKept: (resident - before) / (2 * calls),
    };
  } finally {
    await child.stop();
  }
}

function row(what, goal, [ours, ...others], missing, unit, value) {
  const beside = others.map((each) => ({ name: each.name, value: value(each), ratio: value(ours) / value(each) }));
  return { what, value: value(ours), unit, goal, beside: [...beside, ...missing] };
}

export async function run() {
  if (!hasProgram("sipp"))
    return [{ what: "calls", value: "not measured: sipp is not installed (Debian: sip-tester)" }];
  buildModule();
  const folder = mkdtempSync(join(tmpdir(), "tipring-bench-"));
  try {
    const all = subjects();
    const missing = all.filter((subject) => subject.missing);
    const results = [];
    for (const subject of all) if (subject.command) results.push(await measure(subject, folder));
    const rounds = results.flatMap(({ fixed, saturated, kept }) => [fixed, saturated, kept]);
    const keepers = results.filter(({ isKeeper }) => isKeeper);
    return [
      row(`${FIXED_RATE} calls a second`, "<= 70", results, missing, "us", ({ fixed }) => fixed.each),
      row(`${AT_ONCE} at once`, "<= 30", results, missing, "us", ({ saturated }) => saturated.each),
      row(`the next, with ${SATURATED_CALLS} calls more kept`, "<= 30", keepers, [], "us", ({ kept }) => kept.each),
      row("slowdown by what is kept", "<= 1", keepers, [], "", ({ saturated, kept }) => kept.each / saturated.each),
      row("resident memory that a kept call adds", "<= 1,500", keepers, [], "bytes", ({ eachKept }) => eachKept),
      row("resident memory afterwards", "", results, [], "MB", ({ memory }) => memory),
      {
        what: "calls that failed, all of them together",
        value: rounds.reduce((sum, { failed }) => sum + failed, 0),
        goal: "0",
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
