// What is set on a line, and the parts that it is made of: the lower half of line.ts.

import { OF_COUNTRY } from "../abi/settings";
import { DTMF_DETECTOR_SIZE, DtmfDetector } from "../audio/dtmf-detector";
import { TONE_PLAYER_SIZE, TONE_WORDS, TonePlayer } from "../audio/tone-player";
import { Text, textAt, textSize } from "../base/text";
import { SETTING_SIZE } from "../limits";
import { TimerTable } from "../time/timer-table";
import { ALERTING_SIZE, Alerting } from "./alerting";
import { CallerId } from "./caller-id";
import { callerIdScheme, currentDrop, flashMax, flashMin, pulseMap } from "./country";
import { DIALLING_SIZE, Dialling } from "./dialling";
import { EVENT_QUEUE_SIZE, EventQueue } from "./event-queue";
import { HOOK_SIZE, Hook } from "./hook";
import { LOOP_CURRENT_SIZE, LoopCurrent } from "./loop-current";
import { ringOfCaller } from "./rings";
import { parseToneText } from "./tone-text";
import { Tone, toneOf } from "./tones";

/** State leaves a state that does not last, Test ends a line test. */
export const enum LineTimer { State, Test, Count }

const TONE_SIZE: i32 = TONE_WORDS << 2;
const HEAD: usize = 128;
const EVENTS: usize = HEAD;
const CURRENT: usize = EVENTS + ((EVENT_QUEUE_SIZE + 15) & ~15);
const HOOK: usize = CURRENT + ((LOOP_CURRENT_SIZE + 15) & ~15);
const ALERTING: usize = HOOK + ((HOOK_SIZE + 15) & ~15);
const DIALLING: usize = ALERTING + ((ALERTING_SIZE + 15) & ~15);
const PLAYER: usize = DIALLING + ((DIALLING_SIZE + 15) & ~15);
const DETECTOR: usize = PLAYER + ((TONE_PLAYER_SIZE + 15) & ~15);
const TONES: usize = DETECTOR + ((DTMF_DETECTOR_SIZE + 15) & ~15);
const RINGS: usize = TONES + <usize>((<i32>Tone.Count * TONE_SIZE + 15) & ~15);
export const LINE_SIZE: i32 = <i32>RINGS + ((textSize(SETTING_SIZE) + 15) & ~15);

@unmanaged
export class LineSettings {
  private stateTimer: f64 = 0;
  private testTimer: f64 = 0;
  /** How long the loop current drops when the far end has hung up; 0 for not at all. */
  protected dropMs: f64 = 0;
  private ownDropMs: f64 = 0;
  private flashMinMs: f64 = 0;
  private flashMaxMs: f64 = 0;
  index: i32 = 0;
  country: i32 = 0;
  private map: i32 = 0;
  private scheme: i32 = 0;
  protected tonesEnabled: bool = false;
  /** Tip and ring are reversed while somebody who has answered this line's call talks to it. */
  reversesOnAnswer: bool = false;

  @inline protected get timers(): TimerTable { return changetype<TimerTable>(changetype<usize>(this)); }
  @inline protected get events(): EventQueue { return changetype<EventQueue>(changetype<usize>(this) + EVENTS); }
  @inline protected get current(): LoopCurrent { return changetype<LoopCurrent>(changetype<usize>(this) + CURRENT); }
  @inline protected get hook(): Hook { return changetype<Hook>(changetype<usize>(this) + HOOK); }
  @inline protected get alerting(): Alerting { return changetype<Alerting>(changetype<usize>(this) + ALERTING); }
  /** Whom the phone is told of, and how: to be set before ring() and announce(). */
  @inline get callerId(): CallerId { return this.alerting.callerId; }
  @inline protected get dialling(): Dialling { return changetype<Dialling>(changetype<usize>(this) + DIALLING); }
  @inline protected get player(): TonePlayer { return changetype<TonePlayer>(changetype<usize>(this) + PLAYER); }
  @inline protected get detector(): DtmfDetector { return changetype<DtmfDetector>(changetype<usize>(this) + DETECTOR); }

  /** Who rings how: for ringOfCaller(). */
  @inline get rings(): Text { return textAt(changetype<usize>(this) + RINGS); }
  /** The ring of a caller who is to have the `asked` one, 0 for none, unless the line has another for him. */
  ringFor(caller: Text, asked: i32): i32 {
    const own = ringOfCaller(this.rings, caller);
    return own != 0 ? own : asked;
  }

  /** What has been dialled. Stays until the next dial tone. */
  @inline get number(): Text { return this.dialling.number; }

  /** Everything as it comes out of the box: United States, flash and rotary dialling on. */
  protected setupSettings(index: i32): void {
    memory.fill(changetype<usize>(this), 0, LINE_SIZE);
    this.index = index;
    this.ownDropMs = OF_COUNTRY;
    this.tonesEnabled = true;
    this.rings.setup(SETTING_SIZE);
    this.timers.stopAll(LineTimer.Count);
    this.current.setup(index);
    this.hook.setup();
    this.alerting.setup(index);
    this.dialling.setup();
    this.map = -1;
    this.scheme = -1;
    this.setCountry(0);
  }

  /** An index of country.ts. Settings of one's own stay. */
  setCountry(country: i32): void {
    this.country = country;
    this.applyCountry();
  }

  /** How long the loop current drops when the far end has hung up; 0 for not at all, OF_COUNTRY. */
  setCurrentDrop(length: f64): void {
    this.ownDropMs = length;
    this.applyCountry();
  }

  /** Shortest and longest flash; 0 and 0 for the country's. */
  setFlash(enabled: bool, min: f64, max: f64): void {
    this.hook.flashEnabled = enabled;
    this.flashMinMs = min;
    this.flashMaxMs = max;
    this.applyCountry();
  }

  /** `map` is a PulseMap, -1 for the country's. */
  setPulse(enabled: bool, map: i32): void {
    this.hook.pulseEnabled = enabled;
    this.map = map;
    this.applyCountry();
  }

  /** Sounds instead of the country's tone; an empty text is the country's again. 0, or the place in `text` as parseToneText(). */
  setTone(tone: Tone, text: usize, length: i32): i32 {
    const own = this.ownTone(tone);
    if (length > 0) return parseToneText(text, length, own);
    store<i32>(own, 0); // without components it is none
    return 0;
  }

  @inline private ownTone(tone: Tone): usize {
    return changetype<usize>(this) + TONES + <usize>(tone * TONE_SIZE);
  }

  /** Address of a tone for TonePlayer.start, until the next call; 0 for none. */
  toneSpec(tone: Tone): usize {
    const own = this.ownTone(tone);
    return load<i32>(own) != 0 ? own : toneOf(this.country, tone);
  }

  /** `scheme` is a CallerIdScheme, -1 for the country's. */
  setCallerId(scheme: i32): void {
    this.scheme = scheme;
    this.applyCountry();
  }

  /** Tones at the microphone count as digits. */
  setTones(enabled: bool): void { this.tonesEnabled = enabled; }

  /** First digit, long and short interdigit time. */
  setDialTimers(firstDigit: f64, long: f64, short: f64): void {
    this.dialling.firstDigitMs = firstDigit;
    this.dialling.longMs = long;
    this.dialling.shortMs = short;
  }

  /** 0, or the position in `text`, from 1, of what is wrong: then `dialPlanError` says what, and the old plan stays. */
  compileDialPlan(text: usize, length: i32): i32 { return this.dialling.compile(text, length); }
  /** A DialPlanError. */
  @inline get dialPlanError(): i32 { return this.dialling.planError; }

  private applyCountry(): void {
    const isOwn = this.flashMaxMs > 0;
    this.dropMs = this.ownDropMs != OF_COUNTRY ? this.ownDropMs : currentDrop(this.country);
    this.hook.flashMin = isOwn ? this.flashMinMs : flashMin(this.country);
    this.hook.flashMax = isOwn ? this.flashMaxMs : flashMax(this.country);
    this.hook.pulseMap = this.map < 0 ? pulseMap(this.country) : this.map;
    this.callerId.scheme = this.scheme < 0 ? callerIdScheme(this.country) : this.scheme;
  }
}

/** Bytes that the fields of LineSettings and Line together may take. */
export const LINE_HEAD: usize = HEAD;
