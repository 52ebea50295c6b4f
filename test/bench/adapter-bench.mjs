// An adapter core on virtual time with one far end of text: what it is told, what it orders. Signalling as host/loop.ts does it.

import { readFileSync } from "node:fs";
import { configureAdapter } from "../../build/js/host/adapter-settings.js";
import { parseConfig } from "../../build/js/host/config/check.js";
import { ActionKind, Core } from "../../build/js/host/core.js";
import { Transport } from "../../build/js/host/endpoint.js";
import { rtpStatus } from "../../build/js/host/line-status.js";
import { MASTER } from "./srtp-speaker.mjs";

const HOP = { address: "192.0.2.1", port: 5060 };
const ADAPTER = "192.0.2.10:5070";
const FAR_END = "192.0.2.20";
const FAR_PORT = 30000;
const LINES = 8;
const USER = "201";

const CONFIG = `
[system]
country = "US"
[sip]
bind = "192.0.2.10"
port = 5070
rtp_port = 16384
[server]
enabled = false
[[line]]
user = "${USER}"
password = "of no use here"
registrar = "${HOP.address}"
domain = "example.org"
register = false
`;

const DESCRIPTION = `v=0\r\no=- 1 1 IN IP4 ${FAR_END}\r\ns=-\r\nc=IN IP4 ${FAR_END}\r\nt=0 0\r\nm=audio ${FAR_PORT} RTP/AVP 0 101\r
a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n`;

const PROTECTED = `${DESCRIPTION.replace("RTP/AVP", "RTP/SAVP")}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${MASTER.toString("base64")}\r\n`;

function requestText(method, number, toTag, body = "") {
  const sequence = method === "BYE" ? 2 : 1;
  const lines = [
    `${method} sip:${USER}@${ADAPTER} SIP/2.0`,
    `Via: SIP/2.0/UDP ${HOP.address}:${HOP.port};rport;branch=z9hG4bK-${number}-${method === "ACK" ? "a" : sequence}`,
    "Max-Forwards: 70",
    `From: "Bench" <sip:100@example.org>;tag=far${number}`,
    `To: <sip:${USER}@example.org>${toTag ? `;tag=${toTag}` : ""}`,
    `Call-ID: bench-${number}@${FAR_END}`,
    `CSeq: ${sequence} ${method}`,
    `Contact: <sip:100@${FAR_END}:5060>`,
  ];
  if (body) lines.push("Content-Type: application/sdp");
  return Buffer.from(`${lines.join("\r\n")}\r\nContent-Length: ${body.length}\r\n\r\n${body}`, "latin1");
}

export class AdapterBench {
  now = 1000;
  /** Status codes of what went out as SIP since the last input. */
  statuses = [];
  rtpSent = 0;
  /** Gets each packet of sound. */
  onRtp = () => {};
  isRinging = false;
  /** Milliseconds spent in the core and in reading its orders, border included. */
  spent = 0;
  #toTag = "";
  #calls = 0;
  #description = DESCRIPTION;

  /** `isProtected`: the far end talks SRTP, with the key of srtp-speaker.mjs. */
  static async start(isProtected = false) {
    const bench = new AdapterBench();
    if (isProtected) bench.#description = PROTECTED;
    bench.core = new Core(new Uint8Array(readFileSync("build/adapter.wasm")), "adapter.wasm", LINES);
    bench.core.reset(Buffer.alloc(32, 7), bench.now);
    const config = parseConfig(`${CONFIG}srtp = "${isProtected ? "required" : "off"}"\n`, "bench");
    const problems = configureAdapter(bench.core, config);
    if (problems.length > 0) throw new Error(problems.join("\n"));
    bench.#give(() => bench.core.start(bench.now));
    return bench;
  }

  #carryOut = (action) => {
    if (action.kind === ActionKind.SendRtp) {
      this.rtpSent++;
      this.onRtp(action.payload);
    } else if (action.kind === ActionKind.SetRing) {
      this.isRinging = action.code === 1;
    } else if (action.kind === ActionKind.SendSip) {
      const text = Buffer.from(action.payload).toString("latin1");
      this.statuses.push(Number(text.slice(8, 11)));
      this.#toTag = /^To:.*;tag=([^\r;]+)/im.exec(text)?.[1] ?? "";
    }
  };

  /** One input and its orders. Returns the milliseconds that it took. */
  #give(input) {
    this.statuses.length = 0;
    const start = performance.now();
    input();
    this.core.drain(this.#carryOut);
    const took = performance.now() - start;
    this.spent += took;
    return took;
  }

  advance(duration) {
    const end = this.now + duration;
    for (let next = this.core.nextTimeout; next <= end; next = this.core.nextTimeout) {
      this.now = Math.max(this.now, next);
      this.#give(() => this.core.handleTimeout(this.now));
    }
    this.now = end;
  }

  receive(bytes) {
    return this.#give(() =>
      this.core.handleDatagram(bytes, bytes.length, HOP.address, HOP.port, Transport.Udp, this.now),
    );
  }

  loop(isClosed) {
    return this.#give(() => this.core.handleLoop(0, isClosed, this.now, this.now));
  }

  rtp(bytes) {
    this.core.handleRtp(0, bytes, bytes.length, FAR_END, FAR_PORT, this.now);
    this.core.drain(this.#carryOut);
  }

  frame() {
    this.core.handleFrame(0, this.now);
    this.core.drain(this.#carryOut);
  }

  /** What the core says of the sound that it gets. */
  heard() {
    return rtpStatus(this.core.report("lineReport", 0));
  }

  #expect(isTrue, what) {
    if (!isTrue) throw new Error(`call ${this.#calls}: ${what}; sent ${this.statuses.join(", ") || "nothing"}`);
  }

  /** INVITE comes in, the phone rings. Returns the milliseconds until 180 and the order to ring were out. */
  ring() {
    this.#calls++;
    const took = this.receive(requestText("INVITE", this.#calls, "", this.#description));
    this.#expect(this.statuses.includes(180) && this.isRinging, "the phone does not ring");
    return took;
  }

  /** The handset is lifted, the far end confirms. */
  answer() {
    this.loop(true);
    for (let waited = 0; waited < 1000 && !this.statuses.includes(200); waited += 10) this.advance(10);
    this.#expect(this.statuses.includes(200), "nobody answers");
    this.receive(requestText("ACK", this.#calls, this.#toTag));
  }

  /** The far end hangs up, then the phone does. */
  hangUp() {
    this.receive(requestText("BYE", this.#calls, this.#toTag));
    this.#expect(this.statuses.includes(200), "BYE is not answered");
    this.advance(100);
    this.loop(false);
    this.advance(2900);
  }

  /** Bytes of memory, and what its pools have lent out. */
  figures() {
    return {
      memory: this.core.memoryBytes,
      transactions: this.core.figure("transactionsUsed"),
      buffers: this.core.figure("buffersUsed"),
      spare: this.core.figure("spareMemory"),
    };
  }
}

const PAYLOAD = 160;

/** RTP from the far end: PCMU noise, 20 ms a packet. The same buffer each time. */
export class Speaker {
  #bytes = new Uint8Array(12 + PAYLOAD);
  #view = new DataView(this.#bytes.buffer);
  #packets = 0;

  constructor() {
    this.#bytes[0] = 0x80;
    this.#view.setUint32(8, 0x7e57ca11);
    for (let index = 0; index < PAYLOAD; index++) this.#bytes[12 + index] = (index * 89 + 40) & 0xff;
  }

  next() {
    this.#view.setUint16(2, this.#packets & 0xffff);
    this.#view.setUint32(4, (this.#packets * PAYLOAD) >>> 0);
    this.#packets++;
    return this.#bytes;
  }
}
