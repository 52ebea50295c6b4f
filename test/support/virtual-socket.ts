// One end of a stream connection in memory. Bytes keep their order; those that a wire loses are sent again, until nobody believes in it.

import { EventEmitter } from "node:events";
import type { StreamSocket } from "../../host/net/tcp.ts";
import type { VirtualStreams } from "./virtual-streams.ts";

/** Between two tries to get something through, at first and at the longest, and how long in all, ms: Linux. */
const FIRST_RETRY = 200;
const LONGEST_RETRY = 120_000;
const GIVE_UP = 924_000;

interface Place {
  readonly address: string;
  readonly port: number;
}

const END = new Uint8Array(0);

export class VirtualSocket extends EventEmitter implements StreamSocket {
  readonly place: Place;
  readonly peerPlace: Place;
  readonly isDialled: boolean = true;
  /** A NAT on the way has forgotten it. */
  isForgotten = false;
  closed = false;
  readonly #net: VirtualStreams;
  #peer: VirtualSocket | undefined;
  /** Its machine has lost its power, or it was closed: whoever sends to it is told so, when there is anybody to say so. */
  #isGone = false;
  #queue: Uint8Array[] = [];
  #isBusy = false;
  #lastAt = 0;
  #idleFor = 0;
  #idleTimer: unknown;
  #activeAt = 0;

  constructor(net: VirtualStreams, place: Place, peerPlace: Place) {
    super();
    this.#net = net;
    this.place = place;
    this.peerPlace = peerPlace;
    net.sockets.add(this);
  }

  get here(): string {
    return `${this.place.address}:${this.place.port}`;
  }

  get there(): string {
    return `${this.peerPlace.address}:${this.peerPlace.port}`;
  }

  get remoteAddress(): string {
    return this.peerPlace.address;
  }

  get remotePort(): number {
    return this.peerPlace.port;
  }

  get writableLength(): number {
    return this.#queue.reduce((sum, { length }) => sum + length, 0);
  }

  join(accepted: VirtualSocket): void {
    (accepted as { isDialled: boolean }).isDialled = false;
    this.#peer = accepted;
    accepted.#peer = this;
  }

  /** The connection is there. */
  rise(isTls: boolean): void {
    if (this.closed) return;
    this.#touch();
    this.emit(isTls ? "secureConnect" : "connect");
  }

  // What a Socket does

  write(bytes: Uint8Array): boolean {
    const written = { at: this.#net.clock.now(), from: this.here, to: this.there, bytes: Uint8Array.from(bytes) };
    if (this.closed) return false;
    this.#touch();
    this.#net.counts.bytes += bytes.length;
    this.#net.onWrite?.(written);
    const most = this.#net.breakAfter(written);
    this.#put(most === undefined ? written.bytes : written.bytes.subarray(0, most));
    if (most !== undefined) this.#net.clock.setTimeout(() => this.break(), this.#delay() * 2);
    return true;
  }

  end(done: () => void): void {
    this.#put(END);
    this.#net.clock.setTimeout(done, 0);
  }

  /** What was written before still gets there. */
  destroy(): void {
    if (this.closed) return;
    this.#put(END);
    this.die();
  }

  destroySoon(): void {
    this.destroy();
  }

  setTimeout(duration: number): void {
    this.#idleFor = duration;
    this.#touch();
    this.#watch();
  }

  // What becomes of it

  /** This end is told, the other is not. */
  die(code?: string): void {
    if (this.closed) return;
    this.#leave();
    this.#net.clock.setTimeout(() => {
      if (code !== undefined && this.listenerCount("error") > 0)
        this.emit("error", Object.assign(new Error(code), { code }));
      this.emit("close");
    }, 0);
  }

  /** Both ends are told; what is under way is lost. */
  break(): void {
    this.#net.counts.broken++;
    for (const end of [this, this.#peer]) {
      if (!end) continue;
      end.#queue = [];
      end.die("ECONNRESET");
    }
  }

  /** Its machine has no power. */
  vanish(): void {
    this.#leave();
    this.#queue = [];
    this.removeAllListeners();
  }

  #leave(): void {
    this.closed = true;
    this.#isGone = true;
    this.#net.clock.clearTimeout(this.#idleTimer);
    this.#net.sockets.delete(this);
  }

  #touch(): void {
    this.#activeAt = this.#net.clock.now();
  }

  #watch(): void {
    const { clock } = this.#net;
    clock.clearTimeout(this.#idleTimer);
    if (this.#idleFor === 0 || this.closed) return;
    const left = this.#activeAt + this.#idleFor - clock.now();
    this.#idleTimer = clock.setTimeout(
      () => {
        if (this.#activeAt + this.#idleFor > clock.now()) this.#watch();
        else this.emit("timeout");
      },
      Math.max(0, left),
    );
  }

  // The way to the other end

  #put(bytes: Uint8Array): void {
    if (this.#queue.at(-1) === END) return;
    this.#queue.push(bytes);
    if (!this.#isBusy) this.#try(FIRST_RETRY, this.#net.clock.now());
  }

  #delay(): number {
    return this.#net.wireOf(this.here, this.there, END).delay;
  }

  #try(patience: number, since: number): void {
    const net = this.#net;
    const bytes = this.#queue[0];
    const peer = this.#peer;
    this.#isBusy = bytes !== undefined;
    if (!bytes || !peer) return;
    const wire = net.wireOf(this.here, this.there, bytes);
    // to the one behind the NAT: nobody knows where that is; from there: as somebody whom the peer does not know
    if (this.isForgotten) return void net.clock.setTimeout(() => this.die("ECONNRESET"), wire.delay * 2);
    if (peer.isForgotten || net.isDark(this.there) || net.chance(wire.loss)) {
      net.counts.resent++;
      if (net.clock.now() - since > GIVE_UP) this.die("ETIMEDOUT");
      else net.clock.setTimeout(() => this.#try(Math.min(LONGEST_RETRY, patience * 2), since), patience);
      return;
    }
    this.#queue.shift();
    const held = net.chance(wire.reordering) ? net.random.between(0, wire.heldFor) : 0;
    const at = Math.max(this.#lastAt, net.clock.now() + wire.delay + net.random.between(0, wire.jitter) + held);
    this.#lastAt = this.#deliver(peer, bytes, at, net.chance(wire.cuts ?? 0));
    this.#try(FIRST_RETRY, net.clock.now());
  }

  /** Perhaps in two pieces. Returns when the last gets there. */
  #deliver(peer: VirtualSocket, bytes: Uint8Array, at: number, isCut: boolean): number {
    const { clock, random } = this.#net;
    const cut = isCut && bytes.length > 1 ? 1 + Math.floor(random.between(0, bytes.length - 1)) : bytes.length;
    const end = cut < bytes.length ? at + random.between(0, 20) : at;
    clock.setTimeout(() => peer.#take(bytes.subarray(0, cut), this), at - clock.now());
    if (end > at || cut < bytes.length)
      clock.setTimeout(() => peer.#take(bytes.subarray(cut), this), end - clock.now());
    return end;
  }

  #take(bytes: Uint8Array, from: VirtualSocket): void {
    if (this.#isGone) {
      if (bytes.length > 0 && !this.#net.isDark(this.here)) from.die("ECONNRESET");
      return;
    }
    if (bytes.length === 0) {
      this.destroy();
      return;
    }
    this.#touch();
    this.emit("data", Buffer.from(bytes));
  }
}
