// A box that only remembers what it was asked: for tests of the console.

import type {
  Box,
  CallStatus,
  ConfigAccess,
  LineInstruments,
  LineOrder,
  LineStatus,
  LineTest,
  LogLine,
  ServerStatus,
  SimulatedTelephone,
  SipEvent,
  ToneStatus,
  UpdateAccess,
} from "../../host/status.ts";
import { VirtualClock } from "./virtual-clock.ts";

export class ConsoleBox implements Box {
  readonly clock = new VirtualClock();
  /** What was ordered, in order: `phone 1 dial 102`. */
  readonly orders: string[] = [];
  readonly sipListeners = new Set<(event: SipEvent) => void>();
  readonly logListeners = new Set<(line: LogLine) => void>();
  logLines: LogLine[] = [];
  callList: CallStatus[] = [];
  serverStatus: ServerStatus | null = null;
  config: ConfigAccess = new ConsoleConfig();
  update: UpdateAccess | undefined;
  ports: readonly string[] = [];

  readonly log = {
    recent: (count: number) => this.logLines.slice(-count),
    onLine: (listener: (line: LogLine) => void) => {
      this.logListeners.add(listener);
      return () => this.logListeners.delete(listener);
    },
  };

  lines(): LineStatus[] {
    return [1, 2].map((line) => ({
      line,
      user: String(100 + line),
      displayName: `Phone ${line}`,
      state: "idle",
      hook: "on",
      registered: line === 1,
      country: "GB",
      messages: null,
      echo: null,
      driver: line === 1 ? "simulated" : "gpio",
      card: null,
    }));
  }

  tones(): ToneStatus[] {
    return [
      { tone: "dial", isOwn: false, sections: "425@-13;*(*/0/1)", assignments: "f1=425@-13,c=0/0;" },
      { tone: "information", isOwn: true, sections: "950@-13,1400@-13;*(.3/0/1,.3/1/2)", assignments: "" },
    ];
  }

  sound() {
    return {
      driver: "alsa",
      channels: 2,
      frames: 1000,
      skipped: 0,
      lateness: { p50: 0.1, p99: 1.2, max: 3.4 },
      delay: 40,
      late: 2,
      xruns: 1,
      losses: 0,
      threadEnds: 0,
      isRealTime: true,
    };
  }

  async testSound(channel: number) {
    if (channel === 1) throw new Error("a line has sound: hang up first");
    return { bursts: 10, heard: 10, least: 40, most: 40.125, loss: 0.1, xruns: 0, late: 0 };
  }

  calls(): CallStatus[] {
    return this.callList;
  }

  registrations() {
    return [
      {
        line: 1,
        addressOfRecord: "sip:101@127.0.0.1",
        server: "127.0.0.1:5060",
        state: "registered",
        expiresSeconds: 3600,
        nextSeconds: 1790,
        inUse: "UDP 127.0.0.1:5060",
        avoided: [],
        lastAnswer: "200 OK",
      },
    ];
  }

  server() {
    return this.serverStatus;
  }

  version() {
    return {
      name: "tipring",
      version: "0.1.0",
      abiVersion: 1,
      node: "v20",
      hostname: "ata",
      board: "simulator",
      uptimeSeconds: 3725,
    };
  }

  testLine(line: number, test: LineTest, which?: string | number): void {
    if (line === 2) throw new Error("line 2 is in a call; allowed: a line that is idle");
    this.orders.push(`test line ${line} ${test}${which === undefined ? "" : ` ${which}`}`);
  }

  orderLine(line: number, order: LineOrder, text: string): void {
    this.orders.push(`line ${line} ${order} ${text}`);
  }

  instruments(line: number): LineInstruments {
    return {
      edges: [],
      level: async () => ({ fromPhone: -20, toPhone: Number.NEGATIVE_INFINITY }),
      echoLoss: async () => 11,
      loopBack: () => Promise.reject(new Error("the line has no sound: its handset is on the hook; lift it first")),
      stopTest: () => this.orders.push(`stop test ${line}`),
    };
  }

  phone(line: number): SimulatedTelephone | undefined {
    if (line !== 1) return undefined;
    const { orders } = this;
    return {
      status: () => ({
        handset: "on the hook",
        isRinging: true,
        mode: "dtmf",
        calls: [{ number: "102", name: "Anna Berg", time: "01022304" }, { absence: "private" }],
        messages: { areWaiting: true, count: 3 },
      }),
      set mode(mode: "dtmf" | "pulse") {
        orders.push(`phone ${line} mode ${mode}`);
      },
      set echo(number: number) {
        orders.push(`phone ${line} echo ${number}`);
      },
      lift: () => orders.push(`phone ${line} lift`),
      hang: () => orders.push(`phone ${line} hang`),
      dial: (digits) => orders.push(`phone ${line} dial ${digits}`),
      flash: () => orders.push(`phone ${line} flash`),
    };
  }

  onSip(listener: (event: SipEvent) => void): () => void {
    this.sipListeners.add(listener);
    return () => this.sipListeners.delete(listener);
  }

  tellSip(from: string, to: string, summary: string): void {
    const event = { time: this.clock.now(), direction: "out", from, to, summary, callId: "a@b", cSeq: "1" } as const;
    for (const listener of this.sipListeners) listener(event);
  }
}

/** A configuration without a schema. */
class ConsoleConfig implements ConfigAccess {
  changes: string[] = [];

  get isChanged(): boolean {
    return this.changes.length > 0;
  }
  set(words: readonly string[]): void {
    this.changes.push(`+ ${words.join(" ")}`);
  }
  delete(words: readonly string[]): void {
    this.changes.push(`- ${words.join(" ")}`);
  }
  compare(): readonly string[] {
    return this.changes;
  }
  async commit(): Promise<void> {
    this.changes = [];
  }
  async rollback(commits: number): Promise<void> {
    this.changes = [`+ rollback ${commits}`];
  }
  discard(): void {
    this.changes = [];
  }
  complete() {
    return [];
  }
  show(): string {
    return "";
  }
  showTree(): unknown {
    return {};
  }
}
