// One pass over messages.mjs, every common header field read: ours beside three packages of npm's and three stacks of Debian's. Each peer
// is a process of its own (parser/peer.mjs); they take turns, a round each, so that what disturbs the machine disturbs all of them.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { Child, hasProgram, median, progress } from "./measure.mjs";
import { messages } from "./messages/messages.mjs";

export const title = `${messages.length} SIP messages, indexed and read; processor time of one message`;

const ROUNDS = 9;
/** Processor time of one round of one peer, ns. */
const ROUND_LENGTH = 100e6;
/** And of what goes before the first. */
const WARM_UP = 1200e6;
const MODULE = "build/bench/parser.wasm";
const CORPUS = "build/bench/messages.bin";

/** What is done with every message. */
const WORKS = [
  { name: "read", what: "one message", goal: "<= 700" },
  { name: "describe", what: "with its session description" },
  { name: "write", what: "read and written again" },
];

const STACKS = [
  { name: "libosip2 (Debian)", source: "osip", libraries: ["-losipparser2"], needs: "libosip2-dev" },
  { name: "Sofia-SIP (Debian)", source: "sofia", config: "sofia-sip-ua", needs: "libsofia-sip-ua-dev" },
  { name: "libre (Debian)", source: "re", libraries: ["-lre"], needs: "libre-dev", works: ["read"] },
];

function buildModule() {
  const compiler = "node_modules/assemblyscript/bin/asc.js";
  const entry = "test/bench/parser/bench-parser.ts";
  const args = ["--target", "server", "--outFile", MODULE, "--textFile", "build/bench/parser.wat"];
  const { status } = spawnSync(process.execPath, [compiler, entry, ...args], { stdio: ["ignore", 2, "ignore"] });
  if (status !== 0) throw new Error(`${entry} does not compile`);
}

function writeCorpus() {
  const parts = messages.flatMap(({ bytes }) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  writeFileSync(CORPUS, Buffer.concat(parts));
}

/** Others that goals.md names, and why they are not raced here. */
const NOT_RACED = [
  { name: "pjsip", missing: "not in Debian 12" },
  { name: "Kamailio", missing: "Debian has no headers of it" },
];

class Peer {
  /** Times of the rounds of each work. */
  rounds = {};
  sums = {};
  passes = {};

  /** `takenOff`: quotes and escapes that the peer's display names are shorter by. */
  constructor(name, works, command, args, takenOff = 0) {
    Object.assign(this, { name, works, takenOff });
    this.child = new Child(command, args);
  }

  async round(work, passes) {
    this.child.say(`${passes} ${work}`);
    const [nanoseconds, sum] = (await this.child.nextLine()).split(" ").map(Number);
    this.sums[work] = sum;
    return nanoseconds / passes / messages.length;
  }

  /** Warms up, then finds how many passes fill a round. */
  async calibrate(work) {
    let each = 0;
    for (let passes = 1, spent = 0; spent < WARM_UP; passes *= 2) {
      each = await this.round(work, passes);
      spent += each * passes * messages.length;
    }
    this.passes[work] = Math.ceil(ROUND_LENGTH / messages.length / each);
    this.rounds[work] = [];
  }

  async measure(work) {
    this.rounds[work].push(await this.round(work, this.passes[work]));
  }
}

/** A stack of Debian's as a peer, or why it can't be one. */
function buildStack({ name, source, libraries = [], config, needs, works = WORKS.map((work) => work.name) }) {
  if (!hasProgram("gcc")) return { name, missing: "there is no gcc" };
  const flags = config ? spawnSync("pkg-config", ["--cflags", "--libs", config], { encoding: "utf8" }) : undefined;
  const program = `build/bench/peer-${source}`;
  const more = flags ? (flags.stdout ?? "").trim().split(/\s+/) : libraries;
  const { status } = spawnSync("gcc", [
    "-O2",
    "-o",
    program,
    `test/bench/parser/peer-${source}.c`,
    ...more.filter(Boolean),
  ]);
  return status === 0 ? new Peer(name, works, program, [CORPUS]) : { name, missing: `${needs} is not installed` };
}

const node = (name, works, [file, ...args], takenOff) =>
  new Peer(name, works, process.execPath, [`test/bench/parser/${file}`, ...args], takenOff);

function rowOf({ name: work, what, goal }, peers, missing) {
  const [ours, ...others] = peers
    .filter(({ works }) => works.includes(work))
    .map(({ name, rounds }) => ({ name, time: median(rounds[work]) }));
  const beside = others.map(({ name, time }) => ({ name, value: time, ratio: ours.time / time }));
  return { what, value: ours.time, unit: "ns", goal, beside: [...beside, ...missing] };
}

export async function run() {
  buildModule();
  writeCorpus();
  const every = WORKS.map(({ name }) => name);
  const built = STACKS.map(buildStack);
  const missing = built.filter((stack) => !(stack instanceof Peer));
  const peers = [
    node("tipring", every, ["peer-tipring.mjs", MODULE]),
    node("sip 0.0.6 (npm)", ["read", "write"], ["peer-sip.mjs"]),
    node("JsSIP 3.13.8 (npm)", ["read", "describe"], ["peer-browser.mjs", "jssip"], 26),
    node("SIP.js 0.21.2 (npm)", ["read"], ["peer-browser.mjs", "sip.js"], 24),
    ...built.filter((stack) => stack instanceof Peer),
  ];
  try {
    for (const work of every) {
      const those = peers.filter(({ works }) => works.includes(work));
      for (const peer of those) await peer.calibrate(work);
      for (const { name, sums, takenOff } of those) {
        if (sums[work] + takenOff !== peers[0].sums[work])
          throw new Error(`${name} reads something else (${work}): ${sums[work]}, not ${peers[0].sums[work]}`);
      }
      for (let round = 0; round < ROUNDS; round++) for (const peer of those) await peer.measure(work);
      progress(`${work}: ${ROUNDS} rounds of ${those.length} peers`);
    }
  } finally {
    for (const { child } of peers) await child.stop();
  }
  const [first, ...rest] = WORKS.map((work, index) =>
    rowOf(work, peers, index === 0 ? [...missing, ...NOT_RACED] : missing),
  );
  return [
    first,
    { what: "messages a second", value: 1e9 / first.value },
    { what: "quickest round, one message", value: Math.min(...peers[0].rounds.read), unit: "ns" },
    ...rest,
  ];
}
