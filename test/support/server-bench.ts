// The server module on virtual time, with phones of text around it. Nothing of the host is used: the border itself is under test.

import { readFileSync } from "node:fs";
import { parseSip, type SipMessage } from "./sip-text.ts";

/** Numbers of assembly/abi and assembly/server/settings.ts. */
export const Setting = {
  Realm: 1,
  Domain: 2,
  UserName: 3,
  UserPassword: 4,
  UserMd5: 5,
  UserSha256: 6,
  UserDisplay: 7,
  LocalEndpoint: 8,
  MinimumExpires: 9,
  MaximumExpires: 10,
  DefaultExpires: 11,
  NonceLifetime: 12,
  TimerC: 13,
  DigestOffer: 14,
  UserSha512_256: 15,
  RedirectPrefix: 16,
  RedirectTarget: 17,
} as const;

const ACTION_SEND_SIP = 1;
const ACTION_REPORT = 9;
const ACTION_CLOSE_FLOW = 10;
const TRANSPORTS = ["", "udp", "tcp", "tls"];
const REPORTS: Record<number, string> = {
  18: "BindingAdded",
  19: "BindingRemoved",
  20: "CallRouted",
  21: "AuthenticationFailed",
  22: "BindingRefreshed",
  23: "LockedOut",
};

export const SERVER = "192.0.2.1:5060";
export const DOMAIN = "example.org";
export const BUILDS = ["debug", "release"] as const;
export type Build = (typeof BUILDS)[number];

const modules = new Map<Build, WebAssembly.Module>();

export function serverModule(build: Build): WebAssembly.Module {
  let module = modules.get(build);
  if (!module) {
    module = new WebAssembly.Module(readFileSync(build === "debug" ? "build/server.debug.wasm" : "build/server.wasm"));
    modules.set(build, module);
  }
  return module;
}

interface Exports {
  memory: WebAssembly.Memory;
  [name: string]: unknown;
}

export interface Sent {
  to: string;
  at: number;
  message: SipMessage;
}

/**
 * "192.0.2.1:5060" or "[2001:db8::1]:5060", into the core's 24 bytes; "/tcp" or "/tls" behind it for a stream, "#7" for its flow. IPv6
 * here is written out in full.
 */
function writeEndpoint(bytes: Uint8Array, endpoint: string): void {
  const [address = "", transport = "udp", flow = "0"] = endpoint.split(/[/#]/);
  bytes.fill(0);
  bytes[19] = TRANSPORTS.indexOf(transport);
  bytes[20] = Number(flow);
  const colon = address.lastIndexOf(":");
  const [host, port] = [address.slice(0, colon), Number(address.slice(colon + 1))];
  if (host.startsWith("[")) {
    const groups = host
      .slice(1, -1)
      .split(":")
      .map((group) => Number.parseInt(group, 16));
    if (groups.length !== 8) throw new Error(`${address}: write all eight groups`);
    groups.forEach((group, index) => {
      bytes[2 * index] = group >> 8;
      bytes[2 * index + 1] = group & 255;
    });
  } else {
    bytes.set(host.split(".").map(Number));
  }
  bytes[16] = port & 255;
  bytes[17] = port >> 8;
  bytes[18] = host.startsWith("[") ? 6 : 4;
}

function readEndpoint(view: DataView, at: number): string {
  const transport = TRANSPORTS[view.getUint8(at + 19)];
  const flow = view.getUint32(at + 20, true);
  return readAddress(view, at) + (transport === "udp" ? "" : `/${transport}`) + (flow === 0 ? "" : `#${flow}`);
}

function readAddress(view: DataView, at: number): string {
  const port = view.getUint16(at + 16, true);
  if (view.getUint8(at + 18) === 4)
    return `${[0, 1, 2, 3].map((index) => view.getUint8(at + index)).join(".")}:${port}`;
  const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((index) => view.getUint16(at + index).toString(16));
  return `[${groups.join(":")}]:${port}`;
}

export class ServerBench {
  now = 1000;
  readonly exports: Exports;
  /** Everything sent that no phone has read yet. */
  readonly sent: Sent[] = [];
  readonly reports: string[] = [];
  /** Line ends alone, by the connection that they went to. */
  readonly pongs: string[] = [];
  /** Connections that the server has ordered closed. */
  readonly closed: number[] = [];
  /** What is sent elsewhere is lost. */
  isHeard: (to: string) => boolean = () => true;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(build: Build, users: string[] = ["101", "102", "103"], seed = 1) {
    this.exports = new WebAssembly.Instance(serverModule(build), {}).exports as Exports;
    this.#bytes = new Uint8Array(this.exports.memory.buffer);
    this.#view = new DataView(this.exports.memory.buffer);
    const at = this.call("seedPointer");
    for (let index = 0; index < 32; index++) this.#bytes[at + index] = (seed * 31 + index * 7) & 255;
    this.call("reset", this.now);
    this.set(Setting.Realm, 0, "tipring");
    this.set(Setting.Domain, 0, DOMAIN);
    this.setEndpoint(0, SERVER);
    users.forEach((user, index) => {
      this.set(Setting.UserName, index, user);
      this.set(Setting.UserPassword, index, `secret-${user}`);
    });
  }

  call(name: string, ...values: number[]): number {
    return Number((this.exports[name] as (...values: number[]) => number | undefined)(...values) ?? 0);
  }

  configureText(setting: number, index: number, text: string): number {
    const bytes = Buffer.from(text);
    this.#bytes.set(bytes, this.call("textPointer"));
    return this.call("configureText", setting, index, bytes.length);
  }

  set(setting: number, index: number, text: string): void {
    const result = this.configureText(setting, index, text);
    if (result !== 0) throw new Error(`setting ${setting} refuses ${JSON.stringify(text)}: ${result}`);
  }

  setNumber(setting: number, value: number): void {
    const result = this.call("configureNumber", setting, 0, value);
    if (result !== 0) throw new Error(`setting ${setting} refuses ${value}`);
  }

  setEndpoint(index: number, address: string): void {
    const at = this.call("endpointPointer");
    writeEndpoint(this.#bytes.subarray(at, at + 24), address);
    if (this.call("configureEndpoint", Setting.LocalEndpoint, index) !== 0) throw new Error(`${address} refused`);
  }

  /** One datagram from `from`, or a chunk of the connection that it names. */
  receive(from: string, message: string | Uint8Array): void {
    const bytes = typeof message === "string" ? Buffer.from(message, "latin1") : message;
    if (!from.includes("#")) {
      this.#place(from, bytes);
      this.call("handleDatagram", bytes.length, this.now);
      this.#drain();
    }
    for (let at = 0; from.includes("#") && at < bytes.length; ) {
      const chunk = bytes.subarray(at, at + 4096);
      this.#place(from, chunk);
      const taken = this.call("handleStream", chunk.length, this.now);
      this.#drain();
      if (taken <= 0 || taken > chunk.length) throw new Error(`${taken} of ${chunk.length} bytes are done with`);
      if (this.closed.includes(Number(from.split("#")[1]))) return;
      at += taken;
    }
  }

  /** A message that could not be sent. */
  fail({ to, message }: Sent): void {
    this.#place(to, Buffer.from(message.text, "latin1"));
    this.call("handleSendFailure", message.text.length, this.now);
    this.#drain();
  }

  /** The connection has ended. */
  close(flow: string): void {
    this.#place(flow, Buffer.alloc(0));
    this.call("handleFlowClosed", this.now);
    this.#drain();
  }

  #place(source: string, bytes: Uint8Array): void {
    const at = this.call("rxSourcePointer");
    writeEndpoint(this.#bytes.subarray(at, at + 24), source);
    this.#bytes.set(bytes, this.call("rxDatagramPointer"));
  }

  #drain(): void {
    const actions: number[] = [];
    for (let at = this.call("pollAction"); at !== 0; at = this.call("pollAction")) actions.push(at);
    // Payloads are read last, so one that the same input has overwritten shows.
    for (const at of actions) {
      const [kind, code] = [this.#view.getInt32(at, true), this.#view.getInt32(at + 8, true)];
      const payload = this.#view.getUint32(at + 16, true);
      const length = this.#view.getInt32(at + 12, true);
      const text = (): string => Buffer.from(this.#bytes.subarray(payload, payload + length)).toString("latin1");
      if (kind === ACTION_SEND_SIP) {
        const to = readEndpoint(this.#view, at + 32);
        if (length === 2) this.pongs.push(to);
        else if (this.isHeard(to)) this.sent.push({ to, at: this.now, message: parseSip(text()) });
      } else if (kind === ACTION_CLOSE_FLOW) {
        this.closed.push(this.#view.getUint32(at + 32 + 20, true));
      } else if (kind === ACTION_REPORT) this.reports.push(`${REPORTS[code] ?? code} ${text()}`);
      else throw new Error(`the server orders action ${kind}`);
    }
  }

  /** Lets `duration` ms pass, running what falls due. */
  advance(duration: number): void {
    const end = this.now + duration;
    for (let next = this.call("nextTimeout"); next <= end; next = this.call("nextTimeout")) {
      this.now = Math.max(this.now, next);
      this.call("handleTimeout", this.now);
      this.#drain();
    }
    this.now = end;
  }

  counter(name: string): number {
    const index = Number((this.exports[`Counter.${name}`] as WebAssembly.Global).value);
    return this.#view.getUint32(this.call("countersPointer") + 4 * index, true);
  }

  /** Takes what was sent to an address. */
  take(to: string): SipMessage[] {
    const mine = this.sent.filter((sent) => sent.to === to);
    for (const sent of mine) this.sent.splice(this.sent.indexOf(sent), 1);
    return mine.map((sent) => sent.message);
  }

  /** The one message sent to an address since the last look. */
  takeOne(to: string): SipMessage {
    const messages = this.take(to);
    if (messages.length !== 1 || !messages[0])
      throw new Error(
        `${messages.length} messages to ${to}: ${messages.map((message) => message.startLine).join(" | ")}`,
      );
    return messages[0];
  }

  /** Every pool is empty again. */
  get used(): { transactions: number; forwardings: number; buffers: number } {
    return {
      transactions: this.call("transactionsUsed"),
      forwardings: this.call("forwardingsUsed"),
      buffers: this.call("buffersUsed"),
    };
  }

  bindings(): { user: string; contact: string; source: string; q: number; seconds: number; path?: string }[] {
    const text = (at: number): string => {
      const [start, length] = [this.#view.getUint32(at, true), this.#view.getInt32(at + 4, true)];
      return Buffer.from(this.#bytes.subarray(start, start + length)).toString("latin1");
    };
    return Array.from({ length: this.call("bindingCount") }, (_, index) => {
      const at = this.call("bindingReport", index);
      const path = text(at + 64);
      return {
        ...(path === "" ? {} : { path }),
        user: text(at + 8),
        contact: text(at + 24),
        source: readEndpoint(this.#view, at + 40),
        q: this.#view.getInt32(at + 32, true) / 1000,
        seconds: (this.#view.getFloat64(at, true) - this.now) / 1000,
      };
    });
  }
}
