// Levels in dBm0. By ITU-T G.711 the loudest sine that A-law carries is +3.14 dBm0, and +3.17 that mu-law does, a
// difference nobody hears. tipring takes the A-law figure for both: a 16-bit sine of peak 32768 is +3.14 dBm0, so
// 0 dBm0 has a peak of 22827.

import { powerOfTen } from "../base/elementary";

export const FULL_SCALE_DBM0: f64 = 3.14;
/** What a frame of digital silence measures. */
export const SILENCE_DBM0: f64 = -100;

/** Peak of a sine of `dbm0`, in 16-bit steps. */
export function peakOfDbm0(dbm0: f64): f64 { return 32768 * powerOfTen((dbm0 - FULL_SCALE_DBM0) / 20); }

/** Mean square of a sine of `dbm0`. */
export function powerOfDbm0(dbm0: f64): f64 {
  const peak = peakOfDbm0(dbm0);
  return peak * peak / 2;
}

/** Level of a mean square of 16-bit samples. */
export function dbm0OfPower(power: f64): f64 {
  if (power <= 0) return SILENCE_DBM0;
  return max(SILENCE_DBM0, 10 * Math.log10(power / (32768.0 * 32768.0 / 2)) + FULL_SCALE_DBM0);
}

/** Sum of the squares of `samples` 16-bit samples. */
export function energyOf(source: usize, samples: i32): u64 {
  const vectors = source + (<usize>(samples & ~7) << 1);
  const end = source + (<usize>samples << 1);
  let sums = i64x2.splat(0);
  for (; source < vectors; source += 16) {
    const sound = v128.load(source);
    const squares = i32x4.dot_i16x8_s(sound, sound); // up to 2^31, so without a sign
    sums = i64x2.add(sums, i64x2.add(i64x2.extend_low_i32x4_u(squares), i64x2.extend_high_i32x4_u(squares)));
  }
  let sum = i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1);
  for (; source < end; source += 2) {
    const sample = <i64>load<i16>(source);
    sum += sample * sample;
  }
  return sum;
}

/** The largest of `samples` 16-bit samples, whatever its sign; `samples` is a multiple of 8. */
export function peakOf(source: usize, samples: i32): i32 {
  let most = i16x8.splat(0);
  for (let end = source + (<usize>samples << 1); source < end; source += 16) {
    most = i16x8.max_u(most, i16x8.abs(v128.load(source)));
  }
  let peak = 0;
  for (let lane: usize = 0; lane < 8; lane++) {
    peak = max(peak, <i32>i16x8.extract_lane_u(most, 0));
    most = i8x16.shuffle(most, most, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1);
  }
  return peak;
}

/** Level of a frame of 16-bit samples. */
export function frameLevelDbm0(source: usize, samples: i32): f64 {
  return dbm0OfPower(<f64>energyOf(source, samples) / <f64>max(samples, 1));
}
