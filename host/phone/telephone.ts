// The instrument that a person handles: handset, dial, bell, microphone and ear. A phone, not a mock: what it does reaches the line as
// a loop that opens, closes and bounces and as sound, and it knows of the line only what the two wires tell. simulated.ts is the socket.

import type { Clock } from "../clock.ts";
import { SeededRandom } from "../random.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, toneLevelDbm0 } from "../sound/level.ts";
import { Recording } from "../sound/recording.ts";
import { Bell } from "./bell.ts";
import type { CallTone } from "./call-tones.ts";
import { CallerDisplay } from "./caller-display.ts";
import { Contact } from "./contact.ts";
import { Dial, type DialSettings, STANDARD_DIAL } from "./dial.ts";
import type { Hybrid } from "./hybrid.ts";
import { Keypad, type KeypadSettings, STANDARD_KEYPAD } from "./keypad.ts";
import { EAR_WINDOW, ToneEar } from "./tone-ear.ts";

export interface TelephoneOptions {
  /** What errors call it. */
  name: string;
  /** Bounce, jitter and noise follow from it. */
  seed: number;
  mode?: "dtmf" | "pulse";
  keypad?: KeypadSettings;
  dial?: DialSettings;
  /** How long the cradle's contacts may chatter, ms; 0 is a contact of mercury. */
  bounce?: number;
  /** No display, one that listens while the handset is on the hook, or during calls as well. */
  display?: "none" | "on-hook" | "off-hook";
  /** How much of a call `heard` keeps, seconds. */
  heardSeconds?: number;
}

export interface CurrentDrop {
  from: number;
  /** Infinity while it lasts. */
  to: number;
}

interface Spoken {
  samples: Int16Array;
  end: (whole: boolean) => void;
}

interface Watch {
  ear: ToneEar;
  heard: () => void;
}

/** How long a display takes to close or open the loop, and how long it stays closed for a message at the most, ms. */
const DISPLAY_DELAY = 150;
const DISPLAY_PATIENCE = 5000;
const SILENCE = new Int16Array(FRAME_SAMPLES);

export class Telephone {
  readonly name: string;
  mode: "dtmf" | "pulse";
  /** Called each time the bell begins to ring. */
  onRing: (() => void) | undefined;
  /** What the ear got since the handset was lifted last, 8 kHz; the newest part if that was longer than `heardSeconds`. */
  readonly heard: Recording;
  readonly bell = new Bell();
  /** What the exchange has told of callers and of the mailbox. */
  readonly display: CallerDisplay;
  /** Times the exchange took the loop current away while the handset was lifted. */
  readonly currentDrops: CurrentDrop[] = [];
  isPolarityReversed = false;
  /** Gives some of what the ear gets back to the line; without one, none of it. */
  hybrid: Hybrid | undefined;

  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #contact: Contact;
  readonly #keypad: Keypad;
  readonly #dial: Dial;
  readonly #bounce: number;
  readonly #displayKind: NonNullable<TelephoneOptions["display"]>;
  /** While the display keeps the loop closed, as NTT wants it: how many calls it had shown before; else -1. */
  #shownBefore = -1;
  #displayTimer: unknown;
  readonly #latest = new Int16Array(EAR_WINDOW);
  readonly #spoken: Spoken[] = [];
  #spokenAt = 0;
  readonly #watches: Watch[] = [];
  readonly #waits = new Set<() => void>();
  #dialled: ((whole: boolean) => void)[] = [];
  #dialTimer: unknown;
  #isOffHook = false;
  #isFed = true;
  #report: ((closed: boolean, at: number) => void) | undefined;

  constructor(clock: Clock, options: TelephoneOptions) {
    this.name = options.name;
    this.mode = options.mode ?? "dtmf";
    this.#clock = clock;
    this.#random = new SeededRandom(options.seed);
    this.#keypad = new Keypad(options.keypad ?? STANDARD_KEYPAD);
    this.#dial = new Dial(this.#random, options.dial ?? STANDARD_DIAL);
    this.#bounce = options.bounce ?? 8;
    this.heard = new Recording((options.heardSeconds ?? 120) * SAMPLE_RATE);
    this.#displayKind = options.display ?? "on-hook";
    this.display = new CallerDisplay({ answer: () => this.#keypad.press("D") });
    this.#contact = new Contact(clock, this.#random, (closed, at) => this.#report?.(closed, at));
  }

  // What a person does

  get isOffHook(): boolean {
    return this.#isOffHook;
  }

  get isRinging(): boolean {
    return this.bell.isRinging;
  }

  lift(): void {
    if (this.#isOffHook) return;
    this.#isOffHook = true;
    const now = this.#clock.now();
    this.bell.stop(now);
    this.heard.clear();
    this.display.reset();
    this.#openForDisplay();
    this.#latest.fill(0);
    this.currentDrops.length = 0;
    this.#contact.clear();
    this.#contact.move(true, now, this.#bounce);
  }

  hang(): void {
    if (!this.#isOffHook) return;
    this.#isOffHook = false;
    this.display.reset();
    this.#contact.clear();
    this.#contact.move(false, this.#clock.now(), this.#bounce);
    this.#keypad.release();
    this.#endDialling(false);
    for (const { end } of this.#spoken.splice(0)) end(false);
    this.#spokenAt = 0;
  }

  /**
   * Dials as `mode` says. Resolves when the last digit is out: true, or false if the handset was hung up before. Keys sound as the line
   * takes sound: they wait while it takes none.
   */
  dial(digits: string): Promise<boolean> {
    this.#needHandset("dial");
    if (digits === "") return Promise.resolve(true);
    if (this.mode === "dtmf") this.#keypad.press(digits);
    else {
      this.#dial.turn(digits, this.#contact, this.#afterContact());
      this.#finishDialling();
    }
    return new Promise((resolve) => this.#dialled.push(resolve));
  }

  /** Presses the cradle for `length` ms. Resolves like dial(). */
  flash(length: number): Promise<boolean> {
    this.#needHandset("flash");
    const from = this.#afterContact();
    this.#contact.move(false, from, Math.min(this.#bounce, length / 2));
    this.#contact.move(true, from + length, this.#bounce);
    this.#finishDialling();
    return new Promise((resolve) => this.#dialled.push(resolve));
  }

  /** Speaks 8 kHz sound into the microphone, behind what is still being said. Resolves when it is out, false if it was hung up before. */
  play(samples: Int16Array): Promise<boolean> {
    this.#needHandset("speak");
    return new Promise((end) => this.#spoken.push({ samples, end }));
  }

  /** Level in dBm0 of each of `frequencies` in the last `length` ms heard. */
  hears(frequencies: readonly number[], length = 100): number[] {
    const samples = this.heard.samples((length * SAMPLE_RATE) / 1000);
    return frequencies.map((frequency) => toneLevelDbm0(samples, frequency));
  }

  /** Resolves when the ear has recognised `tone`; fails after `limit` ms. `what` is what the failure calls it. */
  waitForTone(tone: CallTone, limit: number, what = "the tone"): Promise<void> {
    const watch: Watch = { ear: new ToneEar(tone), heard: () => {} };
    this.#watches.push(watch);
    const result = this.#wait(`hear ${what}`, limit, (done) => {
      watch.heard = done;
      return false;
    });
    const forget = () => this.#watches.splice(this.#watches.indexOf(watch), 1);
    return result.finally(forget);
  }

  /** Resolves when the bell rings, at once if it does already; fails after `limit` ms. */
  waitForRing(limit: number): Promise<void> {
    return this.#wait("ring", limit, () => this.isRinging);
  }

  /** Resolves when the exchange has taken the loop current away during this call; fails after `limit` ms. */
  waitForCurrentDrop(limit: number): Promise<void> {
    return this.#wait("lose its loop current", limit, () => this.currentDrops.length > 0);
  }

  // What the two wires do

  /** Connects the loop contact. `report` gets its edges, never from within a method of the telephone. */
  plug(report: (closed: boolean, at: number) => void): void {
    this.#report = report;
  }

  /** Takes the wires off and forgets everything under way. */
  unplug(): void {
    this.hang();
    this.#contact.clear();
    this.#report = undefined;
  }

  /** Reports the edges whose time has come, though no timer has fired yet. */
  catchUp(): void {
    this.#contact.catchUp();
  }

  get isLoopClosed(): boolean {
    return this.#contact.closed;
  }

  applyRing(on: boolean, frequency: number): void {
    if (!on) this.bell.stop(this.#clock.now());
    if (!on || this.#isOffHook || this.isRinging) return;
    if (this.#displayKind !== "none" && this.isPolarityReversed) {
      this.#closeForDisplay();
      return;
    }
    this.bell.start(frequency, this.#clock.now());
    this.#look();
    this.onRing?.();
  }

  applyPolarity(reversed: boolean): void {
    this.isPolarityReversed = reversed;
  }

  applyCurrent(on: boolean): void {
    if (on === this.#isFed) return;
    this.#isFed = on;
    const now = this.#clock.now();
    const last = this.currentDrops.at(-1);
    if (on && last?.to === Number.POSITIVE_INFINITY) last.to = now;
    if (on || !this.#isOffHook) return;
    this.currentDrops.push({ from: now, to: Number.POSITIVE_INFINITY });
    this.#look();
  }

  /** A frame for the ear. */
  listen(fromLine: Int16Array, now: number): void {
    if (!this.#isOffHook) {
      if (this.#displayKind !== "none") this.display.hearOnHook(fromLine);
      if (this.display.calls.length !== this.#shownBefore) this.#openForDisplay();
      return;
    }
    const isCutOff = this.#displayKind === "off-hook" && this.display.hearOffHook(fromLine);
    const sound = this.#isConnected && !isCutOff ? fromLine : SILENCE;
    this.heard.put(sound);
    this.hybrid?.put(sound);
    this.#latest.copyWithin(0, sound.length);
    this.#latest.set(sound, this.#latest.length - sound.length);
    for (let index = 0; index < this.#watches.length; index++) {
      const watch = this.#watches[index]!;
      if (watch.ear.hear(this.#latest, now)) watch.heard();
    }
  }

  #closeForDisplay(): void {
    if (this.#shownBefore >= 0) return;
    this.#shownBefore = this.display.calls.length;
    this.#contact.move(true, this.#clock.now() + DISPLAY_DELAY, 0);
    this.#displayTimer = this.#clock.setTimeout(() => this.#openForDisplay(), DISPLAY_PATIENCE);
  }

  /** It knows who calls, or nobody tells it. */
  #openForDisplay(): void {
    if (this.#shownBefore < 0) return;
    this.#shownBefore = -1;
    this.#clock.clearTimeout(this.#displayTimer);
    if (!this.#isOffHook)
      this.#contact.move(false, Math.max(this.#clock.now() + DISPLAY_DELAY, this.#contact.restsAt), 0);
  }

  /** A frame from the microphone, as far as the wires carry it. */
  speak(toLine: Int16Array): void {
    this.#speak(toLine);
    if (!this.#isConnected) toLine.fill(0);
    else this.hybrid?.mix(toLine);
  }

  get #isConnected(): boolean {
    return this.#isFed && this.#contact.closed;
  }

  /** The microphone, which a key that is pressed cuts off, and its noise of about -65 dBm0. */
  #speak(frame: Int16Array): void {
    const isDialling = this.#keypad.isBusy;
    if (isDialling) this.#keypad.fill(frame);
    else frame.fill(0);
    if (!this.#isOffHook) return;
    this.#talk(frame, isDialling);
    for (let index = 0; index < frame.length; index++) {
      const noisy = frame[index]! + (this.#random.bits() >>> 27) - 16;
      frame[index] = Math.max(-32768, Math.min(32767, noisy));
    }
    if (isDialling && !this.#keypad.isBusy) this.#endDialling(true);
  }

  #talk(frame: Int16Array, isMuted: boolean): void {
    for (let index = 0; index < frame.length && this.#spoken.length > 0; index++) {
      const { samples, end } = this.#spoken[0]!;
      if (this.#spokenAt < samples.length && !isMuted) frame[index] = samples[this.#spokenAt]!;
      this.#spokenAt++;
      if (this.#spokenAt < samples.length) continue;
      this.#spoken.shift();
      this.#spokenAt = 0;
      end(true);
    }
  }

  #needHandset(what: string): void {
    if (!this.#isOffHook) throw new Error(`${this.name} cannot ${what}: its handset is on the hook; lift it first`);
  }

  #afterContact(): number {
    return Math.max(this.#clock.now(), this.#contact.restsAt);
  }

  /** When the contact has come to rest. A timer may fire early: Node counts from when it last looked at the clock. */
  #finishDialling(): void {
    this.#clock.clearTimeout(this.#dialTimer);
    const rested = () => (this.#contact.isMoving ? this.#finishDialling() : this.#endDialling(true));
    this.#dialTimer = this.#clock.setTimeout(rested, Math.max(0, this.#contact.restsAt - this.#clock.now()));
  }

  #endDialling(whole: boolean): void {
    this.#clock.clearTimeout(this.#dialTimer);
    for (const resolve of this.#dialled.splice(0)) resolve(whole);
  }

  /** `isTrue` is asked now and at each #look(); it may also keep `done` and call it when the time has come. */
  #wait(what: string, limit: number, isTrue: (done: () => void) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (isTrue(done)) done();
      };
      const done = () => {
        this.#clock.clearTimeout(timer);
        this.#waits.delete(look);
        resolve();
      };
      const timer = this.#clock.setTimeout(() => {
        this.#waits.delete(look);
        reject(new Error(`${this.name} did not ${what} within ${limit} ms`));
      }, limit);
      this.#waits.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of this.#waits) look();
  }
}
