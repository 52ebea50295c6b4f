// The echo test as its caller meets it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EchoPort } from "../../host/phone/echo.ts";
import { soundLevelDbm0 } from "../../host/sound/level.ts";
import { reallyHeard } from "../../host/sound/listen.ts";
import { CentralOffice, cadenced, sines } from "../support/central-office.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { voice1 } from "../support/voices.ts";

function echo(options = {}) {
  const clock = new VirtualClock();
  const port = new EchoPort(clock, options);
  return { clock, port, office: new CentralOffice(clock, port) };
}

async function answered(options = {}) {
  const line = echo(options);
  line.port.setRing(true, 20);
  await line.office.run(520);
  line.port.setRing(false, 20);
  assert.equal(line.office.isLoopClosed, true);
  return line;
}

/** The sound, counted from when this was called. */
function fromNow(samples: Int16Array): (index: number) => number {
  let first = -1;
  return (index) => {
    if (first < 0) first = index;
    return samples[index - first] ?? 0;
  };
}

test("it answers after half a second of ringing", () => {
  const { clock, port, office } = echo();
  clock.advance(1000);
  port.setRing(true, 20);
  clock.advance(499);
  assert.deepEqual(office.edges, []);
  clock.advance(1);
  assert.deepEqual(office.edges, [{ closed: true, at: 1500 }]);
  assert.equal(clock.pending, 1);
});

test("half a second of ringing may come in two bursts, as it does in the United Kingdom", () => {
  const { clock, port, office } = echo();
  port.setRing(true, 25);
  clock.advance(400);
  port.setRing(false, 25);
  clock.advance(200);
  port.setRing(true, 25);
  clock.advance(100);
  assert.deepEqual(office.edges, [{ closed: true, at: 700 }]);
});

test("a caller who gives up at once is not answered, and does not shorten the next one's wait", () => {
  const { clock, port, office } = echo();
  port.setRing(true, 20);
  clock.advance(300);
  port.setRing(false, 20);
  clock.advance(20_000);
  assert.deepEqual(office.edges, []);
  assert.equal(clock.pending, 0);
  port.setRing(true, 20);
  clock.advance(499);
  assert.deepEqual(office.edges, []);
  clock.advance(1);
  assert.equal(office.isLoopClosed, true);
});

test("speech comes back 100 ms later, unchanged", async () => {
  const { office } = await answered();
  office.sent.clear();
  office.sound = fromNow(voice1);
  await office.run(4000);
  const back = office.sent.samples();
  for (let index = 0; index < voice1.length; index++) assert.equal(back[index + 800], voice1[index]);
  const verdict = reallyHeard(back, voice1);
  assert.ok(verdict.heard && verdict.delayMs === 100, verdict.reason);
});

test("the delay is a setting", async () => {
  const { office } = await answered({ delay: 300 });
  office.sent.clear();
  office.sound = fromNow(voice1);
  await office.run(4000);
  assert.deepEqual(office.sent.samples().subarray(2400, 2400 + voice1.length), voice1);
});

test("it lets go when the loop current has dropped, and says so when there is current to say it", async () => {
  const { clock, port, office } = await answered();
  await office.run(1000);
  port.setLoopCurrent(false);
  await office.run(500);
  assert.equal(office.edges.length, 1);
  assert.equal(soundLevelDbm0(office.sent.samples(800)), -Infinity);
  port.setLoopCurrent(true);
  assert.equal(office.edges.length, 1, "never from within a call");
  clock.advance(1);
  assert.deepEqual(office.edges.at(-1), { closed: false, at: 2020 });
  assert.equal(clock.pending, 0);
});

for (const [what, country, sound] of [
  ["busy tone", "US", cadenced(sines([480, -21], [620, -21]), 500, 500)],
  ["congestion tone", "US", cadenced(sines([480, -21], [620, -21]), 250, 250)],
  ["dial tone", "US", sines([350, -17], [440, -17])],
  ["busy tone", "DE", cadenced(sines([425, -13]), 480, 480)],
  ["congestion tone", "GB", cadenced(sines([400, -19]), 400, 350, 225, 525)],
] as const) {
  test(`left with ${what} of ${country}, it hangs up after two seconds`, async () => {
    const { clock, office } = await answered({ country });
    await office.run(3000);
    const from = clock.now();
    office.sound = sound;
    await office.run(1900);
    assert.equal(office.isLoopClosed, true);
    await office.run(800);
    assert.equal(office.isLoopClosed, false);
    assert.ok(office.edges.at(-1)!.at - from >= 2000);
    assert.equal(clock.pending, 0);
  });
}

test("speech, keys and a single beep do not end the call", async () => {
  const { office } = await answered();
  const beep = cadenced(sines([480, -21], [620, -21]), 500, 3000);
  const key = sines([697, -9], [1209, -7]);
  office.sound = (index) => {
    const second = Math.floor(index / 8000);
    if (second % 3 === 0) return voice1[index % voice1.length]!;
    return second % 3 === 1 ? beep(index) : key(index);
  };
  await office.run(30_000);
  assert.equal(office.isLoopClosed, true);
});

test("no call lasts longer than ten minutes", async () => {
  const { clock, office } = await answered();
  clock.advance(599_000);
  assert.equal(office.isLoopClosed, true);
  clock.advance(1000);
  assert.deepEqual(office.edges.at(-1), { closed: false, at: 600_500 });
});

test("one call after another, nothing of the first is heard in the second", async () => {
  const { port, office } = await answered();
  office.sound = () => 5000;
  await office.run(1000);
  port.setLoopCurrent(false);
  port.setLoopCurrent(true);
  await office.run(20);
  office.sound = () => 0;
  port.setRing(true, 20);
  await office.run(520);
  assert.equal(office.isLoopClosed, true);
  office.sent.clear();
  await office.run(1000);
  assert.equal(soundLevelDbm0(office.sent.samples()), -Infinity);
});

test("an unknown country is an error that lists the known ones; a closed port is quiet", () => {
  assert.throws(() => new EchoPort(new VirtualClock(), { country: "xx" }), /"xx": known are AE, AR, AT,/);
  const { clock, port, office } = echo();
  port.setRing(true, 20);
  port.close();
  port.close();
  clock.advance(5000);
  assert.deepEqual(office.edges, []);
});
