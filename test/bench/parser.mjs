// One pass over messages.mjs, every common header field read: ours beside npm's `sip` and Debian's libosip2. Each peer is a process of its
// own (parser/peer.mjs); they take turns, a round each, so that what disturbs the machine disturbs all of them.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { Child, hasProgram, median, progress } from "./measure.mjs";
import { messages } from "./messages/messages.mjs";

export const title = `${messages.length} SIP messages, indexed and read; processor time of one message`;

const ROUNDS = 15;
/** Processor time of one round of one peer, ns. */
const ROUND_LENGTH = 150e6;
const MODULE = "build/bench/parser.wasm";
const CORPUS = "build/bench/messages.bin";
const OSIP = "build/bench/peer-osip";

function buildModule() {
  const compiler = "node_modules/assemblyscript/bin/asc.js";
  const entry = "test/bench/parser/bench-parser.ts";
  const args = ["--target", "adapter", "--outFile", MODULE, "--textFile", "build/bench/parser.wat"];
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

/** What keeps libosip2 from being measured; undefined once it is built. */
function buildOsip() {
  if (!hasProgram("gcc")) return "there is no gcc";
  writeCorpus();
  const { status } = spawnSync("gcc", ["-O2", "-o", OSIP, "test/bench/parser/peer-osip.c", "-losipparser2"]);
  return status === 0 ? undefined : "libosip2-dev is not installed";
}

class Peer {
  rounds = [];
  sum = 0;

  constructor(name, command, args) {
    this.name = name;
    this.child = new Child(command, args);
  }

  async round(passes) {
    this.child.say(passes);
    const [nanoseconds, sum] = (await this.child.nextLine()).split(" ").map(Number);
    this.sum = sum;
    return nanoseconds / passes / messages.length;
  }

  /** Warms up, then finds how many passes fill a round. */
  async calibrate() {
    for (let passes = 500; passes <= 2000; passes *= 2)
      this.passes = Math.ceil(ROUND_LENGTH / messages.length / (await this.round(passes)));
  }
}

export async function run() {
  buildModule();
  const noOsip = buildOsip();
  const peers = [
    new Peer("tipring", process.execPath, ["test/bench/parser/peer-tipring.mjs", MODULE]),
    new Peer("sip 0.0.6 (npm)", process.execPath, ["test/bench/parser/peer-sip.mjs"]),
  ];
  if (!noOsip) peers.push(new Peer("libosip2 (Debian)", OSIP, [CORPUS]));
  try {
    for (const peer of peers) await peer.calibrate();
    for (const { name, sum } of peers) {
      if (sum !== peers[0].sum)
        throw new Error(`${name} reads something else from the messages: ${sum}, not ${peers[0].sum}`);
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const peer of peers) peer.rounds.push(await peer.round(peer.passes));
      if (round % 5 === 4) progress(`round ${round + 1} of ${ROUNDS}`);
    }
  } finally {
    for (const { child } of peers) await child.stop();
  }

  const [ours, ...others] = peers.map(({ name, rounds }) => ({ name, time: median(rounds) }));
  const missing = noOsip ? [{ name: "libosip2 (Debian)", missing: noOsip }] : [];
  const beside = (value) =>
    others
      .map(({ name, time }) => ({ name, value: value(time), ratio: value(ours.time) / value(time) }))
      .concat(missing);
  return [
    { what: "one message", value: ours.time, unit: "ns", goal: "<= 700", beside: beside((time) => time) },
    { what: "messages a second", value: 1e9 / ours.time, beside: beside((time) => 1e9 / time) },
    { what: "quickest round, one message", value: Math.min(...peers[0].rounds), unit: "ns" },
  ];
}
