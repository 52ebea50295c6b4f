// The driver alsa on ALSA's own library, with a card that needs no hardware (test/peers/alsa-loop-card.c): what is played is captured.
// The kernel's snd-aloop takes its place in the machine tests.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../host/clock.ts";
import { Log } from "../../host/log.ts";
import { SCHED } from "../../host/real-time.ts";
import { AlsaSound } from "../../host/sound/alsa.ts";
import type { CardOptions } from "../../host/sound/alsa-card.ts";
import { RESAMPLING_MS } from "../../host/sound/card-samples.ts";
import { ALSA } from "../../host/sound/libasound.ts";
import { TestedSound } from "../../host/sound/tested-sound.ts";
import type { SoundTest } from "../../host/status.ts";
import { watchWorkers } from "../support/ended-workers.ts";
import { buildPeer, isPeerMissing, runPeer } from "../support/peers.ts";

const skip = isPeerMissing("asound");
const folder = mkdtempSync(join(tmpdir(), "tipring-alsa-"));
after(() => rmSync(folder, { recursive: true }));

const plugged = join(folder, "plugged");
const xrun = join(folder, "xrun");
if (!skip) {
  const card = buildPeer("alsa-loop-card", "asound", ["-shared", "-fPIC", "-DPIC"]);
  const config = join(folder, "asound.conf");
  writeFileSync(config, `pcm_type.tipring_loop { lib "${card}" }\npcm.loop { type tipring_loop }\n`);
  Object.assign(process.env, { ALSA_CONFIG_PATH: config, LOOP_CARD_PLUGGED: plugged, LOOP_CARD_XRUN: xrun });
}

interface Bench {
  sound: AlsaSound;
  tested: TestedSound;
  texts(): string[];
}

/** Opens a card, and closes it whatever comes of it. */
async function withCard(options: Partial<CardOptions>, work: (bench: Bench) => Promise<void>): Promise<void> {
  const log = new Log(systemClock, { level: "debug" });
  const card = { device: "loop", rate: 8000, periodMs: 20, channels: 2, ...options } as const;
  const sound = new AlsaSound({ ...card, clock: systemClock, log });
  const tested = new TestedSound(sound, systemClock);
  try {
    await work({ sound, tested, texts: () => log.recent(20).map(({ message }) => message) });
  } finally {
    await sound.close();
  }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = systemClock.now() + 8000;
  while (!isSo()) {
    if (systemClock.now() > end) throw new Error(`waited in vain until ${what}`);
    await sleep(10);
  }
}

const BURSTS = 3;

/** A test in which nothing came too late, or at least something came back: a machine with too much to do may need another one. */
async function roundTrip(tested: TestedSound, channel: number): Promise<SoundTest> {
  let result = await tested.test(channel, BURSTS);
  for (let again = 0; again < 5 && result.heard < BURSTS; again++) result = await tested.test(channel, BURSTS);
  for (let again = 0; again < 10 && result.heard === 0; again++) result = await tested.test(channel, BURSTS);
  return result;
}

/** However busy the machine is: what comes back has taken that long. */
function assertTook({ heard, least, most }: SoundTest, expected: number): void {
  assert.ok(heard > 0);
  assert.deepEqual([least, most], [expected, expected]);
}

/** What a descriptor of this program is; nothing when it was closed meanwhile. */
function fileOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return "";
  }
}

const plugIn = () => writeFileSync(plugged, "");
const unplug = () => rmSync(plugged);

test("the numbers are those of the C library's and ALSA's headers", { skip }, () => {
  const lines = runPeer("alsa-numbers", "asound", []).toString().trim().split("\n");
  const numbers = lines.map((line) => line.split(" ")).map(([name, number]) => [name, Number(number)] as const);
  assert.deepEqual(Object.fromEntries(numbers), { ...ALSA, ...SCHED });
});

for (const rate of [8000, 48000] as const) {
  for (const periodMs of [10, 20] as const) {
    test(`${rate} Hz, periods of ${periodMs} ms: out and back takes just as long as it says, every time`, {
      skip,
    }, () => {
      plugIn();
      return withCard({ rate, periodMs }, async ({ sound, tested, texts }) => {
        tested.clock(() => {});
        const result = await roundTrip(tested, 1);
        const expected = 20 + periodMs + (rate === 48000 ? RESAMPLING_MS : 0);
        assertTook(result, expected);
        assert.equal(sound.line(1).echoDelay, expected);
        // Noise up to 4 kHz loses its upper end in the resampler, a telephone's voice has none there. What came too late is silence.
        if (result.late + result.xruns === 0)
          assert.ok(result.loss > -0.1 && result.loss < (rate === 48000 ? 2 : 0.1), `${result.loss} dB`);
        assert.match(
          texts()[0]!,
          new RegExp(`^sound card loop: ${rate} Hz, 2 \\+ 2 channels, periods of ${periodMs} ms`),
        );
      });
    });
  }
}

test("channels stay apart; a card that captures one channel alone has sound for one line", { skip }, async () => {
  plugIn();
  await withCard({}, async ({ sound, tested }) => {
    let left = 0;
    const samples = new Int16Array(160);
    tested.clock(() => {
      sound.line(0).read(samples);
      for (const sample of samples) left = Math.max(left, Math.abs(sample));
    });
    assert.ok((await roundTrip(tested, 1)).heard > 0);
    assert.equal(left, 0);
    assert.throws(() => sound.line(2), RangeError);
  });
  process.env.LOOP_CARD_CAPTURE_CHANNELS = "1";
  try {
    await withCard({ channels: 1 }, async ({ tested, texts }) => {
      tested.clock(() => {});
      assert.ok((await roundTrip(tested, 0)).heard > 0);
      assert.match(texts()[0]!, /1 \+ 2 channels/);
    });
    await withCard({ channels: 2 }, async ({ texts }) => {
      await until("it is told", () => texts().length > 0);
      assert.match(texts()[0]!, /^sound card: 2 or more channels: EINVAL; its lines are silent/);
    });
  } finally {
    delete process.env.LOOP_CARD_CAPTURE_CHANNELS;
  }
});

test("a card that runs dry starts anew, and the delay is the same as before", { skip }, () => {
  plugIn();
  return withCard({}, async ({ sound, tested }) => {
    const clock = tested.clock(() => {});
    clock.start(0);
    await until("there is sound", () => sound.counters.frames > 10);
    const { xruns } = sound.counters;
    writeFileSync(xrun, "");
    await until("it has run dry", () => sound.counters.xruns > xruns);
    clock.stop(0);
    assertTook(await roundTrip(tested, 0), 40);
    assert.equal(sound.counters.losses, 0);
  });
});

test("a card that is pulled out is silence at the same pace, and sound again once it is back", { skip }, () => {
  plugIn();
  return withCard({}, async ({ sound, tested, texts }) => {
    const clock = tested.clock(() => {});
    clock.start(0);
    await until("there is sound", () => sound.counters.frames > 10);
    unplug();
    await until("it is lost", () => sound.counters.losses === 1);
    const [frames, began] = [sound.counters.frames, systemClock.now()];
    await until("silence has come for a second", () => systemClock.now() - began > 1000);
    const came = sound.counters.frames - frames + clock.lateness.skipped;
    const wanted = (systemClock.now() - began) / 20;
    assert.ok(came > wanted * 0.7 && came < wanted * 1.2, `${came} frames, not ${wanted}`);
    assert.match(texts().at(-1)!, /^sound card: .*: (EIO|ENODEV); its lines are silent, it is tried again every 2 s$/);
    plugIn();
    const told = texts().length;
    await until("it is back", () => texts().length > told);
    clock.stop(0);
    assertTook(await roundTrip(tested, 0), 40);
  });
});

test("a card that is not there is told once, by ALSA's name for it, and lines have silence", { skip }, () => {
  return withCard({ device: "hw:7,0" }, async ({ sound, tested, texts }) => {
    tested.clock(() => {});
    const { heard } = await tested.test(0, 3);
    assert.equal(heard, 0);
    assert.deepEqual(
      texts().filter((text) => text.includes("opening")),
      ["sound card: opening hw:7,0: ENOENT; its lines are silent, it is tried again every 2 s"],
    );
    assert.equal(sound.counters.losses, 0);
  });
});

test("a thread that ends is started anew, closes what the dead one had open, and the delay is the same as before", {
  skip,
}, async () => {
  plugIn();
  const devices = () =>
    readdirSync("/proc/self/fd")
      .map(fileOf)
      .filter((file) => file.includes("timerfd")).length;
  const before = devices();
  const workers = watchWorkers();
  await withCard({}, async ({ sound, tested, texts }) => {
    const clock = tested.clock(() => {});
    clock.start(0);
    for (let ends = 1; ends <= 2; ends++) {
      const told = texts().length;
      const { frames } = sound.counters;
      await until("there is sound", () => sound.counters.frames > frames + 10 && sound.counters.delay > 0);
      assert.equal(devices() - before, 2, "the card's");
      await workers.at(-1)?.terminate();
      await until("the end is counted", () => sound.counters.threadEnds === ends);
      await until("the card is open again", () => texts().length > told + (ends === 1 ? 1 : 0));
    }
    clock.stop(0);
    assertTook(await roundTrip(tested, 0), 40);
    const said = "the sound card's thread has ended: exit code 1; its lines are silent, it is started again";
    assert.equal(texts().filter((text) => text === said).length, 1, "told once");
  });
  assert.equal(devices(), before);
});

test("without a line that needs sound nobody is woken, and closing is quick", { skip }, () => {
  plugIn();
  return withCard({}, async ({ sound, tested }) => {
    const clock = tested.clock(() => {});
    clock.start(0);
    await until("there is sound", () => sound.counters.frames > 5);
    clock.stop(0);
    await sleep(100);
    const { frames } = sound.counters;
    await sleep(300);
    assert.equal(sound.counters.frames, frames);
    assert.equal(sound.counters.delay, 0, "the card stands still");
  });
});
