// Each block of the signal path alone, beside a plain table in C and Debian's spandsp. Peers take turns, a round each, so that what
// disturbs the machine disturbs all of them.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { echoResponse, HYBRIDS } from "../../build/js/host/phone/hybrid.js";
import { echoed, rounded, SoundMaker } from "../../build/js/test/support/sounds.js";
import { Child, hasProgram, median, progress } from "./measure.mjs";

export const title = "blocks of the signal path; processor time of one sample";

const ROUNDS = 7;
/** Processor time of one round of one work, ns. */
const ROUND_LENGTH = 50e6;
const SECOND = 8000;
const FRAME = 160;
const MODULE = "build/bench/dsp.wasm";
const SOUND = "build/bench/sound.pcm";

/** Names as the peers know them. A peer that does not have one is not asked for it. */
const WORKS = [
  { name: "encodeMu", what: "G.711 mu-law encode", goal: "<= 0.3", peers: ["table", "spandsp"] },
  { name: "encodeA", what: "G.711 A-law encode", goal: "<= 0.3", peers: ["table", "spandsp"] },
  { name: "decodeMu", what: "G.711 mu-law decode", goal: "<= 0.3", peers: ["table", "spandsp"] },
  { name: "decodeA", what: "G.711 A-law decode", goal: "<= 0.3", peers: ["table", "spandsp"] },
  { name: "detectInSpeech", what: "DTMF detector, speech", peers: ["spandsp"] },
  { name: "detectDigits", what: "DTMF detector, digits", peers: ["spandsp"] },
  { name: "playTone", what: "tone of two frequencies", peers: ["spandsp"] },
  { name: "conceal", what: "concealment, every tenth frame lost", peers: ["spandsp"] },
  { name: "bufferJitter", what: "jitter buffer, a packet in and a frame out", peers: [] },
  {
    name: "cancelNoise",
    what: "echo canceller of 32 ms, white noise",
    goal: "<= 1/3",
    peers: ["spandsp"],
    isEcho: true,
  },
  { name: "cancelVoice", what: "echo canceller of 32 ms, voice", goal: "<= 1/3", peers: ["spandsp"], isEcho: true },
  { name: "learnNoise", what: "the same from nothing, the first second", peers: ["spandsp"], isEcho: true },
  { name: "measureLevel", what: "level meter", peers: [] },
  { name: "adjust", what: "offset, gain and mix", peers: [] },
];

const ECHO_DBM0 = -15;
const ECHO_LOSS_DB = 6;

/** A second of sound, and of its echo when it is heard again and again. */
function withEcho(sound) {
  const path = echoResponse(HYBRIDS[2], ECHO_LOSS_DB, 8);
  const far = rounded(sound);
  const echo = rounded(echoed([...far, ...far], path));
  return [...far, ...echo.subarray(SECOND)];
}

/** A second each of speech-like sound, ten digits of 50 ms, white noise and its echo, a voice and its echo. */
function writeSound() {
  const sound = new Int16Array(6 * SECOND);
  let state = 12345;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  for (let at = 0; at < SECOND; at++) {
    const time = at / SECOND;
    let voice = 0;
    for (let n = 1; n < 20; n++) voice += Math.sin(2 * Math.PI * 130 * n * time + n) / n;
    const swell = 0.5 + 0.5 * Math.sin(2 * Math.PI * 4 * time);
    sound[at] = Math.round(4000 * swell * voice + 400 * noise());
  }
  const [low, high] = [
    [697, 770, 852, 941],
    [1209, 1336, 1477, 1633],
  ];
  for (let digit = 0; digit < 10; digit++) {
    for (let at = 0; at < 400; at++) {
      const turn = (2 * Math.PI * at) / SECOND;
      sound[SECOND + digit * 800 + at] = Math.round(
        5000 * (Math.sin(low[digit % 4] * turn) + Math.sin(high[(digit >> 1) % 4] * turn)),
      );
    }
  }
  const maker = new SoundMaker(1);
  sound.set(withEcho(maker.white(SECOND, ECHO_DBM0)), 2 * SECOND);
  sound.set(withEcho(maker.voice(SECOND, ECHO_DBM0)), 4 * SECOND);
  writeFileSync(SOUND, new Uint8Array(sound.buffer));
}

function buildModule() {
  const compiler = "node_modules/assemblyscript/bin/asc.js";
  const args = ["test/bench/dsp/bench-dsp.ts", "--target", "adapter", "--outFile", MODULE];
  const { status } = spawnSync(process.execPath, [compiler, ...args, "--textFile", "build/bench/dsp.wat"], {
    stdio: ["ignore", 2, "ignore"],
  });
  if (status !== 0) throw new Error("bench-dsp.ts does not compile");
}

/** A peer in C, or why there is none. */
function buildPeer(key, name, needs, ...flags) {
  if (!hasProgram("gcc")) return { key, name, missing: "there is no gcc" };
  const program = `build/bench/dsp-${key}`;
  const { status } = spawnSync("gcc", ["-O2", "-o", program, "test/bench/dsp/peer-c.c", ...flags]);
  return status === 0
    ? { key, name, child: new Child(program, [SOUND]), rounds: {}, enhancements: {} }
    : { key, name, missing: `${needs} is not installed` };
}

/** Nanoseconds of a sample. */
async function round({ child }, work, passes) {
  child.say(`${passes} ${work}`);
  const [nanoseconds, sum] = (await child.nextLine()).split(" ").map(Number);
  return { time: nanoseconds / passes / SECOND, found: sum / passes };
}

async function measure(peers, { name, peers: others, isEcho }) {
  const those = peers.filter(({ key, child }) => child && (key === "tipring" || others.includes(key)));
  const passes = new Map();
  for (const peer of those) {
    for (const warm of [20, 100, 200]) {
      const { time, found } = await round(peer, name, warm);
      passes.set(peer, Math.max(1, Math.ceil(ROUND_LENGTH / SECOND / time)));
      if (name === "detectDigits" && warm > 20 && Math.abs(found - 10) > 0.5)
        throw new Error(`${peer.name} finds ${found} of 10 digits`);
    }
    peer.rounds[name] = [];
  }
  for (let count = 0; count < ROUNDS; count++) {
    for (const peer of those) {
      const { time, found } = await round(peer, name, passes.get(peer));
      peer.rounds[name].push(time);
      if (isEcho) peer.enhancements[name] = found / 100;
    }
  }
}

export async function run() {
  writeSound();
  buildModule();
  const peers = [
    {
      key: "tipring",
      name: "tipring",
      rounds: {},
      enhancements: {},
      child: new Child(process.execPath, ["test/bench/dsp/peer-tipring.mjs", MODULE, SOUND]),
    },
    buildPeer("table", "table in C", "gcc"),
    buildPeer("spandsp", "spandsp (Debian)", "libspandsp-dev", "-DSPANDSP", "-lspandsp", "-lm"),
  ];
  try {
    for (const work of WORKS) await measure(peers, work);
    progress(`${WORKS.length} works, ${ROUNDS} rounds each`);
  } finally {
    for (const { child } of peers) await child?.stop();
  }
  const [ours, ...others] = peers;
  return WORKS.flatMap(({ name, what, goal, peers: asked, isEcho }) => {
    const time = median(ours.rounds[name]);
    const beside = others
      .filter(({ key }) => asked.includes(key))
      .map(({ name: peer, missing, rounds }) => {
        if (missing) return { name: peer, missing };
        const theirs = median(rounds[name]);
        return { name: peer, value: theirs, ratio: time / theirs };
      });
    const rows = [
      { what, value: time, unit: "ns", goal, beside },
      { what: `${what}, a frame`, value: time * FRAME, unit: "ns" },
    ];
    if (!isEcho) return rows;
    const enhancement = others
      .filter(({ key, missing }) => asked.includes(key) && !missing)
      .map(({ name: peer, enhancements }) => ({ name: peer, value: enhancements[name] }));
    return [...rows, { what: "  ERLE of it", value: ours.enhancements[name], unit: "dB", beside: enhancement }];
  });
}
