// A whole box: configuration, log, adapter, server, telephones, as the console and the demonstration see it (status.ts).

import { randomBytes } from "node:crypto";
import { Adapter, type AdapterOptions } from "./adapter.ts";
import type { ToneName } from "./adapter-abi.ts";
import { keysInClear } from "./adapter-settings.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Changes, ConfigStore } from "./config/store.ts";
import type { Board, Config, LineConfig } from "./config/types.ts";
import { ABI_VERSION } from "./core.ts";
import { Handset } from "./handset.ts";
import { toneStatus } from "./line-status.ts";
import { Log } from "./log.ts";
import { SipTap } from "./net/sip-tap.ts";
import { type OpenStreams, openStreams } from "./net/streams.ts";
import { type OpenUdp, UdpSocket } from "./net/udp.ts";
import { readModule, version } from "./paths.ts";
import { type BoardWires, openWires } from "./phone/gpio-wires.ts";
import type { PhonePort } from "./phone/port.ts";
import { openPort } from "./phone/ports.ts";
import { SerialCards } from "./phone/serial-cards.ts";
import { SimulatedPort } from "./phone/simulated.ts";
import type { Telephone } from "./phone/telephone.ts";
import { TestedPort } from "./phone/tested-port.ts";
import { type ServerOptions, SipServer } from "./server.ts";
import { openSound } from "./sound/open.ts";
import { sleepExactly } from "./sound/pacer.ts";
import type { PacedOptions } from "./sound/silent.ts";
import { TestedSound } from "./sound/tested-sound.ts";
import type * as status from "./status.ts";
import { type RunningSlots, type SlotsOptions, startSlots } from "./update/slots.ts";
import type { SoundPulse } from "./watchdog.ts";

/** Sections that nothing has to be started anew for. */
const TAKEN_WHEN_NEEDED = ["console", "recorder", "update"];

export interface BoxOptions {
  board: Board;
  store: ConfigStore;
  clock?: Clock;
  openUdp?: OpenUdp;
  openStreams?: OpenStreams;
  /** 32 bytes for a core, or for a telephone's contacts; seeded in tests. */
  seed?: () => Uint8Array;
  /** What makes the contacts of this box its own (config/identity.ts); others at every start when left out. */
  identity?: string | undefined;
  resolver?: AdapterOptions["resolver"];
  /** Waits exactly; sleepExactly when left out. */
  sleep?: PacedOptions["sleep"];
  /** The bytes of a module; those of the build when left out. */
  wasm?: (name: "adapter" | "server") => Uint8Array<ArrayBuffer>;
  /** Where the server keeps who is registered. */
  locations?: ServerOptions["locations"];
  /** Folder for recordings of both cores. */
  recordings?: { directory: string; limit?: number } | undefined;
  onReport?: AdapterOptions["onReport"];
  /** Hardware is out of reach for good, and only a new start helps. */
  onLost?: () => void;
  /** Where the system has two slots. */
  slots?: SlotsOptions | undefined;
  /** The same as onSip(), from the first message on. */
  onSip?: (event: status.SipEvent) => void;
}

export class TelephoneBox implements status.Box {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: ConfigStore;
  readonly #options: BoxOptions;
  readonly #tap: SipTap;
  readonly #sound: TestedSound;
  readonly #cards: SerialCards;
  #wires: BoardWires | undefined;
  readonly #instruments: TestedPort[] = [];
  readonly #handsets: (Handset | undefined)[] = [];
  readonly #startedAt: number;
  #adapter: Adapter | undefined;
  #server: SipServer | undefined;
  #slots: RunningSlots | undefined;
  #restarting: Promise<void> = Promise.resolve();

  private constructor(options: BoxOptions) {
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.config = options.store;
    this.log = new Log(this.clock, { level: options.store.running.system.log_level });
    this.#tap = new SipTap(this.clock, () => this.config.running);
    if (options.onSip) this.#tap.listen(options.onSip);
    const paced = { clock: this.clock, sleep: "sleep" in options ? options.sleep : sleepExactly };
    this.#cards = new SerialCards(this.clock, this.log);
    this.#sound = new TestedSound(openSound(options.board, { ...paced, log: this.log }), this.clock);
    this.#startedAt = this.clock.now();
  }

  static async start(options: BoxOptions): Promise<TelephoneBox> {
    const box = new TelephoneBox(options);
    try {
      await box.#openWires();
      await box.#startServer();
      await box.#startAdapter();
      await box.#startSlots();
    } catch (error) {
      await box.stop();
      throw error;
    }
    for (const note of box.config.notes) box.log.warn("config", note);
    box.config.onCommit((changes) => box.#apply(changes));
    return box;
  }

  get update(): status.UpdateAccess | undefined {
    return this.#slots?.updater;
  }

  get ports(): readonly string[] {
    return this.#options.board.lines.map(({ driver }) => driver);
  }

  get adapter(): Adapter {
    if (!this.#adapter) throw new Error("the adapter is not running");
    return this.#adapter;
  }

  /** False while the adapter could not be started. */
  get isRunning(): boolean {
    return this.#adapter !== undefined;
  }

  /** Undefined when this box runs no server. */
  get sipServer(): SipServer | undefined {
    return this.#server;
  }

  async #startServer(): Promise<void> {
    const config = this.config.running;
    if (!config.server.enabled) return;
    this.#server = await SipServer.start({
      ...this.#shared(config, "server"),
      onSip: this.#tap.server,
      locations: this.#options.locations,
      onRestart: () => this.#adapter?.registerAgain(),
    });
  }

  /** Without its line circuits a box still has a console to find out why, and its other lines. */
  async #openWires(): Promise<void> {
    const lost = (error: Error) => this.log.error("gpio", `no line at a pin works: ${error.message}`);
    const onFailure = (error: Error) => {
      lost(error);
      this.#options.onLost?.();
    };
    this.#wires = await openWires(this.#options.board, { clock: this.clock, onFailure }).catch((error: Error) => {
      lost(error);
      return undefined;
    });
  }

  #warnOfKeys(lines: Iterable<number>): void {
    for (const line of lines) {
      const warning = keysInClear(this.config.running.line[line] as LineConfig);
      if (warning) this.log.warn(`line ${line + 1}`, warning);
    }
  }

  async #startAdapter(): Promise<void> {
    const config = this.config.running;
    this.#warnOfKeys(config.line.keys());
    this.#handsets.length = 0;
    this.#adapter = await Adapter.start({
      ...this.#shared(config, "adapter"),
      ports: config.line.map((_, index) => this.#openPort(config, index)),
      soundClock: (frame) => this.#sound.clock(frame),
      onSip: this.#tap.adapter,
      identity: this.#options.identity,
      resolver: this.#options.resolver,
      ...(this.#options.onReport ? { onReport: this.#options.onReport } : {}),
    });
  }

  async #startSlots(): Promise<void> {
    const { slots, board } = this.#options;
    if (!slots) return;
    this.#slots = await startSlots(slots, {
      board: board.name,
      clock: this.clock,
      log: this.log,
      config: () => this.config.running,
      health: {
        isRegistered: () => this.lines().some(({ registered }) => registered),
        frames: () => this.#adapter?.soundClock.lateness.frames ?? 0,
      },
    });
  }

  #shared(config: Config, name: "adapter" | "server") {
    const { recordings, openUdp = UdpSocket.open, wasm = readModule } = this.#options;
    return {
      openStreams: this.#options.openStreams ?? openStreams,
      config,
      clock: this.clock,
      log: this.log,
      wasm: wasm(name),
      openUdp,
      seed: this.#seed,
      recording: recordings && { ...recordings, path: `${recordings.directory}/${name}.tipring` },
    };
  }

  readonly #seed = (): Uint8Array => this.#options.seed?.() ?? randomBytes(32);

  #openPort(config: Config, index: number): PhonePort {
    const line = config.line[index] as LineConfig;
    const port = openPort(this.#options.board, index, line, {
      clock: this.clock,
      seed: this.#seed,
      sound: this.#sound.sound,
      cards: this.#cards,
      wires: this.#wires,
    });
    if (port instanceof SimulatedPort)
      this.#handsets[index] = new Handset(port.telephone, () => this.config.running.line[index]);
    const tested = new TestedPort(port, this.clock);
    this.#instruments[index] = tested;
    return tested;
  }

  /** A commit takes effect: a change of one line's own settings keeps the calls of all others. */
  #apply(changes: Changes): void {
    this.log.level = this.config.running.system.log_level;
    this.#restarting = this.#restarting
      .then(() => this.#restart(changes))
      .catch((error: Error) => this.log.error("config", `the change did not take effect: ${error.message}`));
  }

  async #restart({ sections, lines }: Changes): Promise<void> {
    const config = this.config.running;
    const isLinesOnly = sections.every((section) => section === "line" || section === "system");
    const isSameSocket = this.#adapter?.hasSameSockets(config) ?? false;
    if (sections.includes("server")) {
      await this.#server?.stop();
      this.#server = undefined;
      await this.#startServer();
    }
    if (isLinesOnly && isSameSocket) {
      this.#warnOfKeys(lines);
      await this.#adapter?.reconfigure(config, lines);
    } else if (sections.some((section) => !TAKEN_WHEN_NEEDED.includes(section))) {
      await this.#adapter?.stop();
      this.#adapter = undefined; // what can't start now may after the next commit
      await this.#startAdapter();
    }
  }

  // What a console asks

  lines(): readonly status.LineStatus[] {
    return this.#adapter?.lines() ?? [];
  }

  tones(line: number): readonly status.ToneStatus[] {
    const config = this.config.running.line[line - 1];
    return this.#adapter && config ? toneStatus(this.#adapter.core, config, line - 1) : [];
  }

  calls(): readonly status.CallStatus[] {
    return this.#adapter?.calls() ?? [];
  }

  registrations(): readonly status.RegistrationStatus[] {
    return this.#adapter?.registrations() ?? [];
  }

  server(): status.ServerStatus | null {
    return this.#server?.status() ?? null;
  }

  version(): status.VersionStatus {
    return {
      name: "tipring",
      version,
      abiVersion: ABI_VERSION,
      node: process.version,
      hostname: this.config.running.system.hostname,
      board: this.#options.board.name,
      uptimeSeconds: Math.round((this.clock.now() - this.#startedAt) / 1000),
    };
  }

  sound(): status.SoundStatus {
    return this.#sound.status();
  }

  /** For the watchdog. */
  soundPulse(): SoundPulse {
    const clock = this.#adapter?.soundClock;
    const isNeeded = this.config.running.line.some((_, line) => clock?.isActive(line));
    return { isNeeded, frames: clock?.lateness.frames ?? 0 };
  }

  testSound(channel: number): Promise<status.SoundTest> {
    return this.#sound.test(channel);
  }

  testLine(line: number, test: status.LineTest, which?: ToneName | number): void {
    this.adapter.testLine(line - 1, test, which);
  }

  orderLine(line: number, order: status.LineOrder, text: string): void {
    this.adapter.orderLine(line - 1, order, text);
  }

  instruments(line: number): status.LineInstruments {
    const port = this.#instruments[line - 1];
    if (!port) throw new Error(`line ${line} has no port`);
    return port;
  }

  phone(line: number): status.SimulatedTelephone | undefined {
    return this.#handsets[line - 1];
  }

  /** The instrument itself, for the demonstration and for tests. */
  telephone(line: number): Telephone {
    const handset = this.#handsets[line - 1];
    if (!handset) throw new Error(`line ${line} has no simulated telephone`);
    return handset.telephone;
  }

  onSip(listener: (event: status.SipEvent) => void): () => void {
    return this.#tap.listen(listener);
  }

  async stop(): Promise<void> {
    this.#slots?.stop();
    await this.#restarting;
    await this.#adapter?.stop();
    await this.#wires?.close();
    await this.#server?.stop();
    await this.#sound.sound.close();
  }
}
