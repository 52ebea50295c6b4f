// A server and two adapters with people at their phones, on virtual time and without a host: what the datagrams of test/fuzz are
// thrown at. Each input's actions are seen apart from those of timers.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { CALL_STATES, EndpointSetting, LINE_STATES, LineReportAt } from "../../host/adapter-abi.ts";
import { configureLine } from "../../host/adapter-settings.ts";
import { checkConfig } from "../../host/config/check.ts";
import type { Config } from "../../host/config/types.ts";
import { type Action, ActionKind, Core } from "../../host/core.ts";
import { addressOf, flowOf, portOf, Transport, transportOf } from "../../host/endpoint.ts";
import { Recorder } from "../../host/recorder.ts";
import { configureServer } from "../../host/server-abi.ts";
import type { Dice } from "./dice.ts";
import { type Plan, Schedule } from "./schedule.ts";
import { type Build, builtModule } from "./virtual-box.ts";

export const SERVER = "127.0.0.1";
export const VICTIM = "127.0.0.2";
export const OTHER = "127.0.0.3";
const SERVER_PORT = 5060;
const ADAPTER_PORT = 5062;
const RTP_PORT = 16384;
/** One way, ms. */
const DELAY = 1;
/** Messages that were seen lately, to be damaged and sent again. */
const OVERHEARD = 96;
const LINES = 4;

export const passwordOf = (user: string): string => `password-of-${user}`;

function configOf(address: string, firstUser: number): Config {
  const users = Array.from({ length: LINES }, (_, index) => `${firstUser + index}`);
  const line = (user: string): string =>
    `[[line]]\nuser = "${user}"\nphone = "socket"\npassword = "${passwordOf(user)}"\nregistrar = "${SERVER}:${SERVER_PORT}"\n` +
    'domain = "127.0.0.1"\nring_timeout = 300\ndial_plan = "[1-7]xx"\n' +
    `srtp = "${user.endsWith("2") ? "optional" : "off"}"\n`;
  const account = (user: number): string =>
    `[[server.user]]\nname = "${user}"\npassword = "${passwordOf(`${user}`)}"\n`;
  const accounts = [101, 102, 103, 104, 201, 202, 203, 204].map(account).join("");
  const text = `[sip]\nbind = "${address}"\nport = ${ADAPTER_PORT}\nrtp_port = ${RTP_PORT}\n[server]\nenabled = ${address === SERVER}\nport = ${SERVER_PORT}\n${accounts}${users.map(line).join("")}`;
  const { config, problems } = checkConfig(text);
  if (!config) throw new Error(`the site's configuration: ${JSON.stringify(problems)}`);
  return config;
}

/** What one input has caused, timers that were due apart. */
export interface Outcome {
  sent: { to: string; bytes: Uint8Array }[];
  /** Orders to a line: ring, audio and the like. */
  lineOrders: number;
}

/** A core with its place in the network. */
export class Element {
  readonly core: Core;
  readonly address: string;
  readonly port: number;
  /** `127.0.0.1:5060`. */
  readonly place: string;
  readonly name: "adapter" | "server";
  readonly #site: Site;
  #timer: Plan | undefined;
  #outcome: Outcome = { sent: [], lineOrders: 0 };
  readonly #flows = new Map<number, { address: string; port: number }>();
  #lastFlow = 0;

  constructor(site: Site, name: "adapter" | "server", address: string, core: Core) {
    this.#site = site;
    this.name = name;
    this.address = address;
    this.port = name === "server" ? SERVER_PORT : ADAPTER_PORT;
    this.place = `${address}:${this.port}`;
    this.core = core;
  }

  readonly #carryOut = (action: Action): void => {
    const { kind } = action;
    if (kind === ActionKind.SendSip) {
      const to = `${addressOf(action.endpoint, 0)}:${portOf(action.endpoint, 0)}`;
      const bytes = action.payload.slice();
      this.#outcome.sent.push({ to, bytes });
      if (transportOf(action.endpoint, 0) === Transport.Udp) this.#site.carry(this, to, bytes);
      else this.#stream(action, bytes);
    } else if (kind === ActionKind.SendRtp || kind === ActionKind.SendRtcp) {
      const to = addressOf(action.endpoint, 0);
      this.#site.carryMedia(this, action.line, to, portOf(action.endpoint, 0), action.payload.slice());
    } else if (kind === ActionKind.Report)
      this.#site.onReport(this, action.line, action.code, Buffer.from(action.payload).toString("latin1"));
    else if (kind === ActionKind.CloseFlow) this.close(flowOf(action.endpoint, 0));
    else if (kind <= ActionKind.SetLoopCurrent) this.#outcome.lineOrders++;
  };

  /** Nobody listens for connections at this site: only those that are open carry anything. */
  #stream({ endpoint }: Action, bytes: Uint8Array): void {
    const flow = flowOf(endpoint, 0);
    if (this.#flows.has(flow)) return;
    const [address, port, transport] = [addressOf(endpoint, 0), portOf(endpoint, 0), transportOf(endpoint, 0)];
    this.#site.schedule.after(DELAY, () =>
      this.give(() => this.core.handleSendFailure(bytes, address, port, transport, flow, this.#site.schedule.now)),
    );
  }

  /** A connection that somebody has opened. */
  open(address: string, port: number): number {
    const flow = ++this.#lastFlow;
    this.#flows.set(flow, { address, port });
    return flow;
  }

  isOpen(flow: number): boolean {
    return this.#flows.has(flow);
  }

  /** A chunk of a connection, as often as the core wants to see what it has not yet taken of it. */
  receiveStream(flow: number, chunk: Uint8Array): Outcome[] {
    const outcomes: Outcome[] = [];
    for (let at = 0; at < chunk.length; ) {
      const peer = this.#flows.get(flow);
      if (!peer) break;
      let taken = 0;
      const left = chunk.length - at;
      outcomes.push(
        this.give(() => {
          const { now } = this.#site.schedule;
          taken = this.core.handleStream(chunk.subarray(at), peer.address, peer.port, Transport.Tcp, flow, now);
        }),
      );
      if (taken < 1 || taken > left) throw new Error(`of ${left} bytes of a connection the core takes ${taken}`);
      at += taken;
    }
    return outcomes;
  }

  /** A connection ends. The core is told once it is done with what it does. */
  close(flow: number): void {
    const peer = this.#flows.get(flow);
    this.#flows.delete(flow);
    if (!peer) return;
    this.#site.schedule.after(0, () =>
      this.give(() =>
        this.core.handleFlowClosed(peer.address, peer.port, Transport.Tcp, flow, this.#site.schedule.now),
      ),
    );
  }

  give(input: () => void): Outcome {
    const outcome: Outcome = { sent: [], lineOrders: 0 };
    this.#outcome = outcome;
    input();
    this.core.drain(this.#carryOut);
    this.#outcome = { sent: [], lineOrders: 0 };
    this.#runDue();
    return outcome;
  }

  #runDue(): void {
    const { schedule } = this.#site;
    while (this.core.nextTimeout <= schedule.now) {
      this.core.handleTimeout(schedule.now);
      this.core.drain(this.#carryOut);
    }
    const at = this.core.nextTimeout;
    if (this.#timer?.act && this.#timer.at === at) return;
    schedule.cancel(this.#timer);
    this.#timer = at === Number.POSITIVE_INFINITY ? undefined : schedule.at(at, () => this.#runDue());
  }

  receive(bytes: Uint8Array, from: string, port: number): Outcome {
    return this.give(() =>
      this.core.handleDatagram(bytes, bytes.length, from, port, Transport.Udp, this.#site.schedule.now),
    );
  }

  // Lines, counted from 0

  hook(line: number, isClosed: boolean): void {
    const { now } = this.#site.schedule;
    this.give(() => this.core.handleLoop(line, isClosed, now, now));
  }

  isOffHook(line: number): boolean {
    return this.core.report("lineReport", line)?.i32(LineReportAt.isOffHook) === 1;
  }

  lineState(line: number): string {
    return LINE_STATES[this.core.report("lineReport", line)?.i32(LineReportAt.lineState) ?? 0] as string;
  }

  callState(line: number): string {
    return CALL_STATES[this.core.report("lineReport", line)?.i32(LineReportAt.callState) ?? 0] as string;
  }

  /** Lifts and dials by pulses: 60 ms open, 40 ms closed. Returns when it will have been done. */
  dial(line: number, digits: string): number {
    const { schedule } = this.#site;
    let at = schedule.now;
    const edge = (isClosed: boolean, delay: number): void => {
      at += delay;
      schedule.at(at, () => this.hook(line, isClosed));
    };
    edge(true, 0);
    at += 500;
    for (const digit of digits) {
      for (let pulse = Number(digit) || 10; pulse > 0; pulse--) {
        edge(false, 60);
        edge(true, 40);
      }
      at += 900;
    }
    return at;
  }

  frame(line: number): void {
    const { now } = this.#site.schedule;
    this.give(() => this.core.handleFrame(line, now));
  }

  isRegistered(line: number): boolean {
    const until = this.core.report("lineReport", line)?.f64(LineReportAt.registeredUntil) ?? 0;
    return until > this.#site.schedule.now;
  }

  get used(): Record<string, number> {
    const names =
      this.name === "server"
        ? ["transactionsUsed", "buffersUsed", "forwardingsUsed", "bindingCount"]
        : ["transactionsUsed", "buffersUsed", "sessionsUsed"];
    return Object.fromEntries(names.map((name) => [`${this.address} ${name}`, this.core.figure(name)]));
  }
}

/** Both modules, as they were built or otherwise. */
export type Modules = Readonly<Record<"adapter" | "server", Uint8Array<ArrayBuffer>>>;

const builtModules: Record<Build, Modules> = {
  debug: { adapter: builtModule("adapter", "debug"), server: builtModule("server", "debug") },
  release: { adapter: builtModule("adapter", "release"), server: builtModule("server", "release") },
};

/** Compiled once, by module and address; reset() makes them as new. */
const cores = new Map<Uint8Array, Map<string, Core>>();

function coreOf(name: "adapter" | "server", address: string, modules: Modules, recordings: string | undefined): Core {
  const make = (): Core => new Core(modules[name], `${name}.wasm`, name === "adapter" ? 8 : 0);
  if (recordings !== undefined) return make();
  const known = cores.get(modules[name]) ?? new Map<string, Core>();
  cores.set(modules[name], known);
  const core = known.get(address) ?? make();
  known.set(address, core);
  return core;
}

/** One of them has failed: it is of no more use. */
export function forgetCores(): void {
  cores.clear();
}

const configs = new Map<string, Config>();

function configureLines(core: Core, config: Config): string[] {
  core.configureEndpoint(EndpointSetting.Signalling, 0, config.sip.bind, ADAPTER_PORT);
  return config.line.flatMap((_, line) => {
    core.configureEndpoint(EndpointSetting.Hop, line, SERVER, SERVER_PORT);
    return configureLine(core, config, line);
  });
}

export class Site {
  readonly schedule = new Schedule();
  readonly server: Element;
  readonly victim: Element;
  readonly other: Element;
  /** Overheard between the server and the phones that are under attack; never what belongs to a call that must come about. */
  readonly overheard: { to: Element; bytes: Uint8Array }[] = [];
  readonly media: { isRtcp: boolean; bytes: Uint8Array }[] = [];
  /** SIP that went to an address where nobody of this site is. */
  onElsewhere: (from: Element, to: string, bytes: Uint8Array) => void = () => {};
  onSip: (from: Element, bytes: Uint8Array) => void = () => {};
  onReport: (from: Element, line: number, report: number, text: string) => void = () => {};
  /** A wire that may change what it carries between the server and the phones under attack, and where that seems to come from. */
  onWire: (bytes: Uint8Array, from: Element) => { bytes: Uint8Array; from: string } = (bytes, from) => ({
    bytes,
    from: from.address,
  });
  readonly #elements: readonly Element[];
  readonly #recorders: Recorder[] = [];
  #next = 0;
  #nextMedia = 0;

  /** With `recordings`, each core's recording is kept for save(). `prepare` is called before the first registration. */
  constructor(dice: Dice, build: Build | Modules, recordings?: string, prepare: (site: Site) => void = () => {}) {
    const modules = typeof build === "string" ? builtModules[build] : build;
    if (recordings !== undefined && !existsSync(recordings)) mkdirSync(recordings, { recursive: true });
    const element = (name: "adapter" | "server", address: string, firstUser: number): Element => {
      const core = coreOf(name, address, modules, recordings);
      core.observer = undefined;
      if (recordings !== undefined)
        this.#recorders.push(new Recorder(core, name, 0, { path: join(recordings, `${name}-${address}.tipring`) }));
      core.reset(dice.coreSeed(), 0);
      const config = configs.get(address) ?? configOf(address, firstUser);
      configs.set(address, config);
      const problems = name === "server" ? configureServer(core, config) : configureLines(core, config);
      if (problems.length > 0) throw new Error(problems.join("; "));
      return new Element(this, name, address, core);
    };
    this.schedule.now = 1000;
    this.server = element("server", SERVER, 900);
    this.victim = element("adapter", VICTIM, 101);
    this.other = element("adapter", OTHER, 201);
    this.#elements = [this.server, this.victim, this.other];
    prepare(this);
    for (const adapter of [this.victim, this.other]) adapter.give(() => adapter.core.start(this.schedule.now));
    this.pass(2000);
  }

  carry(from: Element, to: string, bytes: Uint8Array): void {
    this.onSip(from, bytes);
    const target = this.#elements.find(({ place }) => to === place);
    if (!target) {
      this.onElsewhere(from, to, bytes);
      return;
    }
    let carried = { bytes, from: from.address };
    if (from !== this.other && target !== this.other && !isUntouchable(bytes)) {
      this.overheard[this.#next++ % OVERHEARD] = { to: target, bytes };
      carried = this.onWire(bytes, from);
    }
    this.schedule.after(DELAY, () => target.receive(carried.bytes, carried.from, from.port));
  }

  carryMedia(from: Element, line: number, to: string, port: number, bytes: Uint8Array): void {
    const target = this.#elements.find(({ address }) => to === address);
    const isRtcp = port % 2 === 1;
    if (!target || target === this.server || port < RTP_PORT || port >= RTP_PORT + 2 * LINES) return;
    if (target === this.victim) this.media[this.#nextMedia++ % OVERHEARD] = { isRtcp, bytes };
    const [lineThere, portHere] = [(port - RTP_PORT) >> 1, RTP_PORT + 2 * line + (isRtcp ? 1 : 0)];
    this.schedule.after(DELAY, () => this.receiveMedia(target, lineThere, isRtcp, bytes, from.address, portHere));
  }

  receiveMedia(to: Element, line: number, isRtcp: boolean, bytes: Uint8Array, from: string, port: number): Outcome {
    const { core } = to;
    const { now } = this.schedule;
    return to.give(() => {
      if (isRtcp) core.handleRtcp(line, bytes, bytes.length, from, port, now);
      else core.handleRtp(line, bytes, bytes.length, from, port, now);
    });
  }

  pass(duration: number): void {
    this.schedule.runUntil(this.schedule.now + duration);
  }

  get used(): Record<string, number> {
    return { ...this.server.used, ...this.victim.used, ...this.other.used };
  }

  /** Everybody hangs up and un-registers; all that waits for an end gets it. Returns what is left though nothing should be. */
  quiet(): string[] {
    const adapters = [this.victim, this.other];
    this.pass(10_000); // whoever dials has done so
    for (const adapter of adapters) for (let line = 0; line < LINES; line++) adapter.hook(line, false);
    this.pass(60_000);
    for (const adapter of adapters) adapter.give(() => adapter.core.stop(this.schedule.now));
    this.pass(2 * 3600_000);
    const left = Object.entries(this.used).flatMap(([name, count]) => (count === 0 ? [] : [`${name}: ${count}`]));
    for (const adapter of adapters)
      for (let line = 0; line < LINES; line++)
        if (adapter.lineState(line) !== "idle" || adapter.callState(line) !== "idle")
          left.push(`${adapter.address} line ${line}: ${adapter.lineState(line)}, call ${adapter.callState(line)}`);
    return left;
  }

  /** Ends the recordings. */
  save(): string[] {
    for (const recorder of this.#recorders) recorder.close();
    return this.#recorders.map(({ path }) => path as string);
  }
}

/** Of the lines whose calls must come about. */
function isUntouchable(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  return text.includes("103@") || text.includes("203@");
}
