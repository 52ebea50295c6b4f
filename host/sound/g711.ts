// ITU-T G.711 for what carries its bytes outside of RTP: WAV files, line cards. 16-bit samples.

/** Table 2b: the 16-bit value of a µ-law byte. */
function fromMuLaw(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 15) << 3) + 132) << ((code >> 4) & 7)) - 132;
  return code & 0x80 ? -magnitude : magnitude;
}

/** Table 1b: the 16-bit value of an A-law byte. Its even bits travel inverted, and a set sign bit is positive. */
function fromALaw(byte: number): number {
  const code = byte ^ 0x55;
  const segment = (code >> 4) & 7;
  const step = ((code & 15) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 256) << (segment - 1);
  return code & 0x80 ? magnitude : -magnitude;
}

/** Which of 8 segments a magnitude lies in; the first one ends at 2 * `lowest`. */
function segmentOf(magnitude: number, lowest: number): number {
  let segment = 0;
  while (segment < 7 && magnitude >= lowest << (segment + 1)) segment++;
  return segment;
}

function toMuLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), 32635) + 132;
  const segment = segmentOf(magnitude, 128);
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 15)) & 0xff;
}

function toALaw(sample: number): number {
  const magnitude = sample < 0 ? -sample - 1 : sample;
  const segment = segmentOf(magnitude, 128);
  const step = (magnitude >> (segment === 0 ? 4 : segment + 3)) & 15;
  return ((sample < 0 ? 0 : 0x80) | (segment << 4) | step) ^ 0x55;
}

/** By the byte. */
export const MU_LAW_SAMPLES = Int16Array.from({ length: 256 }, (_, byte) => fromMuLaw(byte));
export const A_LAW_SAMPLES = Int16Array.from({ length: 256 }, (_, byte) => fromALaw(byte));

/** Fills `bytes` from `at` on with the samples. */
export function encodeMuLaw(samples: Int16Array, bytes: Uint8Array, at: number): void {
  for (let index = 0; index < samples.length; index++) bytes[at + index] = toMuLaw(samples[index]!);
}

export function encodeALaw(samples: Int16Array, bytes: Uint8Array, at: number): void {
  for (let index = 0; index < samples.length; index++) bytes[at + index] = toALaw(samples[index]!);
}
