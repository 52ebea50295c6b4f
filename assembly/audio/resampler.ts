// Between a sound card's 48 kHz and the telephone's 8 kHz: ITU-T G.712 §2 is what a telephone channel lets through. One linear-phase
// low-pass of 192 taps (a windowed sinc, Kaiser's window) both ways: flat to 3.4 kHz, 70 dB down from 4.6 kHz on, where
// what would fold back, or is an image, lies above 3.4 kHz. Both ways together take 31 samples of 8 kHz.

import { sine } from "../base/elementary";
import { FRAME_SAMPLES } from "../limits";

/** Samples of the card for one of the telephone. */
export const RATIO: i32 = 6;
/** A frame of the card. */
export const WIDE_SAMPLES: i32 = FRAME_SAMPLES * RATIO;
/** Where a sine is halved, as a share of the card's rate: 4 kHz. */
const CUT_OFF: f64 = 1.0 / 12;
const TAPS: i32 = 192;
/** Taps that meet the samples of the telephone, for each of the RATIO places between two of them. */
const PHASE_TAPS: i32 = TAPS / RATIO;
/** Kaiser's shape for 70 dB: 0.1102 × (70 - 8.7). */
const SHAPE: f64 = 6.755;
/** Bits behind the point of a tap: the largest one is 1/6 on the way down, and 1 on the way up. */
const DOWN_BITS: i32 = 15;
const UP_BITS: i32 = 14;

const HISTORY: usize = <usize>TAPS << 1;
const PHASE_HISTORY: usize = <usize>PHASE_TAPS << 1;
const PHASE_SIZE: usize = <usize>PHASE_TAPS << 1;
const WIDE_SIZE: usize = <usize>WIDE_SAMPLES << 1;
const FRAME_SIZE: usize = <usize>FRAME_SAMPLES << 1;

const downTaps: usize = memory.data(TAPS * 2, 16);
const upTaps: usize = memory.data(TAPS * 2, 16);

/** Bytes of a Decimator and of an Interpolator. */
export const DECIMATOR_SIZE: i32 = TAPS * 2 + WIDE_SAMPLES * 2;
export const INTERPOLATOR_SIZE: i32 = PHASE_TAPS * 2 + FRAME_SAMPLES * 2;

/** Modified Bessel function of the first kind, order 0, by its series. */
function bessel(x: f64): f64 {
  const square = x * x / 4;
  let term = 1.0, sum = 1.0;
  for (let n = 1.0; term > sum * 1e-12; n++) {
    term *= square / (n * n);
    sum += term;
  }
  return sum;
}

/** Tap of a low-pass that lets a constant through as it is, but for a share that normalise() knows. */
function tapAt(index: i32): f64 {
  const place = <f64>index - <f64>(TAPS - 1) / 2;
  const edge = 2 * place / <f64>TAPS;
  const angle = 2 * Math.PI * CUT_OFF * place;
  return 2 * CUT_OFF * sine(angle) / angle * bessel(SHAPE * Math.sqrt(1 - edge * edge)) / bessel(SHAPE);
}

/** Fills the tables; once, before anything is resampled. */
export function setupResampler(): void {
  let sum = 0.0;
  for (let index = 0; index < TAPS; index++) sum += tapAt(index);
  for (let index = 0; index < TAPS; index++) {
    const tap = tapAt(index) / sum;
    store<i16>(downTaps + (<usize>index << 1), <i16>nearest(tap * <f64>(1 << DOWN_BITS)));
    // the oldest sample comes first, and meets the last tap of its phase
    const phase = index % RATIO, place = PHASE_TAPS - 1 - index / RATIO;
    store<i16>(upTaps + <usize>phase * PHASE_SIZE + (<usize>place << 1), <i16>nearest(tap * <f64>RATIO * <f64>(1 << UP_BITS)));
  }
}

/** Sum of products of `size` bytes of 16-bit taps, a multiple of 16, and sound; rounded, and cut off at full scale. */
function product(taps: usize, sound: usize, size: usize, bits: i32): i16 {
  let sums = i32x4.splat(0);
  for (let at: usize = 0; at < size; at += 16) {
    sums = i32x4.add(sums, i32x4.dot_i16x8_s(v128.load(taps + at), v128.load(sound + at)));
  }
  sums = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
  const sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
  return <i16>min(max((sum + (1 << (bits - 1))) >> bits, i16.MIN_VALUE), i16.MAX_VALUE);
}

/** 48 kHz to 8 kHz, of one channel. The samples of TAPS before stay at its address, those of the frame follow them. */
@unmanaged
export class Decimator {
  /** Where the next WIDE_SAMPLES of 48 kHz go. */
  @inline get input(): usize { return changetype<usize>(this) + HISTORY; }

  reset(): void { memory.fill(changetype<usize>(this), 0, DECIMATOR_SIZE); }

  /** Makes FRAME_SAMPLES at `target` of the input. */
  run(target: usize): void {
    const start = changetype<usize>(this);
    for (let sample: usize = 0; sample < <usize>FRAME_SAMPLES; sample++) {
      const sound = start + ((sample + 1) * RATIO << 1);
      store<i16>(target + (sample << 1), product(downTaps, sound, HISTORY, DOWN_BITS));
    }
    memory.copy(start, start + WIDE_SIZE, HISTORY);
  }
}

/** 8 kHz to 48 kHz, of one channel; laid out as a Decimator. */
@unmanaged
export class Interpolator {
  /** Where the next FRAME_SAMPLES of 8 kHz go. */
  @inline get input(): usize { return changetype<usize>(this) + PHASE_HISTORY; }

  reset(): void { memory.fill(changetype<usize>(this), 0, INTERPOLATOR_SIZE); }

  /** Makes WIDE_SAMPLES of the input, each `stride` bytes after the one before. */
  run(target: usize, stride: usize): void {
    const start = changetype<usize>(this);
    for (let sample: usize = 0; sample < <usize>FRAME_SAMPLES; sample++) {
      const sound = start + (sample + 1 << 1);
      for (let taps = upTaps; taps < upTaps + HISTORY; taps += PHASE_SIZE, target += stride) {
        store<i16>(target, product(taps, sound, PHASE_SIZE, UP_BITS));
      }
    }
    memory.copy(start, start + FRAME_SIZE, PHASE_HISTORY);
  }
}
