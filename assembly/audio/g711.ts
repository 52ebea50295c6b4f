// ITU-T G.711, mu-law (table 2) and A-law (table 1), from and to 16-bit samples.
// Where 16 bits say more than the law's 14 or 13, the low bits are cut off, as the ITU's reference software (G.191)
// does: a negative sample is the mirror image of its one's complement.

export const enum Law { Mu, A }

const MU_BIAS: i32 = 33;
const MU_MOST: i32 = 8191;
/** A-law sends its even bits inverted. */
const A_TOGGLE: i32 = 0x55;

/** i16 of each code: 256 for Law.Mu, then 256 for Law.A. */
const decoded: usize = memory.data(1024, 16);

/** Fills the decoding tables. Once, before any decoding. */
export function setupG711(): void {
  for (let code = 0; code < 256; code++) {
    store<i16>(decoded + (<usize>code << 1), <i16>expandMu(code));
    store<i16>(decoded + (<usize>code << 1), <i16>expandA(code), 512);
  }
}

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

@inline function compressMu(sample: i32): i32 {
  const sign = sample >> 31;
  const magnitude = min<i32>(((sample ^ sign) >> 2) + MU_BIAS, MU_MOST);
  const segment = 26 - clz<i32>(magnitude);
  return ~((sign & 0x80) | (segment << 4) | ((magnitude >> (segment + 1)) & 15)) & 0xff;
}

@inline function compressA(sample: i32): i32 {
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
  return load<i16>(decoded + (<usize>law << 9) + (<usize>code << 1));
}

/** `samples` 16-bit samples at `source` into as many bytes at `target`. */
export function encodeFrame(law: Law, target: usize, source: usize, samples: i32): void {
  const end = target + <usize>samples;
  if (law == Law.A) {
    for (; target < end; target++, source += 2) store<u8>(target, <u8>compressA(load<i16>(source)));
  } else {
    for (; target < end; target++, source += 2) store<u8>(target, <u8>compressMu(load<i16>(source)));
  }
}

/** `samples` bytes at `source` into as many 16-bit samples at `target`. */
export function decodeFrame(law: Law, target: usize, source: usize, samples: i32): void {
  const table = decoded + (<usize>law << 9);
  for (let end = source + <usize>samples; source < end; source++, target += 2) {
    store<i16>(target, load<i16>(table + (<usize>load<u8>(source) << 1)));
  }
}
