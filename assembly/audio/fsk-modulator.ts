// Bytes as frequency shift keying at 1200 baud, phase continuous: Bell 202 and the forward channel of ITU-T V.23. Read
// Telcordia GR-30 §2.4 or ETSI EN 300 659-2 for what surrounds them: alternating bits, mark, then bytes of a start bit,
// eight bits, the lowest first, and a stop bit.

import { peakOfDbm0 } from "./level";
import { SAMPLE_RATE, phaseStep, sines } from "./oscillator";

export const enum Modem { Bell202, V23 }

const BAUD: f64 = 1200;
/** Bits of mark after the last byte: receivers finish its stop bit. */
const TRAILING_MARKS: i32 = 5;
const BIT_STEP: u32 = <u32>(4294967296.0 * BAUD / SAMPLE_RATE);
/** Start bit, byte, stop bit. */
const BYTE_BITS: i32 = 10;

@unmanaged
export class FskModulator {
  private at: usize = 0;
  private end: usize = 0;
  private peak: f32 = 0;
  private phase: u32 = 0;
  private step: u32 = 0;
  private markStep: u32 = 0;
  private spaceStep: u32 = 0;
  /** How far the present bit has got, in 2^-32 of it. */
  private clock: u32 = 0;
  /** Bits left of each part. */
  private seizure: i32 = 0;
  private marks: i32 = 0;
  private trailing: i32 = 0;
  private bits: i32 = 0;
  /** Of the present byte, the next one lowest. */
  private shift: u32 = 0;
  isSending: bool = false;

  /** Sends the bytes, which stay in place meanwhile, after `seizure` alternating bits and `marks` of mark. */
  start(modem: Modem, dbm0: f64, at: usize, length: i32, seizure: i32, marks: i32): void {
    this.markStep = phaseStep(modem == Modem.V23 ? 1300 : 1200);
    this.spaceStep = phaseStep(modem == Modem.V23 ? 2100 : 2200);
    this.peak = <f32>peakOfDbm0(dbm0);
    this.at = at;
    this.end = at + <usize>length;
    this.phase = 0;
    this.clock = 0;
    this.seizure = seizure;
    this.marks = marks;
    this.trailing = TRAILING_MARKS;
    this.bits = 0;
    this.isSending = true;
    this.step = this.nextStep();
  }

  stop(): void { this.isSending = false; }

  /** Adds the signal to at most `samples` 16-bit samples, saturating. Returns how many it lasted. */
  mix(target: usize, samples: i32): i32 {
    for (let done = 0; done < samples; done++) {
      if (!this.isSending) return done;
      const sine = f32x4.extract_lane(sines(i32x4.splat(this.phase)), 0);
      const sum = <i32>load<i16>(target) + <i32>nearest(sine * this.peak);
      store<i16>(target, <i16>max<i32>(min<i32>(sum, i16.MAX_VALUE), i16.MIN_VALUE));
      target += 2;
      this.advance();
    }
    return samples;
  }

  /** A sample in which a bit ends has some of both frequencies. */
  private advance(): void {
    this.phase += this.step;
    this.clock += BIT_STEP;
    if (this.clock >= BIT_STEP) return;
    const old = this.step;
    this.step = this.nextStep();
    const change = (<i64>this.step - <i64>old) * <i64>this.clock / <i64>BIT_STEP;
    this.phase += <u32>change;
  }

  /** What the next bit's frequency advances the phase by in each sample. */
  private nextStep(): u32 { return this.nextBit() ? this.markStep : this.spaceStep; }

  private nextBit(): bool {
    if (this.seizure > 0) return (--this.seizure & 1) == 0;
    if (this.marks > 0) {
      this.marks--;
      return true;
    }
    if (this.bits == 0) {
      if (this.at == this.end) {
        this.isSending = --this.trailing >= 0;
        return true;
      }
      this.shift = <u32>load<u8>(this.at++) << 1 | 0x200;
      this.bits = BYTE_BITS;
    }
    this.bits--;
    const bit = (this.shift & 1) != 0;
    this.shift >>= 1;
    return bit;
  }
}

export const FSK_MODULATOR_SIZE: i32 = <i32>offsetof<FskModulator>();

/** How long a message lasts, in ms, rounded up. */
export function fskTime(length: i32, seizure: i32, marks: i32): f64 {
  return ceil(<f64>(seizure + marks + length * BYTE_BITS + TRAILING_MARKS) * (1000 / BAUD));
}
