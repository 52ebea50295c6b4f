// The sound clock of the simulator: how late its beats come while nothing else is done.

import { systemClock } from "../../build/js/host/clock.js";
import { Pacer, sleepExactly } from "../../build/js/host/sound/pacer.js";
import { pause } from "./measure.mjs";

const DURATION = 20_000;

export const title = `how late the simulator's sound clock beats, ${DURATION / 1000} s of 20 ms frames`;

export async function run() {
  const pacer = new Pacer(systemClock, () => {}, sleepExactly);
  const cpu = process.cpuUsage();
  pacer.start(0);
  await pause(DURATION);
  pacer.stop(0);
  const { user, system } = process.cpuUsage(cpu);
  const { frames, skipped, p50, p99, max } = pacer.lateness;
  return [
    { what: "frames", value: frames },
    { what: "frames given up", value: skipped, goal: "0" },
    { what: "median", value: p50, unit: "ms", goal: "<= 0.1" },
    { what: "99 of 100", value: p99, unit: "ms", goal: "<= 0.5" },
    { what: "latest", value: max, unit: "ms", goal: "<= 2" },
    { what: "processor, of one core", value: (user + system) / 10 / DURATION, unit: "%" },
  ];
}
