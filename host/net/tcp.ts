// TCP as RFC 3261 §18 wants it: small messages go out at once, and a peer that has vanished is found out.

import { connect, createServer, type Server, type Socket } from "node:net";

/** How long a connection is silent before the system asks whether the peer is still there, ms. */
const KEEP_ALIVE = 60_000;
const ANY_ADDRESS = "0.0.0.0";

/** What is used of a Socket: a simulated network has sockets of its own. */
export interface StreamSocket {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly writableLength: number;
  readonly closed: boolean;
  on(event: "data", listener: (bytes: Buffer) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "timeout" | "close", listener: () => void): unknown;
  once(event: "connect" | "secureConnect" | "close", listener: () => void): unknown;
  write(bytes: Uint8Array): boolean;
  end(done: () => void): unknown;
  destroy(): unknown;
  destroySoon(): void;
  setTimeout(ms: number): unknown;
}

/** Somebody listens. */
export interface StreamServer {
  close(done: () => void): unknown;
}

export const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE } as const;

/** Where to connect, and from which of our addresses: peers know us by it. */
export function connectOptions(address: string, port: number, bind: string) {
  return { ...SOCKET_OPTIONS, host: address, port, ...(bind === ANY_ADDRESS ? {} : { localAddress: bind }) };
}

export function dialTcp(address: string, port: number, bind: string): Socket {
  return connect(connectOptions(address, port, bind));
}

/** Resolves once it listens. */
export function listening(server: Server, address: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.removeListener("error", reject);
      server.on("error", () => {}); // one connection that could not be accepted
      resolve(server);
    });
  });
}

export function listenTcp(address: string, port: number, accept: (socket: Socket) => void): Promise<Server> {
  return listening(createServer(SOCKET_OPTIONS, accept), address, port);
}
