// Plays DTMF digits (ITU-T Q.23), for as long as it is told to.

import { dtmfFrequency, dtmfIndex } from "./dtmf";
import { OSCILLATOR_BANK_SIZE, OscillatorBank } from "./oscillator";

export const DTMF_GENERATOR_SIZE: i32 = OSCILLATOR_BANK_SIZE;

const BOTH: i32 = 3;

@unmanaged
export class DtmfGenerator {
  @inline private get bank(): OscillatorBank { return changetype<OscillatorBank>(changetype<usize>(this)); }

  /** Nothing left to hear, the fading edge included. */
  get isSilent(): bool { return this.bank.isSilent; }

  reset(): void { this.bank.reset(); }

  /** Sounds the digit until stop(). Each frequency at its own level. False, and unchanged, when it is no digit. */
  start(ascii: i32, lowDbm0: f64, highDbm0: f64): bool {
    const index = dtmfIndex(ascii);
    if (index < 0) return false;
    this.bank.reset();
    this.bank.set(0, dtmfFrequency(index >> 2), lowDbm0);
    this.bank.set(1, dtmfFrequency(4 + (index & 3)), highDbm0);
    this.bank.key(BOTH);
    return true;
  }

  /** Fades out. */
  stop(): void { this.bank.key(0); }

  /** Adds the digit to `samples` 16-bit samples, saturating. */
  mix(target: usize, samples: i32): void { this.bank.mix(target, samples); }
}
