// What a user does to the line while a call is up: keys, a rotary dial, a flash.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { sinePeak } from "../../host/sound/level.ts";
import { reallyHeard } from "../../host/sound/listen.ts";
import { keysIn } from "../support/key-tones.ts";
import { parseRtp, type RtpPacket, soundOf, telephoneEvents } from "../support/rtp-packets.ts";
import { BUILDS, VirtualBox } from "../support/virtual-box.ts";
import { BAD_WIRE } from "../support/virtual-network.ts";
import { voice1, voice2 } from "../support/voices.ts";

/** Of the simulator's offers. */
const EVENT_PAYLOAD_TYPE = 101;
const RTP_OF_PHONE_1 = "127.0.0.1:16384";
const KEYS = "159#*0";

/** The packets that phone 1's line sends from now on. */
function listenToWire(virtual: VirtualBox): RtpPacket[] {
  const packets: RtpPacket[] = [];
  virtual.network.onSend = (datagram) => {
    if (datagram.from === RTP_OF_PHONE_1) packets.push(parseRtp(datagram));
  };
  return packets;
}

for (const build of BUILDS) {
  test(`keys pressed during a call arrive as one telephone event each, heard once, and no more than a frame of their sound (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 41 });
    await virtual.connect(1, 2);
    const packets = listenToWire(virtual);
    await virtual.dial(1, KEYS);
    await virtual.pass(1500);

    const events = telephoneEvents(packets, EVENT_PAYLOAD_TYPE);
    assert.equal(events.map(({ key }) => key).join(""), KEYS);
    for (const event of events) {
      assert.equal(event.markers, 1, "RFC 4733 §2.5.1.1: the first packet of an event is marked");
      assert.equal(event.ends, 3, "RFC 4733 §2.5.1.4: the last one is sent three times");
      assert.ok(event.length >= 80, `${event.length} ms`);
    }
    const leaked = keysIn(soundOf(packets), -40);
    for (const { key, length } of leaked) assert.ok(length <= 20, `${length} ms of key ${key} leak`);

    const heard = keysIn(virtual.phone(2).heard.samples());
    assert.equal(
      heard
        .filter(({ length }) => length > 20)
        .map(({ key }) => key)
        .join(""),
      KEYS,
    );
    for (const { key, length } of heard)
      assert.ok(length <= 20 || length >= 60, `key ${key} is heard for ${length} ms`);
    assert.equal(virtual.reported(1, Report.Digit).length, "102".length + KEYS.length);
  });
}

test("whenever a key is pressed, between two frames or within one, it is one event and at most 20 ms of sound", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 48 });
  await virtual.connect(1, 2);
  const packets = listenToWire(virtual);
  for (let offset = 0; offset < 20; offset++) {
    packets.length = 0;
    const sound = new Int16Array((offset + 80) * 8);
    for (let index = offset * 8; index < sound.length; index++)
      sound[index] =
        sinePeak(-9) * Math.sin((2 * Math.PI * 770 * index) / 8000) +
        sinePeak(-7) * Math.sin((2 * Math.PI * 1477 * index) / 8000);
    await virtual.run(virtual.phone(1).play(sound));
    await virtual.pass(400);
    assert.deepEqual(
      telephoneEvents(packets, EVENT_PAYLOAD_TYPE).map(({ key }) => key),
      ["6"],
      `${offset} ms after a frame`,
    );
    const leaked = keysIn(soundOf(packets), -40).reduce((sum, { length }) => sum + length, 0);
    assert.ok(leaked <= 20, `${offset} ms after a frame: ${leaked} ms leak`);
  }
});

test("over a wire that loses every tenth packet, doubles and reorders, no key is lost and none is heard twice", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 42 });
  await virtual.connect(1, 2);
  virtual.network.wire = { ...BAD_WIRE, loss: 0.1, reordering: 0.1, heldFor: 250 };
  const keys = KEYS.repeat(6);
  await virtual.dial(1, keys);
  await virtual.pass(2500);
  const heard = keysIn(virtual.phone(2).heard.samples());
  assert.equal(
    heard
      .filter(({ length }) => length > 20)
      .map(({ key }) => key)
      .join(""),
    keys,
  );
});

test("a rotary dial turned during a call sends its digits, too", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 43 });
  await virtual.connect(1, 2);
  const packets = listenToWire(virtual);
  virtual.phone(1).mode = "pulse";
  await virtual.dial(1, "730");
  await virtual.pass(1500);
  assert.equal(
    telephoneEvents(packets, EVENT_PAYLOAD_TYPE)
      .map(({ key }) => key)
      .join(""),
    "730",
  );
  assert.ok(virtual.isTalking(1) && virtual.isTalking(2));
});

for (const longest of [15, 60, 150, 400])
  test(`a program that is held up for up to ${longest} ms again and again counts the pulses of a rotary dial all the same`, async () => {
    const virtual = await VirtualBox.startRegistered({ seed: 50 });
    for (let round = 0; round < 4; round++) {
      virtual.phone(1).mode = "pulse";
      await virtual.lift(1);
      let isDialled = false;
      void virtual
        .phone(1)
        .dial("600")
        .then(() => {
          isDialled = true;
        });
      while (!isDialled) {
        virtual.clock.stall(virtual.random.between(1, longest));
        await virtual.pass(1);
      }
      await virtual.pass(1500);
      assert.equal(virtual.reported(1, Report.CallStarted).at(-1)?.text, "600", `round ${round}`);
      virtual.phone(1).hang();
      await virtual.pass(8000);
      assert.equal(virtual.reported(1, Report.CallStarted).length, round + 1);
    }
  });

test("speech is not taken for keys", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 44 });
  await virtual.connect(1, 2);
  const packets = listenToWire(virtual);
  await virtual.run(Promise.all([virtual.phone(1).play(voice1), virtual.phone(2).play(voice2)]));
  assert.deepEqual(telephoneEvents(packets, EVENT_PAYLOAD_TYPE), []);
  assert.ok(reallyHeard(soundOf(packets), voice1).heard, "the voice is on the wire");
});

for (const line of [1, 2]) {
  const who = line === 1 ? "caller" : "called";
  test(`a 500 ms flash of the ${who} is reported and does the call no harm`, async () => {
    const virtual = await VirtualBox.startRegistered({ seed: 45 });
    await virtual.connect(1, 2);
    await virtual.run(virtual.phone(line).flash(500));
    await virtual.pass(2000);
    assert.equal(virtual.reported(line, Report.Flash).length, 1);
    assert.ok(virtual.logged(`line ${line}`).includes("info: hook flash"));
    assert.ok(virtual.isTalking(1) && virtual.isTalking(2));
    await virtual.run(virtual.phone(2).play(voice2));
    await virtual.pass(400);
    const verdict = reallyHeard(virtual.phone(1).heard.samples(), voice2);
    assert.ok(verdict.heard, verdict.reason);
  });
}

test("a flash at dial tone, while dialling, while it rings, at busy tone: nothing breaks", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 46 });
  const flashed = async () => {
    const before = virtual.state(1);
    await virtual.run(virtual.phone(1).flash(400));
    await virtual.pass(1500);
    assert.equal(virtual.state(1), before);
  };
  await virtual.lift(1);
  await flashed();
  await virtual.dial(1, "1");
  await flashed();
  await virtual.dial(1, "02");
  await virtual.rings(2);
  await flashed();
  virtual.phone(2).lift();
  virtual.until(() => virtual.isTalking(1) && virtual.isTalking(2), 1000, "the answer");
  virtual.phone(2).hang();
  virtual.until(() => virtual.state(1) === "congestion", 5000, "congestion tone");
  await flashed();
  virtual.phone(1).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
});

test("at every length of a break up to 1.4 s the line either goes on, flashes or hangs up, and none of it is left over", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 47 });
  for (let length = 20; length <= 1400; length += 60) {
    await virtual.connect(1, 2);
    await virtual.pass(300);
    await virtual.run(virtual.phone(1).flash(length));
    await virtual.pass(1500);
    // US: 300 to 1100 ms is a flash, longer is a hang-up (and then a fresh lift, with dial tone)
    const state = virtual.state(1);
    if (length < 1080) assert.equal(state, "talking", `${length} ms`);
    if (length > 1140) assert.equal(state, "dial-tone", `${length} ms`);
    for (const line of [1, 2]) virtual.phone(line).hang();
    virtual.until(
      () => virtual.state(1) === "idle" && virtual.state(2) === "idle",
      3000,
      `both on-hook after ${length} ms`,
    );
    await virtual.pass(500);
  }
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
});
