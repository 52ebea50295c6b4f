// A small authoritative DNS server on this machine, UDP and TCP on one port. It answers from a list of records, and lies when told to.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type Answer, decode, encode, type Packet, type Question } from "dns-packet";

/** How a question is answered; a question without one is answered as it should be. */
export interface Conduct {
  /** Nothing comes. */
  isLost?: boolean;
  /** ms. */
  delay?: number;
  /** 2 is SERVFAIL, 5 is REFUSED. */
  rcode?: number;
  /** Over UDP, no records and the flag that says so. */
  isTruncated?: boolean;
  /** Answers that come before the true one: as forgers and broken servers send them. */
  before?: (answer: Packet, query: Packet) => readonly Packet[];
  /** Bytes instead of the answer. */
  raw?: (answer: Buffer) => Buffer;
  /** TCP: the answer in so many pieces. */
  pieces?: number;
}

export interface Asked {
  readonly question: Question;
  readonly id: number;
  /** The port that the question came from. */
  readonly port: number;
  readonly transport: "udp" | "tcp";
}

const AUTHORITATIVE = 1 << 10;
const TRUNCATED = 1 << 9;
const NXDOMAIN = 3;
const LARGEST_UDP = 512;

export class DnsServer {
  /** Every question so far. */
  readonly asked: Asked[] = [];
  conduct: (question: Question, asked: Asked) => Conduct = () => ({});
  #records: readonly Answer[];
  readonly #udp: Socket;
  readonly #tcp: Server;
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(records: readonly Answer[]) {
    this.#records = records;
    this.#udp = createSocket("udp4");
    this.#tcp = createServer();
  }

  /** Aliases are followed within the list, as a name server for homes does it. */
  static async start(records: readonly Answer[]): Promise<DnsServer> {
    const server = new DnsServer(records);
    await server.#listen();
    return server;
  }

  async #listen(): Promise<void> {
    this.#udp.bind(0, "127.0.0.1");
    await once(this.#udp, "listening");
    this.#tcp.listen(this.port, "127.0.0.1");
    await once(this.#tcp, "listening");
    this.#udp.on("message", (bytes, from) => {
      this.#handle(bytes, from.port, "udp", (answer) => this.#udp.send(answer, from.port, from.address));
    });
    this.#tcp.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        this.#handle(bytes.subarray(2), (socket.address() as AddressInfo).port, "tcp", (answer, { pieces = 1 }) => {
          const head = Buffer.alloc(2);
          head.writeUInt16BE(answer.length);
          const whole = Buffer.concat([head, answer]);
          const size = Math.ceil(whole.length / pieces);
          for (let at = 0; at < whole.length; at += size) socket.write(whole.subarray(at, at + size));
        });
      });
    });
  }

  get port(): number {
    return this.#udp.address().port;
  }

  set records(records: readonly Answer[]) {
    this.#records = records;
  }

  #answersTo({ name, type }: Question): Answer[] {
    const own = this.#records.filter((record) => record.name.toLowerCase() === name.toLowerCase());
    const alias = own.find((record) => record.type === "CNAME");
    if (alias?.type !== "CNAME") return own.filter((record) => record.type === type);
    return [alias, ...this.#answersTo({ name: alias.data, type })];
  }

  #handle(
    bytes: Buffer,
    port: number,
    transport: "udp" | "tcp",
    send: (answer: Buffer, conduct: Conduct) => void,
  ): void {
    const query = decode(bytes);
    const question = query.questions?.[0];
    if (!question) return;
    const asked = { question, id: query.id ?? 0, port, transport };
    this.asked.push(asked);
    const conduct = this.conduct(question, asked);
    if (conduct.isLost) return;
    const answers = conduct.rcode === undefined ? this.#answersTo(question) : [];
    const isKnown = this.#records.some(({ name }) => name.toLowerCase() === question.name.toLowerCase());
    const rcode = conduct.rcode ?? (isKnown ? 0 : NXDOMAIN);
    const answer: Packet = {
      type: "response",
      id: asked.id,
      flags: AUTHORITATIVE | rcode,
      questions: [question],
      answers,
    };
    const isCut = transport === "udp" && (conduct.isTruncated || encode(answer).length > LARGEST_UDP);
    const final: Packet = isCut ? { ...answer, flags: AUTHORITATIVE | TRUNCATED | rcode, answers: [] } : answer;
    const reply = () => {
      for (const lie of conduct.before?.(answer, query) ?? []) send(encode(lie), conduct);
      const whole = encode(final);
      send(conduct.raw?.(whole) ?? whole, conduct);
    };
    if (conduct.delay === undefined) {
      reply();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      reply();
    }, conduct.delay);
    this.#timers.add(timer);
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#udp.close();
    this.#tcp.close();
    await Promise.all([once(this.#udp, "close"), once(this.#tcp, "close")]);
  }
}
