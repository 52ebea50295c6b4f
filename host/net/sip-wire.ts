// What an adapter or a server speaks SIP over: one UDP socket, and stream connections where there are any.

import type { Clock } from "../clock.ts";
import type { Action } from "../core.ts";
import { AddressMemo, flowOf, portOf, Transport, transportOf } from "../endpoint.ts";
import type { Loop } from "../loop.ts";
import type { SipTapper } from "./sip-tap.ts";
import type { OpenStreams, StreamHandler, StreamOptions, StreamPeer, Streams } from "./streams.ts";
import type { OpenUdp, Udp } from "./udp.ts";

/** Largest SIP message that a core writes. */
const SIP_SIZE = 4096;

export interface SipWireOptions {
  clock: Clock;
  /** The loop of now: a core that has failed gets another one. */
  loop(): Loop;
  openUdp: OpenUdp;
  /** Without it there is UDP alone. */
  openStreams?: OpenStreams | undefined;
  onSip?: SipTapper | undefined;
}

export class SipWire implements StreamHandler {
  readonly #options: SipWireOptions;
  readonly #addresses = new AddressMemo();
  #udp: Udp | undefined;
  #streams: Streams | undefined;

  constructor(options: SipWireOptions) {
    this.#options = options;
  }

  /** Throws a BindError for a port that can't be had. `what` names the UDP port's setting. */
  async open(what: string, port: number, streams: StreamOptions): Promise<void> {
    const { openUdp, openStreams, onSip, loop } = this.#options;
    this.#udp = await openUdp(what, streams.bind, port, SIP_SIZE, (bytes, address, from) => {
      onSip?.("in", bytes, address, from);
      loop().datagram(bytes, address, from, Transport.Udp);
    });
    this.#streams = await openStreams?.(streams, this);
  }

  /** Carries out an ExpectName action: the certificate of that address must be for that name. */
  expect({ endpoint, payload }: Action): void {
    const name = Buffer.from(payload).toString("latin1");
    this.#streams?.expect(this.#addresses.text(endpoint, 0), portOf(endpoint, 0), name);
  }

  send({ endpoint, payload, code }: Action): void {
    const address = this.#addresses.text(endpoint, 0);
    const port = portOf(endpoint, 0);
    const transport = transportOf(endpoint, 0);
    this.#options.onSip?.("out", payload, address, port);
    if (transport === Transport.Udp) {
      this.#udp?.send(payload, address, port);
      if (code === 1) this.#doubt({ flow: 0, transport, address, port }, payload.slice());
    } else if (this.#streams) {
      this.#streams.send(payload, address, port, transport, flowOf(endpoint, 0));
    } else {
      this.unsent({ flow: flowOf(endpoint, 0), transport, address, port }, payload.slice());
    }
  }

  #doubt(peer: StreamPeer, bytes: Uint8Array): void {
    this.#udp?.probe(peer.address, peer.port, () => this.unsent(peer, bytes));
  }

  closeFlow({ endpoint }: Action): void {
    this.#streams?.closeFlow(flowOf(endpoint, 0));
  }

  data(peer: StreamPeer, bytes: Uint8Array): number {
    this.#options.onSip?.("in", bytes, peer.address, peer.port);
    return this.#options.loop().stream(peer, bytes);
  }

  closed({ flow, transport, address, port }: StreamPeer): void {
    const { loop, clock } = this.#options;
    const now = loop();
    now.give(() => now.core.handleFlowClosed(address, port, transport, flow, clock.now()));
  }

  unsent({ flow, transport, address, port }: StreamPeer, bytes: Uint8Array): void {
    const { loop, clock } = this.#options;
    const now = loop();
    now.give(() => now.core.handleSendFailure(bytes, address, port, transport, flow, clock.now()));
  }

  async close(): Promise<void> {
    await Promise.all([this.#udp?.close(), this.#streams?.close()]);
  }
}
