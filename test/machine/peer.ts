// A SIP phone and registrar on this computer, for a machine behind QEMU's network: whatever it answers goes back where the question came
// from, sound too. It speaks a tone, and keeps what it hears.

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { encodeMuLaw, MU_LAW_SAMPLES } from "../../host/sound/g711.ts";
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE, toneLevelDbm0 } from "../../host/sound/level.ts";
import { LateError, within } from "../support/deadline.ts";
import { fieldOf, parseSip, respondTo, type SipMessage, writeSip } from "../support/sip-text.ts";
import { HOST, PATIENCE } from "./machine.ts";

const RTP_HEADER = 12;
const PCMU = 0;
const PEAK = 8000;
const NAME = "peer";

type Address = Pick<RemoteInfo, "address" | "port">;

export class Peer {
  readonly #sip: Socket;
  readonly #rtp: Socket;
  readonly #frequency: number;
  readonly #received: SipMessage[] = [];
  readonly #history: string[] = [];
  /** Where the machine's SIP and sound come from. */
  #machine: Address | undefined;
  #ear: Address | undefined;
  /** URI of its contact: nobody else is told it, and a call to any other address rings nothing. */
  #registered = "";
  #heard: number[] = [];
  #speaking: NodeJS.Timeout | undefined;
  #frames = 0;
  #calls = 0;
  #wake = () => {};
  #wakeEar = () => {};
  #giveUp = (_reason: Error) => {};

  private constructor(sip: Socket, rtp: Socket, frequency: number) {
    this.#sip = sip;
    this.#rtp = rtp;
    this.#frequency = frequency;
    sip.on("message", (bytes, from) => this.#handle(bytes.toString(), from));
    rtp.on("message", (bytes, from) => {
      this.#ear = from;
      for (const byte of bytes.subarray(RTP_HEADER)) this.#heard.push(MU_LAW_SAMPLES[byte]!);
      this.#wakeEar();
    });
  }

  /** `frequency`: what it says in a call, Hz. */
  static async start(frequency: number): Promise<Peer> {
    const open = (): Promise<Socket> =>
      new Promise((resolve, reject) => {
        const socket = createSocket("udp4");
        socket.once("error", reject).bind(0, "127.0.0.1", () => resolve(socket));
      });
    return new Peer(await open(), await open(), frequency);
  }

  get port(): number {
    return this.#sip.address().port;
  }

  /** The oldest message of that kind that was not taken yet, or the next: `INVITE`, or `200 INVITE` for an answer to one. */
  async receives(kind: string, limit = PATIENCE): Promise<SipMessage> {
    const find = (): SipMessage | undefined => {
      const index = this.#received.findIndex((message) => kindOf(message) === kind);
      return index < 0 ? undefined : this.#received.splice(index, 1)[0];
    };
    const waited = new Promise<SipMessage>((resolve, reject) => {
      this.#giveUp = reject;
      this.#wake = () => {
        const message = find();
        if (!message) return;
        this.#wake = () => {}; // the next one is for the next who asks
        resolve(message);
      };
      this.#wake();
    });
    return within(waited, limit, () => `${kind} at the peer, which saw\n  ${this.#history.slice(-30).join("\n  ")}`);
  }

  /** The same, or undefined when nothing of the kind comes. */
  async receivesWithin(kind: string, limit: number): Promise<SipMessage | undefined> {
    try {
      return await this.receives(kind, limit);
    } catch (error) {
      if (error instanceof LateError) return undefined;
      throw error;
    }
  }

  /** Forgets what has not been taken. */
  forget(): void {
    this.#received.length = 0;
  }

  #handle(text: string, from: RemoteInfo): void {
    if (text.trim() === "") return;
    const message = parseSip(text);
    this.#machine = from;
    this.#history.push(`<- ${message.startLine}`);
    if (message.method === "REGISTER") {
      const contact = fieldOf(message, "contact");
      this.#registered = /<([^>]+)>/.exec(contact)?.[1] ?? "";
      this.#answer(message, "200 OK", contact === "*" ? [] : [["Contact", `${contact};expires=3600`]]);
    } else if (message.method === "BYE" || message.method === "CANCEL" || message.method === "OPTIONS") {
      this.#answer(message, "200 OK");
      if (message.method === "BYE") this.#hush();
    } else if (message.method !== "" && message.method !== "INVITE" && message.method !== "ACK") {
      this.#answer(message, "489 Bad Event");
    }
    this.#received.push(message);
    this.#wake();
  }

  #answer(request: SipMessage, status: string, fields: [string, string][] = [], body = ""): void {
    this.#send(respondTo(request, status, NAME, fields, body));
  }

  #send(text: string): void {
    if (!this.#machine) throw new Error("the machine has not registered");
    this.#history.push(`-> ${text.slice(0, text.indexOf("\r\n"))}`);
    this.#sip.send(text, this.#machine.port, this.#machine.address);
  }

  get #contact(): [string, string] {
    return ["Contact", `<sip:${NAME}@${HOST}:${this.port}>`];
  }

  get #offer(): string {
    const port = this.#rtp.address().port;
    return `v=0\r\no=- 1 1 IN IP4 ${HOST}\r\ns=-\r\nc=IN IP4 ${HOST}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=ptime:20\r\n`;
  }

  /** Rings, lifts, and speaks. */
  async answerCall(invite: SipMessage): Promise<void> {
    this.#answer(invite, "180 Ringing", [this.#contact]);
    this.#answer(invite, "200 OK", [this.#contact, ["Content-Type", "application/sdp"]], this.#offer);
    await this.receives("ACK");
    this.#speak();
  }

  /** Calls the machine's line as its registrar does; its answers are received(). */
  call(user: string): Dialled {
    const number = ++this.#calls;
    const uri = this.#registered;
    const request = (method: string, to: string, more: [string, string][] = [], body = ""): string =>
      writeSip(
        `${method} ${uri} SIP/2.0`,
        [
          [
            "Via",
            `SIP/2.0/UDP ${HOST}:${this.port};rport;branch=z9hG4bK-peer-${number}${method === "BYE" ? "-bye" : ""}`,
          ],
          ["Max-Forwards", "70"],
          ["From", `"Peer" <sip:${NAME}@${HOST}>;tag=call-${number}`],
          ["To", to],
          ["Call-ID", `call-${number}@peer`],
          ["CSeq", `${method === "BYE" ? 2 : 1} ${method}`],
          ...more,
        ],
        body,
      );
    const to = `<sip:${user}@${HOST}>`;
    this.#send(request("INVITE", to, [this.#contact, ["Content-Type", "application/sdp"]], this.#offer));
    return {
      acknowledge: (answer) => {
        this.#send(request("ACK", fieldOf(answer, "to")));
        this.#speak();
      },
      hangUp: (answer) => {
        this.#send(request("BYE", fieldOf(answer, "to")));
        this.#hush();
      },
    };
  }

  /** Level in dBm0 of one frequency in the last `duration` ms that came, once as much has come since now. */
  async hears(frequency: number, duration: number): Promise<number> {
    this.#heard = [];
    const samples = (duration * SAMPLE_RATE) / 1000;
    const enough = new Promise<void>((resolve) => {
      this.#wakeEar = () => {
        if (this.#heard.length >= samples) resolve();
      };
    });
    await within(enough, PATIENCE, () => `${samples} samples at the peer, which heard ${this.#heard.length}`);
    return toneLevelDbm0(this.#heard.slice(-samples), frequency);
  }

  #speak(): void {
    this.#hush();
    const frame = new Int16Array(FRAME_SAMPLES);
    const packet = Buffer.alloc(RTP_HEADER + FRAME_SAMPLES);
    const started = performance.now();
    let sent = 0;
    this.#speaking = setInterval(() => {
      // As many as are due: a timer of a busy computer is late.
      for (; sent * FRAME_MS < performance.now() - started; sent++) {
        const first = this.#frames * FRAME_SAMPLES;
        for (let index = 0; index < FRAME_SAMPLES; index++)
          frame[index] = PEAK * Math.sin((2 * Math.PI * this.#frequency * (first + index)) / SAMPLE_RATE);
        packet.writeUInt8(0x80, 0);
        packet.writeUInt8(PCMU, 1);
        packet.writeUInt16BE(this.#frames & 0xffff, 2);
        packet.writeUInt32BE(first >>> 0, 4);
        packet.writeUInt32BE(0x7065, 8);
        encodeMuLaw(frame, packet, RTP_HEADER);
        this.#frames++;
        if (this.#ear) this.#rtp.send(Buffer.from(packet), this.#ear.port, this.#ear.address);
      }
    }, FRAME_MS / 2);
  }

  #hush(): void {
    clearInterval(this.#speaking);
  }

  stop(): void {
    this.#hush();
    this.#sip.close();
    this.#rtp.close();
    this.#giveUp(new Error("the peer was stopped"));
  }
}

export interface Dialled {
  acknowledge(answer: SipMessage): void;
  hangUp(answer: SipMessage): void;
}

function kindOf(message: SipMessage): string {
  if (message.method !== "") return message.method;
  return `${message.status} ${fieldOf(message, "cseq").split(" ")[1]}`;
}
