// baresip hears a stream: a call to it over loopback, packets at their times, and what it plays kept by sound-card.c.

import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeUdpPorts } from "../../../build/js/host/net/free-ports.js";
import { writeWav } from "../../../build/js/host/sound/wav.js";
import { pause } from "../measure.mjs";

const running = new Set();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

const HOST = "127.0.0.1";
/** What it says itself, a minute of it. */
const SILENCE_SAMPLES = 480_000;
const PATIENCE = 10_000;
const MODULES = ["g711", "plc", "aufile", "alsa"];

export const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

const configText = (folder, sip, rtp, delay) => `sip_listen ${HOST}:${sip}
net_interface ${HOST}
rtp_ports ${rtp}-${rtp + 4}
audio_source aufile,${folder}/silence.wav
audio_player alsa,card
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
jitter_buffer_delay ${delay}
module_path /usr/lib/baresip/modules
${MODULES.map((name) => `module ${name}.so\n`).join("")}module_app account.so
module_app menu.so
`;

export class BaresipEar {
  /** Where its RTP goes. */
  port = 0;
  #socket = createSocket("udp4");
  #folder = mkdtempSync(join(tmpdir(), "tipring-ear-"));

  /** `delay` is its jitter_buffer_delay, packets: "5-10" when nobody changes it. */
  static async start(delay, card) {
    const ear = new BaresipEar();
    const [sip, rtp] = [await freeUdpPorts(1), await freeUdpPorts(6)];
    writeFileSync(join(ear.#folder, "config"), configText(ear.#folder, sip, rtp, delay));
    writeWav(join(ear.#folder, "silence.wav"), new Int16Array(SILENCE_SAMPLES));
    writeFileSync(join(ear.#folder, "accounts"), "<sip:ear@127.0.0.1>;regint=0;answermode=auto;audio_codecs=pcmu\n");
    const env = { ...process.env, LD_PRELOAD: card, SOUND_CARD: join(ear.#folder, "played") };
    ear.child = spawn("baresip", ["-f", ear.#folder], { env, stdio: ["ignore", "pipe", "pipe"] });
    running.add(ear.child);
    ear.child.once("exit", () => running.delete(ear.child));
    ear.printed = "";
    for (const stream of [ear.child.stdout, ear.child.stderr]) {
      stream.on("data", (text) => {
        ear.printed += text;
      });
    }
    await new Promise((resolve) => ear.#socket.bind(0, HOST, resolve));
    await ear.#until(() => /baresip is ready/.test(ear.printed), "baresip is not ready");
    await ear.#call(sip);
    return ear;
  }

  async #until(isSo, what) {
    for (const end = nowMs() + PATIENCE; !isSo(); await pause(10)) {
      if (nowMs() > end) throw new Error(`${what}:\n${this.printed}`);
    }
  }

  #request(method, sip, toTag, body = "") {
    const own = this.#socket.address().port;
    const lines = [
      `${method} sip:ear@${HOST}:${sip} SIP/2.0`,
      `Via: SIP/2.0/UDP ${HOST}:${own};branch=z9hG4bK-${method}-${own}`,
      "Max-Forwards: 70",
      `From: <sip:mouth@${HOST}>;tag=mouth`,
      `To: <sip:ear@${HOST}>${toTag}`,
      `Call-ID: ${own}@${HOST}`,
      `CSeq: ${method === "BYE" ? 2 : 1} ${method}`,
      `Contact: <sip:mouth@${HOST}:${own}>`,
    ];
    if (body) lines.push("Content-Type: application/sdp");
    return `${lines.join("\r\n")}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  }

  async #call(sip) {
    const own = this.#socket.address().port;
    const body = `v=0\r\no=- 1 1 IN IP4 ${HOST}\r\ns=-\r\nc=IN IP4 ${HOST}\r\nt=0 0\r\nm=audio ${own} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n`;
    let answer = "";
    this.#socket.on("message", (bytes) => {
      if (bytes[0] === 0x53 && bytes.includes("SIP/2.0 200")) answer = bytes.toString("latin1");
    });
    this.#socket.send(this.#request("INVITE", sip, "", body), sip, HOST);
    await this.#until(() => answer !== "", "baresip does not answer");
    this.port = Number(/m=audio (\d+)/.exec(answer)?.[1]);
    this.hangUp = () => this.#socket.send(this.#request("BYE", sip, this.toTag), sip, HOST);
    this.toTag = /^To:.*(;tag=[^\r;]+)/im.exec(answer)?.[1] ?? "";
    this.#socket.send(this.#request("ACK", sip, this.toTag), sip, HOST);
  }

  send(bytes) {
    this.#socket.send(bytes, this.port, HOST);
  }

  /** Ends the call and the program. Returns what it played, from `start` (ms of nowMs()) on, and when its card beats, ms after `start`. */
  async stop(start) {
    this.hangUp();
    await pause(200);
    this.#socket.close();
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await Promise.race([ended, pause(2000)]);
    this.child.kill("SIGKILL");
    const bytes = readFileSync(join(this.#folder, "played"));
    rmSync(this.#folder, { recursive: true });
    return readCard(bytes, start);
  }
}

function readCard(bytes, start) {
  const pieces = [];
  let beat = 0;
  for (let at = 0; at + 16 <= bytes.length; ) {
    const time = Number(bytes.readBigInt64LE(at)) / 1e6 - start;
    const count = Number(bytes.readBigInt64LE(at + 8));
    if (pieces.length === 0) beat = time;
    const samples = new Int16Array(count);
    for (let index = 0; index < count; index++) samples[index] = bytes.readInt16LE(at + 16 + 2 * index);
    pieces.push(samples);
    at += 16 + 2 * count;
  }
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let end = 0;
  for (const piece of pieces) {
    all.set(piece, end);
    end += piece.length;
  }
  // the card is even: sample n is heard n / 8 ms after the first
  const samples = Math.round(-beat * 8);
  const played = samples >= 0 ? all.subarray(samples) : Int16Array.from([...new Int16Array(-samples), ...all]);
  return { played, beat };
}
