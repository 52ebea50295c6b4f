// Ports that nobody uses, for programs that start a whole box beside whatever runs already: the demonstration and the tests.

import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";

const ADDRESS = "127.0.0.1";
const TRIES = 200;
/** Below the ports that systems hand out themselves: between this search and the use of its find nobody gets one by chance. */
const LEAST = 10_240;
const MOST = 32_768;
/** Each process begins at a place of its own and never looks back: what it has found but does not use yet is not found twice. */
const PLACE = 350;

let next = LEAST + ((process.pid * PLACE) % (MOST - LEAST));

function placeOf(count: number): number {
  const first = (next + 1) & ~1;
  next = first + count;
  if (next <= MOST) return first;
  next = LEAST + count;
  return LEAST;
}

function bind(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind(port, ADDRESS, () => resolve(socket));
  });
}

function listen(port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => server.once("error", reject).listen(port, ADDRESS, () => resolve(server)));
}

const close = (held: Socket | Server): Promise<void> => new Promise((resolve) => held.close(() => resolve()));

/** The first of `count` ports in a row on 127.0.0.1 that are free now for UDP, and for TCP beside it; an even number. */
export async function freeUdpPorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const first = placeOf(count);
    const held: (Socket | Server)[] = [];
    try {
      for (let port = first; port < first + count; port++) {
        held.push(await bind(port)); // at once: when TCP has the port taken, this one has to be let go
        held.push(await listen(port));
      }
      return first;
    } catch {
      // somebody has one of them: try elsewhere
    } finally {
      await Promise.all(held.map(close));
    }
  }
  throw new Error(`no ${count} free ports in a row on ${ADDRESS}`);
}
