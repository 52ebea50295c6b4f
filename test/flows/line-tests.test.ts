// The line tests of the console that measure: what they say of a telephone and its line.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConsoleSession } from "../../host/console/session.ts";
import { toneLevelDbm0 } from "../../host/sound/level.ts";
import { rounded, SoundMaker } from "../support/sounds.ts";
import { VirtualBox } from "../support/virtual-box.ts";

const instruments = (virtual: VirtualBox) => virtual.box.instruments(1);

test("level: dial tone in the ear, a voice at the microphone", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 141 });
  virtual.phone(1).lift();
  await virtual.pass(200);
  void virtual.phone(1).play(rounded(new SoundMaker(1).white(20_000, -20)));
  const { fromPhone, toPhone } = await virtual.run(instruments(virtual).level(2000));
  assert.ok(Math.abs(fromPhone + 20) < 0.5, `${fromPhone} dBm0 from the phone`);
  const tone = virtual.phone(1).heard.samples(8000);
  const heard = 10 * Math.log10([350, 440].reduce((sum, hertz) => sum + 10 ** (toneLevelDbm0(tone, hertz) / 10), 0));
  assert.ok(Math.abs(toPhone - heard) < 0.5, `${toPhone} dBm0 to the phone, which hears ${heard}`);
});

test("echo: the loss of the hybrid that the line has, or that there is none", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 142 });
  virtual.phone(1).lift();
  await virtual.pass(200);
  assert.ok((await virtual.run(instruments(virtual).echoLoss(1000))) > 45);
  const phone = virtual.box.phone(1);
  assert.ok(phone);
  phone.echo = 4;
  const loss = await virtual.run(instruments(virtual).echoLoss(1000));
  assert.ok(Math.abs(loss - 6) < 1, `${loss} dB`);
});

test("loop-back: the phone hears itself", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 143 });
  virtual.phone(1).lift();
  await virtual.pass(200);
  const tone = Int16Array.from({ length: 8000 }, (_, at) =>
    Math.round(5000 * Math.sin((2 * Math.PI * 1000 * at) / 8000)),
  );
  void virtual.phone(1).play(tone);
  await virtual.run(instruments(virtual).loopBack(900));
  const level = toneLevelDbm0(virtual.phone(1).heard.samples(4000), 1000);
  assert.ok(Math.abs(level - (20 * Math.log10(5000 / 32768) + 3.14)) < 0.2, `${level} dBm0`);
});

test("a handset on the hook has no sound: the test says so; a second test ends the first", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 144 });
  await assert.rejects(virtual.run(instruments(virtual).level(1000)), /on the hook/);
  virtual.phone(1).lift();
  await virtual.pass(200);
  const first = instruments(virtual).loopBack(5000);
  await virtual.run(instruments(virtual).level(100));
  await virtual.run(first, 100);
});

test("pulses: a rotary telephone's dial is drawn and judged", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 145 });
  const phone = virtual.phone(1);
  phone.mode = "pulse";
  phone.lift();
  await virtual.pass(1000);
  await virtual.run(phone.dial("5"));
  await virtual.pass(50);
  const text = await new ConsoleSession(virtual.box, false, () => {}).run("test line 1 pulses");
  assert.match(text, /5 pulses, 10\.\d a second, 6\d % open/);
});
