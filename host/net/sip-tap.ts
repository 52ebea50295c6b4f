// Listens in on the SIP messages of adapter and server and tells who sent what to whom, in names that a person knows.
// Nothing is read while nobody listens.

import { splitHostPort } from "../adapter-settings.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config/types.ts";
import type { SipEvent } from "../status.ts";
import { type SipSummary, summarise } from "./sip-summary.ts";

/** RFC 3261 §19.1.2. */
const SIP_PORT = 5060;

export type SipTapper = (direction: "in" | "out", bytes: Uint8Array, address: string, port: number) => void;

export class SipTap {
  readonly #clock: Clock;
  readonly #config: () => Config;
  readonly #listeners = new Set<(event: SipEvent) => void>();

  constructor(clock: Clock, config: () => Config) {
    this.#clock = clock;
    this.#config = config;
  }

  listen(listener: (event: SipEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly adapter: SipTapper = (direction, bytes, address, port) => {
    if (this.#listeners.size === 0) return;
    const summary = summarise(bytes);
    if (!summary) return;
    this.#tell(direction, this.#line(summary, direction), this.#peer(address, port), summary);
  };

  /** What goes between the server and our own adapter was told by the adapter. */
  readonly server: SipTapper = (direction, bytes, address, port) => {
    const { sip } = this.#config();
    if (this.#listeners.size === 0 || (port === sip.port && address === sip.bind)) return;
    const summary = summarise(bytes);
    if (summary) this.#tell(direction, "server", `${address}:${port}`, summary);
  };

  #tell(direction: "in" | "out", us: string, peer: string, { text, callId, cSeq }: SipSummary): void {
    const [from, to] = direction === "out" ? [us, peer] : [peer, us];
    const event = { time: this.#clock.now(), direction, from, to, summary: text, callId, cSeq };
    for (const listener of this.#listeners) listener(event);
  }

  /** Which line a message belongs to: whoever began the transaction stands in From. */
  #line({ isRequest, from, to }: SipSummary, direction: "in" | "out"): string {
    const isOurRequest = isRequest === (direction === "out");
    const user = isOurRequest ? from : to;
    const index = this.#config().line.findIndex((line) => line.user === user);
    return index < 0 ? "adapter" : `phone${index + 1} ${user}`;
  }

  #peer(address: string, port: number): string {
    const { server, line } = this.#config();
    if (server.enabled && port === server.port && address === server.bind) return "server";
    const isRegistrar = line.some(({ registrar }) => {
      const hop = splitHostPort(registrar);
      return hop.host === address && (hop.port || SIP_PORT) === port;
    });
    return isRegistrar ? "registrar" : `${address}:${port}`;
  }
}
