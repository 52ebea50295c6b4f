// A whole box on the real clock and real sockets of this machine, its configuration in a folder of its own, for tests with other programs.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { TelephoneBox } from "../../host/box.ts";
import { loadBoard } from "../../host/config/board.ts";
import { ConfigStore } from "../../host/config/store.ts";
import type { Board } from "../../host/config/types.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import type { Resolver } from "../../host/net/resolver.ts";
import { callTones } from "../../host/phone/call-tones.ts";
import type { Telephone } from "../../host/phone/telephone.ts";
import { atEnd } from "./at-end.ts";
import { within } from "./deadline.ts";

/** How long any one thing may take, ms. */
export const PATIENCE = 8000;
const DIAL_PLAN = "([1-9]xx)";

/** A folder that is gone after the test. */
export function scratchFolder(t: TestContext, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `tipring-${name}-`));
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface LiveLine {
  user: string;
  password?: string;
  /** HOST:PORT; without it the built-in server. */
  registrar?: string;
  register?: boolean;
  ringTimeout?: number;
  transport?: "auto" | "udp" | "tcp" | "tls";
  codecs?: readonly ("PCMU" | "PCMA")[];
  dtmf?: "events" | "info";
  messageWaiting?: boolean;
  srtp?: "off" | "optional" | "required";
}

export interface LiveBoxOptions {
  lines: readonly LiveLine[];
  /** Users of the built-in server and their passwords; without them none runs. */
  users?: Readonly<Record<string, string>>;
  /** Finds registrars by their names; the machine's name servers when left out. */
  resolver?: Resolver;
  /** More of the configuration: lines of [server], and other tables. */
  server?: string;
  more?: string;
  /** It is there once the lines are registered, unless this is false. */
  waits?: boolean;
  /** Where it is, when not on 127.0.0.1. */
  address?: string;
  /** The simulator when left out. */
  board?: Board;
}

interface Reported {
  line: number;
  report: number;
  text: string;
  value: number;
}

interface Waiting {
  line: number;
  report: number;
  resolve: (reported: Reported) => void;
}

const nameOf = (report: number): string => Object.entries(Report).find(([, value]) => value === report)?.[0] ?? "?";

function lineText(line: LiveLine): string {
  const {
    user,
    password,
    registrar,
    register = true,
    ringTimeout = 60,
    codecs = ["PCMU", "PCMA"],
    srtp = "off",
    transport = "udp",
  } = line;
  return `
[[line]]
user = "${user}"
${password ? `password = "${password}"` : ""}
${registrar ? `registrar = "${registrar}"` : ""}
register = ${register}
transport = "${transport}"
ring_timeout = ${ringTimeout}
codecs = ${JSON.stringify(codecs)}
srtp = "${srtp}"
dial_plan = "${DIAL_PLAN}"
dtmf = "${line.dtmf ?? "events"}"
message_waiting = ${line.messageWaiting ?? false}
`;
}

/** Ports from `first` on: the adapter, the server, two for the sound of each line. */
function configText(
  first: number,
  { lines, users, server = "", more = "", address = "127.0.0.1" }: LiveBoxOptions,
): string {
  const accounts = Object.entries(users ?? {}).map(
    ([name, password]) => `[[server.user]]\nname = "${name}"\npassword = "${password}"\n`,
  );
  return `
[sip]
bind = "${address}"
port = ${first}
rtp_port = ${first + 2}
[server]
enabled = ${users !== undefined}
bind = "${address}"
port = ${first + 1}
${server}
${more}
${[...accounts, ...lines.map(lineText)].join("\n")}`;
}

export class LiveBox {
  readonly sipPort: number;
  readonly serverPort: number;
  #box: TelephoneBox | undefined;
  /** Reports that no test has taken yet, the oldest first. */
  readonly #reports: Reported[] = [];
  readonly #waiting = new Set<Waiting>();
  readonly #ladder: string[] = [];
  #lookAtLadder = () => {};

  private constructor(sipPort: number, serverPort: number) {
    this.sipPort = sipPort;
    this.serverPort = serverPort;
  }

  /** Runs until the test is over. */
  static async start(t: TestContext, options: LiveBoxOptions): Promise<LiveBox> {
    const { lines } = options;
    const sip = await freeUdpPorts(2 + 2 * lines.length);
    const live = new LiveBox(sip, sip + 1);
    const folder = scratchFolder(t, "box");
    const store = await ConfigStore.load(join(folder, "tipring.toml"), { initialText: () => configText(sip, options) });
    live.#box = await TelephoneBox.start({
      board: options.board ?? loadBoard("simulator"),
      store,
      resolver: options.resolver,
      onReport: (index, report, words, value) => live.#put({ line: index + 1, report, text: words, value }),
    });
    live.box.onSip(({ from, to, summary }) => {
      live.#ladder.push(`${from} -> ${to}: ${summary}`);
      live.#lookAtLadder();
    });
    atEnd(t, () => live.#stop());
    for (const [index, { register = true }] of lines.entries()) {
      if (register && options.waits !== false) await live.report(index + 1, Report.Registered);
    }
    return live;
  }

  get box(): TelephoneBox {
    if (!this.#box) throw new Error("the box is not started yet");
    return this.#box;
  }

  phone(line: number): Telephone {
    return this.box.telephone(line);
  }

  #put(reported: Reported): void {
    for (const waiting of this.#waiting) {
      if (waiting.line !== reported.line || waiting.report !== reported.report) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(reported);
      return;
    }
    this.#reports.push(reported);
  }

  /** The oldest report of that kind that was not taken yet, or the next one. */
  async report(line: number, report: number, limit = PATIENCE): Promise<Reported> {
    const index = this.#reports.findIndex((reported) => reported.line === line && reported.report === report);
    if (index >= 0) return this.#reports.splice(index, 1)[0] as Reported;
    const next = new Promise<Reported>((resolve) => this.#waiting.add({ line, report, resolve }));
    return within(next, limit, () => `line ${line}: ${nameOf(report)}. ${this.story()}`);
  }

  /** The texts of the reports of that kind that no test has taken. */
  untaken(report: number): string[] {
    return this.#reports.filter((reported) => reported.report === report).map(({ text }) => text);
  }

  /** Resolves when SIP messages like that have gone so often since the start: `phone1 101 -> server: INVITE 102`. */
  async sees(pattern: RegExp, times: number, limit = PATIENCE): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      this.#lookAtLadder = () => {
        if (this.#ladder.filter((message) => pattern.test(message)).length >= times) resolve();
      };
      this.#lookAtLadder();
    });
    await within(seen, limit, () => `${times} times ${pattern}. ${this.story()}`);
  }

  /** What went on, for failures. */
  story(): string {
    const untaken = this.#reports.map(({ line, report, text }) => `line ${line}: ${nameOf(report)} ${text}`);
    const log = this.box.log.recent(40).map(({ level, area, message }) => `${level} ${area}: ${message}`);
    return ["SIP:", ...this.#ladder.slice(-60), "reports not taken:", ...untaken, "log:", ...log].join("\n  ");
  }

  /** Lifts, hears dial tone, dials. */
  async dial(line: number, number: string): Promise<void> {
    const phone = this.phone(line);
    phone.lift();
    await phone.waitForTone(callTones("US").dial, PATIENCE, "dial tone");
    await phone.dial(number);
    await this.report(line, Report.CallStarted);
  }

  /** Waits for the bell, lifts, and is talking. */
  async answer(line: number): Promise<void> {
    await this.report(line, Report.CallIncoming);
    await this.phone(line).waitForRing(PATIENCE);
    this.phone(line).lift();
    await this.report(line, Report.CallAnswered);
  }

  /** Hangs up and waits until the line knows. */
  async hang(line: number): Promise<void> {
    this.phone(line).hang();
    await this.report(line, Report.OnHook);
  }

  /** The far end has gone: the line shows it, and is idle once the handset is down. */
  async isLeft(line: number): Promise<void> {
    await this.report(line, Report.CallEnded);
    await this.phone(line).waitForCurrentDrop(PATIENCE);
    await this.hang(line);
  }

  async #stop(): Promise<void> {
    const { box } = this;
    const { failures } = box.adapter;
    const errors = box.log.recent(1000).filter(({ level }) => level === "error");
    await box.stop();
    assert.deepEqual(errors, []);
    assert.equal(failures, 0);
  }
}
