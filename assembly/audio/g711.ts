// ITU-T G.711, mu-law (table 2) and A-law (table 1), from and to 16-bit samples.
// Where 16 bits say more than the law's 14 or 13, the low bits are cut off, as the ITU's reference software (G.191)
// does: a negative sample is the mirror image of its one's complement.
//
// Both laws are floating point in disguise: a segment is an exponent, a step is four bits of mantissa. So a vector of
// codes is cut out of a vector of f32, and one of samples is made by putting codes into their place.

export const enum Law { Mu, A }

const MU_BIAS: i32 = 33;
const MU_MOST: i32 = 8191;
/** A-law sends its even bits inverted. */
const A_TOGGLE: i32 = 0x55;

/** Bits of an f32 below its exponent and the first four of its mantissa. */
const BELOW_CODE: i32 = 19;
/** Exponent of an f32 of 1.0, where it stands above four bits of mantissa. */
const ONE: i32 = 127 << 4;
/** An f32 so large that 1 is the last bit of its mantissa: added to a number, it leaves the integer in its low bits. */
const ONE_IS_LAST_BIT: f32 = 8388608;
/** Mu-law's segment 0 begins at 2^5, A-law's would at 2^3 if it were one; below this A-law's codes are magnitudes. */
const MU_FIRST: i32 = ONE + (5 << 4);
const A_FIRST: i32 = ONE + (3 << 4);
const A_LINEAR: i32 = 16;

function expandMu(code: i32): i32 {
  const bits = ~code;
  const magnitude = ((((bits & 15) << 1) + MU_BIAS) << ((bits >> 4) & 7)) - MU_BIAS;
  return (bits & 0x80 ? -magnitude : magnitude) << 2;
}

function expandA(code: i32): i32 {
  const bits = code ^ A_TOGGLE;
  const segment = (bits >> 4) & 7;
  let magnitude = ((bits & 15) << 1) + 1;
  if (segment > 0) magnitude = (magnitude + 32) << (segment - 1);
  return (bits & 0x80 ? magnitude : -magnitude) << 3;
}

function compressMu(sample: i32): i32 {
  const sign = sample >> 31;
  const magnitude = min<i32>(((sample ^ sign) >> 2) + MU_BIAS, MU_MOST);
  const segment = 26 - clz<i32>(magnitude);
  return ~((sign & 0x80) | (segment << 4) | ((magnitude >> (segment + 1)) & 15)) & 0xff;
}

function compressA(sample: i32): i32 {
  const sign = sample >> 31;
  let bits = (sample ^ sign) >> 4;
  if (bits > 31) {
    const segment = 28 - clz<i32>(bits);
    bits = (segment << 4) | ((bits >> (segment - 1)) & 15);
  }
  return (~sign & 0x80 | bits) ^ A_TOGGLE;
}

export function encodeSample(law: Law, sample: i16): u8 {
  return <u8>(law == Law.A ? compressA(sample) : compressMu(sample));
}

export function decodeSample(law: Law, code: u8): i16 {
  return <i16>(law == Law.A ? expandA(code) : expandMu(code));
}

/** Exponent and four bits of mantissa of each of eight integers. */
@inline function floatCodes(magnitudes: v128): v128 {
  const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(magnitudes));
  const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(magnitudes));
  return i16x8.narrow_i32x4_s(i32x4.shr_u(low, BELOW_CODE), i32x4.shr_u(high, BELOW_CODE));
}

/** What such codes stand for, each in the middle of its step. */
@inline function floatValues(codes: v128): v128 {
  const middle = i32x4.splat(1 << (BELOW_CODE - 1));
  const low = v128.or(i32x4.shl(i32x4.extend_low_i16x8_u(codes), BELOW_CODE), middle);
  const high = v128.or(i32x4.shl(i32x4.extend_high_i16x8_u(codes), BELOW_CODE), middle);
  const one = f32x4.splat(ONE_IS_LAST_BIT);
  const bits = i32x4.splat(0xffff);
  return i16x8.narrow_i32x4_s(v128.and(f32x4.add(low, one), bits), v128.and(f32x4.add(high, one), bits));
}

/** Eight codes in words, from eight samples. */
@inline function compressMu8(samples: v128): v128 {
  const signs = i16x8.shr_s(samples, 15);
  const magnitudes = i16x8.add(i16x8.shr_u(v128.xor(samples, signs), 2), i16x8.splat(<i16>MU_BIAS));
  const codes = floatCodes(i16x8.min_s(magnitudes, i16x8.splat(<i16>MU_MOST)));
  const bits = v128.or(i16x8.sub(codes, i16x8.splat(<i16>MU_FIRST)), v128.and(signs, i16x8.splat(0x80)));
  return v128.xor(bits, i16x8.splat(0xff));
}

@inline function compressA8(samples: v128): v128 {
  const signs = i16x8.shr_s(samples, 15);
  const magnitudes = i16x8.shr_u(v128.xor(samples, signs), 4);
  const codes = i16x8.sub(floatCodes(magnitudes), i16x8.splat(<i16>A_FIRST));
  const bits = i16x8.max_s(codes, i16x8.min_s(magnitudes, i16x8.splat(<i16>(A_LINEAR - 1))));
  return v128.xor(v128.or(bits, v128.andnot(i16x8.splat(0x80), signs)), i16x8.splat(<i16>A_TOGGLE));
}

/** Eight samples from eight codes in words. */
@inline function expandMu8(codes: v128): v128 {
  const bits = v128.xor(codes, i16x8.splat(0xff));
  const values = floatValues(i16x8.add(v128.and(bits, i16x8.splat(0x7f)), i16x8.splat(<i16>MU_FIRST)));
  const magnitudes = i16x8.shl(i16x8.sub(values, i16x8.splat(<i16>MU_BIAS)), 2);
  const signs = i16x8.shr_s(i16x8.shl(bits, 8), 15);
  return i16x8.sub(v128.xor(magnitudes, signs), signs);
}

@inline function expandA8(codes: v128): v128 {
  const bits = v128.xor(codes, i16x8.splat(<i16>A_TOGGLE));
  const size = v128.and(bits, i16x8.splat(0x7f));
  const linear = i16x8.lt_s(size, i16x8.splat(<i16>A_LINEAR));
  // segment 0 has the steps of segment 1, and begins 32 of them lower
  const shifted = i16x8.add(size, v128.and(linear, i16x8.splat(<i16>A_LINEAR)));
  const values = floatValues(i16x8.add(shifted, i16x8.splat(<i16>(A_FIRST + A_LINEAR))));
  const magnitudes = i16x8.shl(i16x8.sub(values, v128.and(linear, i16x8.splat(32))), 3);
  const signs = i16x8.shr_s(i16x8.shl(v128.not(bits), 8), 15);
  return i16x8.sub(v128.xor(magnitudes, signs), signs);
}

/** `samples` 16-bit samples at `source` into as many bytes at `target`. */
export function encodeFrame(law: Law, target: usize, source: usize, samples: i32): void {
  const vectors = target + <usize>(samples & ~7);
  const end = target + <usize>samples;
  if (law == Law.A) {
    for (; target < vectors; target += 8, source += 16) put8(target, compressA8(v128.load(source)));
  } else {
    for (; target < vectors; target += 8, source += 16) put8(target, compressMu8(v128.load(source)));
  }
  for (; target < end; target++, source += 2) store<u8>(target, encodeSample(law, load<i16>(source)));
}

@inline function put8(target: usize, codes: v128): void {
  v128.store_lane<u64>(target, i8x16.narrow_i16x8_u(codes, codes), 0);
}

/** `samples` bytes at `source` into as many 16-bit samples at `target`. */
export function decodeFrame(law: Law, target: usize, source: usize, samples: i32): void {
  const vectors = source + <usize>(samples & ~7);
  const end = source + <usize>samples;
  if (law == Law.A) {
    for (; source < vectors; source += 8, target += 16) v128.store(target, expandA8(v128.load_ext<u8>(source)));
  } else {
    for (; source < vectors; source += 8, target += 16) v128.store(target, expandMu8(v128.load_ext<u8>(source)));
  }
  for (; source < end; source++, target += 2) store<i16>(target, decodeSample(law, load<u8>(source)));
}
