// baresip, a softphone: ordered about and heard over its control port (JSON in netstrings), its ear kept in a WAV file.

import assert from "node:assert/strict";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { readWav, writeWav } from "../../host/sound/wav.ts";
import { atEnd } from "./at-end.ts";
import { within } from "./deadline.ts";
import { PATIENCE, scratchFolder } from "./live-box.ts";
import { fillTemplate, freeTcpPort, Program } from "./programs.ts";

const RTP_PORTS = 8;
const BYTES_A_MS = 16;
const POLL = 10;

export interface BaresipOptions {
  user: string;
  password: string;
  /** The server that it registers with, on 127.0.0.1. */
  serverPort: number;
  /** What its microphone hears, 8 kHz. */
  spoken: Int16Array;
  /** It calls and is called without a registration when this is false. */
  registers?: boolean;
  /** All that it sends goes to the server first. Without this it looks for the host of each URI by itself. */
  usesOutboundProxy?: boolean;
  /** Whom its messages go to, a user of the same server. */
  friend?: string;
  /** How it speaks to the server, UDP without it. By TLS it believes whoever is there. */
  transport?: "udp" | "tcp" | "tls";
  /** `srtp` offers RTP/AVP with keys, `srtp-mand` RTP/SAVP; without it sound is plain. */
  mediaEncryption?: "srtp" | "srtp-mand" | undefined;
}

export interface BaresipEvent {
  type: string;
  param?: string;
  peeruri?: string;
}

export class Baresip {
  readonly sipPort: number;
  readonly #program: Program;
  readonly #folder: string;
  #control: Socket | undefined;
  #received = "";
  readonly #events: BaresipEvent[] = [];
  readonly #history: string[] = [];
  #look = () => {};

  private constructor(program: Program, folder: string, sipPort: number) {
    this.sipPort = sipPort;
    this.#program = program;
    this.#folder = folder;
  }

  /** Resolves when it is registered, or is ready where it does not register. */
  static async start(t: TestContext, options: BaresipOptions): Promise<Baresip> {
    const { user, password, serverPort, spoken, registers = true, usesOutboundProxy = false, friend } = options;
    const { transport = "udp" } = options;
    const encryption = options.mediaEncryption ? `;mediaenc=${options.mediaEncryption}` : "";
    const folder = scratchFolder(t, "baresip");
    const sip = await freeUdpPorts(2 + RTP_PORTS);
    const control = await freeTcpPort();
    writeWav(join(folder, "spoken.wav"), spoken);
    const words = {
      folder,
      sip: `${sip}`,
      rtp: `${sip + 2}-${sip + 2 + RTP_PORTS}`,
      control: `${control}`,
    };
    writeFileSync(join(folder, "config"), fillTemplate("baresip.cfg", words));
    writeFileSync(join(folder, "contacts"), friend ? `"friend" <sip:${friend}@127.0.0.1:${serverPort}>\n` : "");
    const outbound = usesOutboundProxy ? `;outbound="sip:127.0.0.1:${serverPort}"` : "";
    const uri = `sip:${user}@127.0.0.1:${serverPort};transport=${transport}`;
    const settings = `;regint=${registers ? 3600 : 0};auth_user=${user};auth_pass=${password};audio_codecs=pcmu,pcma${outbound}${encryption}`;
    writeFileSync(join(folder, "accounts"), `<${uri}>${settings}\n`);
    const program = await Program.start("baresip", ["-f", folder], folder);
    const baresip = new Baresip(program, folder, sip);
    atEnd(t, () => baresip.#stop());
    await program.says(/baresip is ready/, PATIENCE);
    await baresip.#listen(control);
    if (registers) await program.says(/200 OK .*\[1 binding\]/, PATIENCE);
    return baresip;
  }

  async #listen(port: number): Promise<void> {
    const socket = connect(port, "127.0.0.1").setEncoding("utf8");
    this.#control = socket;
    socket.on("data", (text: string) => this.#receive(text));
    socket.on("error", () => {});
    await within(new Promise((resolve) => socket.once("connect", resolve)), PATIENCE, "baresip's control port");
  }

  /** `LENGTH:JSON,` and so on; what is left over waits for more. */
  #receive(text: string): void {
    this.#received += text;
    for (;;) {
      const colon = this.#received.indexOf(":");
      const length = Number(this.#received.slice(0, colon));
      if (colon < 0 || this.#received.length < colon + 2 + length) break;
      const message = JSON.parse(this.#received.slice(colon + 1, colon + 1 + length));
      this.#received = this.#received.slice(colon + 2 + length);
      this.#history.push(JSON.stringify(message));
      if (message.event) this.#events.push(message);
    }
    this.#look();
  }

  /** The oldest event of that type that was not taken yet, or the next one. */
  async event(type: string, limit = PATIENCE): Promise<BaresipEvent> {
    const found = new Promise<BaresipEvent>((resolve) => {
      this.#look = () => {
        const index = this.#events.findIndex((event) => event.type === type);
        if (index < 0) return;
        this.#look = () => {};
        resolve(this.#events.splice(index, 1)[0] as BaresipEvent);
      };
      this.#look();
    });
    return within(
      found,
      limit,
      () => `baresip: ${type}. It told:\n${this.#history.join("\n")}\n${this.#program.tail()}`,
    );
  }

  /** Sends a text to its friend. */
  write(text: string): void {
    this.order("contact_next");
    this.order("message", text);
  }

  /** A command of its menu: `dial sip:…`, `accept`, `hangup`. */
  order(command: string, params = ""): void {
    const text = JSON.stringify({ command, params, token: command });
    this.#control?.write(`${Buffer.byteLength(text)}:${text},`);
  }

  #recordings(): string[] {
    return readdirSync(this.#folder).filter((name) => /^dump.*dec\.wav$/.test(name));
  }

  /** What it heard in its only call so far, which is over. */
  heard(): Int16Array {
    const files = this.#recordings();
    assert.equal(files.length, 1, `recordings: ${files}`);
    return readWav(join(this.#folder, files[0] as string));
  }

  /** Resolves when its ear has got so much more sound. */
  async listens(lengthMs: number): Promise<void> {
    const size = () => this.#recordings().reduce((sum, name) => sum + statSync(join(this.#folder, name)).size, 0);
    const enough = size() + lengthMs * BYTES_A_MS;
    const end = performance.now() + PATIENCE;
    while (size() < enough) {
      if (performance.now() > end) throw new Error(`baresip does not hear ${lengthMs} ms. ${this.#program.tail()}`);
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  }

  async #stop(): Promise<void> {
    this.#control?.destroy();
    await this.#program.stop();
  }
}
