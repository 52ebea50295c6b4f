// The echo test: a software telephone that answers and says back what it hears, so that a caller can judge the whole way.

import type { Clock } from "../clock.ts";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../sound/level.ts";
import { callTones } from "./call-tones.ts";
import type { PhonePort, PhonePortEvents } from "./port.ts";
import { EAR_WINDOW, isToneIn } from "./tone-ear.ts";

/** Ringing it takes to be answered, ms, and how long after the last of it a ring is a new one. */
const ANSWER_AFTER = 500;
const RING_FORGOTTEN = 8000;
/** A caller who is gone leaves a tone: how long it may last, and the longest silence within it, ms. */
const TONE_LASTS = 2000;
const TONE_PAUSE = 700;
const LONGEST_CALL = 600_000;

export interface EchoOptions {
  /** How long after it was heard a sound comes back, ms; whole frames. */
  delay?: number;
  /** Whose dial, busy and congestion tones end the call; see call-tones.ts. */
  country?: string;
}

export class EchoPort implements PhonePort {
  readonly driver = "echo";
  readonly #clock: Clock;
  readonly #endingTones: readonly (readonly number[])[];
  readonly #delayed: Int16Array;
  #delayedAt = 0;
  readonly #latest = new Int16Array(EAR_WINDOW);
  #events: PhonePortEvents | undefined;
  #isOffHook = false;
  #isFed = true;
  #isRinging = false;
  #rangSince = 0;
  #rangFor = 0;
  #toneSince = Number.NaN;
  #toneLast = Number.NaN;
  /** For answering while it rings, for hanging up while it talks. */
  #timer: unknown;

  constructor(clock: Clock, options: EchoOptions = {}) {
    this.#clock = clock;
    const frames = Math.max(1, Math.round(((options.delay ?? 100) * SAMPLE_RATE) / 1000 / FRAME_SAMPLES));
    this.#delayed = new Int16Array(frames * FRAME_SAMPLES);
    const tones = callTones(options.country ?? "US");
    this.#endingTones = [tones.dial.frequencies, tones.busy.frequencies, tones.congestion.frequencies];
  }

  start(events: PhonePortEvents): void {
    this.#events = events;
  }

  catchUp(): void {}

  setRing(on: boolean, _frequency: number): void {
    if (on === this.#isRinging) return;
    this.#isRinging = on;
    if (this.#isOffHook) return;
    const now = this.#clock.now();
    this.#clock.clearTimeout(this.#timer);
    if (!on) {
      this.#rangFor += now - this.#rangSince;
      this.#timer = this.#clock.setTimeout(() => {
        this.#rangFor = 0;
      }, RING_FORGOTTEN);
      return;
    }
    this.#rangSince = now;
    this.#timer = this.#clock.setTimeout(() => this.#lift(), ANSWER_AFTER - this.#rangFor);
  }

  setPolarity(_reversed: boolean): void {}

  setLoopCurrent(on: boolean): void {
    if (on === this.#isFed) return;
    this.#isFed = on;
    // It lets go when the current drops; that shows when there is current to show it.
    if (on) this.#hangSoon();
  }

  /** The frame heard `delay` ago: it stands where the next one will be put. */
  readFrame(fromPhone: Int16Array): void {
    if (this.#isConnected) fromPhone.set(this.#delayed.subarray(this.#delayedAt, this.#delayedAt + fromPhone.length));
    else fromPhone.fill(0);
  }

  writeFrame(toPhone: Int16Array, now: number): void {
    if (!this.#isConnected) return;
    this.#delayed.set(toPhone, this.#delayedAt);
    this.#delayedAt = (this.#delayedAt + toPhone.length) % this.#delayed.length;
    this.#latest.copyWithin(0, toPhone.length);
    this.#latest.set(toPhone, this.#latest.length - toPhone.length);
    if (this.#isLeftAlone(now)) this.#hangSoon();
  }

  get #isConnected(): boolean {
    return this.#isOffHook && this.#isFed;
  }

  close(): void {
    this.#events = undefined;
    this.#clock.clearTimeout(this.#timer);
  }

  #isLeftAlone(now: number): boolean {
    let isTone = false;
    for (let index = 0; index < this.#endingTones.length && !isTone; index++)
      isTone = isToneIn(this.#latest, this.#endingTones[index]!);
    if (isTone) {
      if (!(now - this.#toneLast <= TONE_PAUSE)) this.#toneSince = now;
      this.#toneLast = now;
    }
    return isTone && now - this.#toneSince >= TONE_LASTS;
  }

  #lift(): void {
    this.#rangFor = 0;
    this.#isOffHook = true;
    this.#delayed.fill(0);
    this.#latest.fill(0);
    this.#toneSince = Number.NaN;
    this.#toneLast = Number.NaN;
    this.#timer = this.#clock.setTimeout(() => this.#hang(), LONGEST_CALL);
    this.#events?.loop(true, this.#clock.now());
  }

  /** From within a method of the port, which must not report by itself. */
  #hangSoon(): void {
    if (!this.#isOffHook) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => this.#hang(), 0);
  }

  #hang(): void {
    if (!this.#isOffHook || !this.#isFed) return;
    this.#isOffHook = false;
    this.#events?.loop(false, this.#clock.now());
  }
}
