// The sound of a line card: both laws, clocks that differ, a wire that is lost for a moment. Judged on what each ear got.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CardEar } from "../../host/phone/card-ear.ts";
import { CardMicrophone } from "../../host/phone/card-microphone.ts";
import type { CardLaw } from "../../host/phone/card-port.ts";
import { soundPortsAt } from "../../host/phone/card-sender.ts";
import { A_LAW_SAMPLES, encodeALaw, encodeMuLaw, MU_LAW_SAMPLES } from "../../host/sound/g711.ts";
import { sinePeak, soundLevelDbm0, toneLevelDbm0 } from "../../host/sound/level.ts";
import { CardBench } from "../support/card-bench.ts";
import { cardSkip } from "../support/line-card.ts";
import { scratchFolder } from "../support/live-box.ts";

const LAWS = { "mu-law": [encodeMuLaw, MU_LAW_SAMPLES], "a-law": [encodeALaw, A_LAW_SAMPLES] } as const;

for (const [law, [encode, values]] of Object.entries(LAWS))
  test(`${law}: every value is encoded as itself, and no sample is further off than half a step`, () => {
    const sorted = [...new Set(values)].sort((one, other) => one - other);
    assert.equal(sorted.length, law === "mu-law" ? 255 : 256);
    const bytes = new Uint8Array(65536);
    encode(Int16Array.from(sorted), bytes, 0);
    for (const [index, value] of sorted.entries()) assert.equal(values[bytes[index]!], value);

    encode(
      Int16Array.from({ length: 65536 }, (_, index) => index - 32768),
      bytes,
      0,
    );
    let last = -Infinity;
    for (let index = 0; index < 65536; index++) {
      const given = values[bytes[index]!]!;
      if (Math.abs(index - 32768) > sorted.at(-1)!) continue;
      assert.ok(given >= last, `${index - 32768} became ${given}, below what a smaller one became`);
      last = given;
      // ITU-T G.711 table 1 and 2: steps grow outwards, and the wider one of both sides decides
      const place = sorted.indexOf(given);
      const step = Math.max(given - (sorted[place - 1] ?? -32768), (sorted[place + 1] ?? 32768) - given);
      assert.ok(Math.abs(given - (index - 32768)) <= step / 2, `${index - 32768} became ${given}`);
    }
  });

/** Frames both ways as an adapter asks for them; what came from the phone. The ear gets a sine of 600 Hz. */
async function talk(bench: CardBench, seconds: number, port = 0): Promise<Int16Array> {
  const heard: number[] = [];
  const frame = new Int16Array(160);
  const ear = new Int16Array(160);
  for (let index = 0; index < seconds * 50; index++) {
    bench.ports[port]!.readFrame(frame, bench.clock.now());
    heard.push(...frame);
    for (let at = 0; at < 160; at++)
      ear[at] = sinePeak(-20) * Math.sin((2 * Math.PI * 600 * (160 * index + at)) / 8000);
    bench.ports[port]!.writeFrame(ear);
    await bench.pass(20);
  }
  return Int16Array.from(heard);
}

const samplesOf = (path: string): Int16Array => new Int16Array(new Uint8Array(readFileSync(path)).buffer);

/** The tone is there at that level in every tenth of a second, and next to nothing else. */
function assertTone(sound: Int16Array, frequency: number, level: number): void {
  for (let from = 0; from + 800 <= sound.length; from += 800) {
    const tone = toneLevelDbm0(sound, frequency, from, from + 800);
    const all = soundLevelDbm0(sound, from, from + 800);
    assert.ok(Math.abs(tone - level) < 0.3, `${tone} dBm0 at ${from / 8} ms`);
    assert.ok(Math.abs(all - level) < 0.3, `${all} dBm0 with all that is not the tone at ${from / 8} ms`);
  }
}

/** A frame less in a tenth of a second is 1 dB; values between samples are up to half of that softer. */
function assertUnbroken(sound: Int16Array, level: number): void {
  for (let from = 0; from + 800 <= sound.length; from += 800) {
    const found = soundLevelDbm0(sound, from, from + 800);
    assert.ok(Math.abs(found - level) < 0.6, `${found} dBm0 at ${from / 8} ms`);
  }
}

async function begin(t: TestContext, law: CardLaw, ppm: number): Promise<{ bench: CardBench; ear: string }> {
  const bench = new CardBench(t, { sound: law, ppm });
  const ear = join(scratchFolder(t, "card"), "ear");
  await bench.isUp();
  bench.peer.tell("tone 0 1004 -10");
  bench.peer.tell(`record 0 ${ear}`);
  return { bench, ear };
}

describe("the sound of a line card", { skip: cardSkip() }, () => {
  for (const law of ["mu-law", "a-law"] as const)
    test(`${law}: tones go both ways, at their level, and the wire is quiet before and after`, async (t) => {
      const { bench, ear } = await begin(t, law, 0);
      const before = bench.peer.down;
      await bench.pass(1000);
      assert.ok(bench.peer.down - before < 100, `${bench.peer.down - before} bytes a second without sound`);
      const heard = await talk(bench, 3);
      assertTone(heard.subarray(1600), 1004, -10);
      assertTone(samplesOf(ear).subarray(4800, 20_000), 600, -20);
      await bench.pass(1000);
      assert.deepEqual(
        bench.peer.deeds.filter(({ what }) => what.startsWith("sound")).map(({ what }) => what),
        [`sound 0 on ${law === "a-law" ? "A-law" : "mu-law"}`, "sound 0 off mu-law"],
      );
      const { soundSkipped, soundUnsent, damaged } = bench.card.counters;
      assert.deepEqual({ soundSkipped, soundUnsent, damaged }, { soundSkipped: 0, soundUnsent: 0, damaged: 0 });
    });

  for (const ppm of [1000, -1000, 3000, -3000])
    test(`the card's clock is ${ppm} ppm fast: no frame is missed or left out, at neither end`, async (t) => {
      const { bench, ear } = await begin(t, "mu-law", ppm);
      await talk(bench, 10);
      const before = bench.card.counters;
      const heard = await talk(bench, 45);
      const { soundMissed, soundSkipped } = bench.card.counters;
      assert.deepEqual([soundMissed - before.soundMissed, soundSkipped - before.soundSkipped], [0, 0]);
      assertUnbroken(heard, -10);
      assertUnbroken(samplesOf(ear).subarray(10 * 8000, 54 * 8000), -20);
    });

  test("a frame is lost now and then: it is made up for and counted, the rest is heard", async (t) => {
    const { bench } = await begin(t, "mu-law", 0);
    await talk(bench, 1);
    let writes = 0;
    bench.peer.spoil = (bytes) => (++writes % 25 === 0 ? [] : [{ bytes, late: 0 }]);
    const heard = await talk(bench, 10);
    const { soundMissed } = bench.card.counters;
    assert.ok(soundMissed >= 15 && soundMissed <= 45, `${soundMissed} missed`);
    for (let from = 0; from + 800 <= heard.length; from += 800) {
      const level = toneLevelDbm0(heard, 1004, from, from + 800);
      assert.ok(Math.abs(level + 10) < 1.5, `${level} dBm0 at ${from / 8} ms`);
    }
  });

  test("the card comes back in mid-call: the sound begins again by itself", async (t) => {
    const { bench } = await begin(t, "a-law", 0);
    await talk(bench, 1);
    bench.peer.restart();
    bench.peer.tell("tone 0 1004 -10");
    const heard = await talk(bench, 2);
    assertTone(heard.subarray(heard.length - 8000), 1004, -10);
  });

  test("115200 baud carry the sound of one line: a second one is without, and the log says so", async (t) => {
    assert.deepEqual([57_600, 115_200, 230_400, 460_800, 921_600].map(soundPortsAt), [0, 1, 2, 4, 9]);
    const bench = new CardBench(t, { sound: "mu-law", ports: 2 });
    await bench.isUp();
    bench.peer.tell("tone 0 1004 -10");
    bench.peer.tell("tone 1 1004 -10");
    const frames = [new Int16Array(160), new Int16Array(160)];
    for (let index = 0; index < 100; index++) {
      for (const [port, frame] of frames.entries()) {
        bench.ports[port]!.readFrame(frame, bench.clock.now());
        bench.ports[port]!.writeFrame(frame);
      }
      await bench.pass(20);
    }
    assert.ok(Math.abs(soundLevelDbm0(frames[0]!) + 10) < 1);
    assert.ok(frames[1]!.every((sample) => sample === 0));
    assert.deepEqual(
      bench.logged().filter((line) => line.includes("without sound")),
      ["warn: port 1 is without sound: the serial line carries no more"],
    );
    assert.equal(bench.card.counters.soundUnsent, 0);
  });
});

test("sound in hand: nothing before the first frames, silence when there is no more, then it begins anew", () => {
  const microphone = new CardMicrophone();
  const bytes = new Uint8Array(80).fill(0x80);
  const frame = new Int16Array(160).fill(1);
  microphone.take(frame, 0);
  assert.ok(frame.every((sample) => sample === 0));
  // a frame, the next of the card's, and 7.5 ms that it may be late
  for (let count = 0; count < 4; count++) microphone.put(bytes, 0, 80, MU_LAW_SAMPLES, 80 * count, 0, 80 * count);
  microphone.take(frame, 240);
  assert.ok(frame.every((sample) => sample === 32124));
  microphone.take(frame, 400);
  assert.ok(frame.every((sample) => sample === 0));
  assert.deepEqual([microphone.missed, microphone.skipped], [1, 0]);
});

test("a card that says it has eight seconds in hand gets its sound all the same, after what it has room for", () => {
  const ear = new CardEar();
  ear.reset();
  const frame = new Int16Array(160);
  const counts = Array.from({ length: 60 }, () => {
    for (let told = 0; told < 2; told++) ear.handleTold(65_535, 0, 0);
    ear.take(frame, 640);
    return ear.count;
  });
  assert.ok(counts.filter((count) => count < 150).length <= 5, `${counts}`);
});

test("frames of sound both ways allocate nothing", () => {
  const child = fileURLToPath(new URL("../support/card-frames-child.js", import.meta.url));
  const heap = ["--min-semi-space-size=64", "--max-semi-space-size=64"];
  // Else a busy computer's compiler may be ready with what is run so often only when the frames are over.
  const options = ["--no-concurrent-recompilation", ...heap, child];
  const { stdout, stderr, status } = spawnSync(process.execPath, options, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const { allocated, sent, isHeard } = JSON.parse(stdout) as { allocated: number; sent: number; isHeard: boolean };
  assert.deepEqual([sent, isHeard], [50_000, true]);
  // the smallest thing that V8 allocates has 12 bytes
  assert.ok(allocated < 4, `${allocated} bytes a frame`);
});
