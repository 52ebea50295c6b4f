// What differs from country to country besides the tones: ringing, flash window, rotary digit map, loop current.

import { lower } from "../base/bytes";
import { CallerIdScheme } from "./caller-id-scheme";
import { COUNTRIES, COUNTRY_SIZE, COUNTRY_TONES, countries } from "./country-table";
import { PulseMap } from "./pulse";

const RINGBACK_CADENCE: i32 = COUNTRY_TONES + 3;
const UK: i32 = 0x554b, GB: i32 = 0x4742;

@inline function byte(country: i32, index: i32): i32 { return load<u8>(countryRow(country) + <usize>index); }
@inline export function countryRow(country: i32): usize { return countries + <usize>(country * COUNTRY_SIZE); }

/** Country of an ISO 3166 code, any case; UK is heard as GB. -1 when unknown. */
export function countryIndex(at: usize, length: i32): i32 {
  if (length != 2) return -1;
  let code = <i32>(lower(load<u8>(at)) ^ 0x20) << 8 | <i32>(lower(load<u8>(at, 1)) ^ 0x20);
  if (code == UK) code = GB;
  for (let country = 0; country < COUNTRIES; country++) {
    if (countryCode(country) == code) return country;
  }
  return -1;
}

/** The two letters of a country's code, first letter in the high byte; 0 past the last: the list of what is allowed. */
export function countryCode(country: i32): i32 {
  return <u32>country < <u32>COUNTRIES ? byte(country, 0) << 8 | byte(country, 1) : 0;
}

/** Hz. */
@inline export function ringFrequency(country: i32): i32 { return byte(country, 2); }
/** ms. */
@inline export function flashMin(country: i32): f64 { return <f64>(byte(country, 3) * 10); }
@inline export function flashMax(country: i32): f64 { return <f64>(byte(country, 4) * 10); }
/** How long the loop current drops when the far end has hung up, ms; 0 for not at all. */
@inline export function currentDrop(country: i32): f64 { return <f64>(byte(country, 5) * 10); }
@inline export function pulseMap(country: i32): PulseMap { return byte(country, 6) & 3; }
@inline export function callerIdScheme(country: i32): CallerIdScheme { return byte(country, 6) >> 2; }
/** A number of country-table.ts. */
@inline export function impedance(country: i32): i32 { return byte(country, 7); }
/** A cadence of tone-dictionary.ts. */
@inline export function ringCadence(country: i32): i32 { return byte(country, RINGBACK_CADENCE); }
