// The whole box as it is shipped, in a process of its own: idle with three lines registered, then with a call of two of them.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simulatorText } from "../../build/js/host/config/simulator.js";
import { freeUdpPorts } from "../../build/js/host/net/free-ports.js";
import { Child, cpuSeconds, memoryOf, pause, progress, wakeUps } from "./measure.mjs";

export const title =
  "the whole box, server and console included: adapter with three lines, idle and in a call between two of them";

/** V8 tidies up for this long after a program's start. */
const TIDYING = 20_000;
const SETTLE = 3000;
const IDLE = 15_000;
const IN_CALL = 15_000;
const PATIENCE = 15_000;

/** What a process uses while `duration` ms pass. */
async function watch(pid, duration) {
  const [cpu, wakes, started] = [cpuSeconds(pid), wakeUps(pid), performance.now()];
  await pause(duration);
  const seconds = (performance.now() - started) / 1000;
  return { cpu: (100 * (cpuSeconds(pid) - cpu)) / seconds, wakes: (wakeUps(pid) - wakes) / seconds, ...memoryOf(pid) };
}

/** Asks the console of the box until its answer is as wanted. */
async function until(box, command, isFine, what) {
  const end = performance.now() + PATIENCE;
  while (performance.now() < end) {
    box.say(command);
    let text = "";
    for (let depth = 0; ; ) {
      const line = await box.nextLine();
      text += line;
      depth += (line.match(/[[{]/g) ?? []).length - (line.match(/[\]}]/g) ?? []).length;
      if (depth === 0 && text !== "") break;
    }
    if (isFine(JSON.parse(text))) return;
    await pause(100);
  }
  throw new Error(`${what} did not happen within ${PATIENCE / 1000} s`);
}

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "tipring-bench-"));
  const config = join(folder, "bench.toml");
  const sip = await freeUdpPorts(2);
  const rtp = await freeUdpPorts(6);
  writeFileSync(
    config,
    simulatorText({ sip, server: sip + 1, rtp }).replace("[system]", '[system]\nlog_level = "error"'),
  );
  const box = new Child(process.execPath, ["dist/main.js", "run", "--config", config]);
  try {
    await until(
      box,
      "show line | json",
      (lines) => lines.every(({ registered }) => registered),
      "registration of all lines",
    );
    await pause(TIDYING);
    progress(`idle for ${IDLE / 1000} s`);
    const idle = await watch(box.pid, IDLE);
    box.say("phone 1 lift");
    await pause(1000);
    box.say("phone 1 dial 102");
    await until(box, "show call | json", (calls) => calls.some(({ state }) => state === "ringing"), "ringing");
    box.say("phone 2 lift");
    await until(
      box,
      "show call | json",
      (calls) => calls.filter(({ state }) => state === "active").length === 2,
      "the answer",
    );
    await pause(SETTLE);
    progress(`in a call for ${IN_CALL / 1000} s`);
    const call = await watch(box.pid, IN_CALL);
    const row = (what, value, unit, goal) => ({ what, value, unit, goal });
    return [
      row("idle: resident memory", idle.resident / 1e6, "MB", "<= 56"),
      row("idle: memory of its own", idle.private / 1e6, "MB", "<= 14"),
      row("idle: processor, of one core", idle.cpu, "%"),
      row("idle: wake-ups a second, all threads", idle.wakes, "", "<= 1"),
      row("in a call, both ends here: resident memory", call.resident / 1e6, "MB", "<= 56"),
      row("in a call, both ends here: processor, of one core", call.cpu, "%"),
      row("in a call, both ends here: wake-ups a second", call.wakes, ""),
    ];
  } finally {
    await box.stop();
    rmSync(folder, { recursive: true });
  }
}
