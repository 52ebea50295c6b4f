// Streams over loopback with a handler that remembers, and peers that we did not write.

import { connect, createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { openStreams, type StreamOptions, type StreamPeer, type Streams } from "../../host/net/streams.ts";
import { within } from "./deadline.ts";

export const HERE = "127.0.0.1";

/** What the handler is told, in order, to wait for. */
export class Told {
  readonly events: string[] = [];
  readonly sentences: string[] = [];
  peers: StreamPeer[] = [];
  #wake: (() => void)[] = [];

  add(event: string): void {
    this.events.push(event);
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** The first event like that, from now or before. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.events.find((event) => pattern.test(event));
      if (found !== undefined) return found;
      await within(
        new Promise<void>((wake) => this.#wake.push(wake)),
        5_000,
        `${pattern}, but ${this.events.join(" | ")}`,
      );
    }
  }
}

export async function open(t: TestContext, options: Partial<StreamOptions> = {}): Promise<[Streams, Told]> {
  const told = new Told();
  const streams = await openStreams(
    {
      bind: HERE,
      files: {},
      most: 10,
      mostOfPeer: 10,
      onRefused: (sentence) => {
        told.sentences.push(sentence);
        told.add(`refused ${sentence}`);
      },
      ...options,
    },
    {
      data: (peer, bytes) => {
        told.peers.push(peer);
        told.add(`data ${peer.flow} ${Buffer.from(bytes).toString("latin1")}`);
        return bytes.length;
      },
      closed: (peer) => told.add(`closed ${peer.flow}`),
      unsent: (peer, bytes) => told.add(`unsent ${peer.flow} ${Buffer.from(bytes).toString("latin1")}`),
    },
  );
  t.after(() => streams.close());
  return [streams, told];
}

/** A peer that we did not write: accepts, and keeps what it hears. */
export async function listener(
  t: TestContext,
  port: number,
): Promise<{ until(text: string): Promise<void>; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  let heard = "";
  let wake = () => {};
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("data", (bytes) => {
      heard += bytes.toString("latin1");
      wake();
    });
    socket.on("error", () => {});
  });
  await started(t, server, port);
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  const until = async (text: string) => {
    while (heard !== text) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { until: (text) => within(until(text), 5_000, `${text}, but ${heard}`), sockets };
}

export function started(t: TestContext, server: Server, port: number): Promise<void> {
  t.after(() => server.close());
  return new Promise((resolve) => server.listen(port, HERE, resolve));
}

export const bytes = (text: string) => Buffer.from(text, "latin1");

export async function dialled(port: number): Promise<Socket> {
  const socket = connect(port, HERE).resume();
  socket.on("error", () => {});
  await within(new Promise<void>((resolve) => socket.once("connect", () => resolve())), 5_000, "a connection");
  return socket;
}

export const closed = (socket: Socket) =>
  within(new Promise<void>((resolve) => socket.once("close", () => resolve())), 5_000, "a connection's end");
