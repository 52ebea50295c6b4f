// The ways a digit goes in a call: as an event, by INFO, as sound; and how the sound is made where the adapter makes it.
// RFC 4733, ITU-T Q.24.

import assert from "node:assert/strict";
import { test } from "node:test";
import { soundLevelDbm0, toneLevelDbm0 } from "../../host/sound/level.ts";
import { DtmfBlock } from "../support/dtmf-block.ts";
import { keysIn } from "../support/key-tones.ts";
import { parseRtp, type RtpPacket, soundOf, telephoneEvents } from "../support/rtp-packets.ts";
import { BUILDS, VirtualBox } from "../support/virtual-box.ts";
import { voice1 } from "../support/voices.ts";

const EVENT_PAYLOAD_TYPE = 101;
const RTP_OF_PHONE_1 = "127.0.0.1:16384";
const ALL_KEYS = "123A456B789C*0#D";
const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477, 1633];

/** What phone 1's line sends from now on. */
function wireOf(virtual: VirtualBox): RtpPacket[] {
  const packets: RtpPacket[] = [];
  virtual.network.onSend = (datagram) => {
    if (datagram.from === RTP_OF_PHONE_1) packets.push(parseRtp(datagram));
  };
  return packets;
}

const onLine1 = (keys: string) => (line: number) => (line === 1 ? keys : "");
const onLine2 = (keys: string) => (line: number) => (line === 2 ? keys : "");

const words = (keys: { key: string; length: number }[]) =>
  keys
    .filter(({ length }) => length > 20)
    .map(({ key }) => key)
    .join("");

for (const build of BUILDS)
  test(`dtmf = "inband": no event is agreed or sent, each key is heard as it was pressed (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 71, keys: onLine1('dtmf = "inband"') });
    await virtual.connect(1, 2);
    const packets = wireOf(virtual);
    await virtual.dial(1, ALL_KEYS);
    await virtual.pass(500);
    assert.deepEqual(telephoneEvents(packets, EVENT_PAYLOAD_TYPE), []);
    assert.equal(new DtmfBlock().read(soundOf(packets)), ALL_KEYS);
    assert.equal(words(keysIn(virtual.phone(2).heard.samples())), ALL_KEYS);
  });

for (const who of [1, 2])
  test(`the ${who === 1 ? "caller" : "called"} takes no events: the other's keys are heard as they are, its rotary dial is sounded`, async () => {
    const inband = 'dtmf = "inband"';
    const virtual = await VirtualBox.startRegistered({ seed: 72, keys: who === 1 ? onLine1(inband) : onLine2(inband) });
    await virtual.connect(1, 2);
    const packets = wireOf(virtual);
    await virtual.dial(1, "96");
    virtual.phone(1).mode = "pulse";
    await virtual.dial(1, "305");
    await virtual.pass(2000);
    assert.deepEqual(telephoneEvents(packets, EVENT_PAYLOAD_TYPE), []);
    assert.equal(new DtmfBlock().read(soundOf(packets)), "96305");
  });

test("digits of a rotary dial sound at the level, for the time and with the pauses that the line's settings say", async () => {
  const keys = 'dtmf = "inband"\ndtmf_level = -16\ndtmf_twist = 4\ndtmf_tone = 160\ndtmf_pause = 240';
  const virtual = await VirtualBox.startRegistered({ seed: 73, keys: onLine1(keys) });
  await virtual.connect(1, 2);
  virtual.phone(1).mode = "pulse";
  const packets = wireOf(virtual);
  await virtual.dial(1, "1111");
  await virtual.pass(2500);
  const sound = soundOf(packets);
  const tones = keysIn(sound, -35);
  assert.equal(words(tones), "1111");
  for (const { length } of tones) assert.ok(Math.abs(length - 160) <= 10, `${length} ms`);

  const isLoud = (at: number) => soundLevelDbm0(sound, at, at + 80) > -30;
  const first = Array.from({ length: sound.length / 80 }, (_, block) => block * 80).find(isLoud)! + 160;
  assert.ok(Math.abs(toneLevelDbm0(sound, 697, first, first + 800) + 16) < 0.3);
  assert.ok(Math.abs(toneLevelDbm0(sound, 1209, first, first + 800) + 12) < 0.3);
});

test("a digit that is dialled twice in a row is heard twice, with a pause that every receiver knows", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 74 });
  await virtual.connect(1, 2);
  virtual.phone(1).mode = "pulse";
  await virtual.dial(1, "11");
  await virtual.pass(1500);
  const heard = virtual.phone(2).heard.samples();
  assert.equal(words(keysIn(heard)), "11");
  assert.equal(new DtmfBlock().read(heard), "11");
});

test("not more than 20 ms of a key's sound leak beside its event: any key, level, twist, deviation, in noise, while talking ends", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 75 });
  await virtual.connect(1, 2);
  const packets = wireOf(virtual);
  let worst = 0;
  for (let round = 0; round < 48; round++) {
    packets.length = 0;
    const row = round & 3;
    const column = (round >> 2) & 3;
    const low = -6 - (round % 5) * 3;
    const high = low + [0, 2, 4, -4, -7][round % 5]!;
    const share = [0, 0.015, -0.015][round % 3]!;
    const from = 800 + ((round * 37) % 160);
    const sound = new Int16Array(from + 800);
    // every third key is pressed out of talk
    if (round % 3 === 0) sound.set(voice1.subarray(8000 + round * 100, 8000 + round * 100 + from));
    const noise = round % 2 === 0 ? 10 ** ((low - 3.14 - 17) / 20) * 32768 : 0;
    for (let index = from; index < sound.length; index++) {
      const sine = (level: number, frequency: number) =>
        32768 * 10 ** ((level - 3.14) / 20) * Math.sin((2 * Math.PI * frequency * (1 + share) * index) / 8000);
      sound[index] = sine(low, LOW[row]!) + sine(high, HIGH[column]!) + noise * virtual.random.between(-1, 1);
    }
    await virtual.run(virtual.phone(1).play(sound));
    await virtual.pass(400);
    const key = ALL_KEYS[4 * row + column]!;
    const about = `round ${round}: key ${key}, ${low}/${high} dBm0, ${100 * share} %`;
    assert.deepEqual(
      telephoneEvents(packets, EVENT_PAYLOAD_TYPE).map((event) => event.key),
      [key],
      about,
    );
    const leaked = keysIn(soundOf(packets), -45).filter((tone) => tone.key === key);
    const length = leaked.reduce((sum, tone) => sum + tone.length, 0);
    worst = Math.max(worst, length);
    if (round % 3 !== 0) assert.ok(length <= 20, `${about}: ${length} ms leak`);
  }
  assert.ok(worst <= 40, `${worst} ms`);
});
