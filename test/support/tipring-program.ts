// The built program, dist/main.js, as a child process: for tests of what a user types in a shell.

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import { within } from "./deadline.ts";

const LIMIT = 15_000;
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export interface Ended {
  code: number | null;
  out: string;
  error: string;
}

export class TipringProgram {
  out = "";
  error = "";
  readonly #child: ChildProcess;
  readonly #closed: Promise<Ended>;
  readonly #looks = new Set<() => void>();

  constructor(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
    const child = spawn(process.execPath, [join(projectRoot, "dist/main.js"), ...args], {
      cwd: options.cwd ?? projectRoot,
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    running.add(child);
    child.stdin.on("error", () => {}); // a program that has ended reads nothing more
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
      this.#look();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.error += text;
      this.#look();
    });
    this.#closed = new Promise((resolve) => {
      child.once("close", (code) => {
        running.delete(child);
        resolve({ code, out: this.out, error: this.error });
      });
    });
  }

  #look(): void {
    for (const look of this.#looks) look();
  }

  /** Types lines into its standard input, which stays open. */
  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** The end of its standard input. */
  endInput(): void {
    this.#child.stdin!.end();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves when either stream has said that. */
  async says(pattern: RegExp, limit = LIMIT): Promise<void> {
    let look = () => {};
    const said = new Promise<void>((resolve) => {
      look = () => {
        if (pattern.test(this.out) || pattern.test(this.error)) resolve();
      };
      this.#looks.add(look);
      look();
    });
    try {
      await within(said, limit, () => `tipring saying ${pattern}; it said ${this.out}\n${this.error}`);
    } finally {
      this.#looks.delete(look);
    }
  }

  /** Resolves when it has ended by itself. */
  async ends(limit = LIMIT): Promise<Ended> {
    return within(this.#closed, limit, () => `tipring to end; it said ${this.out}\n${this.error}`);
  }

  async stop(): Promise<void> {
    if (running.has(this.#child)) this.#child.kill("SIGKILL");
    await this.#closed;
  }
}

/** Runs it to its end, standard input closed. */
export async function tipring(args: readonly string[], limit = LIMIT): Promise<Ended> {
  const program = new TipringProgram(args);
  program.endInput();
  return program.ends(limit);
}
