// The driver of the serial line card against the reference card, on virtual time: two ends of a wire, and what each of them noticed.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { Log } from "../../host/log.ts";
import type { CardLaw, CardPort } from "../../host/phone/card-port.ts";
import { SerialCard } from "../../host/phone/serial-card.ts";
import { VirtualCard, type VirtualCardOptions } from "./line-card.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface Edge {
  closed: boolean;
  at: number;
  told: number;
}

export class CardBench {
  readonly clock = new VirtualClock();
  readonly log = new Log(this.clock);
  readonly peer: VirtualCard;
  readonly card: SerialCard;
  readonly ports: CardPort[];
  readonly edges: Edge[][];

  constructor(t: TestContext, options: VirtualCardOptions & { sound?: CardLaw } = {}) {
    const { ports = 1, baudRate = 115_200 } = options;
    this.peer = new VirtualCard(t, this.clock, options);
    this.card = new SerialCard({
      clock: this.clock,
      log: this.log,
      path: "/dev/card",
      baudRate,
      openWire: this.peer.open,
    });
    this.ports = Array.from({ length: ports }, (_, index) => this.card.port(index, { law: options.sound }));
    this.edges = this.ports.map(() => []);
    for (const [index, port] of this.ports.entries())
      port.start({ loop: (closed, at) => this.edges[index]!.push({ closed, at, told: this.clock.now() }) });
  }

  /** Lets time pass, and what waits for promises go on. */
  async pass(duration: number): Promise<void> {
    const end = this.clock.now() + duration;
    while (this.clock.now() < end) {
      this.clock.advance(Math.min(5, end - this.clock.now()));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async isUp(): Promise<void> {
    for (let waited = 0; waited < 10_000 && !this.card.isUp; waited += 5) await this.pass(5);
    assert.ok(this.card.isUp, "the card does not answer");
    await this.pass(600);
  }

  logged(): string[] {
    return this.log.recent(100).map(({ level, message }) => `${level}: ${message}`);
  }
}
