// Stream connections in memory, on virtual time: what TCP makes of a wire that loses and delays, and what it can't mend. What stands on
// them is host/net/streams.ts itself. TLS is TCP whose port speaks nothing else.

import type { Clock } from "../../host/clock.ts";
import { type OpenStreams, type Plumbing, streamsOf } from "../../host/net/streams.ts";
import type { StreamServer, StreamSocket } from "../../host/net/tcp.ts";
import type { TlsDoor } from "../../host/net/tls.ts";
import type { SeededRandom } from "../../host/random.ts";
import type { Wire } from "./virtual-network.ts";
import { VirtualSocket } from "./virtual-socket.ts";

/** Of a connection's first segment, ms; each further one waits twice as long. */
const FIRST_DIAL = 1000;
/** Ports that those who dial have. */
const FIRST_PORT = 32_768;
const LAST_PORT = 60_999;

/** Something was written to a connection. */
export interface Written {
  readonly at: number;
  /** `127.0.0.1:5060`. */
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
}

interface Listener {
  readonly isTls: boolean;
  accept(socket: VirtualSocket): void;
}

export class VirtualStreams {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly wireOf: (from: string, to: string, bytes: Uint8Array) => Wire;
  readonly counts = { dialled: 0, accepted: 0, refused: 0, resent: 0, broken: 0, bytes: 0 };
  /** Sees what is written, whatever becomes of it. */
  onWrite: ((written: Written) => void) | undefined;
  /** Of what is written so many bytes get through, then the connection breaks; undefined: it does not. */
  breakAfter: (written: Written) => number | undefined = () => undefined;
  readonly sockets = new Set<VirtualSocket>();
  readonly #listeners = new Map<string, Listener>();
  readonly #dark = new Set<string>();
  #lastPort = FIRST_PORT - 1;

  constructor(clock: Clock, random: SeededRandom, wireOf: VirtualStreams["wireOf"]) {
    this.clock = clock;
    this.random = random;
    this.wireOf = wireOf;
  }

  /** Those of a whole machine. */
  get open(): OpenStreams {
    return streamsOf(this.plumbing(this.clock));
  }

  /** With the clock of a machine that may lose its power. */
  plumbing(clock: Clock): Plumbing {
    return {
      clock,
      dialTcp: (address, port, bind) => this.#dial(address, port, bind, false),
      listenTcp: (address, port, accept) =>
        this.#listen(address, port, { isTls: false, accept: (socket) => accept(socket) }),
      loadTls: async () => ({
        dial: (address, port, bind) => this.#dial(address, port, bind, true),
        listen: (address, port, door) => this.#listen(address, port, { isTls: true, accept: (it) => enter(it, door) }),
      }),
    };
  }

  async #listen(address: string, port: number, listener: Listener): Promise<StreamServer> {
    const name = `${address}:${port}`;
    if (this.#listeners.has(name)) throw Object.assign(new Error(`${name} is taken`), { code: "EADDRINUSE" });
    this.#listeners.set(name, listener);
    return {
      close: (done) => {
        if (this.#listeners.get(name) === listener) this.#listeners.delete(name);
        this.clock.setTimeout(done, 0);
      },
    };
  }

  #dial(address: string, port: number, bind: string, isTls: boolean): StreamSocket {
    this.#lastPort = this.#lastPort === LAST_PORT ? FIRST_PORT : this.#lastPort + 1;
    const socket = new VirtualSocket(this, { address: bind, port: this.#lastPort }, { address, port });
    this.counts.dialled++;
    this.#knock(socket, isTls, FIRST_DIAL);
    return socket;
  }

  /** One segment that asks for a connection, and those after it that ask again. */
  #knock(socket: VirtualSocket, isTls: boolean, patience: number): void {
    const wire = this.wireOf(socket.here, socket.there, new Uint8Array(0));
    const isLost = this.chance(wire.loss) || this.isDark(socket.there);
    this.clock.setTimeout(
      () => {
        if (socket.closed) return;
        if (isLost) this.#knock(socket, isTls, patience * 2);
        else this.#arrive(socket, isTls, wire.delay);
      },
      isLost ? patience : wire.delay,
    );
  }

  #arrive(socket: VirtualSocket, isTls: boolean, delay: number): void {
    const listener = this.#listeners.get(socket.there);
    const isTaken = listener?.isTls === isTls;
    if (isTaken) {
      const [here, there] = [socket.place, socket.peerPlace];
      const accepted = new VirtualSocket(this, there, here);
      socket.join(accepted);
      listener.accept(accepted);
      this.counts.accepted++;
    }
    this.clock.setTimeout(() => {
      if (isTaken) socket.rise(isTls);
      else {
        this.counts.refused++;
        socket.die("ECONNREFUSED");
      }
    }, delay);
  }

  chance(share: number): boolean {
    return share > 0 && this.random.between(0, 1) < share;
  }

  isDark(place: string): boolean {
    return this.#dark.has(place.slice(0, place.lastIndexOf(":")));
  }

  #those(isMeant: (socket: VirtualSocket) => boolean): VirtualSocket[] {
    return [...this.sockets].filter(isMeant);
  }

  /** Connections to or from that machine break, both ends are told. Returns how many. */
  break(address: string): number {
    const those = this.#those(({ place }) => place.address === address);
    for (const socket of those) socket.break();
    return those.length;
  }

  /** A NAT forgets the connections that were opened from there: nobody is told. */
  forget(address: string): void {
    for (const socket of this.#those(({ place, isDialled }) => isDialled && place.address === address))
      socket.isForgotten = true;
  }

  /** A machine is gone, and tells nobody. */
  powerCut(address: string): void {
    this.#dark.add(address);
    for (const name of [...this.#listeners.keys()]) if (name.startsWith(`${address}:`)) this.#listeners.delete(name);
    for (const socket of this.#those(({ place }) => place.address === address)) socket.vanish();
  }

  /** It is back: whoever still speaks to what was there hears that there is nobody. */
  powerOn(address: string): void {
    this.#dark.delete(address);
  }
}

function enter(socket: VirtualSocket, door: TlsDoor): void {
  door.admit(socket);
  if (!socket.closed) door.accept(socket);
}
