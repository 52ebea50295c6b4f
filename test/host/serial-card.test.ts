// The line card on a serial line: the driver against the reference card in C, on virtual time.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Log } from "../../host/log.ts";
import { FrameKind } from "../../host/phone/card-frame.ts";
import { SerialCard } from "../../host/phone/serial-card.ts";
import { CardBench, type Edge } from "../support/card-bench.ts";
import { MemoryWire } from "../support/card-memory-wire.ts";
import { cardSkip } from "../support/line-card.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const skip = cardSkip();

/** The driver and a card in memory, whose answer to each Hello is made by `greeted`. */
async function greetedBy(greeted: (wire: MemoryWire) => void) {
  const clock = new VirtualClock();
  const log = new Log(clock);
  const wire = new MemoryWire((content) => {
    if (content[0] === FrameKind.Hello << 4) clock.setTimeout(() => greeted(wire), 1);
  });
  const card = new SerialCard({ clock, log, path: "/dev/card", baudRate: 115_200, openWire: wire.open });
  const port = card.port(0);
  port.start({ loop: () => {} });
  await new Promise((resolve) => setImmediate(resolve));
  return { clock, log, wire, card, port };
}

/** Milliseconds between edges, from the first on. */
const lengths = (edges: readonly Edge[]): number[] => edges.slice(1).map(({ at }, index) => at - edges[index]!.at);

/** Loop broken so often as these digits are dialled: 60 ms open, 40 ms closed, ten times for 0; 700 ms from digit to digit. */
function assertDialled(edges: readonly Edge[], pulses: readonly number[], rate = 1, tolerance = 1): void {
  assert.equal(edges.length, 2 * pulses.reduce((sum, count) => sum + count, 0));
  const wanted = pulses.flatMap((count) =>
    Array.from({ length: 2 * count }, (_, index) => (index % 2 === 0 ? 60 : index === 2 * count - 1 ? 740 : 40) / rate),
  );
  for (const [index, length] of lengths(edges).entries())
    assert.ok(Math.abs(length - wanted[index]!) < tolerance, `edge ${index}: ${length} ms, not ${wanted[index]} ms`);
}

describe("a line card", { skip }, () => {
  test("is greeted, and says what it is; a phone that is off-hook already is seen", async (t) => {
    const bench = new CardBench(t);
    bench.peer.tell("hook 0 off");
    await bench.isUp();
    assert.equal(bench.card.name, "simulated line card");
    assert.deepEqual(bench.logged(), ["info: line card answers"]);
    assert.deepEqual(
      bench.edges[0]!.map(({ closed }) => closed),
      [true],
    );
  });

  for (const ppm of [0, 60, -200, 5000])
    test(`its clock is ${ppm} ppm fast, and wraps around meanwhile: edges are told at the time of this machine`, async (t) => {
      const bench = new CardBench(t, { ppm });
      await bench.isUp();
      bench.peer.tell("hook 0 off");
      // five seconds after its start: in the first of them its clock's rate is not known yet
      for (const [begins, tolerance] of [
        [3900, ppm === 5000 ? 12 : 3],
        [12_000, 3],
      ] as const) {
        await bench.pass(begins - bench.clock.now());
        const seen = bench.edges[0]!.length;
        const from = bench.clock.now();
        bench.peer.tell("dial 0 350");
        await bench.pass(5000);
        const edges = bench.edges[0]!.slice(seen);
        // its phone's dial runs as fast as its clock
        assertDialled(edges, [3, 5, 10], 1 + ppm / 1e6, tolerance);
        for (const { at, told } of edges) assert.ok(at <= told && told - at < 20, `${told - at} ms late`);
        assert.ok(Math.abs(edges[0]!.at - from) < tolerance, `${edges[0]!.at - from} ms off`);
      }
      assert.ok(Math.abs(bench.card.driftPpm - ppm) < 300, `${bench.card.driftPpm} ppm`);
    });

  test("a contact that bounces: every edge is told, in order", async (t) => {
    const bench = new CardBench(t);
    await bench.isUp();
    bench.peer.tell("dial 0 0");
    await bench.pass(1500);
    const edges = bench.edges[0]!;
    // on the hook: the first pulse's break changes nothing
    assert.deepEqual(
      edges.map(({ closed }) => closed),
      Array.from({ length: 19 }, (_, index) => index % 2 === 0),
    );
  });

  test("rings, turns its polarity, drops its current: each order is carried out once, within 5 ms", async (t) => {
    const bench = new CardBench(t);
    await bench.isUp();
    const port = bench.ports[0]!;
    const orders: [string, () => void][] = [
      ["ring 0 on 250", () => port.setRing(true, 25)],
      ["ring 0 on 167", () => port.setRing(true, 16.667)],
      ["ring 0 off 167", () => port.setRing(false, 0)],
      ["polarity 0 reversed", () => port.setPolarity(true)],
      ["polarity 0 normal", () => port.setPolarity(false)],
      ["current 0 dropped", () => port.setLoopCurrent(false)],
      ["current 0 fed", () => port.setLoopCurrent(true)],
    ];
    for (const [deed, order] of orders) {
      const before = bench.peer.deeds.length;
      const at = bench.clock.now();
      order();
      await bench.pass(400);
      const deeds = bench.peer.deeds.slice(before);
      assert.deepEqual(
        deeds.map(({ what }) => what),
        [deed],
      );
      assert.ok(deeds[0]!.at - at <= 5, `${deed} after ${deeds[0]!.at - at} ms`);
    }
    assert.equal(bench.card.counters.resent, 0);
  });

  test("the bell stops when the handset is lifted, before this machine knows", async (t) => {
    const bench = new CardBench(t);
    await bench.isUp();
    bench.ports[0]!.setRing(true, 20);
    await bench.pass(500);
    const lifted = bench.clock.now();
    bench.peer.tell("hook 0 off");
    await bench.pass(100);
    assert.deepEqual(bench.peer.did(/ring 0 off/), [lifted]);
  });

  test("without current nobody knows the loop; fed again it is told as it is found", async (t) => {
    const bench = new CardBench(t);
    await bench.isUp();
    bench.peer.tell("hook 0 off");
    await bench.pass(300);
    bench.ports[0]!.setLoopCurrent(false);
    await bench.pass(300);
    bench.peer.tell("hook 0 on");
    await bench.pass(300);
    assert.equal(bench.edges[0]!.length, 1);
    const fed = bench.clock.now();
    bench.ports[0]!.setLoopCurrent(true);
    await bench.pass(400);
    assert.equal(bench.edges[0]!.length, 2);
    const { closed, at } = bench.edges[0]![1]!;
    assert.ok(!closed && at - fed > 40 && at - fed < 80, `${at - fed} ms`);
  });

  test("pulled out in mid-call: the loop is told open at once; back again it is as it is, and so are the orders", async (t) => {
    const bench = new CardBench(t);
    await bench.isUp();
    bench.peer.tell("hook 0 off");
    await bench.pass(300);
    const out = bench.clock.now();
    bench.peer.unplug();
    assert.deepEqual(bench.edges[0]!.at(-1), { closed: false, at: out, told: out });
    bench.ports[0]!.setPolarity(true);
    await bench.pass(20_000);
    assert.equal(bench.edges[0]!.length, 2);
    assert.deepEqual(bench.logged().slice(1), [
      "warn: line card lost: the device has gone",
      "warn: line card lost: no such device",
    ]);
    bench.peer.plug();
    bench.peer.tell("hook 0 off");
    await bench.isUp();
    await bench.pass(5000);
    assert.equal(bench.edges[0]!.at(-1)!.closed, true);
    assert.equal(bench.peer.did(/polarity 0 reversed/).length, 1);
    assert.equal(bench.logged().at(-1), "info: line card answers");
    assert.equal(bench.card.counters.losses, 1);
  });

  test("restarted by a dip of its power: greeted again within half a second, orders and all; no call is lost by that", async (t) => {
    const bench = new CardBench(t);
    await bench.isUp();
    bench.peer.tell("hook 0 off");
    bench.ports[0]!.setPolarity(true);
    await bench.pass(300);
    bench.peer.restart();
    bench.peer.tell("hook 0 off");
    await bench.pass(500);
    assert.ok(bench.card.isUp);
    assert.equal(bench.peer.did(/polarity 0 reversed/).length, 2);
    assert.deepEqual(
      bench.edges[0]!.map(({ closed }) => closed),
      [true],
    );
  });

  test("the wire is cut: the loop is open after a second, and the card stops ringing by itself after two", async (t) => {
    const bench = new CardBench(t);
    await bench.isUp();
    bench.peer.tell("hook 0 off");
    await bench.pass(300);
    bench.peer.tell("hook 0 on");
    bench.peer.tell("hook 0 off");
    bench.ports[0]!.setPolarity(true);
    await bench.pass(300);
    const cut = bench.clock.now();
    bench.peer.spoil = () => [];
    await bench.pass(3000);
    const { closed, told } = bench.edges[0]!.at(-1)!;
    assert.ok(!closed && told - cut >= 750 && told - cut <= 1300, `${told - cut} ms`);
    const safe = bench.peer.did(/polarity 0 normal/).at(-1)! - cut;
    assert.ok(safe > 1700 && safe < 2100, `${safe} ms`);
    bench.peer.spoil = undefined;
    await bench.pass(1000);
    assert.equal(bench.edges[0]!.at(-1)!.closed, true);
    assert.equal(bench.peer.did(/polarity 0 reversed/).length, 2);
  });

  test("more edges than the card can keep while the wire is cut for a moment: the lost ones are counted, the end is right", async (t) => {
    const bench = new CardBench(t, { ports: 8, baudRate: 921_600 });
    await bench.isUp();
    for (let port = 0; port < 8; port++) bench.peer.tell(`hook ${port} off`);
    await bench.pass(300);
    bench.peer.spoil = () => [];
    for (let port = 0; port < 8; port++) bench.peer.tell(`dial ${port} 9`);
    await bench.pass(720);
    bench.peer.spoil = undefined;
    await bench.pass(1500);
    for (const edges of bench.edges) {
      assert.ok(edges.length < 19, `${edges.length} edges`);
      for (const [index, { closed }] of edges.entries()) assert.equal(closed, index % 2 === 0);
      assert.equal(edges.at(-1)!.closed, true);
    }
    const { lostEdges, losses } = bench.card.counters;
    // 8 phones, 15 edges each in that time, 32 kept
    assert.deepEqual({ lostEdges, losses }, { lostEdges: 8 * 15 - 32, losses: 0 });
  });

  test("eight ports, each its own: edges and orders do not mix", async (t) => {
    const bench = new CardBench(t, { ports: 8, baudRate: 921_600 });
    await bench.isUp();
    for (let port = 0; port < 8; port++) bench.peer.tell(`hook ${port} off`);
    await bench.pass(300);
    for (let port = 0; port < 8; port++) bench.peer.tell(`dial ${port} ${port + 1}`);
    bench.ports[5]!.setPolarity(true);
    await bench.pass(2000);
    bench.ports[3]!.setRing(true, 25);
    await bench.pass(300);
    for (const [port, edges] of bench.edges.entries()) assertDialled(edges.slice(1), [port + 1]);
    assert.deepEqual(
      bench.peer.deeds.filter(({ what }) => /^(ring|polarity)/.test(what)).map(({ what }) => what),
      // its phone is off-hook: no bell
      ["polarity 5 reversed"],
    );
  });

  test("a port that the card has not, sound that it has not: the log says so", async (t) => {
    const bench = new CardBench(t, { baudRate: 9600, sound: "a-law" });
    bench.card.port(3).start({ loop: () => assert.fail("a port that is not there reports") });
    await bench.isUp();
    assert.deepEqual(bench.logged(), [
      "info: line card answers",
      "error: port 0 is without sound: 9600 baud are too slow, 115200 carry that of one line",
      "error: port 3 is not on this line card: it has port 0 alone",
    ]);
    assert.throws(() => bench.card.port(3), /port 3 of \/dev\/card is in use already/);
    assert.throws(() => bench.card.port(8), /ports 0 to 7/);
  });

  test("closed and used again at once, while the device is being opened: one of both is left", async (t) => {
    const bench = new CardBench(t);
    bench.ports[0]!.close();
    const port = bench.card.port(0);
    let isClosed = false;
    port.start({
      loop: (closed) => {
        isClosed = closed;
      },
    });
    await bench.isUp();
    bench.peer.tell("hook 0 off");
    await bench.pass(300);
    assert.ok(isClosed);
    assert.deepEqual(bench.edges[0], []);
    port.close();
    const { pending } = bench.clock;
    await bench.pass(2000);
    // the card's own tick
    assert.deepEqual([pending, bench.clock.pending], [1, 1]);
  });
});

test("a card that speaks another version is of no use: the log says so once, and it is greeted on", async () => {
  const { clock, log, wire, card, port } = await greetedBy((wire) => wire.welcome(1, 2));
  clock.advance(5000);
  assert.ok(!card.isUp && wire.greetings > 10);
  assert.deepEqual(
    log.recent(10).map(({ message }) => message),
    ["line card of no use: it speaks version 2 of the protocol, this program 1"],
  );
  assert.equal(port.card.failure, "it speaks version 2 of the protocol, this program 1");
  port.close();
});

for (const [what, answer, reason] of [
  ["nothing comes", undefined, "nothing comes: is a line card there, and at 115200 baud?"],
  ["what comes makes no sense", "f87e1c0083e0fe00", "no frames of a line card come: are both ends at 115200 baud?"],
] as const)
  test(`another speed than the card's: ${what}, and the log asks for it, once`, async () => {
    const { clock, log, card, port } = await greetedBy((wire) => {
      if (answer) wire.give(Buffer.from(answer, "hex"));
    });
    for (let waited = 0; waited < 20_000; waited += 100) {
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(!card.isUp);
    assert.deepEqual(
      log.recent(10).map(({ level, message }) => `${level}: ${message}`),
      [`warn: line card lost: ${reason}`],
    );
    assert.equal(port.card.failure, reason);
    port.close();
  });

test("a card that says anything for its name: what is shown are letters, and 32 of them at most", async () => {
  const name = Buffer.from(`\x1b[2J\x07ünd\n${"x".repeat(60)}`, "latin1");
  const { clock, card, port } = await greetedBy((wire) =>
    wire.say([FrameKind.Welcome << 4, 0, 0, 0, 1, 1, 0, ...name]),
  );
  clock.advance(300);
  assert.equal(card.name, `?[2J??nd?${"x".repeat(23)}`);
  port.close();
});

test("a card that answers with ever another version, more often than it is asked: no more log than greetings", async () => {
  let version = 2;
  const { clock, log, wire, port } = await greetedBy((wire) => {
    for (let count = 0; count < 100; count++) {
      wire.welcome(1, version);
      version ^= 1;
    }
  });
  clock.advance(2000);
  assert.ok(log.recent(1000).length <= wire.greetings, `${log.recent(1000).length}`);
  port.close();
});

test("a card that is restarted at every poll: greeted ten times a second at the most, and counted", async () => {
  const clock = new VirtualClock();
  const log = new Log(clock);
  const wire: MemoryWire = new MemoryWire((content) => {
    const number = content[3]!;
    if (content[0] === FrameKind.Hello << 4) clock.setTimeout(() => wire.welcome(1), 1);
    else if (content[0] === FrameKind.Poll << 4)
      clock.setTimeout(() => {
        wire.link ^= 1;
        wire.say([FrameKind.Status << 4, 0, 0, number, ...new Uint8Array(11)]);
        wire.link ^= 1;
      }, 1);
  });
  const card = new SerialCard({ clock, log, path: "/dev/card", baudRate: 115_200, openWire: wire.open });
  const port = card.port(0);
  port.start({ loop: () => {} });
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(5000);
  const { restarts } = card.counters;
  assert.ok(restarts > 20 && restarts <= 51 && log.recent(1000).length <= 2 * restarts + 2, `${restarts}`);
  port.close();
});
