// Distinctive rings: ten cadences, the second to the eighth of which are those that adapters call Bellcore-r2 to r8; and which
// callers ring in which, as the line is set.

import { isBlank } from "../base/bytes";
import { Text } from "../base/text";
import { ringCadence } from "./country";
import { C1000_4000, RING_2, TWICE_400_200_2000 } from "./tone-dictionary";

/** A cadence of tone-dictionary.ts. `ring`: 1 to 10; the first, and what is none, is the country's own. */
export function cadenceOfRing(ring: i32, country: i32): i32 {
  if (ring == 10) return C1000_4000;
  if (ring == 9) return TWICE_400_200_2000;
  return ring >= 2 && ring <= 8 ? <i32>RING_2 + ring - 2 : ringCadence(country);
}

/**
 * The ring of a caller by `rules` such as `101=2 0049*=3`: numbers or names, of which a star at the end leaves the rest open, and
 * the first that fits counts. 0 when none does.
 */
export function ringOfCaller(rules: Text, caller: Text): i32 {
  const end = rules.at + <usize>rules.length;
  for (let at = rules.at; at < end;) {
    let fits = true, isOpen = false;
    let index = 0;
    for (; at < end && load<u8>(at) != 0x3d; at++) { // =
      if (isBlank(load<u8>(at))) continue;
      if (load<u8>(at) == 0x2a) isOpen = true; // *
      else if (index < <i32>caller.length && load<u8>(at) == load<u8>(caller.at + <usize>index)) index++;
      else fits = false;
    }
    let ring = 0;
    for (at++; at < end && !isBlank(load<u8>(at)); at++) ring = ring * 10 + load<u8>(at) - 48;
    if (fits && (isOpen || index == caller.length)) return ring;
  }
  return 0;
}
