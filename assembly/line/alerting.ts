// How a phone is told of a call or of its mailbox: ringing, and caller ID before the first ring or after it. Read ETSI
// EN 300 659-1 §6 for the times between the two.

import { NEVER } from "../time/timer-table";
import { CALLER_ID_STATE_SIZE, CallerId } from "./caller-id";
import { RINGER_SIZE, Ringer } from "./ringer";

/** A phone is told of its mailbox so long after the news, or when it is on-hook for the first time so long after that. */
const MAILBOX_TIME: f64 = 2000;

const HEAD: i32 = 32;
const CALLER_ID_AT: i32 = HEAD + ((RINGER_SIZE + 15) & ~15);
export const ALERTING_SIZE: i32 = CALLER_ID_AT + CALLER_ID_STATE_SIZE;

@unmanaged
export class Alerting {
  private mailboxAt: f64 = 0;
  private cadence: usize = 0;
  private frequency: i32 = 0;
  private isOn: bool = false;
  /** The loop stayed closed when NTT's display should have opened it: a person did that. Whoever reads it clears it. */
  isHeld: bool = false;

  @inline private get ringer(): Ringer { return changetype<Ringer>(changetype<usize>(this) + HEAD); }
  @inline get callerId(): CallerId { return changetype<CallerId>(changetype<usize>(this) + CALLER_ID_AT); }

  setup(line: i32): void {
    if (<i32>offsetof<Alerting>() > HEAD) ERROR("the parts of an Alerting begin at HEAD");
    this.mailboxAt = NEVER;
    this.ringer.reset(line);
    this.callerId.setup(line);
  }

  @inline get nextTimeout(): f64 {
    return min(min(this.ringer.nextTimeout, this.callerId.nextTimeout), this.mailboxAt);
  }

  /** Frames of sound are needed. */
  @inline get isSounding(): bool { return this.callerId.isSounding; }
  /** A call that goes on is not to be heard at either end. */
  @inline get isMuting(): bool { return this.callerId.isMuting; }

  /** A call comes: tells of callerId's caller, and rings. For the ringer's start(). */
  start(cadence: usize, frequency: i32, now: f64): void {
    this.cadence = cadence;
    this.frequency = frequency;
    this.isOn = true;
    if (!this.callerId.startCall(frequency, now)) this.ringer.start(cadence, frequency, now);
  }

  /** Rings for nobody. */
  test(cadence: usize, frequency: i32, now: f64): void {
    this.callerId.stop();
    this.ringer.start(cadence, frequency, now);
  }

  stop(): void {
    this.isOn = false;
    this.ringer.stop();
    this.endCallerId();
  }

  /** Messages wait, `count` of them, 0 when nobody has counted. The phone is told when it is idle. */
  showMailbox(hasMessages: bool, count: i32, now: f64): void {
    this.callerId.setMailbox(hasMessages, count);
    this.mailboxAt = now + MAILBOX_TIME;
  }

  /** An edge of the loop that is the display's own, not its user's. */
  takeLoop(closed: bool): bool {
    if (!this.callerId.takesLoop) return false;
    this.callerId.isLoopClosed = closed;
    return true;
  }

  /** Adds what the phone is told to a frame for it. */
  mix(pcm: usize, samples: i32, now: f64): void {
    if (this.isSounding && this.callerId.mix(pcm, samples, now)) this.goOn(now);
  }

  /** Does what is due at `due`; late, at `now`. `isIdle`: the phone is on-hook, and nobody tests its line. */
  handleTimeout(due: f64, now: f64, isIdle: bool): void {
    if (this.mailboxAt == due) this.tellMailbox(due, isIdle);
    else if (this.callerId.nextTimeout == due) {
      if (this.callerId.handleTimeout(due)) this.goOn(due);
    } else {
      this.ringer.handleTimeout(now);
      if (this.callerId.awaitsGap && this.ringer.isInLongPause) this.ringer.extendPause(this.callerId.startGap(now));
    }
  }

  /** The phone knows, or is not to be told: now it rings. */
  private goOn(now: f64): void {
    this.endCallerId();
    if (this.isOn && !this.isHeld && !this.ringer.isRinging) this.ringer.start(this.cadence, this.frequency, now);
  }

  private endCallerId(): void {
    if (this.callerId.isLoopClosed) this.isHeld = true;
    this.callerId.stop();
  }

  private tellMailbox(at: f64, isIdle: bool): void {
    const callerId = this.callerId;
    const isDone = callerId.isMailboxTold || isIdle && !callerId.startMailbox(at);
    this.mailboxAt = isDone ? NEVER : at + MAILBOX_TIME;
  }
}
