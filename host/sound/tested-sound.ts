// The board's sound as the console sees it: its figures, and the test of its round trip, which takes a frame as a line would.

import type { Clock } from "../clock.ts";
import type { SoundStatus, SoundTest } from "../status.ts";
import { RoundTripTest } from "./round-trip.ts";
import type { FrameListener, Sound, SoundClock } from "./sound.ts";

/** The test is no line, but wants frames like one. */
const TEST = -1;
/** Frames come every 20 ms, once a slow machine has got the thread and the card going. */
const PATIENCE = 15_000;

export class TestedSound {
  readonly sound: Sound;
  readonly #clock: Clock;
  #soundClock: SoundClock | undefined;
  #test: RoundTripTest | undefined;
  #onTested = () => {};

  constructor(sound: Sound, clock: Clock) {
    this.sound = sound;
    this.#clock = clock;
  }

  /** As Sound.clock(). */
  clock(frame: FrameListener): SoundClock {
    this.#soundClock = this.sound.clock((now) => {
      frame(now);
      if (this.#test?.handleFrame()) this.#onTested();
    });
    return this.#soundClock;
  }

  status(): SoundStatus {
    const { driver, channels, counters } = this.sound;
    const { p50 = 0, p99 = 0, max = 0, skipped = 0 } = this.#soundClock?.lateness ?? {};
    return { driver, channels, ...counters, skipped, lateness: { p50, p99, max } };
  }

  /** Fails when a line uses the sound, or the driver has not that channel. */
  async test(channel: number, bursts = 10): Promise<SoundTest> {
    const clock = this.#soundClock;
    if (!clock) throw new Error("the adapter is not running");
    if (this.#test) throw new Error("a test of the sound is running");
    if (Array.from({ length: 8 }, (_, line) => line).some((line) => clock.isActive(line)))
      throw new Error("a line has sound: hang up first");
    const test = new RoundTripTest(this.sound.line(channel), bursts);
    const before = this.sound.counters;
    await new Promise<void>((resolve, reject) => {
      let timer: unknown;
      let seen = -1;
      const end = (finish: () => void) => {
        this.#clock.clearTimeout(timer);
        clock.stop(TEST);
        this.#test = undefined;
        finish();
      };
      const look = () => {
        if (test.frames === seen) end(() => reject(new Error("the sound card gives no frames")));
        else timer = this.#clock.setTimeout(look, PATIENCE);
        seen = test.frames;
      };
      look();
      this.#onTested = () => end(resolve);
      this.#test = test;
      clock.start(TEST);
    });
    const { xruns, late } = this.sound.counters;
    return { ...test.result(), xruns: xruns - before.xruns, late: late - before.late };
  }
}
