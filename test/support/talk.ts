// A call between phone 1 and a softphone, each with a tone for its voice.

import assert from "node:assert/strict";
import { type LiveBox, PATIENCE } from "./live-box.ts";
import { longestTone, makeTone } from "./test-tone.ts";

export const PASSWORDS = { 101: "of the phone", 201: "of-the-softphone" };
/** Of the phone and of the softphone: frequency in Hz, level in dBm0. */
export const PHONE = { frequency: 600, level: -14 };
export const SOFTPHONE = { frequency: 1000, level: -10 };
/** The line's microphone is a wire, and so is G.711 but for its quantising. */
const TOLERANCE_DB = 0.5;

/** Both are connected. The phone says its tone and hears the other's meanwhile. */
export async function talk(live: LiveBox): Promise<void> {
  const phone = live.phone(1);
  const heard = phone.waitForTone({ frequencies: [SOFTPHONE.frequency], cadence: [400] }, PATIENCE, "the softphone");
  await phone.play(makeTone(PHONE.frequency, PHONE.level, 1500));
  await heard;
}

export function assertHeard(who: string, heard: Int16Array, { frequency, level }: typeof PHONE): void {
  const { lengthMs, levelDbm0 } = longestTone(heard, frequency);
  assert.ok(lengthMs >= 400, `${who} heard ${lengthMs} ms of ${frequency} Hz without a break`);
  assert.ok(Math.abs(levelDbm0 - level) < TOLERANCE_DB, `${who} heard ${levelDbm0.toFixed(2)} dBm0, not ${level}`);
}
