// sipp as the load of a benchmark.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cpuSeconds, progress } from "./measure.mjs";

/** Starts sipp quietly; `ended` gives its exit code. */
export function startSipp(folder, args) {
  const child = spawn("sipp", [...args, "-i", "127.0.0.1", "-nostdin", "-skip_rlimit", "-watchdog_interval", "0"], {
    cwd: folder,
    stdio: "ignore",
  });
  return { child, ended: new Promise((resolve) => child.on("exit", resolve)) };
}

/** The totals of the last line of a statistics file of sipp. */
function totals(path) {
  const [head, ...lines] = readFileSync(path, "latin1").trim().split("\n");
  const values = lines.at(-1).split(";");
  const column = (name) => values[head.split(";").indexOf(name)];
  return { successful: Number(column("SuccessfulCall(C)")), failed: Number(column("FailedCall(C)")) };
}

/**
 * `calls` runs of a scenario against a port of this machine, `rate` a second and at most `atOnce` of them together; what `pid` and its
 * children spent on them, in seconds of processor.
 */
export async function load({ folder, pid, port, scenario, name, calls, rate, atOnce, args = [] }) {
  const statistics = join(folder, `${name}.csv`);
  const [before, started] = [cpuSeconds(pid), performance.now()];
  const { ended } = startSipp(folder, [
    ...["-sf", join(process.cwd(), scenario), "-m", String(calls), "-r", String(rate), "-l", String(atOnce)],
    ...["-trace_stat", "-stf", statistics, "-fd", "60", ...args, `127.0.0.1:${port}`],
  ]);
  await ended;
  const seconds = (performance.now() - started) / 1000;
  const cpu = cpuSeconds(pid) - before;
  const { successful, failed } = totals(statistics);
  progress(`${name}: ${successful} in ${seconds.toFixed(1)} s, ${failed} failed`);
  return { successful, failed, seconds, cpu, each: (cpu / successful) * 1e6 };
}
