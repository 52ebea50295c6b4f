// The built-in SIP server at work: one core, one socket. Carries out; decides nothing.

import { COUNTERS } from "./adapter-abi.ts";
import type { Clock } from "./clock.ts";
import type { FileSystem } from "./config/save.ts";
import type { Config } from "./config/types.ts";
import { type Action, ActionKind, Core } from "./core.ts";
import { LocationFile, type SavedBinding } from "./locations.ts";
import type { Log } from "./log.ts";
import { Loop } from "./loop.ts";
import type { SipTapper } from "./net/sip-tap.ts";
import { SipWire } from "./net/sip-wire.ts";
import { serverStreams } from "./net/stream-options.ts";
import type { OpenStreams } from "./net/streams.ts";
import type { OpenUdp } from "./net/udp.ts";
import { isOfLocation, reportText } from "./reports.ts";
import { configureServer, readBindings, restoreBindings, saveBindings } from "./server-abi.ts";
import type { ServerStatus } from "./status.ts";
import { Supervisor } from "./supervisor.ts";

export interface ServerOptions {
  config: Config;
  clock: Clock;
  log: Log;
  wasm: Uint8Array<ArrayBuffer>;
  openUdp: OpenUdp;
  /** Without it there is UDP alone. */
  openStreams?: OpenStreams | undefined;
  /** 32 fresh bytes of the operating system's generator; a seeded one in tests. */
  seed(): Uint8Array;
  recording?: { path: string; limit?: number } | undefined;
  onSip?: SipTapper;
  /** Where it is kept who is registered, so that a restart forgets nobody; without it every start knows nobody. */
  locations?: { path: string; files?: FileSystem } | undefined;
  /** The core has failed and a fresh one serves. */
  onRestart?: () => void;
}

export class SipServer {
  readonly #options: ServerOptions;
  #core: Core;
  #loop: Loop;
  readonly #wire: SipWire;
  readonly #supervisor: Supervisor;
  readonly #locations: LocationFile | undefined;

  private constructor(options: ServerOptions) {
    this.#options = options;
    this.#wire = new SipWire({ ...options, loop: () => this.#loop });
    this.#supervisor = new Supervisor("server", options, this.#restart);
    const { locations, clock, log } = options;
    this.#locations =
      locations && new LocationFile({ ...locations, clock, log }, () => saveBindings(this.#core, clock));
    [this.#core, this.#loop] = this.#freshCore();
  }

  /** Throws a BindError when the port can't be had. */
  static async start(options: ServerOptions): Promise<SipServer> {
    const server = new SipServer(options);
    if (server.#locations) server.#restore(await server.#locations.load());
    try {
      await server.#wire.open("server.port", options.config.server.port, serverStreams(options.config, options.log));
    } catch (error) {
      server.#supervisor.discard();
      await server.#wire.close();
      throw error;
    }
    return server;
  }

  get core(): Core {
    return this.#core;
  }

  /** Cores that have failed since the start. */
  get failures(): number {
    return this.#supervisor.failures;
  }

  #freshCore(): [Core, Loop] {
    const { wasm, clock, config, log, seed } = this.#options;
    const core = new Core(wasm, "server.wasm");
    this.#supervisor.watch(core);
    core.reset(seed(), clock.now());
    for (const problem of configureServer(core, config)) log.error("config", problem);
    return [core, new Loop(core, clock, this.#carryOut, (error) => this.#supervisor.handleFailure(error))];
  }

  readonly #carryOut = (action: Action): void => {
    if (action.kind === ActionKind.SendSip) {
      this.#wire.send(action);
    } else if (action.kind === ActionKind.CloseFlow) {
      this.#wire.closeFlow(action);
    } else if (action.kind === ActionKind.Report) {
      if (isOfLocation(action.code)) this.#locations?.handleChange();
      const { level, message } = reportText(action.code, Buffer.from(action.payload).toString("utf8"));
      this.#options.log[level]("server", message);
    }
  };

  #restore(bindings: readonly SavedBinding[]): void {
    if (bindings.length === 0) return;
    const { clock, log } = this.#options;
    let taken = 0;
    this.#loop.give(() => {
      taken = restoreBindings(this.#core, bindings, clock);
    });
    log.info("server", `${taken} of ${bindings.length} registrations from before the restart still stand`);
  }

  /** Phones stay where they were; calls that are up go on without us. */
  readonly #restart = (): void => {
    [this.#core, this.#loop] = this.#freshCore();
    this.#restore(this.#locations?.saved ?? []);
    this.#options.onRestart?.();
  };

  status(): ServerStatus {
    const { server } = this.#options.config;
    const counters = Object.fromEntries(COUNTERS.map((name, index) => [name, this.#core.counter(index)]));
    return {
      address: `${server.bind}:${server.port}`,
      users: server.user.length,
      bindings: readBindings(this.#core, server.domain, this.#options.clock.now()),
      transactions: this.#core.figure("transactionsUsed"),
      transactionsMax: this.#core.figure("transactionsMax"),
      counters,
    };
  }

  async stop(): Promise<void> {
    this.#loop.stop();
    this.#supervisor.close();
    await this.#locations?.stop();
    await this.#wire.close();
  }
}
