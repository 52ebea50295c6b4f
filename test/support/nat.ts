// A NAT between a box and the virtual network: each socket has another address and port outside, whoever it speaks to (RFC 4787 §4.1),
// until the NAT forgets.

import type { DatagramListener, OpenUdp, Udp } from "../../host/net/udp.ts";
import type { VirtualNetwork } from "./virtual-network.ts";

/** From one socket's port outside to the next one's: those of RTP and RTCP are no neighbours. */
const STEP = 3;

export class Nat {
  static readonly address = "203.0.113.9";
  readonly #network: VirtualNetwork;
  readonly #listeners = new Map<number, DatagramListener>();
  readonly #rebinds: (() => Promise<void>)[] = [];
  readonly #outside = new Map<number, number>();
  #next = 40_000;

  constructor(network: VirtualNetwork) {
    this.#network = network;
  }

  readonly open: OpenUdp = async (what, _address, inside, largest, listener): Promise<Udp> => {
    const bind = (): Promise<Udp> => {
      this.#next += STEP;
      this.#outside.set(inside, this.#next);
      return this.#network.open(what, Nat.address, this.#next, largest, listener);
    };
    this.#listeners.set(inside, listener);
    let socket = await bind();
    this.#rebinds.push(async () => {
      await socket.close();
      socket = await bind();
    });
    return {
      port: inside,
      send: (bytes, to, port) => socket.send(bytes, to, port),
      probe: () => {},
      close: () => socket.close(),
    };
  };

  /** The port outside of the box's port `inside`. */
  outside(inside: number): number {
    const port = this.#outside.get(inside);
    if (port === undefined) throw new Error(`nothing is at the box's port ${inside}`);
    return port;
  }

  /** Brings a datagram to the box's port, whoever claims to have sent it. */
  inject(inside: number, bytes: Uint8Array, from: string, port: number): void {
    this.#listeners.get(inside)?.(bytes, from, port);
  }

  /** Every socket gets another port outside; who sends to the old one reaches nobody. */
  async forget(): Promise<void> {
    for (const rebind of this.#rebinds) await rebind();
  }
}
