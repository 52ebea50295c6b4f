// Strangers who send media to a phone that talks: none of it is heard, none of the call goes to them, nothing of the call is lost.
// RFC 3550 §9 leaves this to the address that was agreed on; RFC 4961 to who sends from there.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Udp } from "../../host/net/udp.ts";
import { reallyHeard } from "../../host/sound/listen.ts";
import { VirtualBox } from "../support/virtual-box.ts";
import { voice1, voice2 } from "../support/voices.ts";

const HOST = "127.0.0.1";
const RTP_OF_PHONE_1 = 16_384;
const RTP_OF_PHONE_2 = 16_386;
/** A packet each 2 ms: ten times as many as a phone sends. */
const INTERVAL = 2;
const LOUD = 0x80;

class Sprayer {
  readonly received: string[] = [];
  readonly #virtual: VirtualBox;
  readonly #sockets: Udp[] = [];
  #sequence = 0;
  isStopped = false;

  constructor(virtual: VirtualBox) {
    this.#virtual = virtual;
  }

  /** From `address`:`port` and the port after it. */
  async start(address: string, port: number): Promise<void> {
    for (const each of [port, port + 1]) {
      const listener = (_: Uint8Array, from: string, fromPort: number) => this.received.push(`${from}:${fromPort}`);
      this.#sockets.push(await this.#virtual.network.open("stranger", address, each, 512, listener));
    }
    const spray = () => {
      if (this.isStopped) return;
      for (const target of [RTP_OF_PHONE_1, RTP_OF_PHONE_2]) this.#send(target);
      this.#virtual.clock.setTimeout(spray, INTERVAL);
    };
    spray();
  }

  #send(target: number): void {
    const [rtp, rtcp] = this.#sockets as [Udp, Udp];
    const packet = Buffer.alloc(172, LOUD);
    packet.writeUInt16BE(0x8000, 0);
    packet.writeUInt16BE(++this.#sequence & 0xffff, 2);
    packet.writeUInt32BE((this.#sequence * 160) >>> 0, 4);
    packet.writeUInt32BE(0x5a5a5a5a, 8);
    rtp.send(packet, HOST, target);
    const report = Buffer.from("80c900015a5a5a5a", "hex");
    rtcp.send(report, HOST, target + 1);
  }
}

async function speak(virtual: VirtualBox): Promise<void> {
  const [one, two] = [virtual.phone(1), virtual.phone(2)];
  await virtual.run(Promise.all([one.play(voice1), two.play(voice2)]));
  await virtual.pass(400);
  for (const [ear, said] of [
    [one, voice2],
    [two, voice1],
  ] as const) {
    const verdict = reallyHeard(ear.heard.samples(), said);
    assert.ok(verdict.heard, `${ear.name}: ${verdict.reason}`);
  }
}

for (const [who, address] of [
  ["another host", "127.0.0.66"],
  ["the other phone's own host", HOST],
] as const) {
  for (const since of ["before the call", "from its middle on"] as const) {
    test(`ten times the packets of a call from ${who}, ${since}: nothing of it is heard, nothing lost, nothing told`, async () => {
      const virtual = await VirtualBox.startRegistered({ seed: 131 });
      const sprayer = new Sprayer(virtual);
      if (since === "before the call") await sprayer.start(address, 40_000);
      await virtual.connect(1, 2);
      if (since !== "before the call") await sprayer.start(address, 40_000);
      await speak(virtual);
      sprayer.isStopped = true;
      for (const line of [1, 2]) {
        const { received, sent, lost, late, concealedMs } = virtual.box.adapter.rtp(line - 1);
        assert.deepEqual([lost, late], [0, 0]);
        assert.ok(concealedMs <= 20, `line ${line}: ${concealedMs} ms concealed`);
        assert.ok(Math.abs(received - sent) <= 2, `line ${line}: ${received} packets came, ${sent} went`);
      }
      assert.deepEqual(sprayer.received, []);
      assert.ok(virtual.box.adapter.core.counter(13) > 1000, "the strangers were counted"); // rtpStranger
    });
  }
}
