// ITU-T G.711 for what carries its bytes outside of RTP: WAV files, line cards. 16-bit samples, by tables that the core fills.

import { readModule } from "../paths.ts";

interface Codec {
  encodeSample(law: number, sample: number): number;
  decodeSample(law: number, code: number): number;
}

/** As assembly/audio/g711.ts numbers them. */
const Law = { Mu: 0, A: 1 } as const;

const module = new WebAssembly.Module(readModule("sound"));
const codec = new WebAssembly.Instance(module).exports as unknown as Codec;

const samplesOf = (law: number): Int16Array =>
  Int16Array.from({ length: 256 }, (_, code) => codec.decodeSample(law, code));

/** By the byte. */
export const MU_LAW_SAMPLES = samplesOf(Law.Mu);
export const A_LAW_SAMPLES = samplesOf(Law.A);

/** Bytes by the sample, of each law that somebody speaks. */
const codes: (Uint8Array | undefined)[] = [];

function codesOf(law: number): Uint8Array {
  codes[law] ??= Uint8Array.from({ length: 65_536 }, (_, sample) => codec.encodeSample(law, (sample << 16) >> 16));
  return codes[law];
}

function encode(law: number, samples: Int16Array, bytes: Uint8Array, at: number, from: number, to: number): void {
  const table = codesOf(law);
  for (let index = from; index < to; index++) bytes[at + index - from] = table[samples[index]! & 0xffff]!;
}

/** Fills `bytes` from `at` on with the samples, or with those from one to before another. */
export function encodeMuLaw(samples: Int16Array, bytes: Uint8Array, at: number, from = 0, to = samples.length): void {
  encode(Law.Mu, samples, bytes, at, from, to);
}

export function encodeALaw(samples: Int16Array, bytes: Uint8Array, at: number, from = 0, to = samples.length): void {
  encode(Law.A, samples, bytes, at, from, to);
}
