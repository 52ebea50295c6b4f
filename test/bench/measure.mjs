// What several benchmarks need: medians, what a process has used, programs that may be missing, lines of a child.

import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

export const median = (values) => percentile(values, 0.5);

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What goes on, for whoever waits. */
export const progress = (text) => process.stderr.write(`  ${text}\n`);

/** The first directory entry of PATH that has the program, as `command -v` says; false when there is none. */
export const hasProgram = (name) => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;

/** A child and its lines. Its standard error goes to ours. */
export class Child {
  #waiting = [];
  #lines = [];

  constructor(command, args, options = {}) {
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], ...options });
    this.ended = new Promise((resolve) => this.process.on("exit", resolve));
    createInterface({ input: this.process.stdout }).on("line", (line) => {
      const next = this.#waiting.shift();
      if (next) next.resolve(line);
      else this.#lines.push(line);
    });
    this.process.on("exit", () => {
      for (const { reject } of this.#waiting) reject(new Error(`${command} ${args.join(" ")} ended`));
    });
    this.process.stdin.on("error", () => {});
  }

  get pid() {
    return this.process.pid;
  }

  say(line) {
    this.process.stdin.write(`${line}\n`);
  }

  nextLine() {
    if (this.#lines.length > 0) return Promise.resolve(this.#lines.shift());
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async stop() {
    this.process.kill("SIGTERM");
    await this.ended;
  }
}

const TICKS_PER_SECOND = 100;

/** A process and all that it has started, and they. Linux. */
function family(pid) {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").split(" ").filter(Boolean),
  );
  return [String(pid), ...children.flatMap(family)];
}

/** Seconds of processor that a process and its children have used, user and system. Linux. */
export function cpuSeconds(pid) {
  return family(pid).reduce((sum, each) => {
    const stat = readFileSync(`/proc/${each}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }, 0);
}

function statusField(path, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(path, "latin1"))?.[1] ?? 0);
}

/** Resident memory, and the part that no other process shares, in bytes. */
export function memoryOf(pid) {
  const rollup = `/proc/${pid}/smaps_rollup`;
  return {
    resident: statusField(rollup, "Rss") * 1024,
    private: (statusField(rollup, "Private_Clean") + statusField(rollup, "Private_Dirty")) * 1024,
  };
}

/** How often the threads of a process have gone to sleep and been woken. */
export function wakeUps(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce(
    (sum, thread) => sum + statusField(`/proc/${pid}/task/${thread}/status`, "voluntary_ctxt_switches"),
    0,
  );
}
