// Voice as it leaves the box: when the kernel of this machine got each packet, idle and with every core busy.

import { spawn, spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { Child, hasProgram, percentile, progress } from "./measure.mjs";

const FRAME_MS = 20;
const SAMPLES = 160;
const PROGRAM = "build/bench/spacing-receiver";
/** The grid is laid through the earliest packet of so many, a minute: system clocks are set right meanwhile. */
const WINDOW = 3000;
const DEFAULT_MINUTES = 0.25;
/** What node needs before its compilers are done. */
const SETTLING = 100;

export const title =
  "voice as it leaves the box: RTP packets by the kernel's clock, 20 ms apart (--minutes N for each half)";

function buildReceiver() {
  if (!hasProgram("gcc")) return "there is no gcc";
  const { status } = spawnSync("gcc", ["-O2", "-o", PROGRAM, "test/bench/spacing/receiver.c"]);
  return status === 0 ? undefined : "receiver.c does not compile";
}

/** Sends a call for so long. Returns what arrived, and what the sound clock says. */
async function call(minutes) {
  const packets = Math.ceil((minutes * 60_000) / FRAME_MS);
  const receiver = new Child(PROGRAM, [String(packets + 100)]);
  const port = await receiver.nextLine();
  const sender = new Child(process.execPath, ["test/bench/spacing/sender.mjs", port, String(minutes * 60)]);
  const clock = JSON.parse(await sender.nextLine());
  const arrivals = [];
  for (let line = await receiver.nextLine(); line; line = await receiver.nextLine().catch(() => "")) {
    const [at, sequence, timestamp] = line.split(" ");
    arrivals.push({ at: Number(BigInt(at) / 1000n) / 1000, sequence: Number(sequence), timestamp: Number(timestamp) });
  }
  await Promise.all([receiver.ended, sender.ended]);
  return { arrivals, clock };
}

/** Packets whose number is not one more, or whose time is not 160 more, than that of the one before. RFC 3550 §5.1. */
const outOfStep = (arrivals) =>
  arrivals.filter(
    ({ sequence, timestamp }, index) =>
      index > 0 &&
      (sequence !== ((arrivals[index - 1].sequence + 1) & 0xffff) ||
        timestamp !== (arrivals[index - 1].timestamp + SAMPLES) >>> 0),
  ).length;

/** How much later than a clock's beat each packet came, ms. */
function latenesses(arrivals) {
  const offsets = arrivals.map(({ at }, index) => at - arrivals[0].at - index * FRAME_MS);
  return offsets.map((offset, index) => {
    const from = Math.floor(index / WINDOW) * WINDOW;
    return offset - Math.min(...offsets.slice(from, from + WINDOW));
  });
}

function rowsOf(load, { arrivals: all, clock }) {
  const arrivals = all.slice(SETTLING);
  const late = latenesses(arrivals);
  const apart = arrivals.slice(1).map(({ at }, index) => Math.abs(at - arrivals[index].at - FRAME_MS));
  const goals = load === "idle" ? ["<= 0.1", "<= 0.5", "<= 1", "<= 2"] : ["", "", "", "<= 5"];
  const shares = [
    ["median", 0.5],
    ["99 of 100", 0.99],
    ["999 of 1000", 0.999],
    ["most", 1],
  ];
  const rows = (what, values, limits) =>
    shares.map(([name, share], index) => ({
      what: `${load}: ${what}, ${name}`,
      value: percentile(values, share),
      unit: "ms",
      goal: limits[index],
    }));
  return [
    { what: `${load}: packets`, value: arrivals.length },
    { what: `${load}: packets whose time stamp is not 160 more`, value: outOfStep(all), goal: "0" },
    { what: `${load}: frames given up`, value: clock.skipped, goal: "0" },
    ...rows("lateness", late, goals),
    ...rows("spacing error", apart, []),
  ];
}

export async function run({ minutes = DEFAULT_MINUTES } = {}) {
  const missing = buildReceiver();
  if (missing) return [{ what: "spacing", value: `not measured: ${missing}` }];
  const idle = rowsOf("idle", await call(minutes));
  progress("idle");
  const busy = cpus().map(() => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
  try {
    return [...idle, ...rowsOf("all cores busy", await call(minutes))];
  } finally {
    for (const child of busy) child.kill("SIGKILL");
  }
}
