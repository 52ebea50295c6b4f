// Where the lines' registrars are. A name that nobody knows now is asked for again and again: after a power cut the adapter is up
// before its network is.

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { configureHop, hopOf, splitHostPort } from "./adapter-settings.ts";
import type { Clock } from "./clock.ts";
import type { Config, LineConfig } from "./config/types.ts";
import type { Core } from "./core.ts";
import type { Log } from "./log.ts";

/** An address of a host. Fails when none is known. */
export type Resolve = (host: string) => Promise<string>;

/** The sockets are IPv4, as sip bind is, so no other address is of use. */
export const resolveHost: Resolve = async (host) => (isIP(host) ? host : (await lookup(host, { family: 4 })).address);

/** Told whose certificate an address must show. */
export interface Names {
  expect(address: string, port: number, name: string): void;
}

const RETRY_AFTER = 10_000;

export class Hops {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #resolve: Resolve;
  readonly #names: Names;
  /** Counts the questions: answers to an old one come too late. */
  #question = 0;
  #timer: unknown;

  constructor(clock: Clock, log: Log, names: Names, resolve: Resolve = resolveHost) {
    this.#clock = clock;
    this.#log = log;
    this.#resolve = resolve;
    this.#names = names;
  }

  /** Tells the core where each line's registrar is. `onLate` is told of a line whose registrar was found later than that. */
  async find(core: Core, config: Config, onLate: (line: number) => void): Promise<void> {
    this.stop();
    const question = this.#question;
    const ask = async (lines: readonly number[]): Promise<number[]> => {
      const found = await Promise.all(lines.map((line) => this.#findOne(core, config, line, question)));
      return lines.filter((_, index) => !found[index]);
    };
    const askLater = (missing: readonly number[]): void => {
      if (missing.length === 0 || question !== this.#question) return;
      this.#timer = this.#clock.setTimeout(async () => {
        const still = await ask(missing);
        if (question === this.#question) for (const line of missing) if (!still.includes(line)) onLate(line);
        askLater(still);
      }, RETRY_AFTER);
    };
    const missing = await ask(config.line.map((_, line) => line));
    for (const line of missing)
      this.#log.error("config", `line[${line + 1}].registrar: no address is known for "${hostOf(config, line)}" yet`);
    askLater(missing);
  }

  async #findOne(core: Core, config: Config, line: number, question: number): Promise<boolean> {
    try {
      const address = await this.#resolve(hostOf(config, line));
      if (question === this.#question) {
        const { host, port } = hopOf(config.line[line] as LineConfig);
        this.#names.expect(address, port, host);
        configureHop(core, config, line, address);
      }
      return true;
    } catch {
      return false;
    }
  }

  /** Asks no more. */
  stop(): void {
    this.#question++;
    this.#clock.clearTimeout(this.#timer);
  }
}

const hostOf = (config: Config, line: number): string => splitHostPort(config.line[line]?.registrar ?? "").host;
