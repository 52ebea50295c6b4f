// What Node itself costs: sends every datagram back, unread. node floor.mjs PORT. Prints "ready"; ends on SIGTERM.

import { createSocket } from "node:dgram";

const socket = createSocket({ type: "udp4", lookup: (host, _options, callback) => callback(null, host, 4) });
socket.on("message", (bytes, { port, address }) => socket.send(bytes, 0, bytes.length, port, address));
socket.bind(Number(process.argv[2]), "127.0.0.1", () => console.log("ready"));
