// Finds the server of sip.stun_server: an address, or a name that is asked for again when its records are out of date. What the server is
// for, and whether it answers, is the core's affair (assembly/sip/media-place.ts).

import { isIPv4 } from "node:net";
import { splitHostPort } from "./adapter-settings.ts";
import type { Clock } from "./clock.ts";
import { DnsType, type Resolver } from "./net/resolver.ts";

/** RFC 8489 §8.1. */
const STUN_PORT = 3478;
/** ms from one question for the name to the next. */
const SHORTEST = 60_000;
const LONGEST = 3_600_000;

export class StunServer {
  readonly #clock: Clock;
  readonly #resolver: Resolver;
  readonly #use: (address: string, port: number) => void;
  #timer: unknown;
  #isClosed = false;

  /** `use` is told of each address found. */
  constructor(clock: Clock, resolver: Resolver, use: (address: string, port: number) => void) {
    this.#clock = clock;
    this.#resolver = resolver;
    this.#use = use;
  }

  /** `HOST` or `HOST:PORT`. */
  find(text: string): void {
    const { host, port } = splitHostPort(text);
    this.#clock.clearTimeout(this.#timer);
    if (isIPv4(host)) {
      this.#use(host, port || STUN_PORT);
      return;
    }
    this.#resolver.resolve(host, DnsType.A, (records = []) => {
      if (this.#isClosed) return;
      const record = records.find(({ type }) => type === "A");
      if (record?.type === "A") this.#use(record.address, port || STUN_PORT);
      this.#clock.clearTimeout(this.#timer);
      const delay = Math.min(Math.max((record?.ttl ?? 0) * 1000, SHORTEST), LONGEST);
      this.#timer = this.#clock.setTimeout(() => this.find(text), delay);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#clock.clearTimeout(this.#timer);
  }
}
