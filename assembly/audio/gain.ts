// Louder or softer by so many dB: rounded to the nearest step, and cut off at full scale instead of wrapping round.

import { powerOfTen } from "../base/elementary";

/** Bits behind the point of a factor. */
const POINT: i32 = 12;
/** A factor that changes nothing. */
export const UNITY: i32 = 1 << POINT;
/** +18 dB: the most that a factor has room for. */
export const MOST_GAIN_DB: f64 = 18;

/** The factor of a gain in dB, up to MOST_GAIN_DB. */
export function factorOfDb(decibels: f64): i32 {
  return <i32>nearest(<f64>UNITY * powerOfTen(min(decibels, MOST_GAIN_DB) / 20));
}

/** Multiplies a frame in place. `samples` is a multiple of 8. */
export function amplify(pcm: usize, samples: i32, factor: i32): void {
  if (factor == UNITY) return;
  const factors = i16x8.splat(<i16>factor);
  const half = i32x4.splat(UNITY >> 1);
  for (let end = pcm + (<usize>samples << 1); pcm < end; pcm += 16) {
    const sound = v128.load(pcm);
    const low = i32x4.shr_s(i32x4.add(i32x4.extmul_low_i16x8_s(sound, factors), half), POINT);
    const high = i32x4.shr_s(i32x4.add(i32x4.extmul_high_i16x8_s(sound, factors), half), POINT);
    v128.store(pcm, i16x8.narrow_i32x4_s(low, high));
  }
}
