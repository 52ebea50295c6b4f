// Levels in dBm0. By ITU-T G.711 the loudest sine that A-law carries is +3.14 dBm0, and +3.17 that mu-law does, a
// difference nobody hears. tipring takes the A-law figure for both: a 16-bit sine of peak 32768 is +3.14 dBm0, so
// 0 dBm0 has a peak of 22827.

export const FULL_SCALE_DBM0: f64 = 3.14;
/** What a frame of digital silence measures. */
export const SILENCE_DBM0: f64 = -100;

/** Peak of a sine of `dbm0`, in 16-bit steps. */
export function peakOfDbm0(dbm0: f64): f64 { return 32768 * Math.pow(10, (dbm0 - FULL_SCALE_DBM0) / 20); }

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

/** Level of a frame of 16-bit samples. */
export function frameLevelDbm0(source: usize, samples: i32): f64 {
  let sum: i64 = 0;
  for (let end = source + (<usize>samples << 1); source < end; source += 2) {
    const sample = <i64>load<i16>(source);
    sum += sample * sample;
  }
  return dbm0OfPower(<f64>sum / <f64>max(samples, 1));
}
