// Rotary dialling: a digit is a train of short loop breaks. Read the national specifications of loop-disconnect
// signalling first (EIA/TIA-464, BS 6305). Taken here: 8 to 22 pulses a second, 33 to 67 % of each period open.

import { NEVER } from "../time/timer-table";

/** How a train becomes a digit. Numbers are part of the ABI. */
export const enum PulseMap {
  /** 1 pulse is 1, 10 are 0. */
  Standard,
  /** 1 pulse is 0, 10 are 9. */
  Sweden,
  /** 10 − n: 1 pulse is 9, 10 are 0. */
  NewZealand,
}

/** Longest open time of a pulse: 8 a second, 67 % open are 84 ms, and a worn governor. */
export const PULSE_BREAK_MAX: f64 = 100;
/** Closed so long, the train is over. Above the 84 ms of 8 a second 33 % open, below any pause between two digits. */
export const INTERDIGIT_GAP: f64 = 200;

/** The digit of a train as ASCII, 0 for a train that is none. */
export function pulseDigit(pulses: i32, map: PulseMap): i32 {
  if (pulses < 1 || pulses > 10) return 0;
  switch (map) {
    case PulseMap.Sweden: return 47 + pulses;
    case PulseMap.NewZealand: return 58 - pulses;
    default: return pulses == 10 ? 48 : 48 + pulses;
  }
}

/** More than any digit has. */
const SPOILT: i32 = 11;

/** Counts the pulses of one digit. Times are those of the loop's edges. */
@unmanaged
export class PulseTrain {
  /** When the loop, if it stays closed, has been closed for long enough to end the digit. */
  endsAt: f64 = 0;
  /** Open time of the last pulse. */
  lastBreak: f64 = 0;
  pulses: i32 = 0;
  private reserved: i32 = 0;

  get hasPulses(): bool { return this.pulses > 0 && this.pulses < SPOILT; }

  reset(): void {
    this.endsAt = NEVER;
    this.lastBreak = 0;
    this.pulses = 0;
  }

  /** The loop opened: the train cannot end before it closes again. */
  handleOpen(): void { this.endsAt = NEVER; }

  /** The loop closed at `at` after `broken` ms, NEVER when nobody knows. True for a pulse; anything longer spoils the train. */
  handleClose(broken: f64, at: f64): bool {
    if (broken > PULSE_BREAK_MAX) {
      this.spoil(at);
      return false;
    }
    this.lastBreak = broken;
    this.pulses++;
    this.endsAt = at + INTERDIGIT_GAP;
    return true;
  }

  /** What goes on at `at` is no digit, up to the next gap between two digits. */
  spoil(at: f64): void {
    this.pulses = SPOILT;
    this.endsAt = at + INTERDIGIT_GAP;
  }
}
