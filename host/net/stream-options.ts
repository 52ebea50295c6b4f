// What stream connections an adapter and a server take and make, by their configuration.

import { isIP } from "node:net";
import { splitHostPort } from "../adapter-settings.ts";
import type { Config, LineConfig } from "../config/types.ts";
import type { Log } from "../log.ts";
import type { StreamOptions } from "./streams.ts";

/** Connections that are accepted, in all and from one address. */
const ADAPTER_CONNECTIONS = 64;
const SERVER_CONNECTIONS = 4096;
const SERVER_CONNECTIONS_OF_PEER = 256;

/** The registrar's domain says how it wants to be spoken to (RFC 3263 §4.1). */
function isOpen({ transport, registrar }: LineConfig): boolean {
  const { host, port } = splitHostPort(registrar);
  return transport === "auto" && port === 0 && isIP(host) === 0;
}

/** Nobody has reason to call at an adapter by TLS: it has no certificate, and its registrar comes by the adapter's own connection. */
export function adapterStreams({ sip, line, tls }: Config, log: Log): StreamOptions {
  // what the DNS may choose must be there
  const has = (transport: string) => line.some((it) => it.transport === transport || isOpen(it));
  return {
    bind: sip.bind,
    tcp: has("tcp") ? { port: sip.port, what: "sip.port" } : undefined,
    files: { ca: tls.ca, isWanted: has("tls") },
    most: ADAPTER_CONNECTIONS,
    mostOfPeer: ADAPTER_CONNECTIONS,
    onRefused: (sentence) => log.warn("sip", sentence),
  };
}

export function serverStreams({ server, tls }: Config, log: Log): StreamOptions {
  const { bind, port, tcp, tls_port } = server;
  return {
    bind,
    tcp: tcp ? { port, what: "server.port" } : undefined,
    tls: tls_port === undefined ? undefined : { port: tls_port, what: "server.tls_port" },
    files: tls,
    most: SERVER_CONNECTIONS,
    mostOfPeer: SERVER_CONNECTIONS_OF_PEER,
    onRefused: (sentence) => log.warn("server", sentence),
  };
}
