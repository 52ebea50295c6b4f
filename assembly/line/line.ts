// One FXS port: what the phone's user does and what the call layer orders, turned into states, tones, ringing and loop
// current. Read ITU-T E.180 for what a caller hears when, Telcordia GR-506 for the way from dial tone to a parked line.
//
// Lifting gives dial tone by itself, answering stops the ringing by itself; all else is the call layer's order.
// More than one thing may come out of one input: take the rest with pollEvent until it says None.

import { ActionKind, Report, pushReport, pushSwitch } from "../abi/action";
import { NEVER } from "../time/timer-table";
import { ringFrequency } from "./country";
import { DiallingEvent } from "./dialling";
import { reportDigit } from "./digit-report";
import { LineEvent } from "./event-queue";
import { HookEvent } from "./hook";
import { LINE_HEAD, LineSettings, LineTimer } from "./line-settings";
import { cadenceOfRing } from "./rings";
import { cadenceAt } from "./tone-dictionary";
import { Tone } from "./tones";

export { LINE_SIZE } from "./line-settings";

/** Numbers are part of the ABI: append, never reorder. */
export const enum LineState {
  OnHook,
  Ringing,
  DialTone,
  Dialling,
  /** The number is complete, or the call layer wants silence. */
  Waiting,
  Ringback,
  Talking,
  Busy,
  Congestion,
  /** The far end hung up, this one has not yet. */
  Disconnected,
  Howler,
  /** Off-hook and forgotten: silent until it is hung up. */
  Parked,
}

/** How long busy and congestion tone last before the howler, and the howler before the line is parked. */
export const TONE_TIME: f64 = 30000;
export const HOWLER_TIME: f64 = 60000;
/** Silence after the far end hung up, before congestion tone. */
export const DISCONNECTED_TIME: f64 = 2000;
export const TEST_TIME: f64 = 10000;

@unmanaged
export class Line extends LineSettings {
  state: LineState = LineState.OnHook;
  /** Of the last Digit event, ASCII. */
  digit: i32 = 0;
  /** Of the state, whatever a test plays meanwhile. */
  private tone: Tone = Tone.None;
  private isAudioOn: bool = false;
  private isToneTested: bool = false;
  /** Dial tone says that messages wait. */
  hasMessages: bool = false;

  @inline get isOffHook(): bool { return this.state > LineState.Ringing; }

  /** Idle, and everything as it comes out of the box. */
  setup(index: i32): void {
    if (offsetof<Line>() > LINE_HEAD) ERROR("the parts of a line begin at LINE_HEAD");
    this.setupSettings(index);
    this.reset(0);
  }

  /** Idle, settings kept, everything switched off. A phone that is off-hook has to be told again. */
  reset(_now: f64): void {
    this.events.reset();
    this.goIdle();
    this.current.restore();
    this.hook.reset();
  }

  // Inputs

  /**
   * An edge of the loop at `at`, its own time, `now` or a little earlier. What is due between the two waits for
   * handleTimeout(): of edges that are told late, others may follow.
   */
  handleLoop(closed: bool, at: f64, now: f64): LineEvent {
    const edgeAt = at <= now ? at : now;
    this.run(edgeAt);
    if (!this.alerting.takeLoop(closed)) this.hook.handleLoop(closed, edgeAt);
    return this.pollEvent();
  }

  /** Edges of the loop before `at` went unseen: if they may have since an earlier loss, nothing is concluded from the silence. */
  handleLoss(at: f64, now: f64): LineEvent {
    const lostAt = at <= now ? at : now;
    if (!this.hook.isBlind) this.run(lostAt);
    this.hook.handleLoss(lostAt);
    this.run(lostAt);
    return this.pollEvent();
  }

  /** A frame from the phone's microphone, 16-bit samples at 8 kHz. */
  handleMicrophone(pcm: usize, samples: i32, now: f64): LineEvent {
    const digit = this.tonesEnabled || this.isMuting ? this.detector.put(pcm, samples) : 0;
    if (digit != 0 && !this.callerId.takeAnswer(digit)) this.handleDigit(digit, now);
    return this.pollEvent();
  }

  handleTimeout(now: f64): LineEvent {
    this.run(now);
    return this.pollEvent();
  }

  nextTimeout(): f64 {
    const calling = min(this.dialling.nextTimeout, this.alerting.nextTimeout);
    const loop = min(this.hook.nextTimeout, this.current.nextTimeout);
    return min(min(calling, loop), this.timers.next(LineTimer.Count));
  }

  /** What else the last input brought about. */
  pollEvent(): LineEvent {
    if (this.events.isEmpty) return LineEvent.None;
    const entry = this.events.take();
    this.digit = entry >> 8;
    return entry & 255;
  }

  /** A digit sounds at the microphone, or may be about to: what goes to the far end is to be muted. */
  @inline get hasDigit(): bool { return this.tonesEnabled && !this.isMuting && this.detector.isActive; }

  /** The phone is being told something: neither side of a call may hear the other. */
  @inline get isMuting(): bool { return this.alerting.isMuting; }

  /** Adds what the state sounds like to the frame for the ear, and what the phone is told. */
  mixTones(pcm: usize, samples: i32, now: f64): void {
    if (!this.isMuting) this.player.mix(pcm, samples);
    this.alerting.mix(pcm, samples, now);
    this.settleAlerting(now);
  }

  // Orders. Those that make no sense to a line on-hook are ignored there.

  /** `ring`: of rings.ts, 0 for the country's. False when somebody holds the handset. */
  ring(now: f64, ring: i32 = 0): bool {
    if (this.state != LineState.OnHook) return false;
    this.endTest();
    this.state = LineState.Ringing;
    this.alerting.start(cadenceAt(cadenceOfRing(ring, this.country)), ringFrequency(this.country), now);
    this.switchAudio();
    return true;
  }

  stopRinging(now: f64): void {
    if (this.state != LineState.Ringing) return;
    this.goIdle();
    this.settleAlerting(now);
  }

  /** Another call waits: call-waiting tone, until another tone or silence is ordered, and within it who calls. */
  announce(now: f64): void {
    if (this.state != LineState.Talking) return;
    this.callerId.startWaiting(now);
    this.play(Tone.CallWaiting);
  }

  /**
   * Dial tone stutters while messages wait, `count` of them or 0 when nobody has counted; the phone is told when it is
   * idle.
   */
  showMailbox(hasMessages: bool, count: i32, now: f64): void {
    this.hasMessages = hasMessages;
    this.alerting.showMailbox(hasMessages, count, now);
  }

  startDialTone(now: f64): void {
    if (!this.isOffHook) return;
    this.enter(LineState.DialTone, this.hasMessages ? Tone.Stutter : Tone.Dial, NEVER);
    this.dialling.start(now);
  }

  startRingback(_now: f64): void { this.order(LineState.Ringback, Tone.Ringback, NEVER); }
  startBusy(now: f64): void { this.order(LineState.Busy, Tone.Busy, now + TONE_TIME); }
  startCongestion(now: f64): void { this.order(LineState.Congestion, Tone.Congestion, now + TONE_TIME); }
  startTalking(_now: f64): void { this.order(LineState.Talking, Tone.None, NEVER); }
  /** Somebody has answered this line's call. */
  showAnswer(): void { if (this.state == LineState.Talking && this.reversesOnAnswer) this.current.reverse(true); }
  startSilence(_now: f64): void { this.order(LineState.Waiting, Tone.None, NEVER); }

  /** The far end hung up: the loop current drops for dropMs, then silence, then congestion tone. */
  disconnect(now: f64): void {
    if (!this.isOffHook) return;
    this.enter(LineState.Disconnected, Tone.None, now + this.dropMs + DISCONNECTED_TIME);
    if (this.dropMs <= 0 || this.current.isDropped) return;
    this.hook.hold();
    this.current.drop(this.dropMs, now);
  }

  /** Plays a tone for TEST_TIME in place of the state's, or ends that with Tone.None. False while it rings. */
  testTone(tone: Tone, now: f64): bool {
    if (this.state == LineState.Ringing || tone >= Tone.Count) return false;
    this.endTest();
    if (tone == Tone.None) return true;
    this.alerting.stop();
    this.play(tone);
    this.isToneTested = true;
    this.timers.set(LineTimer.Test, now + TEST_TIME);
    this.switchAudio();
    return true;
  }

  /** Rings for TEST_TIME; nobody calls. False when somebody holds the handset or it rings already. */
  testRing(now: f64, ring: i32 = 0): bool {
    if (this.state != LineState.OnHook) return false;
    this.endTest();
    this.timers.set(LineTimer.Test, now + TEST_TIME);
    this.alerting.test(cadenceAt(cadenceOfRing(ring, this.country)), ringFrequency(this.country), now);
    this.switchAudio();
    return true;
  }

  /** Does what is due by `until`, in the order of the deadlines. */
  private run(until: f64): void {
    for (;;) {
      const due = this.nextTimeout();
      if (!(due <= until)) return;
      if (this.hook.nextTimeout == due) this.handleHook(this.hook.handleTimeout(due), due);
      else if (this.dialling.nextTimeout == due) this.handleDialling(this.dialling.handleTimeout(due), due);
      else if (this.current.nextTimeout == due) {
        if (this.current.handleTimeout(due)) this.hook.release(due);
      } else if (this.timers.at(LineTimer.Test) == due) this.endTest();
      else if (this.timers.at(LineTimer.State) == due) this.leaveState(due);
      else {
        const isIdle = this.state == LineState.OnHook && !this.timers.isRunning(LineTimer.Test);
        this.alerting.handleTimeout(due, until, isIdle);
        this.settleAlerting(due);
      }
    }
  }

  /** What the phone was told may have ended. What holds the loop then is a person. */
  private settleAlerting(now: f64): void {
    this.switchAudio();
    if (!this.alerting.isHeld) return;
    this.alerting.isHeld = false;
    this.hook.handleLoop(true, now);
  }

  private handleHook(event: HookEvent, at: f64): void {
    switch (event) {
      case HookEvent.OffHook: this.lift(at); break;

      case HookEvent.OnHook:
        this.goIdle();
        pushReport(Report.OnHook, this.index);
        this.events.put(LineEvent.OnHook);
        break;

      case HookEvent.Flash:
        pushReport(Report.Flash, this.index);
        this.events.put(LineEvent.Flash);
        break;

      case HookEvent.Pulse:
        if (this.state == LineState.DialTone) this.enter(LineState.Dialling, Tone.None, NEVER);
        if (this.state == LineState.Dialling) this.dialling.handlePulse(at);
        break;

      case HookEvent.Digit: this.handleDigit(this.hook.digit, at); break;

      case HookEvent.Mutilated: // the rest of the number alone would be somebody else's
        if (this.state == LineState.DialTone || this.state == LineState.Dialling) this.startCongestion(at);
        break;
    }
  }

  private lift(at: f64): void {
    const isAnswer = this.state == LineState.Ringing;
    this.detector.reset();
    this.enter(LineState.Talking, Tone.None, NEVER);
    if (!isAnswer) this.startDialTone(at);
    pushReport(Report.OffHook, this.index);
    this.events.put(isAnswer ? LineEvent.Answered : LineEvent.OffHook);
  }

  private handleDigit(digit: i32, at: f64): void {
    switch (this.state) {
      case LineState.DialTone: // the first digit stops the tone
        this.enter(LineState.Dialling, Tone.None, NEVER);
      case LineState.Dialling:
        reportDigit(Report.Digit, this.index, digit);
        this.handleDialling(this.dialling.handleDigit(digit, at), at);
        break;

      case LineState.Waiting:
      case LineState.Ringback:
      case LineState.Talking:
        reportDigit(Report.Digit, this.index, digit);
        this.events.put(LineEvent.Digit, digit);
        break;
    }
  }

  private handleDialling(event: DiallingEvent, at: f64): void {
    if (event == DiallingEvent.Dialled) {
      this.enter(LineState.Waiting, Tone.None, NEVER);
      this.events.put(LineEvent.Dialled);
    } else if (event == DiallingEvent.Refused) {
      this.startCongestion(at);
    }
  }

  /** A state that does not last is over. */
  private leaveState(at: f64): void {
    switch (this.state) {
      case LineState.Disconnected: this.startCongestion(at); break;
      case LineState.Howler: this.enter(LineState.Parked, Tone.None, NEVER); break;
      default:
        this.enter(LineState.Howler, Tone.Howler, at + HOWLER_TIME);
        pushReport(Report.Howler, this.index);
    }
  }

  private order(state: LineState, tone: Tone, deadline: f64): void {
    if (this.isOffHook) this.enter(state, tone, deadline);
  }

  private enter(state: LineState, tone: Tone, deadline: f64): void {
    this.state = state;
    this.tone = tone;
    if (state != LineState.Talking) this.current.reverse(false);
    this.endTest();
    this.alerting.stop();
    this.play(tone);
    if (state != LineState.Dialling) this.dialling.stop();
    this.timers.set(LineTimer.State, deadline);
    this.hook.isAlone = state == LineState.Disconnected;
    this.hook.isDialling = state == LineState.DialTone || state == LineState.Dialling;
    this.detector.hasDialTone = this.hook.isDialling;
    this.switchAudio();
  }

  private goIdle(): void {
    this.enter(LineState.OnHook, Tone.None, NEVER);
    this.player.reset();
  }

  private endTest(): void {
    if (!this.timers.isRunning(LineTimer.Test)) return;
    this.timers.stop(LineTimer.Test);
    if (this.isToneTested) this.play(this.tone);
    else this.alerting.stop();
    this.isToneTested = false;
    this.switchAudio();
  }

  private play(tone: Tone): void {
    const spec = this.toneSpec(tone);
    if (spec != 0) this.player.start(spec);
    else this.player.stop();
  }

  private switchAudio(): void {
    const on = this.isOffHook || this.isToneTested || this.alerting.isSounding;
    if (on == this.isAudioOn) return;
    this.isAudioOn = on;
    pushSwitch(ActionKind.SetAudio, this.index, on);
  }
}

@inline export function lineAt(address: usize): Line { return changetype<Line>(address); }
