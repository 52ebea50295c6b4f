// What differs from country to country besides the tones: ringing, flash window, rotary digit map.
// Ringing: ITU-T E.180 Supplement 2 and, for the frequency, the ringing voltage that exchanges of the country send.

import { equalsIgnoreCase } from "../base/literal";
import { lower } from "../base/bytes";
import { CallerIdScheme } from "./caller-id-scheme";
import { PulseMap } from "./pulse";
import { CountryCode } from "./tones";

const COUNTRY_WORDS: i32 = 13;

/** Code, ring frequency in Hz, shortest and longest flash, digit map, caller ID; number of times, then on and off by turns. */
const table: usize = memory.data<i32>([
  0x5553, 20, 300, 1100, PulseMap.Standard, CallerIdScheme.Bellcore, 2, 2000, 4000, 0, 0, 0, 0,
  // Time-break recall of BT SIN 351 is 50 to 130 ms; phones made elsewhere take longer.
  0x4742, 25, 60, 200, PulseMap.Standard, CallerIdScheme.Bt, 4, 400, 200, 400, 2000, 0, 0,
  0x4445, 25, 60, 310, PulseMap.Standard, CallerIdScheme.EtsiDuringRinging, 2, 1000, 4000, 0, 0, 0, 0,
  // Exchanges ring at 50 Hz; every bell also rings at 25, which line circuits can make.
  0x4652, 25, 80, 320, PulseMap.Standard, CallerIdScheme.EtsiDuringRinging, 2, 1500, 3500, 0, 0, 0, 0,
  0x5345, 25, 60, 200, PulseMap.Sweden, CallerIdScheme.DtmfSweden, 2, 1000, 5000, 0, 0, 0, 0,
  0x4155, 25, 60, 200, PulseMap.Standard, CallerIdScheme.Bellcore, 4, 400, 200, 400, 2000, 0, 0,
]);

@inline function word(country: i32, index: i32): i32 {
  return load<i32>(table + (<usize>(country * COUNTRY_WORDS + index) << 2));
}

/** Country of an ISO 3166 code, any case; UK is heard as GB. -1 when unknown. */
export function countryIndex(at: usize, length: i32): i32 {
  if (length != 2) return -1;
  if (equalsIgnoreCase(at, length, "uk")) return CountryCode.GB;
  const code = <i32>(lower(load<u8>(at)) ^ 0x20) << 8 | <i32>(lower(load<u8>(at, 1)) ^ 0x20);
  for (let country = 0; country < CountryCode.Count; country++) {
    if (word(country, 0) == code) return country;
  }
  return -1;
}

/** The two letters of a country's code, first letter in the high byte; 0 past the last: the list of what is allowed. */
export function countryCode(country: i32): i32 {
  return country >= 0 && country < CountryCode.Count ? word(country, 0) : 0;
}

/** Hz. */
@inline export function ringFrequency(country: i32): i32 { return word(country, 1); }
@inline export function flashMin(country: i32): f64 { return <f64>word(country, 2); }
@inline export function flashMax(country: i32): f64 { return <f64>word(country, 3); }
@inline export function pulseMap(country: i32): PulseMap { return word(country, 4); }
@inline export function callerIdScheme(country: i32): CallerIdScheme { return word(country, 5); }
/** For Ringer.start. */
@inline export function ringCadence(country: i32): usize {
  return table + (<usize>(country * COUNTRY_WORDS + 6) << 2);
}
