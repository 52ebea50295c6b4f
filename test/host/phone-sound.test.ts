// What is heard and said at a telephone: the ear and its recording, the microphone, the tones of each country.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CALL_TONES, type CallToneName, callTones } from "../../host/phone/call-tones.ts";
import { SimulatedPort } from "../../host/phone/simulated.ts";
import { Telephone, type TelephoneOptions } from "../../host/phone/telephone.ts";
import { soundLevelDbm0, toneLevelDbm0 } from "../../host/sound/level.ts";
import { CentralOffice, cadenced, sines } from "../support/central-office.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

function line(options: Partial<TelephoneOptions> = {}) {
  const clock = new VirtualClock();
  const telephone = new Telephone(clock, { name: "phone 1", seed: 1, ...options });
  const port = new SimulatedPort(clock, telephone);
  return { clock, telephone, port, office: new CentralOffice(clock, port) };
}

test("the ear gets the sound of the line while the loop is closed, and only then", async () => {
  const { telephone, office } = line({ bounce: 0 });
  office.sound = sines([1000, -10]);
  await office.run(200);
  assert.equal(telephone.heard.length, 0, "on the hook");
  telephone.lift();
  await office.run(1000);
  assert.equal(telephone.heard.length, 8000);
  assert.ok(Math.abs(soundLevelDbm0(telephone.heard.samples(800)) - -10) < 0.1);
  void telephone.flash(400);
  await office.run(380);
  assert.equal(soundLevelDbm0(telephone.heard.samples(2400)), -Infinity, "during a break");
  await office.run(40);
  telephone.hang();
  await office.run(200);
  assert.equal(telephone.heard.length, 8000 + 3360, "kept after the call");
  telephone.lift();
  assert.equal(telephone.heard.length, 0, "a new call, a new recording");
});

test("a recording keeps the newest sound once it is full", async () => {
  const { telephone, office } = line({ heardSeconds: 1 });
  telephone.lift();
  office.sound = (index) => index % 30000;
  await office.run(1500);
  assert.equal(telephone.heard.length, 8000);
  assert.equal(telephone.heard.total, 12000);
  assert.deepEqual([...telephone.heard.samples(3)], [11997, 11998, 11999]);
  assert.equal(telephone.heard.samples()[0], 4000);
});

test("the microphone speaks what is played, with noise of -65 dBm0, and is silent on the hook", async () => {
  const { telephone, office } = line();
  await office.run(100);
  assert.equal(soundLevelDbm0(office.sent.samples()), -Infinity);
  telephone.lift();
  await office.run(1020);
  const noise = soundLevelDbm0(office.sent.samples(8000));
  assert.ok(Math.abs(noise - -65) < 1, `${noise} dBm0`);
  const speech = Int16Array.from({ length: 1000 }, (_, index) => 20 * index);
  const other = new Int16Array(300).fill(-32768);
  const first = telephone.play(speech);
  const second = telephone.play(other);
  office.sent.clear();
  await office.run(200);
  assert.deepEqual([await first, await second], [true, true]);
  const sent = office.sent.samples();
  for (let index = 0; index < 1600; index++) {
    const wanted = index < 1000 ? speech[index]! : index < 1300 ? -32768 : 0;
    assert.ok(Math.abs(sent[index]! - wanted) <= 16, `sample ${index}`);
  }
});

test("a key that is pressed cuts the microphone off", async () => {
  const { telephone, office } = line();
  telephone.lift();
  await office.run(20);
  const speech = Int16Array.from({ length: 8000 }, (_, index) => sines([300, -10])(index));
  void telephone.play(speech);
  void telephone.dial("5");
  office.sent.clear();
  await office.run(400);
  const sent = office.sent.samples();
  assert.ok(toneLevelDbm0(sent, 300, 0, 640) < -60);
  assert.ok(Math.abs(toneLevelDbm0(sent, 300, 1600, 2400) - -10) < 0.2);
});

const TONES_HEARD: Record<string, Record<string, (index: number) => number>> = {
  US: {
    dial: sines([350, -17], [440, -17]),
    ringback: cadenced(sines([440, -17], [480, -17]), 2000, 4000),
    busy: cadenced(sines([480, -21], [620, -21]), 500, 500),
    congestion: cadenced(sines([480, -21], [620, -21]), 250, 250),
  },
  GB: {
    dial: sines([350, -19], [440, -22]),
    ringback: cadenced(sines([400, -19], [450, -19]), 400, 200, 400, 2000),
    busy: cadenced(sines([400, -19]), 375, 375),
    congestion: cadenced(sines([400, -19]), 400, 350, 225, 525),
  },
  DE: {
    dial: sines([425, -13]),
    ringback: cadenced(sines([425, -13]), 1000, 4000),
    busy: cadenced(sines([425, -13]), 480, 480),
    congestion: cadenced(sines([425, -13]), 240, 240),
  },
  FR: {
    dial: sines([440, -13]),
    ringback: cadenced(sines([440, -13]), 1500, 3500),
    busy: cadenced(sines([440, -13]), 500, 500),
    congestion: cadenced(sines([440, -13]), 250, 250),
  },
  SE: {
    dial: sines([425, -13]),
    ringback: cadenced(sines([425, -13]), 1000, 5000),
    busy: cadenced(sines([425, -13]), 250, 250),
    congestion: cadenced(sines([425, -13]), 250, 750),
  },
  AU: {
    dial: sines([425, -14.8], [400, -20.8], [450, -20.8]),
    ringback: cadenced(sines([425, -14.8], [400, -20.8], [450, -20.8]), 400, 200, 400, 2000),
    busy: cadenced(sines([425, -13]), 375, 375),
  },
};

for (const [country, sounds] of Object.entries(TONES_HEARD)) {
  test(`ITU-T E.180: each tone of ${country} is known, and none is taken for another`, async () => {
    for (const [sounding, sound] of Object.entries(sounds)) {
      const { telephone, office } = line();
      telephone.lift();
      office.sound = sound;
      const names = Object.keys(sounds) as CallToneName[];
      const heard: string[] = [];
      const waits = names.map((name) =>
        telephone.waitForTone(callTones(country)[name], 11_000, `${name} tone`).then(
          () => heard.push(name),
          (error: Error) => assert.match(error.message, /phone 1 did not hear \w+ tone within 11000 ms/),
        ),
      );
      await office.run(11_100);
      await Promise.all(waits);
      assert.deepEqual(heard, [sounding], `${country} ${sounding}`);
    }
  });
}

test("speech, silence and noise are no tone", async () => {
  const { telephone, office } = line();
  telephone.lift();
  const waits = Object.values(CALL_TONES).flatMap((tones) =>
    Object.values(tones).map((tone) => assert.rejects(telephone.waitForTone(tone, 4000), /did not hear/)),
  );
  let state = 12345;
  office.sound = (index) => {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    return index % 16000 < 8000 ? 0 : state >> 18;
  };
  await office.run(4100);
  await Promise.all(waits);
});

test("levels of what is heard are told in dBm0", async () => {
  const { telephone, office } = line();
  telephone.lift();
  await office.run(20);
  office.sound = sines([350, -17], [440, -19]);
  await office.run(200);
  const [dial, other, absent] = telephone.hears([350, 440, 620], 100);
  assert.ok(Math.abs(dial! - -17) < 0.2 && Math.abs(other! - -19) < 0.2);
  assert.ok(absent! < -45);
});

test("50,000 frames of a call, with an ear on a tone, allocate nothing but a boxed number or two", () => {
  const { clock, telephone, port } = line({ heardSeconds: 1 });
  telephone.lift();
  clock.advance(100);
  const waiting = telephone.waitForTone(callTones("US").busy, 1e9);
  waiting.catch(() => {});
  void telephone.play(new Int16Array(10_000_000));
  const fromPhone = new Int16Array(160);
  const toPhone = Int16Array.from({ length: 160 }, (_, index) => sines([350, -17])(index));
  let now = 100;
  const exchange = (frames: number) => {
    for (let frame = 0; frame < frames; frame++, now += 20) {
      port.readFrame(fromPhone);
      port.writeFrame(toPhone, now);
    }
  };
  exchange(5000);
  const before = process.memoryUsage().heapUsed;
  exchange(50_000);
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 50_000 * 64, `${grown / 50_000} bytes a frame`);
});
