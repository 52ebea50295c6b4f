// Makes one frame out of a little more or a little less sound, so that nobody hears where: it goes over into what is most
// like it a pitch period or two later (something is left out) or earlier (something comes twice). Waveform-similarity
// overlap-add, as W. Verhelst and M. Roelands, "An overlap-add technique based on waveform similarity", 1993.

import { FRAME_SAMPLES } from "../limits";
import { findLikeness, likeness, likenessPower, widen } from "./likeness";
import { powerOfDbm0 } from "./level";

/** The most that a frame is lengthened or shortened by: two periods of 100 Hz. */
export const MOST_STRETCH: i32 = FRAME_SAMPLES;
/** The least that is worth it: a period of 400 Hz. */
export const LEAST_STRETCH: i32 = 20;
/** One piece goes over into the other in 15 ms. */
const OVERLAP: i32 = 120;
/** Below this nobody hears what is left out. */
const QUIET_DBM0: f64 = -45;

const SOUND_SAMPLES: i32 = MOST_STRETCH + FRAME_SAMPLES + MOST_STRETCH;
/** MOST_STRETCH samples that were played last. */
export const stretchPlayed: usize = memory.data(960, 16);
/** The next FRAME_SAMPLES, and as many more as there are: MOST_STRETCH at most. */
export const stretchComing: usize = stretchPlayed + (MOST_STRETCH << 1);
const wide: usize = memory.data(1920, 16);
const quiet: f32 = <f32>powerOfDbm0(QUIET_DBM0);

/**
 * By how many samples the sound may jump, not more than `longest`: ahead with `direction` 1, back with -1. 0 when no
 * place is as like this one as `least` (1 is the same, 0 anything) asks for. In silence it is the `wanted` number.
 */
export function findStretch(direction: i32, longest: i32, wanted: i32, least: f32): i32 {
  longest = min(longest, MOST_STRETCH);
  if (longest < LEAST_STRETCH) return 0;
  widen(wide, stretchPlayed, SOUND_SAMPLES);
  const shift = findLikeness(wide + (MOST_STRETCH << 2), OVERLAP, direction, LEAST_STRETCH, longest);
  if (likenessPower < quiet) return direction * min(wanted, longest);
  return likeness >= least ? direction * shift : 0;
}

/** Writes the frame that jumps by `shift`. It uses FRAME_SAMPLES + shift samples up. */
export function stretch(pcm: usize, shift: i32): void {
  const far = stretchComing + <usize>(shift << 1);
  memory.copy(pcm, far, FRAME_SAMPLES << 1);
  for (let index = 0; index < OVERLAP; index++) {
    const place = <usize>index << 1;
    const near = <i32>load<i16>(stretchComing + place);
    const rest = <i32>load<i16>(far + place) - near;
    store<i16>(pcm + place, <i16>(near + rest * (2 * index + 1) / (2 * OVERLAP)));
  }
}
