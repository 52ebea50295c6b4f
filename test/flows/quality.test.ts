// What the box says of a call's sound, against what the wire did to it: RFC 3550 §6 and RFC 3611 seen from outside, ITU-T G.107 by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualBox } from "../support/virtual-box.ts";
import { GOOD_WIRE } from "../support/virtual-network.ts";
import { voice1, voice2 } from "../support/voices.ts";

const DELAY = 40;

/** RFC 3550 §6.1: the packets of a compound one, by type. */
function compound(bytes: Uint8Array): { type: number; count: number; bytes: Buffer }[] {
  const packets = [];
  for (let at = 0; at < bytes.length; ) {
    const view = Buffer.from(bytes.subarray(at));
    const size = (view.readUInt16BE(2) + 1) * 4;
    assert.equal(view[0]! >> 6, 2);
    assert.ok(size <= view.length, "a packet that goes beyond the datagram");
    packets.push({ type: view[1]!, count: view[0]! & 31, bytes: view.subarray(0, size) });
    at += size;
  }
  return packets;
}

/** G.107 §7.4 with default values, from 10 ms on; the first constant is Ro of §7.2. */
function delayImpairment(delay: number): number {
  const ro = 94.7688;
  const terv = 65 - 40 * Math.log10((1 + delay / 10) / (1 + delay / 150));
  const talker = (ro - 80 - 2.5 * (terv - 14)) / 2;
  const listener = (ro - 10.5 * 117 * (2 * delay + 1) ** -0.25) / 2;
  const x = Math.max(0, Math.log2(delay / 100));
  const absolute = 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
  return talker + Math.hypot(talker, 10) - 1 + listener + Math.hypot(listener, 13) + absolute;
}

const opinion = (rating: number) => 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6;
const isNear = (value: number | null | undefined, wanted: number, tolerance: number, what: string) =>
  assert.ok(value != null && Math.abs(value - wanted) <= tolerance, `${what}: ${value}, not ${wanted}`);

test("loss, lateness, bursts, delays and MOS of a call are what the wire did; the far end is told, and the log at the end", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 120 });
  const port = virtual.box.config.running.sip.rtp_port;
  let toSecond = 0;
  const reports: { at: number; from: number; bytes: Uint8Array }[] = [];
  virtual.network.wire = (from, to, bytes) => {
    const [source, target] = [from, to].map((place) => Number(place.split(":")[1])) as [number, number];
    const wire = { ...GOOD_WIRE, delay: DELAY };
    if (source === port + 1 || source === port + 3)
      reports.push({ at: virtual.clock.now(), from: source, bytes: bytes.slice() });
    if (target !== port + 2 || source !== port) return wire;
    toSecond++;
    // a burst of 11 packets without 6 of them, one alone, one that comes too late
    const isLost = (toSecond >= 300 && toSecond <= 310 && toSecond % 2 === 0) || toSecond === 600;
    return { ...wire, loss: isLost ? 1 : 0, reordering: toSecond === 800 ? 1 : 0, heldFor: 1500 };
  };
  await virtual.connect(1, 2);
  const [one, two] = [virtual.phone(1), virtual.phone(2)];
  for (let turn = 0; turn < 4; turn++) {
    await virtual.run(Promise.all([one.play(voice1), two.play(voice2)]));
    await virtual.pass(3000);
  }
  assert.ok(toSecond > 1000, `${toSecond} packets`);

  const [first, called] = virtual.box.calls();
  const here = called?.quality?.here;
  const rtp = called?.rtp;
  assert.ok(here && rtp);
  // those that are still on their way count for neither
  const expected = virtual.box.adapter.rtp(1).received + 7;
  isNear(here.lossPercent, (7 / expected) * 100, 0.011, "lost %");
  isNear(here.discardPercent, (1 / expected) * 100, 0.011, "late %");
  isNear(here.burstPercent, (6 / 11) * 100, 0.01, "lost % in bursts");
  assert.equal(here.burstMs, 220);
  isNear(here.gapPercent, (2 / (expected - 11)) * 100, 0.011, "lost % in gaps");
  isNear(here.gapMs, ((expected - 11) * 20) / 2, 1, "gap ms");
  isNear(rtp.roundTripMs, 2 * DELAY, 1, "round trip ms");
  isNear(here.endSystemMs, 20 + rtp.delayMs, 0.1, "end system ms");

  // 8 of the packets in 8 runs of one: as good as at random
  const percent = (8 / expected) * 100;
  const loss = (95 * percent) / (percent + 25.1);
  isNear(here.listeningMos, opinion(93.206 - loss), 0.01, "listening MOS");
  const there = first?.quality?.here?.endSystemMs ?? here.endSystemMs;
  const rating = 94.7688 - 1.4136 - loss - delayImpairment(DELAY + (here.endSystemMs + there) / 2);
  isNear(here.rating, rating, 0.5, "R");
  isNear(here.conversationMos, opinion(rating), 0.02, "MOS");
  assert.ok(here.signalDbm0 !== null && here.signalDbm0 > -35 && here.signalDbm0 < -5, `${here.signalDbm0} dBm0`);

  // RFC 3611 §4.7: line 1 has been told so by line 2
  const told = virtual.box.calls()[0]?.quality?.there;
  assert.ok(told);
  isNear(told.rating, here.rating!, 1, "R told");
  isNear(told.conversationMos, here.conversationMos!, 0.1, "MOS told");
  isNear(told.burstPercent, here.burstPercent, 0.4, "bursts told");

  one.hang();
  await virtual.pass(3000);
  // RFC 3550 §6.1: a report first, the name in every packet, a goodbye last; §6.3: 2 to 6.2 s apart
  for (const from of [port + 1, port + 3]) {
    const mine = reports.filter((report) => report.from === from);
    assert.ok(mine.length >= 4, `${mine.length} reports from ${from}`);
    mine.forEach(({ at, bytes }, index) => {
      const packets = compound(bytes);
      const isLast = index === mine.length - 1;
      assert.deepEqual(
        packets.map(({ type }) => type),
        isLast ? [200, 202, 207, 203] : [200, 202, 207],
      );
      assert.equal(packets[1]!.bytes[8], 1, "a CNAME");
      const block = packets[2]!.bytes.subarray(8);
      assert.deepEqual([block[0], block.readUInt16BE(2)], [7, 8]);
      const apart = at - (mine[index - 1]?.at ?? Number.NaN);
      if (index > 0 && !isLast) assert.ok(apart >= 2051 && apart <= 6158, `${apart} ms apart`);
    });
  }
  for (const line of [1, 2]) {
    const ending = virtual.logged(`line ${line}`).find((text) => text.includes("sound: MOS"));
    assert.match(
      `${ending}`,
      /^info: sound: MOS 4\.\d\d \(R \d\d\) here, 4\.\d\d \(R \d\d\) at the far end; \d+ packets received/,
    );
  }
});
