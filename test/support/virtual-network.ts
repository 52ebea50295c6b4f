// A network in memory, on virtual time: it delays, loses, doubles and lets overtake, all from one seed. Datagrams; connections are in
// virtual-streams.ts.

import type { Clock } from "../../host/clock.ts";
import { BindError, type DatagramListener, type OpenUdp, type Udp } from "../../host/net/udp.ts";
import { SeededRandom } from "../../host/random.ts";
import { VirtualStreams } from "./virtual-streams.ts";

/** One direction between two sockets. Shares lie between 0 and 1, times are in ms. */
export interface Wire {
  readonly delay: number;
  /** Up to so much more, datagrams in order all the same. */
  readonly jitter: number;
  readonly loss: number;
  readonly duplicates: number;
  /** This share is held back for up to `heldFor`, so that later ones overtake. */
  readonly reordering: number;
  readonly heldFor: number;
  /** This share of what is written to a connection gets there in two pieces. */
  readonly cuts?: number;
}

export const GOOD_WIRE: Wire = { delay: 1, jitter: 0, loss: 0, duplicates: 0, reordering: 0, heldFor: 0 };
/** What a bad radio link does to a packet. */
export const BAD_WIRE: Wire = {
  ...{ delay: 10, jitter: 15, loss: 0.05, duplicates: 0.03, reordering: 0.05, heldFor: 60, cuts: 0.3 },
};

export interface Datagram {
  /** When it was sent. */
  readonly at: number;
  /** `127.0.0.1:5060`. */
  readonly from: string;
  readonly to: string;
  /** A copy. */
  readonly bytes: Uint8Array;
}

const ROUND_TRIP = 2;

interface Flow {
  sent: number;
  /** No datagram that keeps its place arrives before this. */
  lastAt: number;
  newestDelivered: number;
}

export interface Traffic {
  sent: number;
  received: number;
}

interface Place {
  address: string;
  port: number;
  /** `127.0.0.1:5060`. */
  name: string;
  /** By where they lead. */
  flows: Map<string, Flow>;
  listener: DatagramListener;
  traffic: Traffic;
}

export class VirtualNetwork {
  /** All alike, or each direction or datagram its own. May be changed at any time. */
  wire: Wire | ((from: string, to: string, bytes: Uint8Array) => Wire);
  /** Sees each datagram as it is sent, whatever becomes of it. */
  onSend: ((datagram: Datagram) => void) | undefined;
  /** Whoever asks is told that nobody is where nobody is (ICMP). */
  hasErrors = false;
  readonly streams: VirtualStreams;
  readonly counts = { sent: 0, delivered: 0, lost: 0, doubled: 0, overtaken: 0, unreachable: 0 };
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #places = new Map<string, Place>();
  /** By where they come from. */
  readonly #flows = new Map<string, Map<string, Flow>>();
  readonly #traffic = new Map<string, Traffic>();

  constructor(clock: Clock, seed: number, wire: VirtualNetwork["wire"] = GOOD_WIRE) {
    this.#clock = clock;
    this.#random = new SeededRandom(seed);
    this.wire = wire;
    this.streams = new VirtualStreams(clock, new SeededRandom(seed ^ 0x73747265), this.#wireOf);
  }

  readonly open: OpenUdp = async (what, address, port, largest, listener): Promise<Udp> => {
    const name = `${address}:${port}`;
    if (this.#places.has(name)) throw new BindError(`${what}: ${name} is taken`);
    const place: Place = { address, port, name, flows: this.#flowsOf(name), listener, traffic: this.traffic(name) };
    this.#places.set(name, place);
    return {
      port,
      send: (bytes, to, toPort) => {
        if (bytes.length > largest)
          throw new Error(`${what}: ${bytes.length} bytes are more than the ${largest} agreed`);
        if (this.#places.get(name) === place) this.#send(place, `${to}:${toPort}`, bytes.slice());
      },
      probe: (to, toPort, onGone) => {
        if (this.hasErrors && !this.#places.has(`${to}:${toPort}`)) this.#clock.setTimeout(onGone, ROUND_TRIP);
      },
      close: async () => {
        this.#places.delete(name);
      },
    };
  };

  /** What went through a socket since the beginning, by its address. */
  traffic(name: string): Traffic {
    let traffic = this.#traffic.get(name);
    if (!traffic) {
      traffic = { sent: 0, received: 0 };
      this.#traffic.set(name, traffic);
    }
    return traffic;
  }

  readonly #wireOf = (from: string, to: string, bytes: Uint8Array): Wire =>
    typeof this.wire === "function" ? this.wire(from, to, bytes) : this.wire;

  #chance(share: number): boolean {
    return share > 0 && this.#random.between(0, 1) < share;
  }

  #send(source: Place, to: string, bytes: Uint8Array): void {
    const from = source.name;
    this.counts.sent++;
    source.traffic.sent++;
    this.onSend?.({ at: this.#clock.now(), from, to, bytes });
    const wire = this.#wireOf(from, to, bytes);
    if (this.#chance(wire.loss)) {
      this.counts.lost++;
      return;
    }
    const flow = flowTo(source, to);
    const place = ++flow.sent;
    this.#carry(source, to, bytes, flow, place, wire);
    if (!this.#chance(wire.duplicates)) return;
    this.counts.doubled++;
    this.#carry(source, to, bytes, flow, place, wire);
  }

  #flowsOf(name: string): Map<string, Flow> {
    const flows = this.#flows.get(name) ?? new Map<string, Flow>();
    this.#flows.set(name, flows);
    return flows;
  }

  #carry(source: Place, to: string, bytes: Uint8Array, flow: Flow, place: number, wire: Wire): void {
    let at = this.#clock.now() + wire.delay + this.#random.between(0, wire.jitter);
    if (this.#chance(wire.reordering)) {
      at += this.#random.between(0, wire.heldFor);
    } else {
      at = Math.max(at, flow.lastAt);
      flow.lastAt = at;
    }
    this.#clock.setTimeout(() => {
      const target = this.#places.get(to);
      if (!target) {
        this.counts.unreachable++;
        return;
      }
      this.counts.delivered++;
      target.traffic.received++;
      if (place < flow.newestDelivered) this.counts.overtaken++;
      flow.newestDelivered = Math.max(flow.newestDelivered, place);
      target.listener(bytes, source.address, source.port);
    }, at - this.#clock.now());
  }
}

function flowTo({ flows }: Place, to: string): Flow {
  let flow = flows.get(to);
  if (!flow) {
    flow = { sent: 0, lastAt: 0, newestDelivered: 0 };
    flows.set(to, flow);
  }
  return flow;
}
