// Carries a core's questions for names to the resolver, and the answers back. What is asked, and what the records mean, is the core's
// affair (assembly/sip/locate).

import type { Clock } from "./clock.ts";
import type { Action } from "./core-abi.ts";
import type { Loop } from "./loop.ts";
import { writeRecords } from "./net/dns-records.ts";
import type { Resolver } from "./net/resolver.ts";

export class Names {
  readonly #clock: Clock;
  readonly #resolver: Resolver;

  constructor(clock: Clock, resolver: Resolver) {
    this.#clock = clock;
    this.#resolver = resolver;
  }

  /** Carries out a Resolve action of that loop's core. */
  ask({ code, value, payload }: Action, loop: Loop): void {
    const name = Buffer.from(payload).toString("latin1");
    this.#resolver.resolve(name, value, (records) => {
      const written = records && writeRecords(records);
      loop.give(() => loop.core.handleResolved(code, written, this.#clock.now()));
    });
  }

  close(): void {
    this.#resolver.close();
  }
}
