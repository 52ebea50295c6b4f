// What a call sounds like: codecs that differ, and calls that last.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sinePeak, toneLevelDbm0 } from "../../host/sound/level.ts";
import { reallyHeard } from "../../host/sound/listen.ts";
import { parseRtp } from "../support/rtp-packets.ts";
import { VirtualBox } from "../support/virtual-box.ts";
import { voice1, voice2 } from "../support/voices.ts";

const LAW_OF_TYPE: Record<number, string> = { 0: "PCMU", 8: "PCMA" };

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

for (const [first, second, agreed] of [
  ['["PCMU", "PCMA"]', '["PCMU", "PCMA"]', "PCMU"],
  ['["PCMA", "PCMU"]', '["PCMU", "PCMA"]', "PCMA"],
  ['["PCMA", "PCMU"]', '["PCMU"]', "PCMU"],
  ['["PCMA"]', '["PCMU", "PCMA"]', "PCMA"],
] as const) {
  test(`a caller who prefers ${first} calls one who has ${second}: both talk ${agreed}`, async () => {
    const keys = (line: number) => `codecs = ${line === 1 ? first : second}`;
    const virtual = await VirtualBox.startRegistered({ seed: 111, keys });
    await virtual.connect(1, 2);
    const laws = new Set<string>();
    virtual.network.onSend = (datagram) => {
      const port = Number(datagram.from.split(":")[1]);
      if (port >= 16384 && port % 2 === 0) laws.add(LAW_OF_TYPE[parseRtp(datagram).payloadType] ?? "another");
    };
    await speak(virtual);
    assert.deepEqual([...laws], [agreed]);
    assert.deepEqual(
      virtual.box.calls().map(({ codec }) => codec),
      [agreed, agreed],
    );
  });
}

for (const [transmit, receive, gain] of [
  [0, 0, 0],
  [-6, 0, -6],
  [0, -10, -10],
  [6, -3, 3],
  [12, -24, -12],
] as const) {
  test(`transmit_gain ${transmit} and the other's receive_gain ${receive}: heard ${gain} dB louder than said`, async () => {
    const keys = (line: number) => (line === 1 ? `transmit_gain = ${transmit}` : `receive_gain = ${receive}`);
    const virtual = await VirtualBox.startRegistered({ seed: 114, keys });
    await virtual.connect(1, 2);
    const tone = Int16Array.from(
      { length: 8000 },
      (_, at) => sinePeak(-20) * Math.sin((2 * Math.PI * 1004 * at) / 8000),
    );
    const ear = virtual.phone(2).heard;
    const before = ear.samples().length;
    await virtual.run(virtual.phone(1).play(tone));
    // the meters show what is on the wire: behind one gain, and before the other
    const [sender, hearer] = virtual.box.calls().map(({ quality }) => quality);
    for (const shown of [sender?.sentDbm0, sender?.sentPeakDbm0, hearer?.heardDbm0, hearer?.heardPeakDbm0]) {
      assert.ok(shown !== undefined && Math.abs(shown - (-20 + transmit)) < 1, `${shown} dBm0`);
    }
    const heard = ear.samples().subarray(before + 2400, before + 7200);
    const level = toneLevelDbm0(heard, 1004);
    assert.ok(Math.abs(level - (-20 + gain)) < 0.2, `${level} dBm0`);
  });
}

test("phones without a codec in common: congestion tone, the other one does not ring, the log says 488", async () => {
  const keys = (line: number) => `codecs = ${line === 1 ? '["PCMA"]' : '["PCMU"]'}`;
  const virtual = await VirtualBox.startRegistered({ seed: 112, keys });
  await virtual.call(1, "102");
  await virtual.hears(1, "congestion");
  assert.equal(virtual.phone(2).bell.bursts.length, 0);
  assert.ok(
    virtual.logged("line 1").includes("warn: call failed: 102: 488 Not Acceptable Here"),
    `${virtual.logged("line 1")}`,
  );
  virtual.phone(1).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
});

test("a call of 25 minutes, past the last RTP sequence number: nothing lost, nothing late, as clear as at the beginning", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 113, keys: () => "expires = 300" });
  await virtual.connect(1, 2);
  await speak(virtual);
  virtual.clock.advance(25 * 60_000);
  await speak(virtual);
  for (const line of [1, 2]) {
    const { received, sent, lost, late, concealedMs, roundTripMs } = virtual.box.adapter.rtp(line - 1);
    assert.ok(received > 65_536 && sent > 65_536, `${received} received`);
    assert.deepEqual([lost, late], [0, 0]);
    assert.ok(concealedMs <= 20, `${concealedMs} ms concealed`);
    // there and back at 1 ms each
    assert.ok(roundTripMs !== null && Math.abs(roundTripMs - 2) < 0.5, `round trip ${roundTripMs} ms`);
  }
  assert.ok(virtual.areAllRegistered);
  for (const line of [1, 2]) virtual.phone(line).hang();
  virtual.clock.advance(32_000 * 3);
  virtual.until(() => virtual.leftOver().length === 0, 40_000, "the end of the last REGISTER");
});
