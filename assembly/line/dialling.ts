// Collects the digits of one number until the dial plan, a timer or `#` says that it is one.
// The timers are those of the trade: first digit, long (the number is not one yet) and short (it is, but could go on).

import { writeText } from "../base/literal";
import { Text, textAt, textSize } from "../base/text";
import { MAX_DIGITS } from "../limits";
import { NEVER } from "../time/timer-table";
import { DIAL_PLAN_RECORD_SIZE, DialPlan, DialResult } from "./dial-plan";

/** Refused: not a number of the plan, or nothing was dialled at all. */
export const enum DiallingEvent { None, Dialled, Refused }

const HASH: i32 = 0x23;
/** Any number, with or without a plus, and star codes with what may follow them. */
const DEFAULT_PLAN = "xx.|+xx.|*xx.|*xx*xx.";

const scratch: usize = memory.data(64);

@unmanaged
export class Dialling {
  nextTimeout: f64 = 0;
  firstDigitMs: f64 = 0;
  longMs: f64 = 0;
  shortMs: f64 = 0;

  @inline get number(): Text { return textAt(changetype<usize>(this) + offsetof<Dialling>()); }
  @inline private get plan(): DialPlan { return changetype<DialPlan>(this.number.at + <usize>MAX_DIGITS); }

  setup(): void {
    this.firstDigitMs = 15000;
    this.longMs = 10000;
    this.shortMs = 3000;
    this.number.setup(MAX_DIGITS);
    this.nextTimeout = NEVER;
    this.compile(scratch, <i32>(writeText(scratch, DEFAULT_PLAN) - scratch));
  }

  /** 0, or the position in `text`, from 1, of what is wrong. A number being dialled goes on under the new plan. */
  compile(text: usize, length: i32): i32 {
    const position = this.plan.compile(text, length);
    for (let index = 0; index < <i32>this.number.length; index++) {
      this.plan.handleDigit(load<u8>(this.number.at + <usize>index));
    }
    return position;
  }

  /** A DialPlanError: why compile refused. */
  @inline get planError(): i32 { return this.plan.error; }

  start(now: f64): void {
    this.number.clear();
    this.plan.start();
    this.nextTimeout = now + this.firstDigitMs;
  }

  /** The number stays to be read. */
  stop(): void { this.nextTimeout = NEVER; }

  /** A rotary dial is turning: a digit will follow, so nothing ends meanwhile. */
  handlePulse(now: f64): void { this.nextTimeout = max(this.nextTimeout, now + this.longMs); }

  /** `digit` in ASCII. */
  handleDigit(digit: i32, now: f64): DiallingEvent {
    if (digit == HASH && !this.plan.accepts(digit)) return this.finish();
    if (!this.number.append(<u8>digit)) return this.refuse();
    switch (this.plan.handleDigit(digit)) {
      case DialResult.Complete: return this.finish();
      case DialResult.NoMatch: return this.refuse();
      case DialResult.Match: this.nextTimeout = now + this.shortMs; break;
      default: this.nextTimeout = now + this.longMs; break;
    }
    return DiallingEvent.None;
  }

  handleTimeout(now: f64): DiallingEvent { return now < this.nextTimeout ? DiallingEvent.None : this.finish(); }

  private finish(): DiallingEvent {
    const result = this.plan.result;
    if (this.number.isEmpty || (result != DialResult.Match && result != DialResult.Complete)) return this.refuse();
    this.nextTimeout = NEVER;
    return DiallingEvent.Dialled;
  }

  private refuse(): DiallingEvent {
    this.nextTimeout = NEVER;
    return DiallingEvent.Refused;
  }
}

export const DIALLING_SIZE: i32 = (<i32>offsetof<Dialling>() + textSize(MAX_DIGITS) + DIAL_PLAN_RECORD_SIZE + 7) & ~7;
