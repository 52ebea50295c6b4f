// The stream connections of an adapter or a server, TCP and TLS: opened when something is to be sent, accepted when there is a listener,
// used again in both directions. The core knows them by number, the flow, which is never used twice.

import type { Server, Socket } from "node:net";
import { Transport } from "../endpoint.ts";
import { dialTcp, listenTcp } from "./tcp.ts";
import type { TlsFiles, TlsKit } from "./tls.ts";
import { BindError, bindProblem } from "./udp.ts";

/** Bytes handed over at a time: no message is longer, and a recording holds what is handed over. */
const SLICE = 4096;
/** Messages that may wait for one connection to open. */
const MOST_WAITING = 32;
/** Bytes that a peer may leave unread before it is given up. */
const MOST_UNREAD = 1 << 18;
/** How long a connection may take to open, how long a stranger's may live without a word worth an answer, and how long any may be silent, ms. */
const CONNECT_TIME = 5_000;
const STRANGER_TIME = 32_000;
const IDLE_TIME = 3_900_000;
/** A line end: the answer to a ping proves nothing. */
const PONG = 2;

export interface StreamPeer {
  readonly flow: number;
  readonly transport: number;
  readonly address: string;
  readonly port: number;
}

export interface StreamHandler {
  /** Returns how many bytes are done with; the rest is handed over again. */
  data(peer: StreamPeer, bytes: Uint8Array): number;
  closed(peer: StreamPeer): void;
  /** A message that can't be sent. The bytes are the handler's to keep. */
  unsent(peer: StreamPeer, bytes: Uint8Array): void;
}

export interface StreamOptions {
  /** Address to listen at, and to connect from. */
  bind: string;
  /** Port and the setting's name, for errors. */
  tcp?: { port: number; what: string } | undefined;
  tls?: { port: number; what: string } | undefined;
  files: TlsFiles;
  /** Accepted connections in all, and from one address. */
  most: number;
  mostOfPeer: number;
  /** A peer whose certificate does not do, in a sentence. */
  onRefused(sentence: string): void;
}

/** What an adapter or a server needs of its connections. */
export interface Streams {
  send(bytes: Uint8Array, address: string, port: number, transport: number, flow: number): void;
  closeFlow(flow: number): void;
  /** The certificate of that address must be for `name`. */
  expect(address: string, port: number, name: string): void;
  close(): Promise<void>;
}

export type OpenStreams = (options: StreamOptions, handler: StreamHandler) => Promise<Streams>;

class Connection implements StreamPeer {
  readonly flow: number;
  readonly transport: number;
  readonly address: string;
  readonly port: number;
  readonly socket: Socket;
  readonly isAccepted: boolean;
  isOpen: boolean;
  isClosed = false;
  /** Something was sent: whoever is there is worth a longer silence. */
  isKnown = false;
  waiting: Buffer[] = [];

  constructor(flow: number, transport: number, address: string, port: number, socket: Socket, isAccepted: boolean) {
    this.flow = flow;
    this.transport = transport;
    this.address = address;
    this.port = port;
    this.socket = socket;
    this.isAccepted = isAccepted;
    this.isOpen = isAccepted;
  }
}

class SocketStreams implements Streams {
  readonly #options: StreamOptions;
  readonly #handler: StreamHandler;
  readonly #flows = new Map<number, Connection>();
  /** By transport, address and port: the newest. */
  readonly #peers = new Map<string, Connection>();
  readonly #accepted = new Map<string, number>();
  readonly #names = new Map<string, string>();
  readonly #servers: Server[] = [];
  #tls: TlsKit | undefined;
  #acceptedCount = 0;
  #lastFlow = 0;

  constructor(options: StreamOptions, handler: StreamHandler) {
    this.#options = options;
    this.#handler = handler;
  }

  async open(): Promise<void> {
    const { bind, tcp, tls, files } = this.#options;
    if (tls || files.ca !== undefined || files.isWanted) {
      const { loadTls } = await import("./tls.ts");
      this.#tls = await loadTls(files);
    }
    if (tcp) await this.#listen(tcp, (socket) => this.#accept(socket, Transport.Tcp));
    if (tls) await this.#listen(tls, (socket) => this.#accept(socket, Transport.Tls), this.#tls);
    void bind;
  }

  async #listen(
    { port, what }: { port: number; what: string },
    accept: (socket: Socket) => void,
    tls?: TlsKit,
  ): Promise<void> {
    const { bind } = this.#options;
    const name = tls ? "tls" : "tcp";
    try {
      this.#servers.push(await (tls ? tls.listen(bind, port, accept) : listenTcp(bind, port, accept)));
    } catch (error) {
      throw new BindError(bindProblem(what, bind, port, name, error as NodeJS.ErrnoException));
    }
  }

  #accept(socket: Socket, transport: number): void {
    const { most, mostOfPeer } = this.#options;
    const { remoteAddress: address, remotePort: port } = socket;
    if (address === undefined || port === undefined) return;
    const ofPeer = this.#accepted.get(address) ?? 0;
    if (this.#acceptedCount >= most || ofPeer >= mostOfPeer) {
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    this.#acceptedCount++;
    this.#accepted.set(address, ofPeer + 1);
    this.#take(socket, transport, address, port, true).socket.setTimeout(STRANGER_TIME);
  }

  #take(socket: Socket, transport: number, address: string, port: number, isAccepted: boolean): Connection {
    const connection = new Connection(++this.#lastFlow, transport, address, port, socket, isAccepted);
    this.#flows.set(connection.flow, connection);
    this.#peers.set(peerKey(transport, address, port), connection);
    socket.on("data", (bytes: Buffer) => this.#hand(connection, bytes));
    socket.on("timeout", () => socket.destroy());
    socket.on("error", (error: Error) => {
      if (!connection.isOpen && transport === Transport.Tls) {
        this.#options.onRefused(`no connection to ${address}:${port}: ${error.message}`);
      }
    });
    socket.on("close", () => this.#forget(connection));
    return connection;
  }

  #hand(connection: Connection, bytes: Buffer): void {
    for (let at = 0; at < bytes.length && !connection.isClosed; ) {
      const taken = this.#handler.data(connection, bytes.subarray(at, at + SLICE));
      if (taken <= 0) return;
      at += taken;
    }
  }

  #forget(connection: Connection): void {
    const { flow, transport, address, port, isAccepted, isOpen, waiting } = connection;
    const key = peerKey(transport, address, port);
    connection.isClosed = true;
    this.#flows.delete(flow);
    if (this.#peers.get(key) === connection) this.#peers.delete(key);
    if (isAccepted) {
      this.#acceptedCount--;
      const left = (this.#accepted.get(address) ?? 1) - 1;
      if (left === 0) this.#accepted.delete(address);
      else this.#accepted.set(address, left);
    }
    if (isOpen) this.#handler.closed(connection);
    else for (const bytes of waiting) this.#handler.unsent({ flow: 0, transport, address, port }, bytes);
  }

  #dial(transport: number, address: string, port: number): Connection | undefined {
    const isTls = transport === Transport.Tls;
    if (port === 0 || (isTls && !this.#tls)) return undefined;
    const { bind } = this.#options;
    const name = this.#names.get(`${address}:${port}`) ?? address;
    const socket = isTls ? (this.#tls as TlsKit).dial(address, port, bind, name) : dialTcp(address, port, bind);
    const connection = this.#take(socket, transport, address, port, false);
    socket.setTimeout(CONNECT_TIME);
    socket.once(isTls ? "secureConnect" : "connect", () => {
      connection.isOpen = true;
      connection.isKnown = true;
      socket.setTimeout(IDLE_TIME);
      for (const bytes of connection.waiting.splice(0)) this.#write(connection, bytes);
    });
    return connection;
  }

  send(bytes: Uint8Array, address: string, port: number, transport: number, flow: number): void {
    const copy = Buffer.from(bytes); // Node may write later, the core's memory is its own by then
    const connection = flow === 0 ? this.#find(transport, address, port) : this.#flows.get(flow);
    const isFull = connection !== undefined && !connection.isOpen && connection.waiting.length >= MOST_WAITING;
    if (!connection || connection.isClosed || isFull) {
      this.#handler.unsent({ flow, transport, address, port }, copy);
    } else if (connection.isOpen) {
      this.#write(connection, copy);
    } else {
      connection.waiting.push(copy);
    }
  }

  #find(transport: number, address: string, port: number): Connection | undefined {
    return this.#peers.get(peerKey(transport, address, port)) ?? this.#dial(transport, address, port);
  }

  #write(connection: Connection, bytes: Buffer): void {
    const { socket } = connection;
    if (!connection.isKnown && bytes.length > PONG) {
      connection.isKnown = true;
      socket.setTimeout(IDLE_TIME);
    }
    socket.write(bytes);
    if (socket.writableLength > MOST_UNREAD) socket.destroy();
  }

  /** What was written before still goes out. */
  closeFlow(flow: number): void {
    const connection = this.#flows.get(flow);
    if (!connection) return;
    connection.isClosed = true;
    connection.socket.end(() => connection.socket.destroy());
  }

  expect(address: string, port: number, name: string): void {
    this.#names.set(`${address}:${port}`, name);
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    const sockets = [...this.#flows.values()].map(({ socket }) => socket);
    for (const socket of sockets) socket.destroySoon();
    await Promise.all([...closed, ...sockets.map(isGone)]);
  }
}

function isGone(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
    // a peer that reads nothing does not hold us up
    setTimeout(() => socket.destroy(), 200).unref();
  });
}

const peerKey = (transport: number, address: string, port: number): string => `${transport} ${address}:${port}`;

/** Throws a BindError for a port that can't be had, a TlsFileError for a file that can't be used. */
export const openStreams: OpenStreams = async (options, handler) => {
  const streams = new SocketStreams(options, handler);
  try {
    await streams.open();
  } catch (error) {
    await streams.close();
    throw error;
  }
  return streams;
};
