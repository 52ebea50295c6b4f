// SIPp, which plays a script of SIP messages (sipp-script.ts) and fails when an answer is not the one it expects.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { atEnd } from "./at-end.ts";
import { scratchFolder } from "./live-box.ts";
import { Program } from "./programs.ts";
import { type Step, script } from "./sipp-script.ts";

const HOST = "127.0.0.1";
/** How long a script may take in all where nothing else is said, seconds. */
const LONGEST = 20;
const START = 4000;

export interface SippOptions {
  /** Port on 127.0.0.1 that it speaks from. */
  port: number;
  /** Where its requests go. */
  remotePort: number;
  /** One connection carries all calls; UDP without it. */
  transport?: "udp" | "tcp";
  /** How often the script is played. */
  calls?: number;
  /** How long the script may take in all, seconds. */
  longest?: number;
  /** Calls begun a second. */
  rate?: number;
  /** Words for `[name]` in the script; `user` and `password` are also what it answers challenges with. */
  keys?: Readonly<Record<string, string>>;
}

export class Sipp {
  readonly #program: Program;
  readonly #folder: string;
  readonly #longest: number;
  #hasSucceeded = false;

  private constructor(program: Program, folder: string, longest: number) {
    this.#longest = longest;
    this.#program = program;
    this.#folder = folder;
  }

  /** Resolves when it listens. Every call echoes the sound that it gets. */
  static async start(t: TestContext, steps: readonly Step[], options: SippOptions): Promise<Sipp> {
    const folder = scratchFolder(t, "sipp");
    writeFileSync(join(folder, "script.xml"), script(steps));
    const media = await freeUdpPorts(4);
    const { keys: words = {}, longest = LONGEST, transport = "udp" } = options;
    const keys = Object.entries(words).flatMap(([name, value]) => ["-key", name, value]);
    const args = [
      `${HOST}:${options.remotePort}`,
      ...["-sf", "script.xml", "-t", transport === "tcp" ? "t1" : "u1"],
      ...["-i", HOST, "-p", `${options.port}`, "-mi", HOST, "-mp", `${media}`],
      ...["-m", `${options.calls ?? 1}`, "-r", `${options.rate ?? 10}`],
      ...["-timeout", `${longest}s`, "-timeout_error", "-rtp_echo", "-nostdin"],
      ...[
        "-trace_err",
        "-error_file",
        "errors",
        "-trace_msg",
        "-message_file",
        "messages",
        "-trace_logs",
        "-log_file",
        "log",
      ],
      ...keys,
      ...["-au", words.user ?? "", "-ap", words.password ?? ""],
    ];
    const program = await Program.start("sipp", args, folder);
    const sipp = new Sipp(program, folder, longest);
    atEnd(t, () => sipp.#stop());
    // by TCP, who begins connects and does not listen
    if (transport === "udp" || steps[0]?.startsWith("<recv")) await program.listensOn(options.port, START, transport);
    return sipp;
  }

  #file(name: string): string {
    const path = join(this.#folder, name);
    return existsSync(path) ? readFileSync(path, "latin1") : "";
  }

  /** Why a call did not go as the script says. */
  get #errors(): string {
    return `SIPp: ${this.#file("errors")}\n${this.#file("messages").slice(-12000)}`;
  }

  /** What the script has written with <log>. */
  get log(): string {
    return this.#file("log");
  }

  async #stop(): Promise<void> {
    await this.#program.stop();
    if (!this.#hasSucceeded) console.error(this.#errors);
  }

  /** Every call went as the script says. */
  async succeeds(): Promise<void> {
    const code = await this.#program.ends(this.#longest * 1000);
    assert.equal(code, 0, this.#errors);
    this.#hasSucceeded = true;
  }
}
