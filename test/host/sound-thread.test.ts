// The sound card's thread ends by itself: it is counted, told, started anew after a growing pause, and lines have silence meanwhile.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, systemClock } from "../../host/clock.ts";
import { Log } from "../../host/log.ts";
import { AlsaSound } from "../../host/sound/alsa.ts";

const folder = mkdtempSync(join(tmpdir(), "tipring-thread-"));
after(() => rmSync(folder, { recursive: true }));

const PROGRAM = new URL("../support/mortal-card-thread.js", import.meta.url);
const PATIENCE = 20_000;

async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = systemClock.now() + PATIENCE;
  while (!isSo()) {
    if (systemClock.now() > end) throw new Error(`waited in vain until ${what}`);
    await sleep(10);
  }
}

/** The system's clock, on which a pause of seconds takes a tenth of it. Notes the pauses. */
function hastyClock(pauses: number[]): Clock {
  const setTimeout = (callback: () => void, delay: number): unknown => {
    if (delay >= 1000) pauses.push(delay);
    return systemClock.setTimeout(callback, delay >= 1000 ? delay / 10 : delay);
  };
  return { ...systemClock, setTimeout };
}

test("whatever ends the thread, the next one takes over; in the pauses lines have silence in time", async () => {
  const device = join(folder, "ways");
  writeFileSync(device, "throws rejects exits exits lasts");
  const pauses: number[] = [];
  const clock = hastyClock(pauses);
  const log = new Log(clock, { level: "debug" });
  const sound = new AlsaSound({ device, rate: 8000, periodMs: 20, channels: 1, clock, log, program: PROGRAM });
  const samples = new Int16Array(160);
  let silences = 0;
  let isSound = false;
  const beat = sound.clock(() => {
    sound.line(0).read(samples);
    isSound = samples[0] === 1;
    if (!isSound) silences++;
  });
  const began = systemClock.now();
  beat.start(0);
  await until("four threads have ended, and the fifth gives sound", () => sound.counters.threadEnds === 4 && isSound);
  const { frames } = sound.counters;
  const passed = systemClock.now() - began;
  beat.stop(0);
  await sound.close();
  await sound.close();

  assert.deepEqual(pauses, [1000, 2000, 4000]);
  const wanted = pauses.reduce((sum, pause) => sum + pause / 10, 0) / 20;
  // a busy machine gives some up
  assert.ok(silences > wanted / 5 && silences <= wanted + pauses.length, `${silences} frames, not ${wanted}`);
  assert.ok(frames <= passed / 20 + 6, `${frames} frames in ${passed} ms`);
  const said = (trouble: string): string =>
    `the sound card's thread has ended: ${trouble}; its lines are silent, it is started again`;
  const told = log.recent(20).map(({ level, area, message }) => `${level} ${area}: ${message}`);
  assert.deepEqual(
    told,
    ["it was thrown", "nobody caught it", "exit code 3"].map((trouble) => `error sound: ${said(trouble)}`),
    "the same trouble is told once",
  );
});

test("a program that is told to end while it waits to start the thread again ends", async () => {
  const device = join(folder, "ends");
  writeFileSync(device, "exits exits lasts");
  const log = new Log(systemClock, { level: "debug" });
  const sound = new AlsaSound({
    ...{ device, rate: 8000, periodMs: 20, channels: 1, clock: systemClock, log, program: PROGRAM },
  });
  const beat = sound.clock(() => {});
  beat.start(0);
  await until("two threads have ended", () => sound.counters.threadEnds === 2);
  const { frames } = sound.counters;
  await until("there is silence", () => sound.counters.frames > frames + 2);
  await sound.close();
  assert.ok(!beat.isActive(0));
  assert.equal(sound.counters.threadEnds, 2);
});
