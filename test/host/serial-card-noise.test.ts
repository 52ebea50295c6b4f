// A line card on a bad wire: bytes damaged, lost, doubled, invented, writes that overtake each other. Nothing is told twice or in the
// wrong order, and as soon as the wire is good again both sides know the same.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { FRAME_MAX, FrameKind, FrameReader, writeFrame } from "../../host/phone/card-frame.ts";
import { CardBench } from "../support/card-bench.ts";
import { throwAt } from "../support/card-garbage.ts";
import { Dice } from "../support/dice.ts";
import { cardSkip, type Spoil } from "../support/line-card.ts";

interface Noise {
  /** Shares of bytes. */
  flipped: number;
  lost: number;
  doubled: number;
  invented: number;
  /** Share of writes that come late, by up to 60 ms, behind those that follow. */
  late: number;
  /** Share of writes that come twice, the second time late. */
  repeated: number;
}

function noisy(dice: Dice, noise: Noise): Spoil {
  return (bytes) => {
    const damaged: number[] = [];
    for (const byte of bytes) {
      if (dice.chance(noise.invented)) damaged.push(dice.below(256));
      if (dice.chance(noise.lost)) continue;
      damaged.push(dice.chance(noise.flipped) ? byte ^ (1 << dice.below(8)) : byte);
      if (dice.chance(noise.doubled)) damaged.push(byte);
    }
    const late = dice.chance(noise.late) ? dice.between(0, 60) : 0;
    const chunk = { bytes: Buffer.from(damaged), late };
    return dice.chance(noise.repeated) ? [chunk, { bytes, late: dice.between(0, 60) }] : [chunk];
  };
}

const KINDS: Readonly<Record<string, Noise>> = {
  "an open wire picks noise up": { flipped: 0.004, lost: 0.002, doubled: 0.002, invented: 0.004, late: 0, repeated: 0 },
  "writes overtake each other": { flipped: 0, lost: 0, doubled: 0, invented: 0, late: 0.3, repeated: 0.2 },
  "all of that, and every fourth frame or more is damaged": {
    flipped: 0.01,
    lost: 0.005,
    doubled: 0.005,
    invented: 0.01,
    late: 0.1,
    repeated: 0.1,
  },
};

const DIGITS = [1, 3, 9, 10, 2];

for (const [title, noise] of Object.entries(KINDS))
  describe(`a line card: ${title}`, { skip: cardSkip() }, () => {
    let resentInAll = 0;
    for (const seed of [1, 2, 3, 4, 5, 6])
      test(`seed ${seed}: digits are dialled and orders carried out all the same`, async (t) => {
        const dice = new Dice(seed);
        const bench = new CardBench(t);
        await bench.isUp();
        bench.peer.spoil = noisy(dice, noise);
        const port = bench.ports[0]!;
        const edges = bench.edges[0]!;
        bench.peer.tell("hook 0 off");
        await bench.pass(2000);
        const dialledAt: number[] = [];
        for (const digit of DIGITS) {
          dialledAt.push(bench.clock.now());
          bench.peer.tell(`dial 0 ${digit % 10}`);
          await bench.pass(700);
          port.setPolarity(digit % 2 === 0);
          port.setRing(digit > 2, 25);
          await bench.pass(1000);
        }
        const { lostEdges, losses } = bench.card.counters;
        assert.deepEqual({ lostEdges, losses }, { lostEdges: 0, losses: 0 }, `seed ${seed}`);
        for (const [index, { closed, at, told }] of edges.entries()) {
          assert.equal(closed, index % 2 === 0, `seed ${seed}: edge ${index} is told twice`);
          assert.ok(told >= at && (index === 0 || at >= edges[index - 1]!.at), `seed ${seed}: edge ${index} at ${at}`);
        }
        // every pulse has its length, however late it was told
        assert.equal(edges.length - 1, 2 * DIGITS.reduce((sum, digit) => sum + digit, 0), `seed ${seed}`);
        for (let index = 1; index < edges.length; index += 2) {
          const length = edges[index + 1]!.at - edges[index]!.at;
          assert.ok(Math.abs(length - 60) < 5, `seed ${seed}: a break of ${length} ms`);
        }
        bench.peer.spoil = undefined;
        await bench.pass(1500);
        assert.equal(edges.at(-1)!.closed, true, `seed ${seed}`);
        port.setPolarity(true);
        port.setPolarity(false);
        await bench.pass(500);
        assert.equal(bench.peer.deeds.at(-1)!.what, "polarity 0 normal", `seed ${seed}`);
        const { damaged, damagedAtCard, resent } = bench.card.counters;
        if (noise.flipped > 0) assert.ok(damaged > 0 && damagedAtCard > 0, `seed ${seed}: damaged but not counted`);
        resentInAll += resent;
      });

    test("orders had to be sent again", () => assert.ok(resentInAll > 0));
  });

test("a wire that is not clean: the log says each minute what was counted", { skip: cardSkip() }, async (t) => {
  const bench = new CardBench(t);
  await bench.isUp();
  await bench.pass(130_000);
  assert.deepEqual(bench.logged(), ["info: line card answers"]);
  bench.peer.spoil = noisy(new Dice(1), KINDS["an open wire picks noise up"]!);
  await bench.pass(60_000);
  bench.peer.spoil = undefined;
  await bench.pass(180_000);
  const told = bench.log.recent(10).slice(1);
  assert.ok(told.length >= 1 && told.length <= 2, `${told.length} entries`);
  assert.equal(told[0]!.message, "the line card's serial line is not clean");
  const { damaged, damagedAtCard } = told.at(-1)!.fields!;
  assert.ok(Number(damaged) > 20 && Number(damagedAtCard) > 10, `${damaged} ${damagedAtCard}`);
});

describe("bytes that are no frames", () => {
  test("never throw, and none of them is taken for a frame by chance more often than its CRC allows", () => {
    let frames = 0;
    let zeros = 0;
    const garbage = fc
      .uint8Array({ maxLength: 300, size: "max" })
      .map((bytes) => bytes.map((byte) => (byte < 16 ? 0 : byte)));
    fc.assert(
      fc.property(fc.array(garbage, { maxLength: 20 }), (chunks) => {
        const reader = new FrameReader((_, length) => {
          frames++;
          assert.ok(length >= 4 && length <= FRAME_MAX - 2);
        });
        for (const chunk of chunks) {
          reader.read(chunk);
          zeros += chunk.filter((byte) => byte === 0).length;
        }
        assert.ok(reader.bad <= zeros);
      }),
      { seed: 5, numRuns: 2000 },
    );
    assert.ok(zeros > 1000 && frames <= 3, `${frames} of ${zeros}`);
  });

  test("whatever stood before it, a frame behind a zero is read; what is written is read, however it is cut", () => {
    const body = fc.uint8Array({ minLength: 4, maxLength: FRAME_MAX - 2 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), body, fc.integer({ min: 1, max: 60 }), (garbage, content, cut) => {
        const room = new Uint8Array(FRAME_MAX);
        room.set(content);
        const wire = new Uint8Array(FRAME_MAX + 2);
        const length = writeFrame(room, content.length, wire);
        assert.equal(length, content.length + 4);
        assert.equal(wire.subarray(0, length).indexOf(0), length - 1);
        let last: Uint8Array | undefined;
        const reader = new FrameReader((read, size) => {
          last = read.slice(0, size);
        });
        const all = Buffer.concat([garbage, Buffer.of(0), wire.subarray(0, length)]);
        for (let at = 0; at < all.length; at += cut) reader.read(all.subarray(at, at + cut));
        assert.deepEqual(last, content);
      }),
      { seed: 6, numRuns: 2000 },
    );
  });

  test("one bit wrong anywhere: the frame is refused and counted", () => {
    const content = Uint8Array.from({ length: FRAME_MAX }, (_, index) => (index * 7) & 0xff);
    const wire = new Uint8Array(FRAME_MAX + 2);
    const length = writeFrame(content, 100, wire);
    let bad = 0;
    for (let bit = 0; bit < 8 * (length - 1); bit++) {
      const reader = new FrameReader(() => assert.fail(`bit ${bit} was not missed`));
      const damaged = wire.slice(0, length);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      reader.read(damaged);
      bad += reader.bad;
    }
    assert.ok(bad >= 8 * (length - 1));
  });

  test("whole frames of every kind, with a right CRC and of any content: the driver takes them without throwing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 4, maxLength: 60 }), { maxLength: 40 }), throwAt),
      { seed: 7, numRuns: 300 },
    );
  });

  test("frames of sound at any position, of any length, with anything told of the ear: taken without throwing", async () => {
    const sound = fc.uint8Array({ minLength: 5, maxLength: 190, size: "max" }).map((bytes) => {
      bytes[0] = FrameKind.SoundUp << 4;
      return bytes;
    });
    await fc.assert(fc.asyncProperty(fc.array(sound, { maxLength: 60, size: "max" }), throwAt), {
      seed: 8,
      numRuns: 300,
    });
  });
});
