// The line card's reference program (boards/slic/serial-card), built by gcc on the spot, as the peer of host/phone/serial-card.ts: in
// lock-step with a virtual clock over a wire that a test may spoil, or as a program of its own on a real pseudo-terminal.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { projectRoot } from "../../host/paths.ts";
import type { CardWire, CardWireEvents, OpenCardWire } from "../../host/phone/card-wire.ts";
import { within } from "./deadline.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export const CARD_SOURCES = join(projectRoot, "boards/slic/serial-card");
const FOLDER = join(projectRoot, "build/peers");
const CORE = ["card.c", "frame.c", "g711.c"];
const PROGRAMS = {
  card: { sources: [...CORE, "simulator/main.c", "simulator/phone.c"], flags: ["-O2"] },
  garbage: {
    sources: ["card.c", "frame.c", "simulator/garbage.c"],
    flags: ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
  },
} as const;

export const STRICT = ["-std=c11", "-Wall", "-Wextra", "-Werror"];
/** The card's clock begins here, µs: five seconds before it wraps around. */
const START = 2 ** 32 - 5_000_000;
const TICK = 5;
/** Bytes that wait in a serial port. */
const MOST_BACKLOG = 4096;
const PATIENCE = 15_000;

/** Why tests of the card cannot run here; false where they can. In CI they must. */
export function cardSkip(): string | false {
  if (process.env.CI === "true" || spawnSync("gcc", ["--version"], { stdio: "ignore" }).status === 0) return false;
  return "gcc is not installed (apt-get install gcc libc6-dev)";
}

/** The path of one of the programs. */
export function buildCard(name: keyof typeof PROGRAMS): string {
  const program = join(FOLDER, `line-${name}`);
  const { sources, flags } = PROGRAMS[name];
  const files = [...sources, "card.h", "frame.h", "g711.h", "simulator/phone.h"].map((file) =>
    join(CARD_SOURCES, file),
  );
  const changed = Math.max(...files.map((path) => statSync(path).mtimeMs));
  if (existsSync(program) && statSync(program).mtimeMs > changed) return program;
  mkdirSync(FOLDER, { recursive: true });
  // Test files run side by side: each builds its own and puts it in place in one step.
  const fresh = `${program}.${process.pid}`;
  compile(["gcc", ...STRICT, ...flags, "-o", fresh, ...sources.map((file) => join(CARD_SOURCES, file)), "-lm"]);
  renameSync(fresh, program);
  return program;
}

/** Runs a compiler; throws what it said when it is not content. */
export function compile([program = "", ...words]: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${words.join(" ")}: ${error?.message ?? stderr}`);
}

/** The program in lock-step: an answer to every line before anything else happens. */
export class StepCard {
  readonly #child: ChildProcess;
  readonly #directory = mkdtempSync(join(tmpdir(), "tipring-card-"));
  readonly #commands: number;
  readonly #answers: number;
  readonly #buffer = Buffer.alloc(65536);
  #text = "";

  constructor(ports = 1) {
    const [commands, answers] = [join(this.#directory, "commands"), join(this.#directory, "answers")];
    compile(["mkfifo", commands, answers]);
    const script = 'exec "$1" step "$2" <"$3" >"$4"';
    const words = ["-c", script, "sh", buildCard("card"), `${ports}`, commands, answers];
    this.#child = spawn("sh", words, { stdio: ["ignore", "ignore", "inherit"] });
    this.#commands = openSync(commands, "w");
    this.#answers = openSync(answers, "r");
  }

  /** What the card does then, a line each. */
  tell(command: string): string[] {
    writeSync(this.#commands, `${command}\n`);
    while (!/(^|\n)\.\n$/.test(this.#text)) {
      const count = readSync(this.#answers, this.#buffer);
      if (count === 0) throw new Error(`the card ended at "${command}"`);
      this.#text += this.#buffer.toString("latin1", 0, count);
    }
    const lines = this.#text.split("\n").slice(0, -2);
    this.#text = "";
    return lines;
  }

  close(): void {
    closeSync(this.#commands);
    closeSync(this.#answers);
    this.#child.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** What becomes of bytes on their way: chunks, each with how much later than usual it comes, ms. */
export type Spoil = (bytes: Buffer) => readonly { bytes: Buffer; late: number }[];

export interface VirtualCardOptions {
  ports?: number;
  baudRate?: number;
  /** By how many parts in a million the card's clock is fast. */
  ppm?: number;
  /** Both ways; may be set later. */
  spoil?: Spoil;
}

/** The card on a virtual clock, at the end of a wire that takes its time. */
export class VirtualCard {
  /** What it did, in order: `ring 0 on 250`. */
  readonly deeds: { at: number; what: string }[] = [];
  /** Bytes that went to the card and came from it. */
  down = 0;
  up = 0;
  spoil: Spoil | undefined;
  isPlugged = true;
  readonly #clock: VirtualClock;
  readonly #rate: number;
  readonly #byteTime: number;
  readonly #ports: number;
  #card: StepCard;
  #events: CardWireEvents | undefined;
  #downFree = 0;
  #upFree = 0;
  #backlog = 0;
  #timer: unknown;

  constructor(t: Pick<TestContext, "after">, clock: VirtualClock, options: VirtualCardOptions = {}) {
    this.#clock = clock;
    this.#rate = 1 + (options.ppm ?? 0) / 1e6;
    this.#byteTime = 10_000 / (options.baudRate ?? 115_200);
    this.#ports = options.ports ?? 1;
    this.spoil = options.spoil;
    this.#card = new StepCard(this.#ports);
    t.after(() => {
      clock.clearTimeout(this.#timer);
      this.#card.close();
    });
    this.#tick();
  }

  readonly open: OpenCardWire = async (events) => {
    if (!this.isPlugged) throw new Error("no such device");
    this.#events = events;
    let isOpen = true;
    return {
      write: (bytes) => {
        if (!isOpen || this.#backlog > MOST_BACKLOG) return false;
        this.#carryDown(bytes);
        return true;
      },
      close: () => {
        isOpen = false;
        if (this.#events === events) this.#events = undefined;
      },
    } satisfies CardWire;
  };

  /** What its phone does: `hook 0 off`, `dial 0 5`. */
  tell(command: string): void {
    this.#now();
    this.#take(this.#card.tell(command));
    this.#now();
  }

  unplug(): void {
    this.isPlugged = false;
    const events = this.#events;
    this.#events = undefined;
    events?.lost("the device has gone");
  }

  plug(): void {
    this.isPlugged = true;
    this.restart();
  }

  /** Its power fails for a moment. */
  restart(): void {
    this.#card.close();
    this.#card = new StepCard(this.#ports);
    this.#now();
  }

  did(pattern: RegExp): number[] {
    return this.deeds.filter(({ what }) => pattern.test(what)).map(({ at }) => at);
  }

  readonly #tick = (): void => {
    this.#now();
    this.#timer = this.#clock.setTimeout(this.#tick, TICK);
  };

  #now(): void {
    this.#take(this.#card.tell(`now ${Math.round(START + this.#clock.now() * 1000 * this.#rate)}`));
  }

  #take(lines: readonly string[]): void {
    for (const line of lines) {
      if (line.startsWith("tx ")) this.#carryUp(Buffer.from(line.slice(3), "hex"));
      else this.deeds.push({ at: this.#clock.now(), what: line });
    }
  }

  #carryDown(bytes: Uint8Array): void {
    this.down += bytes.length;
    this.#backlog += bytes.length;
    this.#downFree = Math.max(this.#downFree, this.#clock.now()) + bytes.length * this.#byteTime;
    const copy = Buffer.from(bytes);
    this.#at(this.#downFree, () => {
      this.#backlog -= copy.length;
    });
    for (const { bytes: chunk, late } of this.#spoilt(copy))
      this.#at(this.#downFree + late, () => {
        if (!this.isPlugged || chunk.length === 0) return;
        this.#now();
        this.#take(this.#card.tell(`rx ${chunk.toString("hex")}`));
      });
  }

  #carryUp(bytes: Buffer): void {
    this.up += bytes.length;
    this.#upFree = Math.max(this.#upFree, this.#clock.now()) + bytes.length * this.#byteTime;
    for (const { bytes: chunk, late } of this.#spoilt(bytes))
      this.#at(this.#upFree + late, () => this.#events?.received(chunk));
  }

  #spoilt(bytes: Buffer): readonly { bytes: Buffer; late: number }[] {
    return this.spoil ? this.spoil(bytes) : [{ bytes, late: 0 }];
  }

  #at(time: number, callback: () => void): void {
    this.#clock.setTimeout(callback, time - this.#clock.now());
  }
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** The program on a pseudo-terminal, on real time. */
export class PtyCard {
  readonly path: string;
  /** The pseudo-terminal itself, to which `path` leads. */
  device = "";
  readonly folder = mkdtempSync(join(tmpdir(), "tipring-card-"));
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = "";
  #look = () => {};

  private constructor(ports: number, ppm: number) {
    this.path = join(this.folder, "card");
    const child = spawn(buildCard("card"), ["pty", this.path, `${ports}`, `${ppm}`], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child = child;
    running.add(child);
    child.stdin.on("error", () => {});
    child.stdout.setEncoding("latin1").on("data", (text: string) => {
      this.#said += text;
      this.#look();
    });
    this.#ended = new Promise((resolve) => child.once("close", resolve));
  }

  static async start(t: Pick<TestContext, "after">, { ports = 1, ppm = 0 } = {}): Promise<PtyCard> {
    const card = new PtyCard(ports, ppm);
    t.after(() => card.#stop());
    card.device = (await card.says(/plugged (\S+)\n/))[1]!;
    return card;
  }

  tell(command: string): void {
    this.#child.stdin!.write(`${command}\n`);
  }

  /** Resolves when it has said that since the last call; what it said before is forgotten. */
  async says(pattern: RegExp, limit = PATIENCE): Promise<RegExpExecArray> {
    const said = new Promise<RegExpExecArray>((resolve) => {
      this.#look = () => {
        const match = pattern.exec(this.#said);
        if (!match) return;
        this.#said = this.#said.slice(match.index + match[0].length);
        this.#look = () => {};
        resolve(match);
      };
      this.#look();
    });
    return within(said, limit, () => `the card saying ${pattern}; it said ${this.#said}`);
  }

  async #stop(): Promise<void> {
    this.#child.stdin!.end();
    this.#child.kill("SIGTERM");
    await this.#ended;
    running.delete(this.#child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
