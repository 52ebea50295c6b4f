// tipring's user agent alone in a process: node peer-tipring.mjs MODULE PORT. Prints "ready"; ends on SIGTERM.

import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";

const SEND_SIP = 1;
/** Offsets in an Action (assembly/abi/action.ts) and an Endpoint. */
const LENGTH = 3;
const PAYLOAD = 4;
const ENDPOINT = 32;
const PORT_OF_ENDPOINT = 16;
const FAMILY = 18;
const TRANSPORT = 19;

const [, , path, port] = process.argv;
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)), {});
const bytes = new Uint8Array(exports.memory.buffer);
const words = new Int32Array(exports.memory.buffer);
const received = exports.rxDatagramPointer();
const source = exports.rxSourcePointer();
bytes.set([127, 0, 0, 1], source);
bytes[source + FAMILY] = 4;
bytes[source + TRANSPORT] = 1;
bytes.set(Buffer.from("service"), exports.userPointer());
exports.start("service".length, Number(port));

const socket = createSocket({ type: "udp4", lookup: (host, _options, callback) => callback(null, host, 4) });
const forget = () => {};
let timer;
let due = Number.POSITIVE_INFINITY;

function drain() {
  for (let at = exports.pollAction(); at !== 0; at = exports.pollAction()) {
    if (bytes[at] !== SEND_SIP) continue;
    const payload = words[(at >> 2) + PAYLOAD];
    const to = bytes[at + ENDPOINT + PORT_OF_ENDPOINT] | (bytes[at + ENDPOINT + PORT_OF_ENDPOINT + 1] << 8);
    // the socket may send later than the core keeps the bytes
    const copy = Buffer.allocUnsafe(words[(at >> 2) + LENGTH]);
    copy.set(bytes.subarray(payload, payload + copy.length));
    socket.send(copy, to, "127.0.0.1", forget);
  }
  const next = exports.nextTimeout();
  if (next >= due) return;
  clearTimeout(timer);
  due = next;
  timer = setTimeout(beat, Math.max(1, due - performance.now()));
}

function beat() {
  due = Number.POSITIVE_INFINITY;
  exports.handleTimeout(performance.now());
  drain();
}

socket.on("message", (datagram, { port }) => {
  bytes.set(datagram, received);
  bytes[source + PORT_OF_ENDPOINT] = port & 255;
  bytes[source + PORT_OF_ENDPOINT + 1] = port >> 8;
  exports.handleDatagram(datagram.length, performance.now());
  drain();
});
socket.bind(Number(port), "127.0.0.1", () => console.log("ready"));
process.on("SIGTERM", () => {
  console.error(`  tipring keeps ${exports.transactionsUsed()} transactions, ${exports.buffersUsed()} messages`);
  process.exit(0);
});
