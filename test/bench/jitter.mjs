// Loss and jitter: how late and how well a voice is heard that came through bad networks, beside baresip that gets the same packets.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { readWav, writeWav } from "../../build/js/host/sound/wav.js";
import { BaresipEar, nowMs } from "./jitter/baresip-ear.mjs";
import { compare } from "./jitter/distance.mjs";
import { networks, PACKET_MS } from "./jitter/networks.mjs";
import { plotLines } from "./jitter/plot.mjs";
import { tipringHears } from "./jitter/tipring-ear.mjs";
import { hasProgram, pause, percentile, progress } from "./measure.mjs";

export const title =
  "mouth to ear through bad networks: delay, and distance from the original to the ear, dB (0: the same)";

export const PACKETS = 1000;
const SAMPLES = PACKET_MS * 8;
/** The first seconds, in which a network is learnt, count as well; a moment before the end does not, when baresip hangs up. */
const TAIL_MS = 800;
const SEED = 4;
/** What baresip waits with, in packets: what it comes with, and the least that it can be told. */
const DELAYS = ["5-10", "1-2"];
const AT_ONCE = 9;
const CARD = "build/bench/sound-card.so";

/** Two voices in turn, as they are sent. */
export function voice() {
  const parts = [1, 2].map((number) => {
    const path = `boards/simulator/voices/phone${number}.wav`;
    const bytes = readFileSync(path);
    const samples = readWav(path);
    const at = bytes.indexOf("data") + 8;
    return { samples, bytes: bytes.subarray(at, at + samples.length) };
  });
  const said = new Int16Array(PACKETS * SAMPLES);
  const sent = new Uint8Array(said.length);
  for (let at = 0, turn = 0; at < said.length; turn++) {
    const { samples, bytes } = parts[turn % parts.length];
    const count = Math.min(samples.length, said.length - at);
    said.set(samples.subarray(0, count), at);
    sent.set(bytes.subarray(0, count), at);
    at += count;
  }
  return { said, sent };
}

export function packetOf(sent, number) {
  const bytes = Buffer.alloc(12 + SAMPLES);
  bytes[0] = 0x80;
  bytes[1] = number === 0 ? 0x80 : 0;
  bytes.writeUInt16BE((number + 65_000) & 0xffff, 2);
  bytes.writeUInt32BE((number * SAMPLES + 12_345) >>> 0, 4);
  bytes.writeUInt32BE(0x7e57ca11, 8);
  bytes.set(sent.subarray(number * SAMPLES, (number + 1) * SAMPLES), 12);
  return bytes;
}

/** Several networks at once, in real time: to each its ears. Notes when each packet really was sent. */
async function feed(points, lateness) {
  const start = nowMs() + 500;
  const queue = points
    .flatMap(({ arrivals, ears }) => arrivals.map((arrival) => ({ arrival, ears })))
    .sort((a, b) => a.arrival.at - b.arrival.at);
  for (let next = 0; next < queue.length; ) {
    const wait = start + queue[next].arrival.at - nowMs();
    if (wait > 0) await pause(wait > 2 ? wait - 1 : 0);
    for (; next < queue.length && start + queue[next].arrival.at <= nowMs(); next++) {
      const { arrival, ears } = queue[next];
      for (const ear of ears) ear.send(arrival.bytes);
      const at = nowMs() - start;
      lateness.push(at - arrival.at);
      arrival.at = at;
    }
  }
  await pause(TAIL_MS);
  return start;
}

async function measurePoints(points, said, lateness) {
  for (const point of points)
    point.ears = await Promise.all(DELAYS.map((delay) => BaresipEar.start(delay, `${process.cwd()}/${CARD}`)));
  const start = await feed(points, lateness);
  for (const point of points) {
    point.heard = await Promise.all(point.ears.map((ear) => ear.stop(start)));
    point.arrivals.sort((a, b) => a.at - b.at);
  }
  return Promise.all(points.map((point) => judge(point, said)));
}

/** A packet goes out when its sound has been said: that began PACKET_MS before. */
export const judgeSound = (played, said) => {
  const inTime = new Int16Array(SAMPLES + played.length);
  inTime.set(played, SAMPLES);
  return compare(said.subarray(0, said.length - TAIL_MS * 8), inTime, 20, 500);
};

async function judge({ network, arrivals, heard }, said) {
  const duration = PACKETS * PACKET_MS + TAIL_MS;
  const ours = await tipringHears(arrivals, heard[0]?.beat ?? 7, duration);
  if (process.env.TIPRING_KEEP_SOUND) {
    const name = network.name.replaceAll(/\W+/g, "-");
    writeWav(`build/bench/${name}-tipring.wav`, ours.played);
    for (const [index, { played }] of heard.entries()) {
      writeWav(`build/bench/${name}-baresip-${DELAYS[index]}.wav`, played);
    }
  }
  return {
    network: network.name,
    lost: 1 - arrivals.length / PACKETS,
    late: ours.late / PACKETS,
    concealed: ours.concealedMs / (PACKETS * PACKET_MS),
    tipring: judgeSound(ours.played, said),
    baresip: heard.map(({ played }) => judgeSound(played, said)),
  };
}

function missing() {
  if (!hasProgram("baresip")) return "baresip is not here";
  mkdirSync("build/bench", { recursive: true });
  const built = spawnSync("gcc", ["-O2", "-shared", "-fPIC", "-o", CARD, "test/bench/jitter/sound-card.c"]);
  return built.status === 0 ? undefined : "gcc is not here";
}

export async function run() {
  const { said, sent } = voice();
  const why = missing();
  const points = networks.map((network) => ({
    network,
    ears: [],
    heard: [],
    arrivals: network.schedule(PACKETS, SEED).map(({ number, at }) => ({ at, bytes: packetOf(sent, number) })),
  }));
  const results = [];
  const lateness = [];
  if (why) {
    for (const point of points) results.push(await judge(point, said));
  } else {
    for (let at = 0; at < points.length; at += AT_ONCE) {
      progress(`networks ${at + 1} to ${Math.min(at + AT_ONCE, points.length)} of ${points.length}`);
      results.push(...(await measurePoints(points.slice(at, at + AT_ONCE), said, lateness)));
    }
  }
  process.stderr.write(`${plotLines(results).join("\n")}\n`);
  const rows = results.flatMap((result) => rowsOf(result, why));
  if (why) return rows;
  // on a machine with other work the networks are worse than their names
  const sender = {
    what: "packets left later than they should, 99 of 100",
    value: percentile(lateness, 0.99),
    unit: "ms",
    goal: "<= 2",
  };
  return [sender, ...rows];
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

function rowsOf({ network, lost, late, concealed, tipring, baresip }, why) {
  const beside = (key) =>
    why
      ? [{ name: "baresip", missing: why }]
      : baresip.map((each, index) => ({
          name: `baresip, ${DELAYS[index]} packets`,
          value: each[key],
          ratio: tipring[key] / each[key],
        }));
  return [
    {
      what: `${network} (lost ${percent(lost)}, late ${percent(late)}, concealed ${percent(concealed)}): delay`,
      value: tipring.delay,
      unit: "ms",
      beside: beside("delay"),
    },
    { what: `${network}: distance`, value: tipring.distance, unit: "dB", beside: beside("distance") },
  ];
}
