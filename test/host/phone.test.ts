// The simulated telephone on its line: what reaches the copper when a person handles it, and what it knows of the line.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../host/clock.ts";
import { STANDARD_DIAL } from "../../host/phone/dial.ts";
import { STANDARD_KEYPAD } from "../../host/phone/keypad.ts";
import { SimulatedPort } from "../../host/phone/simulated.ts";
import { Telephone, type TelephoneOptions } from "../../host/phone/telephone.ts";
import { soundLevelDbm0, toneLevelDbm0 } from "../../host/sound/level.ts";
import { CentralOffice, sines } from "../support/central-office.ts";
import { keysIn } from "../support/key-tones.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

function line(options: Partial<TelephoneOptions> = {}) {
  const clock = new VirtualClock();
  const telephone = new Telephone(clock, { name: "phone 1", seed: 1, ...options });
  const port = new SimulatedPort(clock, telephone);
  return { clock, telephone, port, office: new CentralOffice(clock, port) };
}

test("a lifted handset closes the loop at that moment and chatters for 2 to 8 ms; hung up, it opens", () => {
  for (let seed = 0; seed < 200; seed++) {
    const { clock, telephone, office } = line({ seed });
    clock.advance(100);
    telephone.lift();
    assert.deepEqual(office.edges, [], "the port never reports from within a call");
    clock.advance(100);
    telephone.hang();
    clock.advance(100);
    const chatter = (from: number) => office.edges.filter(({ at }) => at >= from && at < from + 100);
    for (const [from, closed] of [
      [100, true],
      [200, false],
    ] as const) {
      const edges = chatter(from);
      const seen = `seed ${seed}: ${JSON.stringify(edges)}`;
      assert.equal(edges[0]!.at, from, seen);
      assert.equal(edges[0]!.closed, closed, seen);
      assert.equal(edges.at(-1)!.closed, closed, seen);
      assert.ok(edges.length >= 3 && edges.length <= 7 && edges.length % 2 === 1, seen);
      const length = edges.at(-1)!.at - from;
      assert.ok(length >= 2 && length <= 8, seen);
      for (const [index, edge] of edges.entries()) assert.equal(edge.closed, index % 2 === 0 ? closed : !closed, seen);
    }
  }
});

test("the same seed bounces the same way, another one does not", () => {
  const edges = (seed: number) => {
    const { clock, telephone, office } = line({ seed });
    telephone.lift();
    clock.advance(20);
    return JSON.stringify(office.edges);
  };
  assert.equal(edges(7), edges(7));
  assert.notEqual(edges(7), edges(8));
});

for (const late of [13, -2]) {
  test(`timers that fire ${Math.abs(late)} ms ${late > 0 ? "late" : "early"} tell the true time of each edge`, async () => {
    const clock = new VirtualClock();
    const other: Clock = {
      now: () => clock.now(),
      wallClock: () => clock.wallClock(),
      setTimeout: (callback, delay) => clock.setTimeout(callback, delay > 2 ? delay + late : Math.max(1, delay)),
      clearTimeout: (handle) => clock.clearTimeout(handle),
    };
    const telephone = new Telephone(other, { name: "phone 1", seed: 1, bounce: 0 });
    const office = new CentralOffice(clock, new SimulatedPort(other, telephone));
    clock.advance(50);
    telephone.lift();
    clock.advance(1000);
    const flashed = telephone.flash(300).then(() => office.edges.length);
    for (let passed = 0; passed < 1000; passed++) {
      clock.advance(1);
      await null;
    }
    assert.deepEqual(office.edges, [
      { closed: true, at: 50 },
      { closed: false, at: 1050 },
      { closed: true, at: 1350 },
    ]);
    assert.equal(await flashed, 3, "a flash has ended when its last edge is out");
  });
}

test("a flash of 300 ms breaks the loop for 300 ms", async () => {
  const { telephone, office } = line();
  telephone.lift();
  await office.run(500);
  const flashed = telephone.flash(300);
  await office.run(500);
  assert.equal(await flashed, true);
  const [, opened, closed] = office.settled();
  assert.equal(opened!.closed, false);
  assert.equal(closed!.at - opened!.at, 300);
});

test("lifted and hung up within the chatter, the loop ends open", () => {
  for (let seed = 0; seed < 100; seed++) {
    const { clock, telephone, office } = line({ seed });
    telephone.lift();
    clock.advance(3);
    telephone.hang();
    clock.advance(100);
    assert.equal(office.isLoopClosed, false, `seed ${seed}`);
    assert.equal(telephone.isLoopClosed, false, `seed ${seed}`);
  }
});

test("ITU-T Q.23: all 16 keys come out as their two tones, 80 ms on and 80 ms off, -9 and -7 dBm0", async () => {
  const { telephone, office } = line();
  telephone.lift();
  await office.run(40);
  office.sent.clear();
  const dialled = telephone.dial("1234567890*#ABCD");
  await office.run(16 * 160 + 20);
  assert.equal(await dialled, true);
  const samples = office.sent.samples();
  const keys = keysIn(samples);
  assert.equal(keys.map(({ key }) => key).join(""), "1234567890*#ABCD");
  for (const { key, length } of keys) assert.equal(length, 80, `key ${key}`);
  // Key 1 takes the first 640 samples.
  assert.ok(Math.abs(toneLevelDbm0(samples, 697, 0, 640) - -9) < 0.2);
  assert.ok(Math.abs(toneLevelDbm0(samples, 1209, 0, 640) - -7) < 0.2);
});

test("keys pressed faster sound as long as asked for", async () => {
  const { telephone, office } = line({ keypad: { ...STANDARD_KEYPAD, on: 50, off: 40 } });
  telephone.lift();
  await office.run(40);
  void telephone.dial("55");
  void telephone.dial("9");
  await office.run(400);
  assert.deepEqual(keysIn(office.sent.samples()), [
    { key: "5", length: 50 },
    { key: "5", length: 50 },
    { key: "9", length: 50 },
  ]);
});

for (const [speed, breakPercent] of [
  [8, 67],
  [10, 61],
  [10, 50],
  [20, 67],
  [22, 61],
] as const) {
  test(`a dial of ${speed} pulses a second breaks ${breakPercent} % of each pulse`, async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { telephone, office } = line({ seed, mode: "pulse", dial: { ...STANDARD_DIAL, speed, breakPercent } });
      telephone.lift();
      await office.run(200);
      const dialled = telephone.dial("370");
      await office.run(6000);
      assert.equal(await dialled, true);

      const edges = office.settled(4.5).slice(1);
      const told = `seed ${seed}`;
      const period = 1000 / speed;
      const digits: number[] = [0];
      for (let index = 0; index < edges.length; index += 2) {
        const opened = edges[index]!;
        const closed = edges[index + 1]!;
        assert.deepEqual([opened.closed, closed.closed], [false, true], told);
        // Each edge is up to 2 ms late.
        assert.ok(Math.abs(closed.at - opened.at - (period * breakPercent) / 100) <= 2, told);
        digits.push(digits.pop()! + 1);
        const next = edges[index + 2];
        if (!next) continue;
        const make = next.at - closed.at;
        if (make > 500) {
          assert.ok(Math.abs(make - 700) <= 2.01, `${told}: ${make} ms between digits`);
          digits.push(0);
        } else assert.ok(Math.abs(next.at - opened.at - period) <= 2, told);
      }
      assert.deepEqual(digits, [3, 7, 10], told);
    }
  });
}

test("Swedish and New Zealand dials count in their own way", async () => {
  const pulses = async (digits: "sweden" | "new-zealand") => {
    const { telephone, office } = line({ mode: "pulse", dial: { ...STANDARD_DIAL, digits } });
    telephone.lift();
    await office.run(200);
    void telephone.dial("0");
    await office.run(3000);
    const zero = office.settled(4.5).filter(({ closed }) => !closed).length;
    void telephone.dial("3");
    await office.run(3000);
    return [zero, office.settled(4.5).filter(({ closed }) => !closed).length - zero];
  };
  assert.deepEqual(await pulses("sweden"), [1, 4]);
  assert.deepEqual(await pulses("new-zealand"), [10, 7]);
});

test("hung up in the middle of a number, a telephone dials no further and says so", async () => {
  for (const mode of ["dtmf", "pulse"] as const) {
    const { telephone, office } = line({ mode });
    telephone.lift();
    await office.run(200);
    const dialled = telephone.dial("5555555");
    const spoken = telephone.play(new Int16Array(80000));
    await office.run(400);
    telephone.hang();
    assert.equal(await dialled, false, mode);
    assert.equal(await spoken, false, mode);
    await office.run(40);
    const edges = office.edges.length;
    office.sent.clear();
    await office.run(5000);
    assert.equal(office.edges.length, edges, mode);
    assert.equal(soundLevelDbm0(office.sent.samples()), -Infinity, mode);
    assert.equal(office.isLoopClosed, false, mode);
  }
});

test("what a telephone cannot do, it refuses with a reason", () => {
  const { telephone } = line();
  assert.throws(() => telephone.dial("1"), /phone 1 cannot dial: its handset is on the hook/);
  assert.throws(() => telephone.flash(100), /cannot flash/);
  assert.throws(() => telephone.play(new Int16Array(1)), /cannot speak/);
  telephone.lift();
  assert.throws(() => telephone.dial("12E"), /no key "E".*0-9, \*, # and A-D/);
  telephone.mode = "pulse";
  assert.throws(() => telephone.dial("*69"), /no "\*" on a rotary dial/);
  assert.throws(() => line({ dial: { ...STANDARD_DIAL, speed: 30 } }), /8 to 22/);
});

test("the bell tells the cadence and falls silent when the handset is lifted", async () => {
  const { telephone, port, office } = line();
  let begun = 0;
  telephone.onRing = () => begun++;
  for (const [on, length] of [
    [true, 400],
    [false, 200],
    [true, 400],
    [false, 2000],
    [true, 300],
  ] as const) {
    port.setRing(on, 25);
    assert.equal(telephone.isRinging, on);
    await office.run(length);
  }
  telephone.lift();
  assert.equal(telephone.isRinging, false);
  assert.deepEqual(telephone.bell.cadence, [400, 200, 400, 2000, 300]);
  assert.equal(telephone.bell.bursts[0]!.frequency, 25);
  assert.equal(begun, 3);
  port.setRing(false, 25);
  port.setRing(true, 25);
  assert.equal(telephone.isRinging, false, "a lifted handset does not ring");
  assert.equal(begun, 3);
});

test("waiting for a ring ends with the ring, or says what did not happen", async () => {
  const { clock, telephone, port } = line();
  const rung = telephone.waitForRing(1000);
  clock.advance(500);
  port.setRing(true, 20);
  await rung;
  await telephone.waitForRing(1000);
  port.setRing(false, 20);
  const never = telephone.waitForRing(3000);
  clock.advance(3000);
  await assert.rejects(never, /^Error: phone 1 did not ring within 3000 ms$/);
  assert.equal(clock.pending, 0, "no timer left behind");
});

test("a drop of the loop current is noted, silences both ways, and hides the loop until it is over", async () => {
  const { clock, telephone, port, office } = line({ bounce: 0 });
  office.sound = sines([1000, -10]);
  telephone.lift();
  await office.run(100);
  const dropped = telephone.waitForCurrentDrop(1000);
  port.setLoopCurrent(false);
  await dropped;
  await office.run(200);
  assert.equal(soundLevelDbm0(telephone.heard.samples(1600)), -Infinity);
  assert.equal(soundLevelDbm0(office.sent.samples(1600)), -Infinity);
  telephone.hang();
  await office.run(100);
  assert.equal(office.edges.length, 1, "no line card sees a loop without current");
  port.setLoopCurrent(true);
  assert.equal(office.edges.length, 1, "never from within a call");
  clock.advance(1);
  assert.deepEqual(office.edges.at(-1), { closed: false, at: 400 });
  assert.deepEqual(telephone.currentDrops, [{ from: 100, to: 400 }]);
});

test("a closed port reports nothing more and leaves no timer", () => {
  const { clock, telephone, port, office } = line();
  telephone.lift();
  port.close();
  port.close();
  clock.advance(1000);
  assert.deepEqual(office.edges, []);
  assert.equal(clock.pending, 0);
});
