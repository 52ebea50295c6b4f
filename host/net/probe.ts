// Is anybody there? A socket that sends to everybody hears of no ICMP error (RFC 1122 §4.1.3.3), so a connected one asks, with the line
// ends of a keep-alive, which a SIP element passes over (RFC 5626 §3.5.1, RFC 3261 §7.5).

import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

const PING = Buffer.from("\r\n\r\n");
/** How long an error may take to come back, ms. */
const PATIENCE = 2000;
/** Questions under way at a time; more are not asked. */
const MOST_PROBES = 16;
/** Nobody at that port, nobody at that address, no way there. */
const GONE = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"]);

let probes = 0;

/** Calls `onGone` once, later, if the network says that nobody is there. Silence says nothing. */
export function probe(address: string, port: number, onGone: () => void): void {
  if (probes >= MOST_PROBES) return;
  probes++;
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  let isOpen = true;
  const stop = (): void => {
    if (!isOpen) return;
    isOpen = false;
    probes--;
    clearTimeout(timer);
    socket.close();
  };
  const timer = setTimeout(stop, PATIENCE);
  timer.unref();
  socket.unref();
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (!isOpen) return;
    stop();
    if (GONE.has(error.code ?? "")) onGone();
  });
  // not as connect()'s own callback, which is called as well when there is no way there
  socket.once("connect", () => {
    if (isOpen) socket.send(PING);
  });
  socket.connect(port, address);
}
