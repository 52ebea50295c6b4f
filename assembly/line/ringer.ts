// Ringing voltage in the country's cadence. Read ITU-T E.180 on the ringing tone, which keeps the same rhythm.

import { ActionKind, pushSwitch } from "../abi/action";
import { NEVER } from "../time/timer-table";

/** Rings in a cadence of tone-dictionary.ts, repeated for as long as it rings. */
@unmanaged
export class Ringer {
  nextTimeout: f64 = 0;
  private cadence: usize = 0;
  private line: i32 = 0;
  private frequency: i32 = 0;
  /** Which on or off time of the cadence runs. Even ones ring. */
  private step: i32 = 0;
  isRinging: bool = false;

  reset(line: i32): void {
    this.line = line;
    this.isRinging = false;
    this.nextTimeout = NEVER;
  }

  /** `cadence`: cadenceAt(), of one section; `frequency` in Hz. */
  start(cadence: usize, frequency: i32, now: f64): void {
    this.cadence = cadence;
    this.frequency = frequency;
    this.isRinging = true;
    this.step = 0;
    this.nextTimeout = now + <f64>this.time(0);
    this.switchTo(true);
  }

  /** At once: the voltage must be gone when somebody lifts the handset to an ear. */
  stop(): void {
    if (this.isRinging && (this.step & 1) == 0) this.switchTo(false);
    this.isRinging = false;
    this.nextTimeout = NEVER;
  }

  /** It is in the longest pause of its cadence. */
  get isInLongPause(): bool {
    if (!this.isRinging || (this.step & 1) == 0) return false;
    for (let step = 1; step < this.steps; step += 2) {
      if (this.time(step) > this.time(this.step)) return false;
    }
    return true;
  }

  /** The present pause lasts until then at least. */
  extendPause(until: f64): void { this.nextTimeout = max(this.nextTimeout, until); }

  handleTimeout(now: f64): void {
    if (now < this.nextTimeout) return;
    this.step = this.step + 1 < this.steps ? this.step + 1 : 0;
    this.switchTo((this.step & 1) == 0);
    // Edges follow each other without drift. After a standstill nobody wants the missed ones back.
    const time = <f64>this.time(this.step);
    this.nextTimeout += time;
    if (this.nextTimeout <= now) this.nextTimeout = now + time;
  }

  @inline private get steps(): i32 { return (load<u16>(this.cadence) & 15) << 1; }
  @inline private time(step: i32): i32 { return load<u16>(this.cadence + 4 + (<usize>step << 1)); }

  private switchTo(on: bool): void {
    pushSwitch(ActionKind.SetRing, this.line, on, on ? <f64>this.frequency : 0);
  }
}

export const RINGER_SIZE: i32 = <i32>offsetof<Ringer>();
