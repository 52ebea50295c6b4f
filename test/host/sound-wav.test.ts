// WAV files: what is read, what is refused and why, and what a program that dies leaves behind.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SeededRandom } from "../../host/random.ts";
import { parseWav, readWav, WavWriter, writeWav } from "../../host/sound/wav.ts";
import { voice1, voice2 } from "../support/voices.ts";

const folder = mkdtempSync(join(tmpdir(), "tipring-wav-"));
after(() => rmSync(folder, { recursive: true }));

function chunk(tag: string, body: Uint8Array, stated = body.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(tag, "latin1");
  head.writeUInt32LE(stated >>> 0, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
}

function format(code: number, bits: number, channels = 1, rate = 8000): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(code, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(rate, 4);
  body.writeUInt32LE((rate * channels * bits) / 8, 8);
  body.writeUInt16LE((channels * bits) / 8, 12);
  body.writeUInt16LE(bits, 14);
  return chunk("fmt ", body);
}

function riff(...chunks: Buffer[]): Buffer {
  return chunk("RIFF", Buffer.concat([Buffer.from("WAVE"), ...chunks]));
}

const PCM_1_2_3 = Buffer.from([1, 0, 2, 0, 3, 0]);

test("PCM is read with its sign, and chunks nobody knows are passed over, odd lengths included", () => {
  const samples = Buffer.from([0, 0, 1, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0x80]);
  const bytes = riff(
    chunk("LIST", Buffer.from("odd")),
    format(1, 16),
    chunk("fact", Buffer.alloc(4)),
    chunk("data", samples),
  );
  assert.deepEqual([...parseWav(bytes, "x")], [0, 1, -1, 32767, -32768]);
});

test("ITU-T G.711 tables 1b and 2b: A-law and µ-law bytes stand for these values", () => {
  const read = (code: number, ...bytes: number[]) => [
    ...parseWav(riff(format(code, 8), chunk("data", Buffer.from(bytes))), "x"),
  ];
  // Both tables give the value of each code; 16-bit sound is 4 times the 14-bit µ-law and 8 times the 13-bit A-law value.
  assert.deepEqual(read(7, 0xff, 0x7f, 0xfe, 0x7e, 0x80, 0x00, 0xef, 0x8f), [
    0,
    0,
    4 * 2,
    4 * -2,
    4 * 8031,
    4 * -8031,
    4 * 33,
    4 * 4191,
  ]);
  assert.deepEqual(read(6, 0xd5, 0x55, 0xd4, 0xaa, 0x2a, 0xc5, 0xa5), [
    8 * 1,
    8 * -1,
    8 * 3,
    8 * 4032,
    8 * -4032,
    8 * 33,
    8 * 2112,
  ]);
});

test("WAVE_FORMAT_EXTENSIBLE says in its sub-format what it is", () => {
  const body = Buffer.alloc(40);
  format(0xfffe, 16).copy(body, 0, 8);
  body.writeUInt16LE(22, 16);
  body.writeUInt16LE(1, 24);
  assert.deepEqual([...parseWav(riff(chunk("fmt ", body), chunk("data", PCM_1_2_3)), "x")], [1, 2, 3]);
});

test("a file whose writer was killed gives the sound it has", () => {
  for (const stated of [0, 0xffffffff, 1000]) {
    const bytes = Buffer.concat([riff(format(1, 16)), chunk("data", PCM_1_2_3, stated)]);
    assert.deepEqual([...parseWav(bytes, "x")], [1, 2, 3], `data length ${stated}`);
  }
  const odd = riff(format(1, 16), chunk("data", Buffer.from([1, 0, 2])));
  assert.deepEqual([...parseWav(odd, "x")], [1], "half a sample is none");
});

for (const [what, bytes, reason] of [
  ["empty", Buffer.alloc(0), /voice\.wav: not a WAV file$/],
  ["a text", Buffer.from("RIFF is an old format"), /not a WAV file/],
  ["no chunks", riff(), /no fmt chunk/],
  ["no data", riff(format(1, 16)), /no data chunk/],
  ["data before fmt", riff(chunk("data", PCM_1_2_3), format(1, 16)), /sound before the fmt chunk/],
  ["short fmt", riff(chunk("fmt ", Buffer.alloc(8)), chunk("data", PCM_1_2_3)), /fmt chunk is cut short/],
  ["fmt beyond the end", Buffer.concat([riff(), chunk("fmt ", Buffer.alloc(4), 16)]), /fmt chunk is cut short/],
  ["stereo", riff(format(1, 16, 2), chunk("data", PCM_1_2_3)), /2 channels; a telephone has one/],
  [
    "CD rate",
    riff(format(1, 16, 1, 44100), chunk("data", PCM_1_2_3)),
    /44100 samples a second; a telephone takes 8000/,
  ],
  ["MP3", riff(format(0x55, 16), chunk("data", PCM_1_2_3)), /WAV format 85; readable are 1 .*6 .*7/],
  ["8-bit PCM", riff(format(1, 8), chunk("data", PCM_1_2_3)), /8 bits a sample; WAV format 1 is read with 16/],
] as const) {
  test(`refused, and told why: ${what}`, () => {
    assert.throws(() => parseWav(bytes, "voice.wav"), reason);
  });
}

test("no file, however damaged, does worse than an error", () => {
  const good = riff(format(1, 16), chunk("LIST", Buffer.from("abc")), chunk("data", PCM_1_2_3));
  const seed = 4711;
  const random = new SeededRandom(seed);
  for (let round = 0; round < 5000; round++) {
    const bytes = Buffer.from(good.subarray(0, random.bits() % (good.length + 1)));
    for (let hit = 0; hit < 3 && bytes.length > 0; hit++) bytes[random.bits() % bytes.length] = random.bits() & 0xff;
    try {
      assert.ok(parseWav(bytes, "x") instanceof Int16Array);
    } catch (error) {
      assert.match((error as Error).message, /^x: /, `seed ${seed}, round ${round}`);
    }
  }
});

test("what is written is read back, in pieces of any size", () => {
  const path = join(folder, "pieces.wav");
  const random = new SeededRandom(1);
  const samples = Int16Array.from({ length: 50_000 }, () => random.between(-32768, 32768));
  const writer = new WavWriter(path);
  for (let from = 0; from < samples.length; ) {
    const count = random.bits() % 20_000;
    writer.write(samples.subarray(from, from + count));
    from += count;
  }
  writer.close();
  writer.close();
  assert.deepEqual(readWav(path), samples);
  assert.equal(readFileSync(path).length, 44 + 2 * samples.length);
});

test("a recording has its name only once it is whole", () => {
  const path = join(folder, "whole.wav");
  writeWav(path, new Int16Array([1, 2, 3]));
  const writer = new WavWriter(path);
  writer.write(new Int16Array(20_000).fill(7));
  assert.deepEqual([...readWav(path)], [1, 2, 3], "the old one until then");
  // As if the program had been killed now: what reached the disc can be read.
  assert.deepEqual(readWav(`${path}.part`), new Int16Array(16_000).fill(7));
  writer.close();
  assert.equal(readWav(path).length, 20_000);
  assert.equal(existsSync(`${path}.part`), false);
  assert.throws(() => writer.write(new Int16Array(8000)), /is closed/);
});

test("a recording given up leaves the old file and nothing else", () => {
  const path = join(folder, "discard.wav");
  writeWav(path, new Int16Array([5]));
  const writer = new WavWriter(path);
  writer.write(new Int16Array(10));
  writer.discard();
  writer.discard();
  assert.deepEqual([...readWav(path)], [5]);
  assert.equal(existsSync(`${path}.part`), false);
});

test("a file that cannot be is named in the error", () => {
  assert.throws(() => readWav(join(folder, "none.wav")), /none\.wav/);
  assert.throws(() => new WavWriter(join(folder, "no", "such.wav")), /such\.wav/);
  writeFileSync(join(folder, "text.wav"), "hello");
  assert.throws(() => readWav(join(folder, "text.wav")), /text\.wav: not a WAV file/);
});

test("the simulator's two voices are short, small and different", () => {
  for (const voice of [voice1, voice2]) {
    assert.ok(voice.length > 20_000 && voice.length <= 30_000);
    assert.ok(voice.some((sample) => sample > 10_000) && voice.every((sample) => Math.abs(sample) < 30_000));
  }
  assert.notDeepEqual(voice1.subarray(0, 20_000), voice2.subarray(0, 20_000));
});
