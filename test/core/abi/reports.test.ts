// The records that the host reads at fixed offsets, checked by what they say of a state that a test has brought about: a line report
// in a call whose packets, losses and times are known, and a binding report of a phone that has registered.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  CALL_STATES,
  EndpointSetting,
  LINE_STATES,
  LineReportAt,
  NumberSetting,
  TextSetting,
} from "../../../host/adapter-abi.ts";
import { ActionKind, Core } from "../../../host/core.ts";
import { CoreReport } from "../../../host/core-report.ts";
import { Transport } from "../../../host/endpoint.ts";
import { readBindings } from "../../../host/server-abi.ts";
import { BenchPhone } from "../../support/bench-phone.ts";
import { BUILDS, DOMAIN, ServerBench } from "../../support/server-bench.ts";
import { fieldOf, parseSip, respondTo, type SipMessage, writeSip } from "../../support/sip-text.ts";

const LINE = 1;
const HOP = "192.0.2.1";
const FRAME = 20;
const SAMPLES = 160;
const PEER_SSRC = 0x11223344;
const PCMA = 8;

interface Sent {
  kind: number;
  bytes: Buffer;
}

/** One line of the adapter module, its registrar and the phone that calls it. */
class LineBench {
  now = 10_000;
  readonly core: Core;
  readonly sent: Sent[] = [];
  #nextFrame = Number.POSITIVE_INFINITY;

  constructor(path: string) {
    const { core, now } = { core: new Core(new Uint8Array(readFileSync(path)), path, 8), now: this.now };
    this.core = core;
    core.reset(
      Uint8Array.from({ length: 32 }, (_, index) => index * 5),
      now,
    );
    const texts = { User: "201", Domain: "example.org", RegistrarHost: HOP, Country: "US" } as const;
    for (const [setting, text] of Object.entries(texts))
      assert.equal(core.configureText(TextSetting[setting as keyof typeof texts], LINE, text), 0);
    assert.equal(core.configureNumber(NumberSetting.Expires, LINE, 3600), 0);
    assert.equal(core.configureNumber(NumberSetting.Register, LINE, 1), 0);
    assert.equal(core.configureEndpoint(EndpointSetting.Signalling, LINE, "192.0.2.9", 5060), 0);
    assert.equal(core.configureEndpoint(EndpointSetting.Media, LINE, "192.0.2.9", 16386), 0);
    assert.equal(core.configureEndpoint(EndpointSetting.Hop, LINE, HOP, 5060), 0);
  }

  get report(): CoreReport {
    const report = this.core.report("lineReport", LINE);
    assert.ok(report);
    return report;
  }

  drain(): void {
    this.core.drain(({ kind, payload, code }) => {
      this.sent.push({ kind, bytes: Buffer.from(payload) });
      if (kind === ActionKind.SetAudio) this.#nextFrame = code === 1 ? this.now : Number.POSITIVE_INFINITY;
    });
  }

  /** Lets time pass: what is due happens, and the phone's frames come every 20 ms. */
  advance(duration: number): void {
    const end = this.now + duration;
    for (;;) {
      const next = Math.min(this.core.nextTimeout, this.#nextFrame);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      if (this.core.nextTimeout <= this.now) this.core.handleTimeout(this.now);
      else {
        this.core.handleFrame(LINE, this.now);
        this.#nextFrame += FRAME;
      }
      this.drain();
    }
    this.now = end;
  }

  sip(text: string): void {
    const bytes = Buffer.from(text);
    this.core.handleDatagram(bytes, bytes.length, HOP, 5060, Transport.Udp, this.now);
    this.drain();
  }

  takeSip(): SipMessage {
    const at = this.sent.findIndex(({ kind }) => kind === ActionKind.SendSip);
    assert.ok(at >= 0, "a SIP message was sent");
    return parseSip(this.sent.splice(at, 1)[0]!.bytes.toString());
  }

  count(kind: number): number {
    return this.sent.filter((sent) => sent.kind === kind).length;
  }

  rtp(sequence: number): void {
    const packet = Buffer.alloc(12 + SAMPLES, 0xd5);
    packet.writeUInt16BE(0x8000 | PCMA, 0);
    packet.writeUInt16BE(sequence, 2);
    packet.writeUInt32BE(sequence * SAMPLES, 4);
    packet.writeUInt32BE(PEER_SSRC, 8);
    this.core.handleRtp(LINE, packet, packet.length, "192.0.2.7", 40000, this.now);
    this.drain();
  }
}

const invite = (contact: string): string => {
  const sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n";
  const fields: [string, string][] = [
    ["Via", `SIP/2.0/UDP ${HOP}:5060;branch=z9hG4bKcall`],
    ["Max-Forwards", "70"],
    ["From", '"Alice" <sip:alice@example.org>;tag=a'],
    ["To", "<sip:201@example.org>"],
    ["Call-ID", "the-call@192.0.2.7"],
    ["CSeq", "1 INVITE"],
    ["Contact", `<sip:alice@${HOP}>`],
    ["Content-Type", "application/sdp"],
  ];
  return writeSip(`INVITE ${contact} SIP/2.0`, fields, sdp);
};

/** RFC 3550 §6.4.1, the formula as it stands there. `late[i]` is by how much packet i came after its place, ms. */
function jitterOf(late: readonly number[]): number {
  return late.slice(1).reduce((jitter, each, index) => jitter + (Math.abs(each - late[index]!) - jitter) / 16, 0);
}

const DEBUG = "build/adapter.debug.wasm";
/** The debug build has its enums' numbers by name. */
const names = new Core(new Uint8Array(readFileSync(DEBUG)), DEBUG);

for (const build of BUILDS) {
  const path = build === "debug" ? "build/adapter.debug.wasm" : "build/adapter.wasm";

  test(`${build}: a line report says what the line, its call, its stream and its registration do`, () => {
    const bench = new LineBench(path);
    const { core } = bench;
    const number = (name: keyof typeof LineReportAt) => bench.report.i32(LineReportAt[name]);
    const time = (name: keyof typeof LineReportAt) => bench.report.f64(LineReportAt[name]);

    // Nothing has happened
    assert.equal(LINE_STATES[number("lineState")], "idle");
    assert.equal(CALL_STATES[number("callState")], "idle");
    assert.equal(number("isOffHook"), 0);
    assert.equal(number("payloadType"), -1);
    assert.equal(number("registrationState"), names.constant("RegistrationState.Idle"));
    assert.equal(number("registrationStatus"), 0);
    assert.ok(time("registeredUntil") <= bench.now);
    assert.equal(time("nextRegister"), Number.POSITIVE_INFINITY);
    assert.ok(time("roundTripMs") < 0);

    // It registers
    core.start(bench.now);
    bench.drain();
    assert.equal(number("registrationState"), names.constant("RegistrationState.Registering"));
    const register = bench.takeSip();
    const contact = /<([^>]+)>/.exec(fieldOf(register, "contact"))![1]!;
    bench.now += 30;
    bench.sip(respondTo(register, "200 OK", "r", [["Contact", `<${contact}>;expires=600`]]));
    assert.equal(number("registrationState"), names.constant("RegistrationState.Registered"));
    assert.equal(number("registrationStatus"), 200);
    assert.equal(time("registeredUntil"), bench.now + 600_000);
    assert.ok(time("nextRegister") > bench.now && time("nextRegister") < bench.now + 600_000);

    // It is called
    bench.advance(7000);
    bench.sip(invite(contact));
    assert.equal(LINE_STATES[number("lineState")], "ringing");
    assert.equal(CALL_STATES[number("callState")], "incoming");
    assert.equal(time("since"), bench.now);
    assert.equal(number("isIncoming"), 1);
    assert.equal(bench.report.text(LineReportAt.peer), "alice");
    assert.equal(bench.report.text(LineReportAt.callId), "the-call@192.0.2.7");
    const ringsSince = bench.now;

    // The handset is lifted
    bench.advance(1000);
    assert.equal(time("since"), ringsSince);
    core.handleLoop(LINE, true, bench.now, bench.now);
    bench.drain();
    const lifted = bench.now;
    bench.advance(400);
    assert.equal(LINE_STATES[number("lineState")], "talking");
    assert.equal(CALL_STATES[number("callState")], "active");
    assert.equal(number("isOffHook"), 1);
    assert.equal(number("payloadType"), PCMA);
    assert.ok(time("since") >= lifted && time("since") <= bench.now);

    // Packets come: every other one 6 ms after its place, three of them not at all
    const missing = [31, 32, 33];
    const late: number[] = [];
    bench.advance(3);
    for (let sequence = 1; sequence <= 50; sequence++) {
      const delay = sequence % 2 === 0 ? 6 : 0;
      bench.advance(delay);
      if (!missing.includes(sequence)) {
        bench.rtp(sequence);
        late.push(delay);
      }
      bench.advance(FRAME - delay);
    }
    assert.equal(number("packetsReceived"), 47);
    assert.equal(number("lost"), 3);
    assert.equal(number("late"), 0);
    assert.ok(Math.abs(time("jitterMs") - jitterOf(late)) < 0.2, `${time("jitterMs")} ms, expected ${jitterOf(late)}`);
    assert.ok(time("delayMs") > 0 && time("delayMs") < 200, `${time("delayMs")} ms`);
    const concealed = number("concealedSamples");
    assert.ok(concealed >= 3 * SAMPLES && concealed <= 10 * SAMPLES, `${concealed} samples`);

    // One of the three comes after its time
    bench.rtp(32);
    assert.equal(number("packetsReceived"), 48);
    assert.equal(number("lost"), 2);
    assert.equal(number("late"), 1);

    // RFC 3550 §6.4.1: a report that comes back 60 ms after ours, 20 of which the other side kept it
    bench.advance(4000);
    assert.equal(number("packetsSent"), bench.count(ActionKind.SendRtp));
    const reports = bench.sent.filter(({ kind }) => kind === ActionKind.SendRtcp);
    const senderReport = reports[0]!.bytes;
    assert.equal(senderReport[1], 200);
    const answer = Buffer.alloc(32);
    answer.writeUInt32BE(0x81c90007, 0);
    answer.writeUInt32BE(PEER_SSRC, 4);
    senderReport.copy(answer, 8, 4, 8);
    senderReport.copy(answer, 24, 10, 14);
    const sentAt = senderReport.readUInt32BE(8) * 1000 + (senderReport.readUInt32BE(12) / 2 ** 32) * 1000;
    answer.writeUInt32BE(Math.round(((bench.now - sentAt - 40) / 1000) * 65536), 28);
    core.handleRtcp(LINE, answer, answer.length, "192.0.2.7", 40001, bench.now);
    bench.drain();
    assert.ok(Math.abs(time("roundTripMs") - 40) < 0.1, `${time("roundTripMs")} ms`);

    assert.equal(core.report("lineReport", 8), undefined);
    assert.equal(core.report("lineReport", -1), undefined);
  });

  test(`${build}: a binding report says who is registered, where, and for how long`, () => {
    const bench = new ServerBench(build);
    const phone = new BenchPhone(bench, "102", "192.0.2.20:5062");
    assert.equal(phone.register([["Expires", "90"]], "<sip:102@192.0.2.20:5062>;q=0.5").status, 200);
    bench.advance(30_000);

    const { buffer } = bench.exports.memory;
    const report = (_name: string, index: number) => {
      const at = bench.call("bindingReport", index);
      return at === 0 ? undefined : new CoreReport(new DataView(buffer), new Uint8Array(buffer), at);
    };
    const bindings = readBindings({ report } as unknown as Core, DOMAIN, bench.now);
    const expected = { addressOfRecord: `sip:102@${DOMAIN}`, contact: "sip:102@192.0.2.20:5062", expiresSeconds: 60 };
    assert.deepEqual(bindings, [expected]);
    const [binding] = bench.bindings();
    assert.deepEqual([binding?.q, binding?.source], [0.5, "192.0.2.20:5062"]);
  });
}
