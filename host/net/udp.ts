// A UDP socket. Sending costs no allocation of ours: the bytes go into a ring of slots, because Node may read them a tick later.

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { probe } from "./probe.ts";

export type DatagramListener = (bytes: Uint8Array, address: string, port: number) => void;

/** What an adapter or a server needs of a socket. A simulated network has its own. */
export interface Udp {
  readonly port: number;
  send(bytes: Uint8Array, address: string, port: number): void;
  /** Calls `onGone`, later, if the network says that nobody is there. */
  probe(address: string, port: number, onGone: () => void): void;
  close(): Promise<void>;
}

/** `what` names the setting for errors: `sip.port`. `largest` is the largest datagram that will be sent. */
export type OpenUdp = (
  what: string,
  address: string,
  port: number,
  largest: number,
  listener: DatagramListener,
) => Promise<Udp>;

/** The address can't be had. The message says which, and why. */
export class BindError extends Error {
  readonly code = "BIND";
}

const SLOTS = 64;

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === "EADDRINUSE") return "another program uses it";
  if (error.code === "EADDRNOTAVAIL") return "this machine has no such address";
  if (error.code === "EACCES") return "ports below 1024 need privileges";
  return error.message;
}

export function bindProblem(
  what: string,
  address: string,
  port: number,
  protocol: string,
  error: NodeJS.ErrnoException,
): string {
  return `${what}: can't listen on ${address}:${port}/${protocol}: ${reason(error)}. Choose another port or address.`;
}

export class UdpSocket implements Udp {
  readonly #socket: Socket;
  readonly #ring: Buffer;
  readonly #slotSize: number;
  #slot = 0;
  /** Datagrams that the system did not take. */
  sendErrors = 0;

  private constructor(socket: Socket, slotSize: number) {
    this.#socket = socket;
    this.#slotSize = slotSize;
    this.#ring = Buffer.alloc(slotSize * SLOTS);
  }

  /** Throws a BindError. */
  static readonly open: OpenUdp = (what, address, port, largest, listener) => {
    const socket = createSocket({
      type: isIPv6(address) ? "udp6" : "udp4",
      recvBufferSize: 1 << 20,
      // Addresses are literals here: answering at once spares a tick and a trip through the resolver.
      lookup: (host, _options, callback) => callback(null, host, isIPv6(host) ? 6 : 4),
    });
    return new Promise((resolve, reject) => {
      socket.once("error", (error: NodeJS.ErrnoException) => {
        socket.close();
        reject(new BindError(bindProblem(what, address, port, "udp", error)));
      });
      socket.bind(port, address, () => {
        socket.removeAllListeners("error");
        const udp = new UdpSocket(socket, largest);
        // ICMP errors of earlier sends come up here; retransmission and timers are the core's answer to them
        socket.on("error", () => udp.sendErrors++);
        socket.on("message", (bytes: Buffer, from: RemoteInfo) => listener(bytes, from.address, from.port));
        resolve(udp);
      });
    });
  };

  get port(): number {
    return this.#socket.address().port;
  }

  send(bytes: Uint8Array, address: string, port: number): void {
    // Port 0 is nowhere, and Node throws at it; a datagram that claims to come from there is answered to there.
    if (bytes.length > this.#slotSize || port === 0) {
      this.sendErrors++;
      return;
    }
    const at = this.#slot * this.#slotSize;
    this.#slot = (this.#slot + 1) % SLOTS;
    this.#ring.set(bytes, at);
    this.#socket.send(this.#ring, at, bytes.length, port, address, this.#onSent);
  }

  readonly probe = probe;

  readonly #onSent = (error: Error | null): void => {
    if (error) this.sendErrors++;
  };

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
