// A pair of pseudo-terminals joined back to back by socat: a serial cable without hardware.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { within } from "./deadline.ts";

const START_LIMIT = 5000;

/** Why pty tests cannot run here; false where they can. In CI they must. */
export function ptySkip(): string | false {
  if (spawnSync("socat", ["-V"]).status === 0) return false;
  if (process.env.CI === "true") throw new Error("socat is missing: apt-get install socat");
  return "socat is not installed (apt-get install socat)";
}

export class PtyPair {
  readonly #directory = mkdtempSync(join(tmpdir(), "tipring-pty-"));
  readonly near = join(this.#directory, "near");
  readonly far = join(this.#directory, "far");
  #socat: ChildProcess | undefined;

  /** Lays the cable; both paths exist when it resolves. */
  async connect(): Promise<void> {
    const socat = spawn("socat", ["-d", "-d", `pty,raw,echo=0,link=${this.near}`, `pty,raw,echo=0,link=${this.far}`], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#socat = socat;
    let said = "";
    const ready = new Promise<void>((resolve, reject) => {
      socat.once("error", reject);
      socat.stderr!.on("data", (chunk: Buffer) => {
        said += chunk;
        if (said.includes("starting data transfer loop")) resolve();
      });
    });
    await within(ready, START_LIMIT, () => `socat to start: ${said}`);
  }

  /** Pulls the cable: both ends vanish. */
  async disconnect(): Promise<void> {
    const socat = this.#socat;
    this.#socat = undefined;
    if (!socat || socat.exitCode !== null) return;
    const gone = new Promise((resolve) => socat.once("exit", resolve));
    socat.kill();
    await within(gone, START_LIMIT, "socat to end");
  }

  async close(): Promise<void> {
    await this.disconnect();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
