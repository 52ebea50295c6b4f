// Tells a telephone on the loop who calls, and whether messages wait. A scheme is a short list of steps: reversal, ring
// pulse, alerting tone, message. Frames of sound drive them, so what is heard and what is switched keep their distance.
// Read ETSI EN 300 659-1 for a phone on-hook, EN 300 659-2 for one that talks (Telcordia GR-30 for both), BT SIN 227.

import { ActionKind, pushSwitch } from "../abi/action";
import { dtmfFrequency, dtmfIndex } from "../audio/dtmf";
import { FSK_MODULATOR_SIZE, FskModulator, Modem, fskTime } from "../audio/fsk-modulator";
import { OSCILLATOR_BANK_SIZE, OscillatorBank } from "../audio/oscillator";
import { Text } from "../base/text";
import { NEVER } from "../time/timer-table";
import { CALLER_ID_SIZE, CALLER_SIZE, Caller, isBellcore, isDigits, writeCall, writeMailbox } from "./caller-id-message";
import { CallerIdScheme } from "./caller-id-scheme";

/** Steps, each with a length in units of 10 ms. */
const SILENCE: u8 = 1;
/** DT-AS, or CAS to a phone that talks. */
const ALERT: u8 = 2;
const REVERSE: u8 = 3;
const PULSE: u8 = 4;
const MESSAGE: u8 = 5;
const DIGITS: u8 = 6;
/** The phone says by a DTMF digit that it listens; else all is over. */
const ANSWER: u8 = 7;
/** NTT, in units of 100 ms: rings until the phone goes off-hook, else all is over; waits until it is on-hook again. */
const CALL: u8 = 8, RELEASE: u8 = 9;
/** Of a list of steps. */
const END: u8 = 0;

/**
 * By CallerIdScheme, each to its END; then to a phone that talks; then of messages, where the scheme alerts by a ring.
 */
const steps: usize = memory.data<u8>([
  END,
  SILENCE, 50, MESSAGE, 0, SILENCE, 20, END,
  SILENCE, 50, MESSAGE, 0, SILENCE, 20, END,
  ALERT, 10, SILENCE, 10, MESSAGE, 0, SILENCE, 25, END,
  REVERSE, 0, SILENCE, 15, ALERT, 10, SILENCE, 10, MESSAGE, 0, SILENCE, 25, END,
  PULSE, 25, SILENCE, 65, MESSAGE, 0, SILENCE, 25, END,
  REVERSE, 0, SILENCE, 15, ALERT, 10, SILENCE, 10, MESSAGE, 0, SILENCE, 25, END,
  REVERSE, 0, SILENCE, 10, CALL, 60, SILENCE, 20, MESSAGE, 0, RELEASE, 30, SILENCE, 30, END,
  REVERSE, 0, SILENCE, 30, DIGITS, 0, SILENCE, 40, END,
  REVERSE, 0, SILENCE, 30, DIGITS, 0, SILENCE, 40, END,
  SILENCE, 50, DIGITS, 0, SILENCE, 20, END,
  SILENCE, 30, DIGITS, 0, SILENCE, 40, END,
  SILENCE, 50, MESSAGE, 0, SILENCE, 20, END,
  // The tone that tells people comes first. A phone takes up to 160 ms to answer, and our detector as long again.
  SILENCE, 100, ALERT, 8, ANSWER, 40, SILENCE, 10, MESSAGE, 0, END,
  ALERT, 10, SILENCE, 10, MESSAGE, 0, SILENCE, 25, END,
]);
const TALKING: i32 = CallerIdScheme.Count;
const ALERTED: i32 = TALKING + 1;

const UNIT: i32 = 80;
/** Samples of a DTMF digit and of the silence after it: EN 300 659-1 annex B. */
const DIGIT_SAMPLES: i32 = 70 * 8;
/** NTT rings so long, and is silent for as long again. */
const CALL_PULSE: i32 = 500 * 8;
/** At the exchange: GR-30 §2.4.1, §2.5.1; EN 300 659-1 annexes A and B. Tones: of each frequency. */
const FSK_LEVEL: f64 = -13.5, ALERT_LEVEL: f64 = -15;
const LOW_LEVEL: f64 = -9, HIGH_LEVEL: f64 = -7;
const SEIZURE_BITS: i32 = 300, MARK_BITS: i32 = 180, SHORT_MARK_BITS: i32 = 80;
/** A line circuit whose frames have stopped gets no message, but it rings. */
const FRAME_TIMEOUT: f64 = 1000;
/** A pause between rings that leaves the phone without its first message must not follow. */
const GAP_MARGIN: f64 = 100;

const HEAD: i32 = 80;
const CALLER_AT: i32 = HEAD;
const MODULATOR_AT: i32 = (CALLER_AT + CALLER_SIZE + 15) & ~15;
const BANK_AT: i32 = (MODULATOR_AT + FSK_MODULATOR_SIZE + 15) & ~15;
const MESSAGE_AT: i32 = BANK_AT + OSCILLATOR_BANK_SIZE;
export const CALLER_ID_STATE_SIZE: i32 = MESSAGE_AT + CALLER_ID_SIZE;

const enum Purpose { None, Call, Waiting, Mailbox }

@unmanaged
export class CallerId {
  private heardAt: f64 = 0;
  /** When to look whether frames still come. */
  nextTimeout: f64 = 0;
  /** In `steps`; 0 while nothing is told. */
  private step: usize = 0;
  private line: i32 = 0;
  scheme: CallerIdScheme = CallerIdScheme.None;
  /** First and last digit of DtmfGeneral, ASCII: the first in the high byte. */
  digitFrame: i32 = 0;
  /** Hz. */
  private ringFrequency: i32 = 0;
  /** Samples left of the step, or of its present part. */
  private left: i32 = 0;
  /** Parts of the step: how many there are, and which comes next. */
  private turns: i32 = 0;
  private turn: i32 = 0;
  private purpose: Purpose = Purpose.None;
  private messages: i32 = 0;
  /** Names keep the letters of ISO 8859-1. */
  keepsLatin1: bool = false;
  private hasMessages: bool = false;
  isMailboxTold: bool = false;
  /** The line is rung already, and a pause is waited for. */
  awaitsGap: bool = false;
  /** The loop, while NTT's steps take it for the display's. */
  isLoopClosed: bool = false;
  private isReversed: bool = false;
  private isRinging: bool = false;
  private isAnswered: bool = false;
  /** Nothing of a call that goes on is to be heard at either end. */
  isMuting: bool = false;

  @inline private part(at: i32): usize { return changetype<usize>(this) + <usize>at; }
  @inline private get caller(): Caller { return changetype<Caller>(this.part(CALLER_AT)); }
  @inline private get modulator(): FskModulator { return changetype<FskModulator>(this.part(MODULATOR_AT)); }
  @inline private get bank(): OscillatorBank { return changetype<OscillatorBank>(this.part(BANK_AT)); }
  @inline private get message(): usize { return this.part(MESSAGE_AT); }
  @inline private get kind(): u8 { return load<u8>(this.step); }

  setup(line: i32): void {
    if (<i32>offsetof<CallerId>() > HEAD) ERROR("the parts of a CallerId begin at HEAD");
    this.line = line;
    this.digitFrame = 0x4443; // D, C
    this.nextTimeout = NEVER;
  }

  /** Frames of sound are needed. */
  @inline get isSounding(): bool { return this.step != 0; }
  /** Edges of the loop are the display's own. */
  @inline get takesLoop(): bool {
    return this.isSounding && this.scheme == CallerIdScheme.Ntt && this.purpose == Purpose.Call;
  }

  private get isBetweenRings(): bool {
    const scheme = this.scheme;
    return isBellcore(scheme) || scheme == CallerIdScheme.EtsiDuringRinging || scheme == CallerIdScheme.DtmfBrazil;
  }

  setCaller(user: Text, display: Text, isPrivate: bool): void {
    this.caller.set(user, display, isPrivate, this.keepsLatin1);
  }

  /** A call comes. True when the phone is told now, and is to be rung after that. `frequency` in Hz. */
  startCall(frequency: i32, now: f64): bool {
    this.stop();
    if (this.scheme == CallerIdScheme.None) return false;
    this.purpose = Purpose.Call;
    this.ringFrequency = frequency;
    this.awaitsGap = this.isBetweenRings;
    if (!this.awaitsGap) this.start(this.scheme, now);
    return !this.awaitsGap;
  }

  /** The line has stopped ringing for a while. Tells now; returns until when it must not ring again. */
  startGap(now: f64): f64 {
    this.awaitsGap = false;
    this.start(this.scheme, now);
    const length = this.write(now);
    const time = isDigits(this.scheme) ? <f64>(2 * DIGIT_SAMPLES / 8 * length) : fskTime(length, SEIZURE_BITS, MARK_BITS);
    return now + time + 700 + GAP_MARGIN;
  }

  /** Another call waits for a phone that talks. False when it is never told so. */
  startWaiting(now: f64): bool {
    this.stop();
    if (this.scheme == CallerIdScheme.None || this.scheme == CallerIdScheme.Ntt || isDigits(this.scheme)) return false;
    this.purpose = Purpose.Waiting;
    this.start(TALKING, now);
    return true;
  }

  setMailbox(hasMessages: bool, count: i32): void {
    this.hasMessages = hasMessages;
    this.messages = count;
    this.isMailboxTold = false;
  }

  /** Tells an idle phone of its mailbox. False where it is never told. */
  startMailbox(now: f64): bool {
    this.stop();
    if (this.scheme == CallerIdScheme.None || this.scheme == CallerIdScheme.Ntt || isDigits(this.scheme)) return false;
    this.purpose = Purpose.Mailbox;
    this.start(this.scheme == CallerIdScheme.EtsiDuringRinging ? ALERTED : <i32>this.scheme, now);
    return true;
  }

  /** At once. The line is as it was before. */
  stop(): void {
    if (this.isReversed) this.reverse(false);
    this.ring(false);
    this.step = 0;
    this.awaitsGap = false;
    this.isLoopClosed = false;
    this.isMuting = false;
    this.purpose = Purpose.None;
    this.nextTimeout = NEVER;
  }

  /** True when it is all over, for want of frames. */
  handleTimeout(now: f64): bool {
    if (now < this.nextTimeout) return false;
    this.nextTimeout = this.heardAt + FRAME_TIMEOUT;
    if (this.nextTimeout > now) return false;
    if (this.purpose == Purpose.Mailbox) this.isMailboxTold = true; // or it would be tried for ever
    return true;
  }

  /** A digit of the phone; true when it was its answer to us. */
  takeAnswer(digit: i32): bool {
    if (!this.isMuting) return false;
    if (this.kind == ANSWER && (digit == 0x41 || digit == 0x44)) { // A, D
      this.isAnswered = true;
      this.left = 0;
    }
    return true;
  }

  /** Adds what the phone is told to a frame for it. True when it is all over. */
  mix(target: usize, samples: i32, now: f64): bool {
    this.heardAt = now;
    while (samples > 0) {
      while (this.left == 0) {
        if (!this.continueStep() && !this.beginNext(now)) return true;
      }
      const wanted = min(samples, this.left);
      let count = wanted;
      if (this.kind == MESSAGE) count = this.modulator.mix(target, wanted);
      else this.bank.mix(target, wanted);
      this.left = count < wanted ? 0 : this.left - count;
      samples -= count;
      target += <usize>count << 1;
    }
    this.watchLoop();
    return false;
  }

  private start(list: i32, now: f64): void {
    let at = steps;
    for (; list > 0; list--) {
      while (load<u8>(at) != END) at += 2;
      at++;
    }
    this.step = at;
    this.turns = 0;
    this.isAnswered = false;
    this.bank.reset();
    this.heardAt = now;
    this.nextTimeout = now + FRAME_TIMEOUT;
    this.begin(now);
  }

  /** What the phone is told, into `message`; its length. */
  private write(now: f64): i32 {
    return this.purpose == Purpose.Mailbox
      ? writeMailbox(this.message, this.scheme, this.hasMessages, this.messages)
      : writeCall(this.message, this.scheme, this.caller, this.digitFrame, now);
  }

  /** The next part of a step that has several, if there is one. */
  private continueStep(): bool {
    if (this.turn >= this.turns) return false;
    const isOn = (this.turn & 1) == 0;
    if (this.kind == CALL) {
      this.ring(isOn);
      this.left = CALL_PULSE;
    } else {
      if (isOn) this.soundDigit(load<u8>(this.message + <usize>(this.turn >> 1)));
      else this.bank.key(0);
      this.left = DIGIT_SAMPLES;
    }
    this.turn++;
    return true;
  }

  /** False when there is none, or when the phone has not done what the next one needs. */
  private beginNext(now: f64): bool {
    this.ring(false);
    this.bank.key(0);
    if (this.kind == ANSWER && !this.isAnswered || this.kind == CALL && !this.isLoopClosed) return false;
    this.step += 2;
    return this.begin(now);
  }

  private begin(now: f64): bool {
    const length = <i32>load<u8>(this.step, 1);
    this.left = length * UNIT;
    switch (this.kind) {
      case END:
        if (this.purpose == Purpose.Mailbox) this.isMailboxTold = true;
        return false;

      case ALERT:
        this.isMuting = this.purpose == Purpose.Waiting;
        this.sound(2130, ALERT_LEVEL, 2750, ALERT_LEVEL);
        break;

      case REVERSE: this.reverse(true); break;
      case PULSE: this.ring(true); break;

      case MESSAGE:
        this.left = i32.MAX_VALUE;
        this.sendMessage(this.write(now));
        break;

      case DIGITS:
        this.turn = 0;
        this.turns = 2 * this.write(now);
        break;

      case CALL:
        this.turn = 0;
        this.turns = length / 5;
        this.left = 0;
        break;

      case RELEASE: this.left *= 10; break;
    }
    return true;
  }

  private sendMessage(length: i32): void {
    const scheme = this.scheme;
    const isShort = this.purpose == Purpose.Waiting || scheme == CallerIdScheme.Ntt;
    const marks = isShort || scheme == CallerIdScheme.Bt ? SHORT_MARK_BITS : MARK_BITS;
    const modem = isBellcore(scheme) ? Modem.Bell202 : Modem.V23;
    this.modulator.start(modem, FSK_LEVEL, this.message, length, isShort ? 0 : SEIZURE_BITS, marks);
  }

  /** NTT's display goes off-hook when it is rung, and on-hook when it knows. */
  private watchLoop(): void {
    if (this.kind == CALL && this.isLoopClosed) this.turn = this.turns;
    else if (this.kind != RELEASE || this.isLoopClosed) return;
    this.left = 0;
  }

  private soundDigit(ascii: i32): void {
    const index = dtmfIndex(ascii);
    this.sound(dtmfFrequency(index >> 2), LOW_LEVEL, dtmfFrequency(4 + (index & 3)), HIGH_LEVEL);
  }

  private sound(low: f64, lowDbm0: f64, high: f64, highDbm0: f64): void {
    this.bank.set(0, low, lowDbm0);
    this.bank.set(1, high, highDbm0);
    this.bank.key(3);
  }

  private ring(on: bool): void {
    if (on == this.isRinging) return;
    this.isRinging = on;
    pushSwitch(ActionKind.SetRing, this.line, on, on ? <f64>this.ringFrequency : 0);
  }

  private reverse(on: bool): void {
    this.isReversed = on;
    pushSwitch(ActionKind.SetPolarity, this.line, on);
  }
}
