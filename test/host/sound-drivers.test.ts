// Sound without a card: what the drivers paced, silence and wav give and take, on virtual time.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { FRAME_SAMPLES, sineLevelDbm0, toneLevelDbm0 } from "../../host/sound/level.ts";
import { SilentSound } from "../../host/sound/silent.ts";
import type { Sound } from "../../host/sound/sound.ts";
import { readWav, writeWav } from "../../host/sound/wav.ts";
import { WavSound } from "../../host/sound/wav-sound.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const folder = mkdtempSync(join(tmpdir(), "tipring-sound-"));
after(() => rmSync(folder, { recursive: true }));

/** Lets a driver's clock beat for so many frames while each channel hears a ramp of its own; returns what each said. */
function run(sound: Sound, clock: VirtualClock, frames: number): number[][] {
  const said: number[][] = Array.from({ length: sound.channels }, () => []);
  let heard = 0;
  const beat = sound.clock(() => {
    for (let channel = 0; channel < sound.channels; channel++) {
      const line = sound.line(channel);
      const samples = new Int16Array(FRAME_SAMPLES).fill(-1);
      line.read(samples);
      said[channel]!.push(...samples);
      line.write(samples.map((_, index) => channel * 10_000 + heard + index));
    }
    heard += FRAME_SAMPLES;
  });
  beat.start(0);
  clock.advance((frames - 1) * 20);
  beat.stop(0);
  assert.equal(clock.pending, 0, "nothing wakes up without a line");
  assert.equal(sound.counters.frames, frames);
  return said;
}

test("silence: every channel is silent, and its clock beats; paced has no channel at all", async () => {
  const clock = new VirtualClock();
  const silence = new SilentSound("silence", 2, { clock });
  assert.deepEqual([...new Set(run(silence, clock, 5).flat())], [0]);
  assert.throws(() => silence.line(2), /sound channel 2 is not there: driver "silence" has channels 0 to 1/);
  const paced = new SilentSound("paced", 0, { clock });
  assert.deepEqual(run(paced, clock, 3), []);
  assert.throws(() => paced.line(0), /sound channel 0 is not there: driver "paced" has none/);
  await silence.close();
});

test("wav: a file is said over and over, what the ear gets is a file; a channel without one is silent", async () => {
  const clock = new VirtualClock();
  const ramp = Int16Array.from({ length: 250 }, (_, index) => 100 + index);
  const [microphone, ear] = [join(folder, "said.wav"), join(folder, "heard.wav")];
  writeWav(microphone, ramp);
  const sound = new WavSound({ clock, files: [{ microphone }, { ear }] });
  const [first, second] = run(sound, clock, 4);
  assert.deepEqual(
    first,
    Array.from({ length: 640 }, (_, index) => 100 + (index % 250)),
  );
  assert.deepEqual([...new Set(second)], [0]);
  assert.equal(existsSync(ear), false, "it has its name once it is whole");
  await sound.close();
  await sound.close();
  assert.deepEqual(
    [...readWav(ear)],
    Array.from({ length: 640 }, (_, index) => 10_000 + index),
  );
  assert.throws(() => new WavSound({ clock, files: [{ microphone: join(folder, "none.wav") }] }), /none\.wav/);
});

test("wav: a file of 48 kHz is said at 8 kHz; one of another rate is refused by name", async () => {
  const clock = new VirtualClock();
  const microphone = join(folder, "wide.wav");
  const tone = (rate: number) => (_: unknown, index: number) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 1000 * index) / rate));
  writeWav(microphone, Int16Array.from({ length: 48000 }, tone(48000)));
  const bytes = readFileSync(microphone);
  bytes.writeUInt32LE(48000, 24);
  bytes.writeUInt32LE(96000, 28);
  writeFileSync(microphone, bytes);
  const sound = new WavSound({ clock, files: [{ microphone }] });
  const [said] = run(sound, clock, 50);
  assert.equal(said!.length, 8000);
  assert.ok(Math.abs(toneLevelDbm0(said!, 1000, 1000, 7000) - sineLevelDbm0(8000)) < 0.1);
  bytes.writeUInt32LE(44100, 24);
  writeFileSync(microphone, bytes);
  assert.throws(
    () => new WavSound({ clock, files: [{ microphone }] }),
    /wide\.wav: 44100 samples a second; a telephone takes 8000 or 48000/,
  );
});
