// The adapter at work: one core, its sockets, its phone ports, its sound clock. Carries out; decides nothing.
// A core that fails is replaced (supervisor.ts): ports fall silent, a fresh core is set up and registers again.

import { EndpointSetting, LineOrder, LineTest, Report, type ToneName, toneNumber } from "./adapter-abi.ts";
import { configureAdapter, configureLine, EchoDelays, stopRegistering } from "./adapter-settings.ts";
import { tellQuality } from "./call-quality.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config/types.ts";
import { type Action, ActionKind, Core, type CorePanicError } from "./core.ts";
import type { CoreReport } from "./core-report.ts";
import { AddressMemo, portOf } from "./endpoint.ts";
import { callStatus, lineStatus, registrationStatus, rtpStatus } from "./line-status.ts";
import { LocalClock } from "./local-time.ts";
import type { Log } from "./log.ts";
import { Loop } from "./loop.ts";
import { Names } from "./names.ts";
import { DnsResolver, type Resolver } from "./net/resolver.ts";
import type { SipTapper } from "./net/sip-tap.ts";
import { SipWire } from "./net/sip-wire.ts";
import { adapterStreams } from "./net/stream-options.ts";
import type { OpenStreams } from "./net/streams.ts";
import type { OpenUdp, Udp } from "./net/udp.ts";
import type { PhonePort } from "./phone/port.ts";
import { registrarServers } from "./registrar-servers.ts";
import { refusalText, reportText } from "./reports.ts";
import { Pacer } from "./sound/pacer.ts";
import type { FrameListener, SoundClock } from "./sound/sound.ts";
import type { CallStatus, LineStatus, RegistrationStatus } from "./status.ts";
import { StunServer } from "./stun-server.ts";
import { Supervisor } from "./supervisor.ts";

/** Largest RTP or RTCP packet that the core writes. */
const RTP_SIZE = 512;
/** Lines that the module has room for. */
const CORE_LINES = 8;
/** How long the answer to a last REGISTER is waited for, and stop() for those to BYE. */
const STOP_PATIENCE = 500;

export interface AdapterOptions {
  config: Config;
  clock: Clock;
  log: Log;
  wasm: Uint8Array<ArrayBuffer>;
  /** One for each line of the configuration. */
  ports: readonly PhonePort[];
  openUdp: OpenUdp;
  /** Without it there is UDP alone. */
  openStreams?: OpenStreams | undefined;
  /** 32 fresh bytes of the operating system's generator; a seeded one in tests. */
  seed(): Uint8Array;
  /** Keeps the contacts of the lines the same from start to start (config/identity.ts). */
  identity?: string | undefined;
  /** Finds registrars by their names; the machine's name servers when left out. */
  resolver?: Resolver | undefined;
  /** Says when a frame is due: a sound card's clock. A pacer on `clock` when left out. */
  soundClock?: ((frame: FrameListener) => SoundClock) | undefined;
  /** Where a recording of the whole run is written to. */
  recording?: { path: string; limit?: number } | undefined;
  /** Each SIP message, as it leaves or arrives. */
  onSip?: SipTapper;
  /** Each report of the core, for tests and demonstrations. */
  onReport?: (line: number, report: number, text: string, value: number) => void;
}

export class Adapter {
  readonly soundClock: SoundClock;
  readonly #options: AdapterOptions;
  readonly #addresses = new AddressMemo();
  readonly #names: Names;
  readonly #stunServer: StunServer;
  readonly #wasOffHook: boolean[] = [];
  #echoDelays = new EchoDelays();
  readonly #wire: SipWire;
  readonly #rtp: Udp[] = [];
  readonly #rtcp: Udp[] = [];
  #config: Config;
  #localClock = new LocalClock();
  #core: Core;
  #loop: Loop;
  readonly #supervisor: Supervisor;

  private constructor(options: AdapterOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#wire = new SipWire({ ...options, loop: () => this.#loop });
    const resolver = options.resolver ?? new DnsResolver({ onForged: (text) => options.log.warn("sip", text) });
    this.#names = new Names(options.clock, resolver);
    this.#stunServer = new StunServer(options.clock, resolver, (address, port) => {
      this.#loop.give(() => this.#core.configureEndpoint(EndpointSetting.StunServer, 0, address, port));
    });
    this.soundClock = options.soundClock?.(this.#onFrame) ?? new Pacer(options.clock, this.#onFrame);
    this.#supervisor = new Supervisor("adapter", options, this.#restart);
    [this.#core, this.#loop] = this.#freshCore();
  }

  /** Opens the sockets, sets the core up and registers. Throws a BindError for a port that can't be had. */
  static async start(options: AdapterOptions): Promise<Adapter> {
    const adapter = new Adapter(options);
    try {
      await adapter.#openSockets();
    } catch (error) {
      adapter.#names.close();
      adapter.#supervisor.discard();
      await adapter.#closeSockets();
      throw error;
    }
    adapter.#configure();
    options.ports.forEach((port, line) => {
      port.start({
        loop: (closed, at) => adapter.#onLoop(line, closed, at),
        loss: (at) => adapter.#onLoss(line, at),
      });
    });
    adapter.#loop.give(() => adapter.#core.start(options.clock.now()));
    return adapter;
  }

  get core(): Core {
    return this.#core;
  }

  /** Cores that have failed since the start. */
  get failures(): number {
    return this.#supervisor.failures;
  }

  #freshCore(): [Core, Loop] {
    const { wasm, clock, seed } = this.#options;
    const core = new Core(wasm, "adapter.wasm", CORE_LINES);
    this.#supervisor.watch(core);
    core.reset(seed(), clock.now());
    return [core, new Loop(core, clock, this.#carryOut, this.#onPanic, this.#catchUp, this.#toldUpTo)];
  }

  async #openSockets(): Promise<void> {
    const { openUdp, log } = this.#options;
    const config = this.#config;
    const { bind, port, rtp_port } = config.sip;
    await this.#wire.open("sip.port", port, adapterStreams(config, log));
    for (let line = 0; line < config.line.length; line++) {
      const first = rtp_port + line * 2;
      const onRtp = (bytes: Uint8Array, address: string, from: number) => this.#loop.rtp(line, bytes, address, from);
      const onRtcp = (bytes: Uint8Array, address: string, from: number) => this.#loop.rtcp(line, bytes, address, from);
      this.#rtp.push(await openUdp("sip.rtp_port", bind, first, RTP_SIZE, onRtp));
      this.#rtcp.push(await openUdp("sip.rtp_port", bind, first + 1, RTP_SIZE, onRtcp));
    }
  }

  async #closeSockets(): Promise<void> {
    await Promise.all([this.#wire, ...this.#rtp, ...this.#rtcp].map((socket) => socket.close()));
  }

  #configure(): void {
    const { log, identity } = this.#options;
    for (const problem of configureAdapter(this.#core, this.#config, identity)) log.error("config", problem);
    const { stun_server } = this.#config.sip;
    if (stun_server !== undefined) this.#stunServer.find(stun_server);
  }

  /** A new configuration can be taken without opening other sockets or ports. */
  hasSameSockets({ sip, line }: Config): boolean {
    const old = this.#config;
    const drivers = (lines: Config["line"]) => lines.map(({ phone, transport }) => `${phone} ${transport}`).join();
    const { bind, port, rtp_port } = old.sip;
    return bind === sip.bind && port === sip.port && rtp_port === sip.rtp_port && drivers(old.line) === drivers(line);
  }

  /** Takes other settings for some lines; the calls of all lines go on. */
  async reconfigure(config: Config, lines: readonly number[]): Promise<void> {
    // Registrars are told with the settings that they know.
    for (const line of lines) stopRegistering(this.#core, line);
    this.#register(lines);
    await this.#unregistered(lines);
    this.#config = config;
    for (const line of lines) {
      for (const problem of configureLine(this.#core, config, line)) this.#options.log.error("config", problem);
    }
    this.#register(lines);
  }

  #register(lines: Iterable<number>): void {
    for (const line of lines) this.#loop.give(() => this.#core.registerLine(line, this.#options.clock.now()));
  }

  /** Waits a little for the answers to the last REGISTER of these lines. */
  #unregistered(lines: readonly number[]): Promise<void> {
    const { clock } = this.#options;
    return new Promise<void>((resolve) => {
      const until = clock.now() + STOP_PATIENCE;
      const look = () => {
        const registrations = this.registrations();
        const isDone = lines.every((line) => registrations[line]?.expiresSeconds === null);
        if (isDone || clock.now() >= until) resolve();
        else clock.setTimeout(look, 20);
      };
      look();
    });
  }

  /** Registers every line anew: the registrar has forgotten them. */
  registerAgain(): void {
    this.#register(this.#config.line.keys());
  }

  // Inputs

  #onLoop(line: number, closed: boolean, at: number): void {
    this.#wasOffHook[line] = closed;
    this.#loop.give(() => this.#core.handleLoop(line, closed, at, this.#options.clock.now()));
  }

  #onLoss(line: number, at: number): void {
    this.#options.log.debug(`line ${line + 1}`, "edges of the loop went unseen: a digit dialled just now is not taken");
    this.#loop.give(() => this.#core.handleLoss(line, at, this.#options.clock.now()));
  }

  /** A program that was held up has edges of the loop to tell before it says how late it is. */
  readonly #catchUp = (): void => {
    for (const port of this.#options.ports) port.catchUp();
  };

  readonly #toldUpTo = (now: number): number => {
    let upTo = now;
    for (const port of this.#options.ports) if (port.toldUpTo) upTo = Math.min(upTo, port.toldUpTo(now));
    return upTo;
  };

  readonly #onFrame = (now: number): void => {
    const { ports } = this.#options;
    for (let line = 0; line < ports.length; line++) {
      if (!this.soundClock.isActive(line)) continue;
      const port = ports[line] as PhonePort;
      port.readFrame(this.#core.microphone(line), now);
      this.#echoDelays.tell(this.#core, line, port.echoDelay);
      this.#loop.frame(line, now);
      port.writeFrame(this.#core.earpiece(line), now);
    }
  };

  /** Rings or plays a tone for a while: ring 1 and dial tone unless another is named. Throws when the line is not free for it. */
  testLine(line: number, test: keyof typeof LineTest, which?: ToneName | number): void {
    const number =
      which === undefined
        ? LineTest[test]
        : typeof which === "number"
          ? LineTest.ringOf + which
          : LineTest.toneOf + toneNumber(which);
    let answer = 0;
    this.#loop.give(() => {
      answer = this.#core.testLine(line, number, this.#options.clock.now());
    });
    if (answer !== 0) throw new Error(`line ${line + 1} is in use: hang up first`);
  }

  /** Transfers a call and the like (status.ts). Throws when it can't be. */
  orderLine(line: number, order: keyof typeof LineOrder, text: string): void {
    let status = 0;
    this.#loop.give(() => {
      status = this.#core.orderLine(line, LineOrder[order], text, this.#options.clock.now());
    });
    if (status !== 0) throw new Error(refusalText(line + 1, status));
  }

  // Orders of the core

  readonly #carryOut = (action: Action): void => {
    const { line, code } = action;
    const port = this.#options.ports[line];
    switch (action.kind) {
      case ActionKind.SendSip:
        this.#wire.send(action);
        break;
      case ActionKind.CloseFlow:
        this.#wire.closeFlow(action);
        break;
      case ActionKind.Resolve:
        this.#names.ask(action, this.#loop);
        break;
      case ActionKind.ExpectName:
        this.#wire.expect(action);
        break;
      case ActionKind.SendRtp:
        this.#rtp[line]?.send(action.payload, this.#addresses.text(action.endpoint, 0), portOf(action.endpoint, 0));
        break;
      case ActionKind.SendRtcp:
        this.#rtcp[line]?.send(action.payload, this.#addresses.text(action.endpoint, 0), portOf(action.endpoint, 0));
        break;
      case ActionKind.SetAudio:
        if (!port) break;
        if (code === 1) this.#startSound(line);
        else this.soundClock.stop(line);
        break;
      case ActionKind.SetRing:
        port?.setRing(code === 1, action.value);
        break;
      case ActionKind.SetPolarity:
        port?.setPolarity(code === 1);
        break;
      case ActionKind.SetLoopCurrent:
        port?.setLoopCurrent(code === 1);
        break;
      case ActionKind.Report:
        this.#report(line, code, Buffer.from(action.payload).toString("utf8"), action.value);
        break;
    }
  };

  /** A phone may be about to be told the time. */
  #startSound(line: number): void {
    this.#loop.give(() => this.#localClock.tell(this.#core, this.#options.clock, this.#config.system.time_zone));
    this.soundClock.start(line);
  }

  #report(line: number, report: number, text: string, value: number): void {
    this.#options.onReport?.(line, report, text, value);
    if (report === Report.MediaStopped)
      tellQuality(this.#options.log, line, this.#lineReport(line, "qualityReport"), this.rtp(line));
    const { level, message } = reportText(report, text);
    this.#options.log[level](line < 0 ? "sip" : `line ${line + 1}`, message);
  }

  /** No sound, no bell, until a fresh core says so. */
  readonly #onPanic = (error: CorePanicError): void => {
    this.#options.ports.forEach((port, line) => {
      this.soundClock.stop(line);
      port.setRing(false, 0);
      port.setPolarity(false);
      port.setLoopCurrent(true);
    });
    this.#supervisor.handleFailure(error);
  };

  /** A fresh core registers and learns which handsets are off. */
  readonly #restart = (): void => {
    const { clock } = this.#options;
    [this.#core, this.#loop] = this.#freshCore();
    this.#localClock = new LocalClock();
    this.#echoDelays = new EchoDelays();
    this.#configure();
    this.#loop.give(() => this.#core.start(clock.now()));
    this.#wasOffHook.forEach((closed, line) => {
      if (closed) this.#onLoop(line, true, clock.now());
    });
  };

  // Inspection

  lines(): LineStatus[] {
    const now = this.#options.clock.now();
    return this.#config.line.map((line, index) => {
      return lineStatus(this.#lineReport(index), line, index, this.#options.ports[index], now);
    });
  }

  calls(): CallStatus[] {
    return this.#config.line.map((_, index) => this.call(index)).filter((status) => status !== undefined);
  }

  /** The call of a line, undefined when it has none. */
  call(index: number): CallStatus | undefined {
    return callStatus(this.#lineReport(index), this.#lineReport(index, "qualityReport"), index, this.#options.clock);
  }

  /** Figures of the line's stream: of the one that runs, or of the last one. */
  rtp(index: number): NonNullable<CallStatus["rtp"]> {
    return rtpStatus(this.#lineReport(index));
  }

  registrations(): RegistrationStatus[] {
    const now = this.#options.clock.now();
    return this.#config.line.map((line, index) => {
      const servers = registrarServers(this.#core, index, now);
      return registrationStatus(this.#lineReport(index), servers, line, index, now);
    });
  }

  #lineReport(index: number, name = "lineReport"): CoreReport {
    const report = this.#core.report(name, index);
    if (!report) throw new RangeError(`there is no line ${index + 1}`);
    return report;
  }

  /** Hangs up, un-registers, waits a little for the answers, closes everything. */
  async stop(): Promise<void> {
    const { clock, ports } = this.#options;
    this.#names.close();
    this.#stunServer.close();
    this.#loop.give(() => this.#core.stop(clock.now()));
    await this.#unregistered(this.#config.line.map((_, line) => line));
    this.#loop.stop();
    ports.forEach((port, line) => {
      this.soundClock.stop(line);
      port.close();
    });
    this.#supervisor.close();
    await this.#closeSockets();
  }
}
