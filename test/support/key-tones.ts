// Which keys of a push-button telephone sound in a recording. ITU-T Q.23.

import { toneLevelDbm0 } from "../../host/sound/level.ts";

const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477, 1633];
/** Samples: 10 ms. Tones 75 Hz apart cannot be told in it, so the strongest of each group counts. */
const BLOCK = 80;

export interface KeyTone {
  key: string;
  /** ms. */
  length: number;
}

/** Key by key, with both tones above `leastDbm0`. */
export function keysIn(samples: Int16Array, leastDbm0 = -25): KeyTone[] {
  const keys: KeyTone[] = [];
  for (let from = 0; from + BLOCK <= samples.length; from += BLOCK) {
    const levels = (group: number[]) => group.map((hertz) => toneLevelDbm0(samples, hertz, from, from + BLOCK));
    const [low, high] = [levels(LOW), levels(HIGH)];
    const isTone = Math.max(...low) > leastDbm0 && Math.max(...high) > leastDbm0;
    const key = isTone ? "123A456B789C*0#D"[4 * low.indexOf(Math.max(...low)) + high.indexOf(Math.max(...high))]! : "";
    const last = keys.at(-1);
    if (last?.key === key) last.length += 10;
    else keys.push({ key, length: 10 });
  }
  return keys.filter(({ key }) => key !== "");
}
