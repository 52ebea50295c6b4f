// The stream connections of an adapter or a server, TCP and TLS: opened when something is to be sent, accepted when there is a listener,
// used again in both directions. The core knows them by number, the flow, which is never used twice.

import { type Clock, systemClock } from "../clock.ts";
import { Transport } from "../endpoint.ts";
import { dialTcp, listenTcp, type StreamServer, type StreamSocket } from "./tcp.ts";
import type { TlsFiles, TlsKit } from "./tls.ts";
import { tlsProblem } from "./tls-problem.ts";
import { BindError, bindProblem } from "./udp.ts";

/** Bytes handed over at a time: no message is longer, and a recording holds what is handed over. */
const SLICE = 4096;
/** Messages that may wait for one connection to open. */
const MOST_WAITING = 32;
/** Bytes that a peer may leave unread before it is given up. */
const MOST_UNREAD = 1 << 18;
/**
 * How long a connection may take to open, how long a stranger's may live without a word worth an answer, and how long any may be silent,
 * ms. Who registers once an hour keeps his.
 */
const TIMES = { connect: 5_000, stranger: 32_000, idle: 3_900_000 };
/** At most one sentence about strangers in that time, ms: they could fill the log. */
const SENTENCE_TIME = 10_000;
/** What was written last gets so long to go out when everything ends, ms. */
const LEAVE_TIME = 200;
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
  /** No connection came about, and why, in a sentence. */
  onRefused(sentence: string): void;
  /** Other times, for tests. */
  times?: Partial<typeof TIMES>;
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

/** What connections are made of. */
export interface Plumbing {
  readonly clock: Clock;
  dialTcp(address: string, port: number, bind: string): StreamSocket;
  listenTcp(address: string, port: number, accept: (socket: StreamSocket) => void): Promise<StreamServer>;
  loadTls(files: TlsFiles): Promise<TlsKit>;
}

const SYSTEM: Plumbing = {
  clock: systemClock,
  dialTcp,
  listenTcp,
  loadTls: async (files) => (await import("./tls.ts")).loadTls(files),
};

class Connection implements StreamPeer {
  readonly flow: number;
  readonly transport: number;
  readonly address: string;
  readonly port: number;
  readonly socket: StreamSocket;
  isOpen: boolean;
  isClosed = false;
  /** Something was sent: whoever is there is worth a longer silence. */
  isKnown = false;
  waiting: Buffer[] = [];

  constructor(
    flow: number,
    transport: number,
    address: string,
    port: number,
    socket: StreamSocket,
    isAccepted: boolean,
  ) {
    this.flow = flow;
    this.transport = transport;
    this.address = address;
    this.port = port;
    this.socket = socket;
    this.isOpen = isAccepted;
  }
}

class SocketStreams implements Streams {
  readonly #plumbing: Plumbing;
  readonly #options: StreamOptions;
  readonly #handler: StreamHandler;
  readonly #flows = new Map<number, Connection>();
  /** By transport, address and port: the newest. */
  readonly #peers = new Map<string, Connection>();
  readonly #accepted = new Map<string, number>();
  readonly #names = new Map<string, string>();
  readonly #servers: StreamServer[] = [];
  readonly #times: typeof TIMES;
  #tls: TlsKit | undefined;
  #sentenceAt = Number.NEGATIVE_INFINITY;
  #acceptedCount = 0;
  #lastFlow = 0;

  constructor(plumbing: Plumbing, options: StreamOptions, handler: StreamHandler) {
    this.#plumbing = plumbing;
    this.#options = options;
    this.#handler = handler;
    this.#times = { ...TIMES, ...options.times };
  }

  async open(): Promise<void> {
    const { tcp, tls, files } = this.#options;
    if (tls || files.ca !== undefined || files.isWanted) this.#tls = await this.#plumbing.loadTls(files);
    if (tcp) {
      await this.#listen(tcp, "tcp", (bind, port) =>
        this.#plumbing.listenTcp(bind, port, (socket) => {
          if (this.#admit(socket)) this.#accept(socket, Transport.Tcp);
        }),
      );
    }
    const kit = this.#tls;
    if (tls && kit) {
      await this.#listen(tls, "tls", (bind, port) =>
        kit.listen(bind, port, {
          admit: (socket) => void this.#admit(socket),
          accept: (socket) => this.#accept(socket, Transport.Tls),
          refused: (address, problem) => this.#tellOfStranger(`no connection from ${address}: ${problem}`),
        }),
      );
    }
  }

  async #listen(
    { port, what }: { port: number; what: string },
    protocol: string,
    listen: (bind: string, port: number) => Promise<StreamServer>,
  ): Promise<void> {
    const { bind } = this.#options;
    try {
      this.#servers.push(await listen(bind, port));
    } catch (error) {
      throw new BindError(bindProblem(what, bind, port, protocol, error as NodeJS.ErrnoException));
    }
  }

  /** Counts a connection as soon as it is there, whatever it will speak. False, and it is gone, when there are too many. */
  #admit(socket: StreamSocket): boolean {
    const { most, mostOfPeer } = this.#options;
    const address = socket.remoteAddress;
    const ofPeer = this.#accepted.get(address ?? "") ?? 0;
    if (address === undefined || this.#acceptedCount >= most || ofPeer >= mostOfPeer) {
      socket.on("error", () => {});
      socket.destroy();
      const full = ofPeer >= mostOfPeer ? `${ofPeer} from there` : `${this.#acceptedCount} in all`;
      if (address !== undefined) this.#tellOfStranger(`no connection from ${address}: there are ${full} already`);
      return false;
    }
    this.#acceptedCount++;
    this.#accepted.set(address, ofPeer + 1);
    socket.once("close", () => {
      this.#acceptedCount--;
      const left = (this.#accepted.get(address) ?? 1) - 1;
      if (left === 0) this.#accepted.delete(address);
      else this.#accepted.set(address, left);
    });
    return true;
  }

  #accept(socket: StreamSocket, transport: number): void {
    const { remoteAddress: address, remotePort: port } = socket;
    if (address === undefined || port === undefined) return;
    this.#take(socket, transport, address, port, true).socket.setTimeout(this.#times.stranger);
  }

  #tellOfStranger(sentence: string): void {
    const now = this.#plumbing.clock.now();
    if (now - this.#sentenceAt < SENTENCE_TIME) return;
    this.#sentenceAt = now;
    this.#options.onRefused(sentence);
  }

  #take(socket: StreamSocket, transport: number, address: string, port: number, isAccepted: boolean): Connection {
    const connection = new Connection(++this.#lastFlow, transport, address, port, socket, isAccepted);
    this.#flows.set(connection.flow, connection);
    this.#peers.set(peerKey(transport, address, port), connection);
    socket.on("data", (bytes: Buffer) => this.#hand(connection, bytes));
    socket.on("timeout", () => socket.destroy());
    socket.on("error", (error: Error) => {
      if (!connection.isOpen && transport === Transport.Tls) {
        this.#options.onRefused(`no connection to ${address}:${port}: ${tlsProblem(error)}`);
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
    const { flow, transport, address, port, isOpen, waiting } = connection;
    const key = peerKey(transport, address, port);
    connection.isClosed = true;
    this.#flows.delete(flow);
    if (this.#peers.get(key) === connection) this.#peers.delete(key);
    if (isOpen) this.#handler.closed(connection);
    else for (const bytes of waiting) this.#handler.unsent({ flow: 0, transport, address, port }, bytes);
  }

  #dial(transport: number, address: string, port: number): Connection | undefined {
    const isTls = transport === Transport.Tls;
    if (port === 0 || (isTls && !this.#tls)) return undefined;
    const { bind } = this.#options;
    const name = this.#names.get(`${address}:${port}`) ?? address;
    const socket = isTls
      ? (this.#tls as TlsKit).dial(address, port, bind, name)
      : this.#plumbing.dialTcp(address, port, bind);
    const connection = this.#take(socket, transport, address, port, false);
    socket.setTimeout(this.#times.connect);
    socket.once(isTls ? "secureConnect" : "connect", () => {
      connection.isOpen = true;
      connection.isKnown = true;
      socket.setTimeout(this.#times.idle);
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
      socket.setTimeout(this.#times.idle);
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
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    const sockets = [...this.#flows.values()].map(({ socket }) => socket);
    for (const socket of sockets) socket.destroySoon();
    await Promise.all([...closed, ...sockets.map((socket) => isGone(socket, this.#plumbing.clock))]);
  }
}

/** A peer that reads nothing does not hold us up. */
function isGone(socket: StreamSocket, clock: Clock): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => socket.destroy(), LEAVE_TIME);
    socket.once("close", () => {
      clock.clearTimeout(timer);
      resolve();
    });
  });
}

const peerKey = (transport: number, address: string, port: number): string => `${transport} ${address}:${port}`;

/** Connections of another make than the system's. */
export const streamsOf =
  (plumbing: Plumbing): OpenStreams =>
  async (options, handler) => {
    const streams = new SocketStreams(plumbing, options, handler);
    try {
      await streams.open();
    } catch (error) {
      await streams.close();
      throw error;
    }
    return streams;
  };

/** Throws a BindError for a port that can't be had, a TlsFileError for a file that can't be used. */
export const openStreams: OpenStreams = streamsOf(SYSTEM);
