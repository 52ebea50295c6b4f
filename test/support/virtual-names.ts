// A name server in memory, on virtual time.

import type { Clock } from "../../host/clock.ts";
import { type DnsRecord, DnsType, type Resolver } from "../../host/net/resolver.ts";

/** By `TYPE name`. A name that is left out has no such records; undefined: nobody can say. */
export type Zone = Record<string, readonly DnsRecord[] | undefined>;

const DELAY = 2;

export const host = (address: string, ttl = 300): DnsRecord => ({
  ...{ type: address.includes(":") ? "AAAA" : "A", ttl },
  address,
});

export const service = (target: string, priority: number, port: number, weight = 0, ttl = 300): DnsRecord => ({
  ...{ type: "SRV", ttl, priority, weight, port, target },
});

export class VirtualNames implements Resolver {
  zone: Zone;
  /** `TYPE name`, in order. */
  readonly asked: string[] = [];
  /** ms. */
  delay = DELAY;
  readonly #clock: Clock;

  constructor(clock: Clock, zone: Zone = {}) {
    this.#clock = clock;
    this.zone = zone;
  }

  resolve(name: string, type: number, answer: (records: readonly DnsRecord[] | undefined) => void): void {
    const typeName = Object.entries(DnsType).find(([, number]) => number === type)?.[0] ?? `TYPE${type}`;
    const question = `${typeName} ${name}`;
    this.asked.push(question);
    this.#clock.setTimeout(() => answer(question in this.zone ? this.zone[question] : []), this.delay);
  }

  close(): void {}
}
