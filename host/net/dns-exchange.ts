// One question to one name server: RFC 1035 §4.2, over UDP from a port and with a number that nobody can guess (RFC 5452 §9), over TCP
// when the answer does not fit. The packets themselves are dns-packet's affair.

import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { type DecodedPacket, decode, encode, type RecordType } from "dns-packet";

export interface NameServer {
  readonly address: string;
  readonly port: number;
}

/** This server did not say: an error of its own, silence, or nonsense. */
export class NameServerError extends Error {
  readonly code = "NAME_SERVER";
}

/** Empty for a name that does not exist, and for one that has nothing of the type. */
export type Answers = NonNullable<DecodedPacket["answers"]>;

/** Offsets and bits of the header, RFC 1035 §4.1.1. */
const HEADER_SIZE = 12;
const RESPONSE = 0x80;
const TRUNCATED = 0x02;
const RCODE = 0x0f;
const NXDOMAIN = 3;
/** RFC 1035 §4.2.2: a length of two bytes goes first. */
const LENGTH_SIZE = 2;

/**
 * The bytes answer our question: same number, and the question section is ours byte for byte. Whatever else arrives was sent by somebody
 * who guesses, or too late, and is not looked at.
 */
export function isAnswerTo(query: Buffer, bytes: Buffer): boolean {
  return (
    bytes.length >= query.length &&
    bytes.readUInt16BE(0) === query.readUInt16BE(0) &&
    ((bytes[2] as number) & RESPONSE) !== 0 &&
    bytes.readUInt16BE(4) === 1 &&
    bytes.subarray(HEADER_SIZE, query.length).equals(query.subarray(HEADER_SIZE))
  );
}

function answersOf(bytes: Buffer, server: NameServer): Answers {
  const rcode = (bytes[3] as number) & RCODE;
  if (rcode === NXDOMAIN) return [];
  if (rcode !== 0) throw new NameServerError(`${server.address} answered with code ${rcode}`);
  return decode(bytes).answers ?? [];
}

/**
 * Asks once. Rejects when nothing that answers comes within `timeout` ms, or the server can't say. `onForged` is told of each datagram
 * that came to our port and answers something else.
 */
export async function exchange(
  server: NameServer,
  name: string,
  type: RecordType,
  timeout: number,
  signal: AbortSignal,
  onForged: () => void = () => {},
): Promise<Answers> {
  const end = performance.now() + timeout;
  const query = encode({ type: "query", id: randomInt(0x10000), flags: 0x0100, questions: [{ name, type }] });
  const short = await overUdp(server, query, end, signal, onForged);
  return answersOf(
    ((short[2] as number) & TRUNCATED) === 0 ? short : await overTcp(server, query, end, signal),
    server,
  );
}

/**
 * Runs `start` until it settles or time is up, then `stop`, always. A timer of its own, for Node 20 may collect AbortSignal.any() of an
 * AbortSignal.timeout() as garbage before it has fired.
 */
function within<T>(
  end: number,
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => settle(() => reject(new NameServerError("no answer in time")));
    let settle = (then: () => void): void => {
      settle = () => {};
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      stop();
      then();
    };
    const timer = setTimeout(giveUp, end - performance.now());
    const stop = start(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp);
  });
}

function overUdp(
  server: NameServer,
  query: Buffer,
  end: number,
  signal: AbortSignal,
  onForged: () => void,
): Promise<Buffer> {
  return within(end, signal, (resolve, reject) => {
    const socket = createSocket(isIPv6(server.address) ? "udp6" : "udp4");
    socket.on("error", reject);
    socket.on("message", (bytes) => {
      if (isAnswerTo(query, bytes)) resolve(bytes);
      else onForged();
    });
    // Connected, so that the system drops what comes from elsewhere and tells of a server that is not there.
    // Not as connect()'s own callback: that is called as well when there is no way to the server, and nothing can be sent then.
    socket.once("connect", () => socket.send(query));
    socket.connect(server.port, server.address);
    return () => socket.close();
  });
}

function overTcp(server: NameServer, query: Buffer, end: number, signal: AbortSignal): Promise<Buffer> {
  return within(end, signal, (resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = connect(server.port, server.address, () => {
      const head = Buffer.alloc(LENGTH_SIZE);
      head.writeUInt16BE(query.length);
      socket.write(Buffer.concat([head, query]));
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new NameServerError(`${server.address} hung up`)));
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < LENGTH_SIZE) return;
      const end = LENGTH_SIZE + received.readUInt16BE(0);
      if (received.length < end) return;
      const answer = received.subarray(LENGTH_SIZE, end);
      if (isAnswerTo(query, answer)) resolve(answer);
      else reject(new NameServerError(`${server.address} answered another question`));
    });
    return () => socket.destroy();
  });
}
