// Programs that we did not write, run beside a test: started without a shell, heard, waited for, ended by their own process id.

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import { within } from "./deadline.ts";

/** How long a program may take to end when it is told to. */
const GOODBYE = 3000;
const POLL = 10;
/** In /proc/net/tcp. */
const TCP_LISTENS = "0A";
/** The Debian package of each program. */
const PACKAGES = {
  sipp: "sip-tester",
  baresip: "baresip-core",
  kamailio: "kamailio",
  sipsak: "sipsak",
  svmap: "sipvicious",
  svwar: "sipvicious",
  svcrack: "sipvicious",
  "multimon-ng": "multimon-ng",
  sox: "sox",
  "espeak-ng": "espeak-ng",
  openssl: "openssl",
} as const;

export type ProgramName = keyof typeof PACKAGES;

const running = new Set<ChildProcess>();

/** With the processes that it has begun: one that outlives it would hold its pipes open for ever. */
function kill(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  } catch {
    // nobody is left
  }
}

/** A test file that is stopped half-way leaves nothing behind. */
process.once("exit", () => {
  for (const child of running) kill(child);
});
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));

function findProgram(name: ProgramName): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * Why a test that needs this program is skipped; false when it can run. On a continuous integration machine it always runs, and
 * fails for the missing program.
 */
export function isMissing(name: ProgramName): string | false {
  if (process.env.CI === "true" || (process.platform === "linux" && findProgram(name))) return false;
  return `${name} is not here: apt-get install ${PACKAGES[name]}`;
}

export class Program {
  readonly name: ProgramName;
  /** All that it printed, both streams. */
  output = "";
  /** Resolves with the exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #looks = new Set<() => void>();
  #isOver = false;

  private constructor(name: ProgramName, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
        this.#look();
      });
    }
    this.ended = new Promise((resolve) => {
      child.once("close", (code) => {
        running.delete(child);
        this.#isOver = true;
        this.#look();
        resolve(code);
      });
    });
  }

  static async start(name: ProgramName, args: readonly string[], directory: string): Promise<Program> {
    const path = findProgram(name);
    if (!path) throw new Error(`${name} is not here: apt-get install ${PACKAGES[name]}`);
    const child = spawn(path, args, {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TERM: "xterm" },
      detached: true, // a process group of its own, for kill()
    });
    const program = new Program(name, child);
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    return program;
  }

  #look(): void {
    for (const look of this.#looks) look();
  }

  /** The last of what it printed, for failures. */
  tail(): string {
    return `${this.name} printed:\n${this.output.slice(-4000)}`;
  }

  /** Resolves when it has printed that. */
  async says(pattern: RegExp, limit: number): Promise<RegExpExecArray> {
    let look = () => {};
    const said = new Promise<RegExpExecArray>((resolve, reject) => {
      look = () => {
        const match = pattern.exec(this.output);
        if (match) resolve(match);
        else if (this.#isOver) reject(new Error(`${this.name} ended and did not say ${pattern}. ${this.tail()}`));
      };
      this.#looks.add(look);
      look();
    });
    try {
      return await within(said, limit, () => `${this.name} saying ${pattern}. ${this.tail()}`);
    } finally {
      this.#looks.delete(look);
    }
  }

  /** Resolves when it listens on that port of this machine. */
  async listensOn(port: number, limit: number, protocol: "udp" | "tcp" = "udp"): Promise<void> {
    const end = performance.now() + limit;
    while (!isPortOpen(port, protocol)) {
      if (this.#isOver) throw new Error(`${this.name} ended before it listened on port ${port}. ${this.tail()}`);
      if (performance.now() > end) {
        throw new Error(`${this.name} does not listen on port ${port} after ${limit} ms. ${this.tail()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  }

  /** Resolves with the exit code when it ends by itself. */
  async ends(limit: number): Promise<number | null> {
    return within(this.ended, limit, () => `the end of ${this.name}. ${this.tail()}`);
  }

  /** Ends it, the hard way when it does not listen. */
  async stop(): Promise<void> {
    if (this.#isOver) return;
    this.#child.kill("SIGTERM");
    await within(this.ended, GOODBYE, "").catch(async () => {
      kill(this.#child);
      await this.ended;
    });
  }
}

/** The kernel's own list: nothing is bound or sent to find out. */
function isPortOpen(port: number, protocol: "udp" | "tcp"): boolean {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync(`/proc/net/${protocol}`, "latin1")
    .split("\n")
    .some((line) => {
      const [, local, , state] = line.trim().split(/\s+/);
      return local?.endsWith(`:${wanted}`) && (protocol === "udp" || state === TCP_LISTENS);
    });
}

/** A program's configuration in test/interop, with a value for each `{{word}}` in it. */
export function fillTemplate(name: string, words: Readonly<Record<string, string>>): string {
  const template = readFileSync(join(projectRoot, "test/interop", name), "utf8");
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, word: string) => {
    const value = words[word];
    if (value === undefined) throw new Error(`${name}: no value for ${word}`);
    return value;
  });
}

/** A TCP port of 127.0.0.1 that is free now. */
export function freeTcpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
