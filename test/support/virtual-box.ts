// A whole box on virtual time: adapter, server and telephones as in life, over a network in memory, every random number from one seed.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../host/adapter-abi.ts";
import { type BoxOptions, TelephoneBox } from "../../host/box.ts";
import { loadBoard } from "../../host/config/board.ts";
import { ConfigStore } from "../../host/config/store.ts";
import type { OpenUdp } from "../../host/net/udp.ts";
import { projectRoot } from "../../host/paths.ts";
import { type CallToneName, callTones } from "../../host/phone/call-tones.ts";
import type { Telephone } from "../../host/phone/telephone.ts";
import { SeededRandom } from "../../host/random.ts";
import { MemoryFiles } from "./memory-files.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { VirtualNames, type Zone } from "./virtual-names.ts";
import { VirtualNetwork, type Wire } from "./virtual-network.ts";

export const BUILDS = ["debug", "release"] as const;
export type Build = (typeof BUILDS)[number];
export type ReportName = keyof typeof Report;

/** The bytes of a module as it was built. */
export function builtModule(name: "adapter" | "server", build: Build): Uint8Array<ArrayBuffer> {
  const file = build === "debug" ? `${name}.debug.wasm` : `${name}.wasm`;
  return new Uint8Array(readFileSync(join(projectRoot, "build", file)));
}

export interface VirtualBoxOptions {
  seed?: number;
  build?: Build;
  wire?: VirtualNetwork["wire"];
  /** Telephones: 101, 102 and so on. The line after them is the echo test, 600. */
  phones?: number;
  /** TOML keys for a telephone's line, counted from 1. */
  keys?: (line: number) => string;
  /** The server, at 127.0.0.1:5060, is part of the box. */
  hasServer?: boolean;
  /** Telephones that the server expects in another box: 201 and so on. */
  guests?: number;
  /** The box whose clock, network and server this one shares: a second adapter, at 127.0.0.2, without an echo test. */
  beside?: VirtualBox;
  /** Password that the server knows of a user. */
  serverPassword?: (user: string) => string;
  /** What host/config/identity.ts keeps; none when left out. */
  identity?: string;
  /** Of all lines; the server at 127.0.0.1:5060 when left out. */
  registrar?: string;
  /** How all lines speak to it. */
  transport?: "udp" | "tcp" | "tls";
  /** What the name server knows. */
  zone?: Zone;
  /** TOML keys for [sip] and [server]. */
  sip?: string;
  /** TOML keys for [system]. */
  system?: string;
  server?: string;
  /** Between its sockets and the network; the network itself when left out. */
  openUdp?: (network: VirtualNetwork) => OpenUdp;
  /** Folder for recordings of both cores. */
  recordings?: string;
}

export interface Reported {
  at: number;
  /** Counted from 1; 0 is the whole adapter. */
  line: number;
  report: number;
  text: string;
  value: number;
}

const ECHO = "600";
/** Promises that wait for the clock get their turn at least so often, ms. */
const STEP = 5;
const passwordOf = (user: string): string => `password-of-${user}`;

const extensions = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${first + index}`);

function configText(options: VirtualBoxOptions): string {
  const {
    phones = 2,
    guests = 0,
    keys = () => "",
    registrar = "127.0.0.1:5060",
    transport = "auto",
    beside,
    serverPassword = passwordOf,
  } = options;
  const hasServer = !beside && (options.hasServer ?? true);
  const users = extensions(beside ? 201 : 101, phones);
  const account = (user: string) => `[[server.user]]\nname = "${user}"\npassword = "${serverPassword(user)}"\n`;
  const line = (user: string, phone: string, more: string) =>
    `[[line]]\nuser = "${user}"\nphone = "${phone}"\npassword = "${passwordOf(user)}"\nregistrar = "${registrar}"\n` +
    `transport = "${transport}"\n` +
    `dial_plan = "([1-7]xx|[089]x.|*xx.)"\n${more}\n`;
  return [
    `[system]\n${options.system ?? ""}\n`,
    `[sip]\nbind = "${beside ? "127.0.0.2" : "127.0.0.1"}"\n${options.sip ?? ""}\n`,
    `[server]\nenabled = ${hasServer}\nport = 5060\n${options.server ?? ""}\n`,
    ...[...users, ECHO, ...extensions(201, guests)].map(account),
    ...users.map((user, index) => line(user, "socket", keys(index + 1))),
    ...(beside ? [] : [line(ECHO, "echo", "")]),
  ].join("\n");
}

export class VirtualBox {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly names: VirtualNames;
  readonly random: SeededRandom;
  readonly seed: number;
  /** Everything that the adapter's core has reported, in order. */
  readonly reports: Reported[] = [];
  #box: TelephoneBox | undefined;

  private constructor(options: VirtualBoxOptions) {
    const { beside } = options;
    this.seed = options.seed ?? beside?.seed ?? 1;
    this.clock = beside?.clock ?? new VirtualClock();
    this.names = beside?.names ?? new VirtualNames(this.clock, options.zone);
    this.random = beside?.random ?? new SeededRandom(this.seed);
    this.network = beside?.network ?? new VirtualNetwork(this.clock, this.random.bits(), options.wire);
  }

  /** Starts a box; every line has sent its first REGISTER, none is answered yet. */
  static async start(options: VirtualBoxOptions = {}): Promise<VirtualBox> {
    const virtual = new VirtualBox(options);
    const path = "/tipring/tipring.toml";
    const store = await ConfigStore.load(path, { files: new MemoryFiles({ [path]: configText(options) }) });
    virtual.#box = await TelephoneBox.start({
      board: loadBoard("simulator"),
      store,
      clock: virtual.clock,
      openUdp: options.openUdp?.(virtual.network) ?? virtual.network.open,
      openStreams: virtual.network.streams.open,
      seed: virtual.freshSeed,
      sleep: undefined,
      identity: options.identity,
      resolver: virtual.names,
      wasm: (name) => builtModule(name, options.build ?? "release"),
      recordings: options.recordings === undefined ? undefined : { directory: options.recordings },
      onReport: (line, report, text, value) =>
        virtual.reports.push({ at: virtual.clock.now(), line: line + 1, report, text, value }),
    } satisfies BoxOptions);
    return virtual;
  }

  /** The same, and every line is registered. */
  static async startRegistered(options: VirtualBoxOptions = {}): Promise<VirtualBox> {
    const virtual = await VirtualBox.start(options);
    virtual.until(() => virtual.areAllRegistered, 120_000, "the registration of every line");
    return virtual;
  }

  get box(): TelephoneBox {
    if (!this.#box) throw new Error("the box is not started");
    return this.#box;
  }

  /** 32 bytes for a core. */
  readonly freshSeed = (): Uint8Array => Uint8Array.from({ length: 32 }, () => this.random.bits() >>> 24);

  get areAllRegistered(): boolean {
    return this.box.lines().every(({ registered }) => registered);
  }

  phone(line: number): Telephone {
    return this.box.telephone(line);
  }

  /** Lets time pass until the promise is settled. */
  async run<T>(promise: Promise<T>, limit = 60_000): Promise<T> {
    const end = this.clock.now() + limit;
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    await turn();
    while (!isSettled) {
      if (this.clock.now() >= end) throw new Error(`nothing came of it within ${limit} ms (seed ${this.seed})`);
      this.clock.advance(STEP);
      await turn();
    }
    return promise;
  }

  async pass(duration: number): Promise<void> {
    const end = this.clock.now() + duration;
    while (this.clock.now() < end) {
      this.clock.advance(Math.min(STEP, end - this.clock.now()));
      await turn();
    }
  }

  /** Lets time pass, deadline by deadline, until `condition` holds. For what no promise waits for. */
  until(condition: () => boolean, limit: number, what: string): void {
    this.clock.until(condition, limit, `${what} (seed ${this.seed})`);
  }

  // What people do

  /** Lifts and waits for dial tone. */
  async lift(line: number): Promise<void> {
    this.phone(line).lift();
    await this.hears(line, "dial");
  }

  async dial(line: number, digits: string): Promise<void> {
    if (!(await this.run(this.phone(line).dial(digits)))) throw new Error(`phone ${line} was hung up while dialling`);
  }

  /** Lifts, waits for dial tone, dials. */
  async call(line: number, digits: string): Promise<void> {
    await this.lift(line);
    await this.dial(line, digits);
  }

  /** A call that is up: `caller` has dialled, `called` has answered. */
  async connect(caller: number, called: number): Promise<void> {
    await this.call(caller, `${100 + called}`);
    await this.rings(called);
    this.phone(called).lift();
    this.until(() => this.isTalking(caller) && this.isTalking(called), 5000, "the answer");
  }

  /** Waits until the phone's ear has recognised a tone of its line's country. */
  async hears(line: number, tone: CallToneName, limit = 20_000): Promise<void> {
    const { country = "US" } = this.box.config.running.line[line - 1] ?? {};
    await this.run(this.phone(line).waitForTone(callTones(country)[tone], limit, `${tone} tone`), limit + STEP);
  }

  async rings(line: number, limit = 10_000): Promise<void> {
    await this.run(this.phone(line).waitForRing(limit), limit + STEP);
  }

  // What can be seen

  state(line: number): string {
    return this.box.lines()[line - 1]?.state ?? "none";
  }

  isTalking(line: number): boolean {
    return this.box.adapter.call(line - 1)?.state === "active";
  }

  /** Reports of one kind about one line. */
  reported(line: number, report: number): Reported[] {
    return this.reports.filter((each) => each.line === line && each.report === report);
  }

  /** Log entries of a line or a part: `line 1`, `sip`, `server`. */
  logged(area: string): string[] {
    return this.box.log
      .recent(1000)
      .filter((entry) => entry.area === area)
      .map(({ level, message }) => `${level}: ${message}`);
  }

  /** What is in use in both cores, by name. */
  inUse(): Record<string, number> {
    const { adapter, sipServer } = this.box;
    const figures: Record<string, number> = {};
    for (const name of ["sessionsUsed", "transactionsUsed", "buffersUsed"])
      figures[`adapter ${name}`] = adapter.core.figure(name);
    for (const name of ["forwardingsUsed", "transactionsUsed", "buffersUsed"])
      if (sipServer) figures[`server ${name}`] = sipServer.core.figure(name);
    for (const { line, state } of this.box.lines()) {
      figures[`line ${line} ${state}`] = state === "idle" ? 0 : 1;
      figures[`line ${line} sound`] = adapter.soundClock.isActive(line - 1) ? 1 : 0;
    }
    for (const { line, state } of this.box.calls()) figures[`line ${line} call ${state}`] = 1;
    return figures;
  }

  /** What is in use though nothing should be. */
  leftOver(): string[] {
    return Object.entries(this.inUse()).flatMap(([name, count]) => (count === 0 ? [] : [`${name}: ${count}`]));
  }

  async stop(): Promise<void> {
    await this.run(this.box.stop());
  }
}

/** Every promise that can go on does. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export type { Wire };
