// Four sine oscillators in the four lanes of a vector. Phases are 32-bit fractions of a turn, so they neither drift nor
// grow. The sine is its Taylor series to x^11 on a quarter turn: the error is below 1e-7, under the last bit of a
// 16-bit sample.

import { peakOfDbm0 } from "./level";

export const SAMPLE_RATE: f64 = 8000;
export const OSCILLATORS: i32 = 4;
/** A tone's edge, in samples: 3 ms, fast enough for any cadence and slow enough not to click. */
export const EDGE_SAMPLES: i32 = 24;

/** What a phase advances by in each sample. `frequency` in Hz, 0 up to half of the sample rate. */
export function phaseStep(frequency: f64): u32 {
  const clamped = min(max(frequency, 0), SAMPLE_RATE / 2);
  return <u32>nearest(clamped * (4294967296.0 / SAMPLE_RATE));
}

/** Sine of four phases, in 2^-32 of a turn. */
@inline export function sines(phases: v128): v128 {
  const halfTurns = f32x4.mul(f32x4.convert_i32x4_s(phases), f32x4.splat(<f32>(1.0 / 2147483648.0)));
  const size = f32x4.abs(halfTurns);
  const folded = f32x4.min(size, f32x4.sub(f32x4.splat(1), size));
  const x = f32x4.mul(folded, f32x4.splat(<f32>Math.PI));
  const square = f32x4.mul(x, x);
  let sum = f32x4.splat(<f32>(-1.0 / 39916800.0));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(<f32>(1.0 / 362880.0)));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(<f32>(-1.0 / 5040.0)));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(<f32>(1.0 / 120.0)));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(<f32>(-1.0 / 6.0)));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(1));
  const positive = f32x4.mul(sum, x);
  return v128.or(positive, v128.and(phases, i32x4.splat(i32.MIN_VALUE)));
}

@inline export function quarterTurn(): v128 { return i32x4.splat(0x40000000); }

/** Sum of the four lanes. */
@inline export function sumLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3);
}

/** Bytes of an OscillatorBank. */
export const OSCILLATOR_BANK_SIZE: i32 = 80;

const PHASES: usize = 0, STEPS: usize = 16, PEAKS: usize = 32, GAINS: usize = 48, SLOPES: usize = 64;

/** Four oscillators, each with its frequency, its level and its key. Keying ramps over EDGE_SAMPLES. */
@unmanaged
export class OscillatorBank {
  @inline private get base(): usize { return changetype<usize>(this); }

  /** All silent, at once. */
  reset(): void {
    memory.fill(this.base, 0, OSCILLATOR_BANK_SIZE);
    this.key(0);
  }

  /** Frequency in Hz and level of one oscillator; its phase starts at zero. */
  set(index: i32, frequency: f64, dbm0: f64): void {
    const lane = this.base + (<usize>index << 2);
    store<u32>(lane, 0, PHASES);
    store<u32>(lane, phaseStep(frequency), STEPS);
    store<f32>(lane, <f32>min(peakOfDbm0(dbm0), 32767), PEAKS);
  }

  /** Oscillators of the set bits fade in, all others fade out. */
  key(mask: i32): void {
    const slope: f32 = 1 / <f32>EDGE_SAMPLES;
    for (let index = 0; index < OSCILLATORS; index++) {
      store<f32>(this.base + (<usize>index << 2), (mask >> index) & 1 ? slope : -slope, SLOPES);
    }
  }

  /** Nothing to hear, and nothing fading out. */
  get isSilent(): bool {
    const gains = v128.load(this.base, GAINS);
    const slopes = v128.load(this.base, SLOPES);
    return !v128.any_true(f32x4.gt(gains, f32x4.splat(0))) && !v128.any_true(f32x4.gt(slopes, f32x4.splat(0)));
  }

  /** Adds the oscillators to `samples` 16-bit samples, saturating. */
  mix(target: usize, samples: i32): void {
    if (this.isSilent) return;
    let phases = v128.load(this.base, PHASES);
    let gains = v128.load(this.base, GAINS);
    const steps = v128.load(this.base, STEPS);
    const peaks = v128.load(this.base, PEAKS);
    const slopes = v128.load(this.base, SLOPES);
    for (let end = target + (<usize>samples << 1); target < end; target += 2) {
      gains = f32x4.min(f32x4.max(f32x4.add(gains, slopes), f32x4.splat(0)), f32x4.splat(1));
      const sound = sumLanes(f32x4.mul(f32x4.mul(sines(phases), peaks), gains));
      const sum = load<i16>(target) + <i32>nearest(sound);
      store<i16>(target, <i16>max<i32>(min<i32>(sum, i16.MAX_VALUE), i16.MIN_VALUE));
      phases = i32x4.add(phases, steps);
    }
    v128.store(this.base, phases, PHASES);
    v128.store(this.base, gains, GAINS);
  }
}
