// Calling party control: the loop current drops for a moment, and telephones and answering machines know that the far
// end hung up. Read Telcordia GR-506 on open switching intervals. And answer supervision: the current's direction says to
// payphones, meters and exchanges behind the line that somebody has answered.

import { ActionKind, pushSwitch } from "../abi/action";
import { NEVER } from "../time/timer-table";

/** A line circuit tells of a closed loop so much late after its current came back. */
export const CURRENT_SETTLING: f64 = 100;

@unmanaged
export class LoopCurrent {
  nextTimeout: f64 = 0;
  private line: i32 = 0;
  private isOff: bool = false;
  private isReversed: bool = false;

  setup(line: i32): void {
    this.line = line;
    this.isOff = false;
    this.isReversed = false;
    this.nextTimeout = NEVER;
  }

  /** While it is off, and a little longer, the loop says nothing about the user. */
  @inline get isDropped(): bool { return this.nextTimeout != NEVER; }

  drop(length: f64, now: f64): void {
    this.switchTo(false);
    this.nextTimeout = now + length;
  }

  restore(): void {
    if (this.isOff) this.switchTo(true);
    this.nextTimeout = NEVER;
  }

  /** True once the loop can be believed again. */
  handleTimeout(now: f64): bool {
    if (now < this.nextTimeout) return false;
    const wasOff = this.isOff;
    this.restore();
    if (wasOff) this.nextTimeout = now + CURRENT_SETTLING;
    return !wasOff;
  }

  /** Tip and ring change places, or are as usual. */
  reverse(on: bool): void {
    if (on == this.isReversed) return;
    this.isReversed = on;
    pushSwitch(ActionKind.SetPolarity, this.line, on);
  }

  private switchTo(on: bool): void {
    this.isOff = !on;
    pushSwitch(ActionKind.SetLoopCurrent, this.line, on);
  }
}

export const LOOP_CURRENT_SIZE: i32 = <i32>offsetof<LoopCurrent>();
