// TLS 1.2 and later. Who the peer must be: RFC 5922 §7, by the domain that was asked for.

import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { PeerCertificate } from "node:tls";
import { connectOptions, listening, SOCKET_OPTIONS, type StreamServer, type StreamSocket } from "./tcp.ts";
import { tlsProblem } from "./tls-problem.ts";

/** Paths of PEM files. */
export interface TlsFiles {
  certificate?: string | undefined;
  key?: string | undefined;
  /** Who we believe, instead of those whom Node believes. */
  ca?: string | undefined;
  /** Somebody may be dialled. */
  isWanted?: boolean;
}

/** Who comes. */
export interface TlsDoor {
  /** A connection that has said nothing yet. */
  admit(socket: StreamSocket): void;
  accept(socket: StreamSocket): void;
  /** No encrypted connection came of it. */
  refused(address: string, problem: string): void;
}

export interface TlsKit {
  listen(address: string, port: number, door: TlsDoor): Promise<StreamServer>;
  /** `name` is the domain or address that the certificate must be for, and what the peer is asked for (SNI). */
  dial(address: string, port: number, bind: string, name: string): StreamSocket;
}

/** The file can't be read or used. The message says which. */
export class TlsFileError extends Error {
  readonly code = "TLS_FILE";
}

const OLDEST = "TLSv1.2";

async function read(setting: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new TlsFileError(`tls.${setting}: can't read ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Throws a TlsFileError. */
export async function loadTls(files: TlsFiles): Promise<TlsKit> {
  const { connect, createSecureContext, createServer } = await import("node:tls");
  const [cert, key, ca] = await Promise.all([
    read("certificate", files.certificate),
    read("key", files.key),
    read("ca", files.ca),
  ]);
  const secrets = {
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(ca ? { ca } : {}),
    minVersion: OLDEST,
  } as const;
  let secureContext: ReturnType<typeof createSecureContext>;
  try {
    secureContext = createSecureContext(secrets);
  } catch (error) {
    throw new TlsFileError(`tls: certificate and key can't be used: ${(error as Error).message}`);
  }
  return {
    listen: (address, port, { admit, accept, refused }) => {
      const server = createServer({ ...SOCKET_OPTIONS, ...secrets, handshakeTimeout: 10_000 }, accept);
      server.on("connection", admit);
      server.on("tlsClientError", (error, socket) => {
        if (socket.remoteAddress !== undefined) refused(socket.remoteAddress, tlsProblem(error));
      });
      return listening(server, address, port);
    },
    dial: (address, port, bind, name) =>
      connect({
        ...connectOptions(address, port, bind),
        secureContext,
        minVersion: OLDEST,
        ...(isIP(name) ? {} : { servername: name }),
        checkServerIdentity: (_host, certificate) => {
          const problem = identityProblem(certificate, name);
          return problem === undefined ? undefined : new Error(problem);
        },
      }),
  };
}

/** Why the certificate is not `name`'s, in words; undefined when it is. */
export function identityProblem(certificate: PeerCertificate, name: string): string | undefined {
  const identities = identitiesOf(certificate.subjectaltname, certificate.subject?.CN);
  const wanted = name.toLowerCase();
  // RFC 5922 §7.2: as a whole; a wildcard is no identity. RFC 5922 knows domains only: an address is one when the certificate says so
  if (identities.includes(wanted)) return undefined;
  const whose = identities.length === 0 ? "nobody that could be a SIP domain" : identities.join(", ");
  return `its certificate is for ${whose}, not for ${name}`;
}

/** RFC 5922 §7.1: sip URIs without a user; without any, DNS names; the common name only when there are no alternative names at all. */
export function identitiesOf(alternatives: string | undefined, commonName: string | string[] | undefined): string[] {
  if (alternatives === undefined || alternatives === "") return [commonName ?? []].flat().slice(0, 1).map(lower);
  const names = splitNames(alternatives);
  const uris = names.flatMap(([type, value]) => (type === "URI" ? domainOfUri(value) : []));
  if (uris.length > 0) return uris;
  return names.filter(([type]) => type === "DNS" || type === "IP Address").map(([, value]) => lower(value));
}

const lower = (text: string): string => text.toLowerCase();

/** `sip:HOST`: neither another scheme nor a user is a domain. */
function domainOfUri(uri: string): string[] {
  const match = /^sip:([^@;?:]+|\[[^\]]+\])(?::\d+)?(?:[;?].*)?$/i.exec(uri);
  return match?.[1] === undefined || uri.includes("@") ? [] : [lower(match[1])];
}

/** Node's text of the alternative names: `TYPE:value, TYPE:value`, a value with a comma in it quoted as JSON. */
function splitNames(text: string): [type: string, value: string][] {
  const names: [string, string][] = [];
  for (const [, type = "", quoted, plain = ""] of text.matchAll(
    /([A-Za-z ]+):(?:("(?:[^"\\]|\\.)*")|([^,]*))(?:, |$)/g,
  )) {
    names.push([type.trim(), quoted === undefined ? plain : (JSON.parse(quoted) as string)]);
  }
  return names;
}
