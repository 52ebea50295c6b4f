// What the caller hears before the answer, with a far end that is a script: RFC 3960 §3.2.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import type { Udp } from "../../host/net/udp.ts";
import { fieldOf, parseSip, respondTo, type SipMessage } from "../support/sip-text.ts";
import { BUILDS, type Build, VirtualBox } from "../support/virtual-box.ts";

const HOST = "127.0.0.1";
const MEDIA_PORT = 30_000;
const RTP_OF_PHONE_1 = 16_384;
const RINGBACK_HZ = [440, 480];
const DESCRIPTION = `v=0\r\no=- 1 1 IN IP4 ${HOST}\r\ns=-\r\nc=IN IP4 ${HOST}\r\nt=0 0\r\nm=audio ${MEDIA_PORT} RTP/AVP 0\r\n`;
const CONTACT: [string, string] = ["Contact", `<sip:102@${HOST}:5060>`];

/** A registrar that takes everybody, and a phone whose answers to an INVITE the test writes. */
class FarEnd {
  #invite: SipMessage | undefined;
  readonly #sip: Udp;
  readonly #media: Udp;
  #sequence = 0;

  private constructor(sip: Udp, media: Udp) {
    this.#sip = sip;
    this.#media = media;
  }

  static async start(virtual: VirtualBox): Promise<FarEnd> {
    const { open } = virtual.network;
    const sip = await open("far end", HOST, 5060, 4096, (bytes) =>
      farEnd.#take(parseSip(Buffer.from(bytes).toString())),
    );
    const farEnd = new FarEnd(sip, await open("far end", HOST, MEDIA_PORT, 512, () => {}));
    return farEnd;
  }

  #take(message: SipMessage): void {
    if (message.method === "INVITE") this.#invite ??= message;
    else if (message.method === "REGISTER")
      this.#send(respondTo(message, "200 OK", "r", [["Contact", fieldOf(message, "contact")]]));
    else if (message.method === "CANCEL") {
      this.#send(respondTo(message, "200 OK", "far"));
      this.answer("487 Request Terminated");
    }
  }

  get isCalled(): boolean {
    return this.#invite !== undefined;
  }

  answer(status: string, body = ""): void {
    assert.ok(this.#invite);
    const more: [string, string][] = body === "" ? [CONTACT] : [CONTACT, ["Content-Type", "application/sdp"]];
    this.#send(respondTo(this.#invite, status, "far", more, body));
  }

  #send(text: string): void {
    this.#sip.send(Buffer.from(text), HOST, 5070);
  }

  /** 20 ms of silence in µ-law. */
  speak(): void {
    const packet = Buffer.alloc(172, 0xff);
    packet.writeUInt16BE(0x8000, 0);
    packet.writeUInt16BE(++this.#sequence, 2);
    packet.writeUInt32BE(this.#sequence * 160, 4);
    packet.writeUInt32BE(7, 8);
    this.#media.send(packet, HOST, RTP_OF_PHONE_1);
  }
}

async function called(build: Build, seed: number): Promise<[VirtualBox, FarEnd]> {
  const virtual = await VirtualBox.start({ build, seed, hasServer: false });
  const farEnd = await FarEnd.start(virtual);
  virtual.until(() => virtual.areAllRegistered, 60_000, "the registration of every line");
  await virtual.call(1, "102");
  virtual.until(() => farEnd.isCalled, 2000, "the INVITE");
  return [virtual, farEnd];
}

async function speakFor(virtual: VirtualBox, farEnd: FarEnd, duration: number): Promise<void> {
  for (let passed = 0; passed < duration; passed += 20) {
    farEnd.speak();
    await virtual.pass(20);
  }
}

const isQuiet = (virtual: VirtualBox): boolean =>
  virtual
    .phone(1)
    .hears(RINGBACK_HZ, 1000)
    .every((level) => level < -60);

for (const build of BUILDS) {
  test(`a 180 with a description but without sound is ringback, until the far end is heard (${build})`, async () => {
    const [virtual, farEnd] = await called(build, 71);
    farEnd.answer("180 Ringing", DESCRIPTION);
    await virtual.hears(1, "ringback");
    assert.equal(virtual.state(1), "ringback");
    farEnd.answer("180 Ringing", DESCRIPTION);
    await virtual.pass(100);
    assert.equal(virtual.reported(1, Report.CallRinging).length, 1);

    await speakFor(virtual, farEnd, 2000);
    assert.ok(isQuiet(virtual), "the far end's own ringback, or silence, is all there is to hear");
    farEnd.answer("180 Ringing");
    await speakFor(virtual, farEnd, 2000);
    assert.ok(isQuiet(virtual));

    virtual.phone(1).hang();
    virtual.clock.advance(100_000);
    assert.deepEqual(virtual.leftOver(), []);
  });
}

test("a 183 with a description lets the far end be heard: no ringback of ours, before a 180 comes", async () => {
  const [virtual, farEnd] = await called("release", 72);
  farEnd.answer("183 Session Progress", DESCRIPTION);
  await virtual.pass(3000);
  assert.ok(isQuiet(virtual));
  farEnd.answer("180 Ringing");
  await virtual.hears(1, "ringback");
  virtual.phone(1).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
});

const endless = [
  { status: "100 Trying", minutes: 3, what: "a far end that only says 100" },
  { status: "180 Ringing", minutes: 5, what: "a phone that rings and rings" },
] as const;

for (const { status, minutes, what } of endless) {
  test(`${what} is given up after ${minutes} minutes: CANCEL, congestion tone, and the log says why`, async () => {
    const [virtual, farEnd] = await called("release", 73 + minutes);
    farEnd.answer(status);
    virtual.clock.advance(minutes * 60_000 - 1000);
    assert.deepEqual(virtual.reported(1, Report.CallFailed), []);
    virtual.clock.advance(2000);
    assert.deepEqual(
      virtual.reported(1, Report.CallFailed).map(({ text }) => text),
      ["102: 408 Request Timeout"],
    );
    await virtual.hears(1, "congestion");
    virtual.phone(1).hang();
    virtual.clock.advance(100_000);
    assert.deepEqual(virtual.leftOver(), []);
  });
}
