// A serial terminal that people use (picocom, tio), on a terminal of its own that socat makes, with somebody who types and watches.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { within } from "./deadline.ts";

export type TerminalProgram = "picocom" | "tio";

const LIMIT = 15_000;
const GOODBYE = 3000;
const COMMANDS: Record<TerminalProgram, (device: string) => string> = {
  picocom: (device) => `picocom --baud 115200 ${device}`,
  tio: (device) => `tio --baudrate 115200 ${device}`,
};
/** What it says when it has taken the terminal over: keys typed before that are lost. */
const READY: Record<TerminalProgram, RegExp> = { picocom: /Terminal ready/, tio: /Connected/ };
/** Moves of the cursor and the like, which a terminal would not show. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPES = /\x1b\[[\d;]*[A-Za-z]/g;

/** Why a test with this program cannot run here; false where it can. In CI it must. */
export function terminalSkip(program: TerminalProgram): string | false {
  if (spawnSync(program, ["--help"], { stdio: "ignore" }).error === undefined) return false;
  if (process.env.CI === "true") throw new Error(`${program} is missing: apt-get install ${program}`);
  return `${program} is not installed (apt-get install ${program})`;
}

export class SerialTerminal {
  readonly #program: TerminalProgram;
  readonly #child: ChildProcess;
  readonly #looks = new Set<() => void>();
  /** What has come since the last wait, without escape sequences. */
  #seen = "";

  private constructor(program: TerminalProgram, device: string, term: string) {
    this.#program = program;
    const command = `EXEC:${COMMANDS[program](device)},pty,setsid,ctty,stderr,raw,echo=0`;
    this.#child = spawn("socat", [command, "STDIO"], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, TERM: term },
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on("data", (chunk: Buffer) => {
        this.#seen = (this.#seen + chunk.toString("latin1")).replace(ESCAPES, "");
        for (const look of this.#looks) look();
      });
    }
    this.#child.stdin!.on("error", () => {}); // it has ended: what it does not show is what fails
  }

  /** Opens `device`; the first key may be typed. */
  static async open(program: TerminalProgram, device: string, term: string): Promise<SerialTerminal> {
    const terminal = new SerialTerminal(program, device, term);
    try {
      await terminal.sees(READY[program]);
    } catch (error) {
      await terminal.close();
      throw error;
    }
    return terminal;
  }

  type(keys: string | Uint8Array): void {
    this.#child.stdin!.write(keys);
  }

  /** Types a line; resolves when its answer holds that. */
  async asks(line: string, answer: RegExp): Promise<RegExpExecArray> {
    this.type(`${line}\r`);
    await this.sees(new RegExp(`${line}\r\n`));
    return this.sees(answer);
  }

  /** Resolves when that has come since the last such wait. */
  async sees(pattern: RegExp): Promise<RegExpExecArray> {
    let look = () => {};
    const seen = new Promise<RegExpExecArray>((resolve) => {
      look = () => {
        const match = pattern.exec(this.#seen);
        if (!match) return;
        this.#seen = this.#seen.slice(match.index + match[0].length);
        this.#looks.delete(look);
        resolve(match);
      };
      this.#looks.add(look);
      look();
    });
    try {
      return await within(
        seen,
        LIMIT,
        () => `${pattern} in ${this.#program}: ${JSON.stringify(this.#seen.slice(-2000))}`,
      );
    } finally {
      this.#looks.delete(look);
    }
  }

  /** Closes the terminal as closing its window would. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    await within(gone, GOODBYE, `the end of ${this.#program}`);
  }
}
