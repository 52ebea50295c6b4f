// Names to records, for the core's RFC 3263: the hosts file, then the name servers of /etc/resolv.conf in turn. What the records mean
// is the core's affair.

import { readFileSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";
import type { RecordType } from "dns-packet";
import { type Answers, exchange, type NameServer } from "./dns-exchange.ts";

export type DnsRecord =
  | { type: "A" | "AAAA"; ttl: number; address: string }
  | { type: "SRV"; ttl: number; priority: number; weight: number; port: number; target: string }
  | {
      type: "NAPTR";
      ttl: number;
      order: number;
      preference: number;
      flags: string;
      service: string;
      replacement: string;
    };

/** Record types by their numbers in the DNS: RFC 1035, RFC 3596, RFC 2782, RFC 3403. */
export const DnsType = { A: 1, AAAA: 28, SRV: 33, NAPTR: 35 } as const;

/** What an adapter needs. A simulated box has its own. */
export interface Resolver {
  /** Records of a type, by number; none when there are none, undefined when nobody could say. `answer` is called once, later. */
  resolve(name: string, type: number, answer: (records: readonly DnsRecord[] | undefined) => void): void;
  close(): void;
}

export interface ResolverOptions {
  /** Instead of those of resolv.conf. */
  servers?: readonly NameServer[];
  /** For one server's answer, ms. */
  timeout?: number;
  hostsFile?: string;
  resolvFile?: string;
  /** Something came that answers no question of ours: what to say of it, when it is time to. */
  onForged?: ((text: string) => void) | undefined;
}

const DNS_PORT = 53;
/** resolv.conf(5): more are not asked. */
const MOST_SERVERS = 3;
const ROUNDS = 2;
const TIMEOUT = 2000;
/** Questions under way at a time; what is more is not asked. */
const MOST_QUESTIONS = 32;
const MOST_ALIASES = 8;
/** RFC 1035 §2.3.4. */
const MOST_NAME = 253;
const MOST_LABEL = 63;
/** RFC 2782: what stands before the name itself. */
const SERVICE_LABELS = /^_[^.]+\._[^.]+\./;

/** The words of each line, without comments. */
function lines(path: string): string[][] {
  try {
    const text = readFileSync(path, "utf8");
    return text.split("\n").map((line) =>
      line
        .replace(/[#;].*/, "")
        .split(/\s+/)
        .filter(Boolean),
    );
  } catch {
    return []; // a machine without the file
  }
}

function isName(name: string): boolean {
  const labels = name.split(".");
  return name.length <= MOST_NAME && labels.every(({ length }) => length > 0 && length <= MOST_LABEL);
}

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function recordOf(answer: Answers[number]): DnsRecord | undefined {
  const ttl = "ttl" in answer ? (answer.ttl ?? 0) : 0;
  switch (answer.type) {
    case "A":
    case "AAAA": {
      // of a record that is cut short dns-packet makes an address all the same
      const isSound = answer.type === "A" ? isIPv4 : isIPv6;
      return isSound(answer.data) ? { type: answer.type, ttl, address: answer.data } : undefined;
    }
    case "SRV": {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return { type: "SRV", ttl, priority, weight, port, target };
    }
    case "NAPTR": {
      const { order, preference, flags, services, replacement } = answer.data;
      return { type: "NAPTR", ttl, order, preference, flags, service: services, replacement };
    }
    default:
      return undefined;
  }
}

export class DnsResolver implements Resolver {
  readonly #options: ResolverOptions;
  readonly #closing = new AbortController();
  /** By type and name: several lines of one box ask the same at the same moment. */
  readonly #questions = new Map<string, Promise<readonly DnsRecord[]>>();
  #forged = 0;

  constructor(options: ResolverOptions = {}) {
    this.#options = options;
  }

  /** What came and answered no question of ours. */
  get forged(): number {
    return this.#forged;
  }

  resolve(name: string, type: number, answer: (records: readonly DnsRecord[] | undefined) => void): void {
    const typeName = (Object.keys(DnsType) as (keyof typeof DnsType)[]).find((key) => DnsType[key] === type);
    const key = `${type} ${name.toLowerCase()}`;
    let question = this.#questions.get(key);
    if (!question) {
      question =
        typeName && isName(name) && this.#questions.size < MOST_QUESTIONS
          ? this.#find(name, typeName)
          : Promise.reject(new RangeError("not a question for the DNS, or one too many"));
      this.#questions.set(key, question);
      const forget = () => this.#questions.delete(key);
      question.then(forget, forget);
    }
    question.then(
      (records) => this.#closing.signal.aborted || answer(records),
      () => this.#closing.signal.aborted || answer(undefined),
    );
  }

  async #find(name: string, type: keyof typeof DnsType): Promise<readonly DnsRecord[]> {
    const known = this.#hosts(name.replace(SERVICE_LABELS, ""));
    if (known.length > 0) {
      const isWanted = type === "A" ? isIPv4 : type === "AAAA" ? isIPv6 : () => false;
      return known.filter(isWanted).map((address) => ({ type: type as "A" | "AAAA", ttl: 0, address }));
    }
    let alias = name;
    for (let count = 0; count < MOST_ALIASES; ) {
      const answers = await this.#ask(alias, type);
      let isMoved = false;
      // RFC 1034 §3.6.2: the chain may stand in the answer, in any order
      for (; count < MOST_ALIASES; count++) {
        const next = answers.find((each) => each.type === "CNAME" && sameName(each.name, alias));
        if (next?.type !== "CNAME") break;
        alias = next.data;
        isMoved = true;
      }
      const found = answers.filter((each) => each.type === type && sameName(each.name, alias)).map(recordOf);
      if (found.length > 0 || !isMoved) return found.filter((record) => record !== undefined);
    }
    throw new Error(`${name} has too many aliases`);
  }

  /** Each server in turn, and all of them once more. */
  async #ask(name: string, type: RecordType): Promise<Answers> {
    const { servers = this.#configured(), timeout = TIMEOUT } = this.#options;
    let failure = new Error("no name server is known");
    for (let round = 0; round < ROUNDS; round++) {
      for (const server of servers.slice(0, MOST_SERVERS)) {
        try {
          this.#closing.signal.throwIfAborted();
          return await exchange(server, name, type, timeout, this.#closing.signal, () => {
            const text = forgeryText(++this.#forged);
            if (text !== undefined) this.#options.onForged?.(text);
          });
        } catch (error) {
          failure = error as Error;
        }
      }
    }
    throw failure;
  }

  /** Read for each question: whoever gives the machine its address writes the file anew. */
  #configured(): NameServer[] {
    const servers = lines(this.#options.resolvFile ?? "/etc/resolv.conf").flatMap(([word, address = ""]) =>
      word === "nameserver" ? [{ address, port: DNS_PORT }] : [],
    );
    return servers.length > 0 ? servers : [{ address: "127.0.0.1", port: DNS_PORT }];
  }

  /** Addresses that the hosts file has for a name; RFC 6761 §6.3: localhost is this machine whatever it says. */
  #hosts(name: string): string[] {
    const found = lines(this.#options.hostsFile ?? "/etc/hosts").flatMap(([address = "", ...names]) =>
      names.some((each) => sameName(each, name)) ? [address] : [],
    );
    return found.length === 0 && sameName(name, "localhost") ? ["127.0.0.1", "::1"] : found;
  }

  /** Questions under way get no answer. */
  close(): void {
    this.#closing.abort();
  }
}

/** RFC 5452 §4: what to say of so many forged answers; at the first, the tenth, the hundredth and so on. */
export function forgeryText(count: number): string | undefined {
  if (!/^10*$/.test(`${count}`)) return undefined;
  const what = count === 1 ? "an answer of a name server was" : `${count} answers of name servers were`;
  return `${what} not to what we had asked, and dropped: somebody may be forging them`;
}
