// The tones of a line: which there are, and what each sounds like in a country. Read ITU-T E.182 for what they tell.

import { TONE_WORDS } from "../audio/tone-player";
import { countryRow } from "./country";
import { COUNTRY_TONES } from "./country-table";
import { C100, C250, C300_10000, HOWLER, INFORMATION, SIT, STUTTER, THRICE, writeTone } from "./tone-dictionary";

/** Numbers are part of the ABI: append, never reorder. */
export const enum Tone {
  None, Dial, Ringback, Busy, Congestion, Howler, Stutter, CallWaiting, Confirmation, Recall, Information, Count,
}

/**
 * Where a country's row has none, by Tone from Dial on: the tone whose sound it has, or a sound of its own and a cadence. The
 * howler is the receiver-off-hook tone of Telcordia GR-506, as loud as four sines get without clipping: it wakes people
 * everywhere. The special information tone is that of E.180 §7.
 */
const defaults: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, <u8>Tone.Busy, 0, C250, 0, HOWLER, C100, <u8>Tone.Dial, 0, STUTTER,
  <u8>Tone.Busy, 0, C300_10000, <u8>Tone.Dial, 0, THRICE, <u8>Tone.Dial, 0, STUTTER, 0, SIT, INFORMATION,
]);

const spec: usize = memory.data(TONE_WORDS << 2, 16);

/** Of a tone that rows have: its sound; its cadence stands behind it. */
@inline function pairAt(country: i32, tone: Tone): usize {
  return countryRow(country) + <usize>(COUNTRY_TONES + (tone - (tone > Tone.Howler ? 2 : 1)) * 2);
}

/** Address of a country's tone for TonePlayer.start, until the next call; 0 for none. */
export function toneOf(country: i32, tone: Tone): usize {
  if (tone <= Tone.None || tone >= Tone.Count) return 0;
  const pair = pairAt(country, tone);
  let sound = tone == Tone.Howler ? 0 : <i32>load<u8>(pair);
  let cadence = <i32>load<u8>(pair, 1);
  if (sound == 0) {
    const fallback = defaults + <usize>((tone - 1) * 3);
    const like = <Tone>load<u8>(fallback);
    sound = like != Tone.None ? <i32>load<u8>(pairAt(country, like)) : <i32>load<u8>(fallback, 1);
    cadence = load<u8>(fallback, 2);
  }
  writeTone(sound, cadence, spec);
  return spec;
}
