// A call of so many frames through the whole adapter but for Node's own sockets and timers: the sound clock beats, a port gives and
// takes samples, packets go out and come in. Run by frames.ts, in a process whose young heap holds all that is made meanwhile: what
// the heap has grown by is what was allocated. Prints one line of JSON.

import { readFileSync } from "node:fs";
import { Adapter } from "../../host/adapter.ts";
import type { Clock } from "../../host/clock.ts";
import { parseConfig } from "../../host/config/check.ts";
import { Log } from "../../host/log.ts";
import type { DatagramListener, OpenUdp } from "../../host/net/udp.ts";
import type { PhonePort, PhonePortEvents } from "../../host/phone/port.ts";
import type { FramesResult } from "./frames.ts";

const WARM_UP = 50_000;
const ROUND = 10_000;
const FRAME = 20;
const SAMPLES = 160;
const ADAPTER = "192.0.2.10";
const FAR_END = "192.0.2.20";
const REGISTRAR = "192.0.2.1";
const SIP_PORT = 5070;
const RTP_PORT = 16384;
const CONFIG = `
[sip]
bind = "${ADAPTER}"
port = ${SIP_PORT}
rtp_port = ${RTP_PORT}
[server]
enabled = false
[[line]]
user = "201"
password = "of no use here"
registrar = "${REGISTRAR}:5060"
domain = "example.org"
register = false
`;

/** Time that stands still until it is told to go on. Nothing of it is made anew. */
class StillClock implements Clock {
  readonly #time = new Float64Array(1);
  readonly #due = new Float64Array(64).fill(Number.POSITIVE_INFINITY);
  readonly #handles = Int32Array.from({ length: 64 }, (_, slot) => slot);
  readonly #callbacks: (() => void)[] = new Array(64).fill(() => {});

  now(): number {
    return this.#time[0] as number;
  }

  wallClock(): number {
    return Date.UTC(2027, 0, 1);
  }

  setTimeout(callback: () => void, delay: number): number {
    for (let slot = 0; slot < 64; slot++) {
      if (this.#due[slot] !== Number.POSITIVE_INFINITY) continue;
      this.#due[slot] = (this.#time[0] as number) + delay;
      this.#callbacks[slot] = callback;
      // a handle of a timer that has fired must not stop the one in its slot
      this.#handles[slot] = (this.#handles[slot] as number) + 64;
      return this.#handles[slot] as number;
    }
    throw new Error("too many timers");
  }

  clearTimeout(handle: unknown): void {
    if (handle === undefined) return;
    const slot = (handle as number) & 63;
    if (this.#handles[slot] === handle) this.#due[slot] = Number.POSITIVE_INFINITY;
  }

  advance(duration: number): void {
    const end = (this.#time[0] as number) + duration;
    for (;;) {
      let next = 0;
      for (let slot = 1; slot < 64; slot++) if ((this.#due[slot] as number) < (this.#due[next] as number)) next = slot;
      if ((this.#due[next] as number) > end) break;
      this.#time[0] = this.#due[next] as number;
      this.#due[next] = Number.POSITIVE_INFINITY;
      (this.#callbacks[next] as () => void)();
    }
    this.#time[0] = end;
  }
}

/** A second of something like speech, to be given frame by frame. */
const speech = Array.from({ length: 50 }, (_, frame) =>
  Int16Array.from({ length: SAMPLES }, (_, sample) => {
    const time = (frame * SAMPLES + sample) / 8000;
    const voice = [1, 2, 3, 5].reduce((sum, n) => sum + Math.sin(2 * Math.PI * 125 * n * time) / n, 0);
    return Math.round(4000 * voice * (0.5 + 0.5 * Math.sin(7 * time)));
  }),
);

class SpeakingPort implements PhonePort {
  readonly driver = "test";
  heard = 0;
  events: PhonePortEvents | undefined;
  #frame = 0;

  start(events: PhonePortEvents): void {
    this.events = events;
  }

  catchUp(): void {}
  setRing(): void {}
  setPolarity(): void {}
  setLoopCurrent(): void {}
  close(): void {}

  readFrame(fromPhone: Int16Array): void {
    fromPhone.set(speech[this.#frame] as Int16Array);
    this.#frame = (this.#frame + 1) % speech.length;
  }

  writeFrame(toPhone: Int16Array): void {
    for (let index = 0; index < SAMPLES; index++) {
      if (toPhone[index] === 0) continue;
      this.heard++;
      return;
    }
  }
}

const clock = new StillClock();
const port = new SpeakingPort();
const sent = { count: 0, outOfStep: 0, sequence: -1, timestamp: -1 };
const listeners = new Map<number, DatagramListener>();
let answer = "";

function handleRtp(bytes: Uint8Array): void {
  const sequence = ((bytes[2] as number) << 8) | (bytes[3] as number);
  const timestamp =
    (((bytes[4] as number) << 24) |
      ((bytes[5] as number) << 16) |
      ((bytes[6] as number) << 8) |
      (bytes[7] as number)) >>>
    0;
  if (sent.count > 0) {
    const follows = sequence === ((sent.sequence + 1) & 0xffff) && timestamp === (sent.timestamp + SAMPLES) >>> 0;
    if (!follows) sent.outOfStep++;
  }
  sent.sequence = sequence;
  sent.timestamp = timestamp;
  sent.count++;
}

const openUdp: OpenUdp = async (_what, _address, number, _largest, listener) => {
  listeners.set(number, listener);
  const isRtp = number === RTP_PORT;
  return {
    port: number,
    send: (bytes) => {
      if (isRtp) handleRtp(bytes);
      else if (number === SIP_PORT) answer = Buffer.from(bytes).toString("latin1");
    },
    probe: () => {},
    close: async () => {},
  };
};

function request(method: string, toTag: string, body: string): void {
  const text = [
    `${method} sip:201@${ADAPTER}:${SIP_PORT} SIP/2.0`,
    `Via: SIP/2.0/UDP ${FAR_END}:5060;branch=z9hG4bK-${method}`,
    "Max-Forwards: 70",
    "From: <sip:100@example.org>;tag=far",
    `To: <sip:201@example.org>${toTag}`,
    "Call-ID: frames@example.org",
    `CSeq: 1 ${method}`,
    `Contact: <sip:100@${FAR_END}:5060>`,
    ...(body ? ["Content-Type: application/sdp"] : []),
    `Content-Length: ${body.length}`,
  ].join("\r\n");
  listeners.get(SIP_PORT)?.(Buffer.from(`${text}\r\n\r\n${body}`, "latin1"), REGISTRAR, 5060);
}

/** RTP of the far end: noise. The same buffer each time. */
class Speaker {
  readonly bytes = new Uint8Array(12 + SAMPLES);
  readonly #view = new DataView(this.bytes.buffer);
  #packets = 0;

  constructor() {
    this.bytes[0] = 0x80;
    this.#view.setUint32(8, 0x7e57ca11);
    for (let index = 0; index < SAMPLES; index++) this.bytes[12 + index] = (index * 89 + 40) & 0xff;
  }

  step(): void {
    this.#view.setUint16(2, this.#packets & 0xffff);
    this.#view.setUint32(4, (this.#packets * SAMPLES) >>> 0);
    this.#packets++;
  }
}

const adapter = await Adapter.start({
  config: parseConfig(CONFIG, "frames"),
  clock,
  log: new Log(clock),
  wasm: new Uint8Array(readFileSync("build/adapter.wasm")),
  ports: [port],
  openUdp,
  seed: () => new Uint8Array(32).fill(7),
});
request(
  "INVITE",
  "",
  `v=0\r\no=- 1 1 IN IP4 ${FAR_END}\r\ns=-\r\nc=IN IP4 ${FAR_END}\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0 101\r\n` +
    "a=rtpmap:101 telephone-event/8000\r\na=rtcp-xr:voip-metrics\r\n",
);
clock.advance(3000);
port.events?.loop(true, clock.now());
clock.advance(200);
if (!answer.startsWith("SIP/2.0 200")) throw new Error(`the call is not answered: ${answer}`);
request("ACK", /^To:.*?(;tag=[^\r;]+)/im.exec(answer)?.[1] ?? "", "");

const speaker = new Speaker();
const onRtp = listeners.get(RTP_PORT) as DatagramListener;

function run(frames: number): void {
  for (let count = 0; count < frames; count++) {
    speaker.step();
    onRtp(speaker.bytes, FAR_END, 30000);
    clock.advance(FRAME);
  }
}

const rounds = Number(process.argv[2]) / ROUND;
run(WARM_UP);
globalThis.gc?.();
sent.count = 0;
sent.outOfStep = 0;
port.heard = 0;
const { core } = adapter;
const memoryBytes = core.memoryBytes;
const spareBytes = core.figure("spareMemory");
const start = process.memoryUsage().heapUsed;
const grown = new Float64Array(rounds);
for (let round = 0; round < rounds; round++) {
  const before = process.memoryUsage().heapUsed;
  run(ROUND);
  grown[round] = (process.memoryUsage().heapUsed - before) / ROUND;
}
globalThis.gc?.();
const result: FramesResult = {
  allocated: grown.sort()[rounds >> 1] as number,
  kept: process.memoryUsage().heapUsed - start,
  outOfStep: sent.outOfStep,
  sent: sent.count,
  heard: port.heard,
  memoryGrown: core.memoryBytes - memoryBytes,
  spareUsed: spareBytes - core.figure("spareMemory"),
};
console.log(JSON.stringify(result));
process.exit();
