// Turns the edges of the loop into what the phone's user meant: lifted, hung up, flashed, dialled with a rotary dial.
// Every decision rests on the edges' own times; `now` only says that nothing came meanwhile.

import { NEVER } from "../time/timer-table";
import { PulseMap, PulseTrain, pulseDigit } from "./pulse";

export const enum HookState { OnHook, OffHook, Broken }

/** Pulse: one break of a rotary dial, its digit still to come. Mutilated: a digit of which a part went unseen. */
export const enum HookEvent { None, OffHook, OnHook, Flash, Pulse, Digit, Mutilated }

/** Shorter changes of the loop are contact bounce. */
export const DEBOUNCE: f64 = 10;
/** A loop open for so long is a hang-up, or as long as the longest flash where that is longer. */
export const ON_HOOK: f64 = 400;
/** Contacts of a handset just lifted chatter: breaks that begin sooner are not dialled, nor what follows at once. */
const SEIZURE: f64 = 200;

@unmanaged
export class Hook {
  /** Since when the newest level holds. */
  private edgeAt: f64 = 0;
  private offHookAt: f64 = 0;
  private brokenAt: f64 = 0;
  private onHookAt: f64 = 0;
  private debounce: f64 = 0;
  flashMin: f64 = 0;
  flashMax: f64 = 0;
  state: HookState = HookState.OnHook;
  pulseMap: PulseMap = PulseMap.Standard;
  /** Digit of the last Digit event, ASCII. */
  digit: i32 = 0;
  /** Newest level, bounce included; and the one that has been believed. */
  private isClosed: bool = false;
  private wasClosed: bool = false;
  private isHeld: bool = false;
  /** Edges were lost, and none has come since: between two such losses nothing is known. */
  isBlind: bool = false;
  /** Edges were lost since the last digit; and some of them of a digit. */
  private isLossy: bool = false;
  private isMutilated: bool = false;
  flashEnabled: bool = false;
  pulseEnabled: bool = false;
  /** A break that could be a flash or the digit of one pulse is the digit. */
  isDialling: bool = false;
  /** The far end has hung up: a flash would be for nobody, so no break is waited through for one. */
  isAlone: bool = false;

  @inline private get train(): PulseTrain {
    return changetype<PulseTrain>(changetype<usize>(this) + ((offsetof<Hook>() + 7) & ~7));
  }

  setup(): void {
    this.debounce = DEBOUNCE;
    this.flashEnabled = true;
    this.pulseEnabled = true;
    this.reset();
  }

  /** On-hook, the loop open, nothing pending. Settings stay. */
  reset(): void {
    this.edgeAt = 0;
    this.state = HookState.OnHook;
    this.onHookAt = NEVER;
    this.isClosed = false;
    this.wasClosed = false;
    this.isHeld = false;
    this.isBlind = false;
    this.isLossy = false;
    this.isMutilated = false;
    this.isDialling = false;
    this.isAlone = false;
    this.train.reset();
  }

  /** An edge at `at`; what was due before it has been handled. Repeated and overtaken edges change nothing. */
  handleLoop(closed: bool, at: f64): void {
    this.isBlind = false;
    if (closed == this.isClosed || at < this.edgeAt) return;
    this.isClosed = closed;
    this.edgeAt = at;
  }

  /** Edges before `at` went unseen: what goes on cannot be told any more, nor how long the newest level holds. */
  handleLoss(at: f64): void {
    this.isBlind = true;
    if (this.isClosed != this.wasClosed) this.edgeAt = max(this.edgeAt, at);
    if (this.state == HookState.OnHook) return;
    this.isLossy = true;
    if (this.train.hasPulses) this.isMutilated = true;
    this.train.spoil(at);
    if (this.state != HookState.Broken) return;
    this.train.handleOpen();
    this.brokenAt = NEVER;
    this.onHookAt = at + this.threshold;
  }

  /** Decides the one thing that is due first. Call again until nextTimeout lies ahead. */
  handleTimeout(now: f64): HookEvent {
    if (now < this.nextTimeout) return HookEvent.None;
    if (this.isClosed != this.wasClosed) {
      this.wasClosed = this.isClosed;
      return this.isClosed ? this.close(this.edgeAt) : this.open(this.edgeAt);
    }
    if (this.state == HookState.Broken) return this.hangUp();
    return this.endDigit();
  }

  get nextTimeout(): f64 {
    if (this.isHeld) return NEVER;
    // A change that may be bounce is settled before anything is concluded from the level that it would end.
    if (this.isClosed != this.wasClosed) return this.edgeAt + this.debounce;
    return min(this.onHookAt, this.train.endsAt);
  }

  /** The line's own switching will open the loop: from now on edges say nothing about the user. */
  hold(): void {
    this.isHeld = true;
    this.train.reset();
  }

  /** Believes the loop again: what it does now began now. */
  release(now: f64): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.edgeAt = max(this.edgeAt, now);
    if (this.state != HookState.Broken) return;
    this.brokenAt = now;
    this.onHookAt = now + this.threshold;
  }

  /** A loop open for longer is on-hook. A flash of the longest kind may still be settling. */
  private get threshold(): f64 {
    return this.flashEnabled && !this.isAlone ? max(ON_HOOK, this.flashMax + this.debounce) : ON_HOOK;
  }

  private open(at: f64): HookEvent {
    if (this.state != HookState.OffHook) return HookEvent.None;
    this.state = HookState.Broken;
    this.brokenAt = at;
    this.onHookAt = at + this.threshold;
    this.train.handleOpen();
    return HookEvent.None;
  }

  private close(at: f64): HookEvent {
    if (this.state == HookState.OnHook) {
      this.state = HookState.OffHook;
      this.offHookAt = at;
      return HookEvent.OffHook;
    }
    if (this.state != HookState.Broken) return HookEvent.None;
    this.state = HookState.OffHook;
    this.onHookAt = NEVER;
    const broken = this.brokenAt == NEVER ? NEVER : at - this.brokenAt;
    if (this.pulseEnabled) {
      if (this.brokenAt - this.offHookAt < SEIZURE) this.train.spoil(at);
      else if (this.train.handleClose(broken, at)) {
        if (this.isLossy) this.isMutilated = true;
        return HookEvent.Pulse;
      }
    }
    return this.isFlash(broken) ? HookEvent.Flash : HookEvent.None;
  }

  private hangUp(): HookEvent {
    this.state = HookState.OnHook;
    this.onHookAt = NEVER;
    this.isLossy = false;
    this.isMutilated = false;
    this.train.reset();
    return HookEvent.OnHook;
  }

  private endDigit(): HookEvent {
    const pulses = this.train.pulses;
    const isFlash = pulses == 1 && !this.isDialling && this.isFlash(this.train.lastBreak);
    const isMutilated = this.isMutilated;
    this.train.reset();
    this.isLossy = false;
    this.isMutilated = false;
    if (isFlash) return HookEvent.Flash;
    if (isMutilated) return HookEvent.Mutilated;
    this.digit = pulseDigit(pulses, this.pulseMap);
    return this.digit == 0 ? HookEvent.None : HookEvent.Digit;
  }

  @inline private isFlash(broken: f64): bool {
    return this.flashEnabled && broken >= this.flashMin && broken <= this.flashMax;
  }
}

export const HOOK_SIZE: i32 = ((<i32>offsetof<Hook>() + 7) & ~7) + <i32>offsetof<PulseTrain>();
