// The tones of each country, one table. Read ITU-T E.180/Q.35 for what the tones are and its Supplement 2 for each
// country's; the layout of a tone stands in audio/tone-player.ts.
//
// A level that the source leaves open is −13 dBm0 for the whole tone, inside the −10 ± 5 that E.180 recommends: a
// two-wire line returns part of it to the digit detector.

import { toneWords } from "../audio/tone-player";

/** Order of the country table. Append. */
export const enum CountryCode { US, GB, DE, FR, SE, AU, Count }

/** Numbers are part of the ABI: append, never reorder. */
export const enum Tone { None, Dial, Ringback, Busy, Congestion, Howler, Stutter, CallWaiting, Confirmation, Count }

/** In place of a country: the tone of all that have none of their own. */
const ANY: i32 = -1;
const END: i32 = -2;

/** Country, tone, and the tone as the player takes it. */
const table: usize = memory.data<i32>([
  // United States: Telcordia GR-506 (SR-3065 for the receiver-off-hook tone); levels as the tone generators of adapters
  // have them.
  CountryCode.US, Tone.Dial, 2, 350, -170, 440, -170, 0, 0, 0, 0, 1, 0, -1, 0, 3,
  CountryCode.US, Tone.Ringback, 2, 440, -170, 480, -170, 0, 0, 0, 0, 1, 0, 2000, 4000, 3,
  CountryCode.US, Tone.Busy, 2, 480, -210, 620, -210, 0, 0, 0, 0, 1, 0, 500, 500, 3,
  CountryCode.US, Tone.Congestion, 2, 480, -210, 620, -210, 0, 0, 0, 0, 1, 0, 250, 250, 3,
  CountryCode.US, Tone.Stutter, 2, 350, -170, 440, -170, 0, 0, 0, 0, 2, 1, 100, 100, 0x203, -1, 0, 3,
  CountryCode.US, Tone.CallWaiting, 1, 440, -130, 0, 0, 0, 0, 0, 0, 1, 0, 300, 10000, 1,
  CountryCode.US, Tone.Confirmation, 2, 350, -170, 440, -170, 0, 0, 0, 0, 1, 3, 100, 100, 3,

  // United Kingdom: BT SIN 350.
  CountryCode.GB, Tone.Dial, 2, 350, -160, 440, -160, 0, 0, 0, 0, 1, 0, -1, 0, 3,
  CountryCode.GB, Tone.Ringback, 2, 400, -160, 450, -160, 0, 0, 0, 0, 2, 0, 400, 200, 3, 400, 2000, 3,
  CountryCode.GB, Tone.Busy, 1, 400, -130, 0, 0, 0, 0, 0, 0, 1, 0, 375, 375, 1,
  CountryCode.GB, Tone.Congestion, 1, 400, -130, 0, 0, 0, 0, 0, 0, 2, 0, 400, 350, 1, 225, 525, 1,
  CountryCode.GB, Tone.Stutter, 2, 350, -160, 440, -160, 0, 0, 0, 0, 2, 0, 750, 0, 3, 750, 0, 2,
  CountryCode.GB, Tone.CallWaiting, 1, 400, -130, 0, 0, 0, 0, 0, 0, 1, 0, 100, 4000, 1,
  CountryCode.GB, Tone.Confirmation, 1, 1400, -130, 0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 1,

  // Germany: E.180 Supplement 2 (DTAG 1 TR 110-1). Confirmation is not specified.
  CountryCode.DE, Tone.Dial, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 1,
  CountryCode.DE, Tone.Ringback, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 0, 1000, 4000, 1,
  CountryCode.DE, Tone.Busy, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 0, 480, 480, 1,
  CountryCode.DE, Tone.Congestion, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 0, 240, 240, 1,
  CountryCode.DE, Tone.Stutter, 2, 425, -160, 400, -160, 0, 0, 0, 0, 1, 0, -1, 0, 3,
  CountryCode.DE, Tone.CallWaiting, 1, 425, -130, 0, 0, 0, 0, 0, 0, 2, 0, 200, 200, 1, 200, 5000, 1,
  CountryCode.DE, Tone.Confirmation, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 3, 100, 100, 1,

  // France: E.180 Supplement 2. Congestion, call waiting and confirmation are not specified.
  CountryCode.FR, Tone.Dial, 1, 440, -130, 0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 1,
  CountryCode.FR, Tone.Ringback, 1, 440, -130, 0, 0, 0, 0, 0, 0, 1, 0, 1500, 3500, 1,
  CountryCode.FR, Tone.Busy, 1, 440, -130, 0, 0, 0, 0, 0, 0, 1, 0, 500, 500, 1,
  CountryCode.FR, Tone.Congestion, 1, 440, -130, 0, 0, 0, 0, 0, 0, 1, 0, 250, 250, 1,
  CountryCode.FR, Tone.Stutter, 2, 330, -160, 440, -160, 0, 0, 0, 0, 1, 0, -1, 0, 3,
  CountryCode.FR, Tone.CallWaiting, 1, 440, -130, 0, 0, 0, 0, 0, 0, 1, 0, 300, 10000, 1,
  CountryCode.FR, Tone.Confirmation, 1, 440, -130, 0, 0, 0, 0, 0, 0, 1, 3, 100, 100, 1,

  // Sweden: E.180 Supplement 2 (Telia 8211-A). Confirmation is not specified.
  CountryCode.SE, Tone.Dial, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 1,
  CountryCode.SE, Tone.Ringback, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 0, 1000, 5000, 1,
  CountryCode.SE, Tone.Busy, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 0, 250, 250, 1,
  CountryCode.SE, Tone.Congestion, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 0, 250, 750, 1,
  CountryCode.SE, Tone.Stutter, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 0, 320, 20, 1,
  CountryCode.SE, Tone.CallWaiting, 1, 425, -130, 0, 0, 0, 0, 0, 0, 2, 0, 200, 500, 1, 200, 9100, 1,
  CountryCode.SE, Tone.Confirmation, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 3, 100, 100, 1,

  // Australia: ACIF S002, E.180 Supplement 2. 425 Hz modulated by 25 Hz is a carrier with two sidebands, 6 dB below it
  // at full depth. Congestion is busy tone with every other burst 10 dB lower. Confirmation is not specified.
  CountryCode.AU, Tone.Dial, 3, 425, -148, 400, -208, 450, -208, 0, 0, 1, 0, -1, 0, 7,
  CountryCode.AU, Tone.Ringback, 3, 425, -148, 400, -208, 450, -208, 0, 0, 2, 0, 400, 200, 7, 400, 2000, 7,
  CountryCode.AU, Tone.Busy, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 0, 375, 375, 1,
  CountryCode.AU, Tone.Congestion, 2, 425, -130, 425, -230, 0, 0, 0, 0, 2, 0, 375, 375, 1, 375, 375, 2,
  CountryCode.AU, Tone.Stutter, 3, 425, -148, 400, -208, 450, -208, 0, 0, 1, 0, 100, 40, 7,
  CountryCode.AU, Tone.CallWaiting, 1, 425, -130, 0, 0, 0, 0, 0, 0, 2, 0, 200, 200, 1, 200, 4400, 1,
  CountryCode.AU, Tone.Confirmation, 1, 425, -130, 0, 0, 0, 0, 0, 0, 1, 3, 100, 100, 1,

  // Receiver-off-hook tone of Telcordia GR-506, as loud as four sines get without clipping. It wakes people everywhere.
  ANY, Tone.Howler, 4, 1400, -90, 2060, -90, 2450, -90, 2600, -90, 1, 0, 100, 100, 15,

  END,
]);

/** Address of a country's tone for TonePlayer.start, 0 for none. */
export function toneOf(country: i32, tone: Tone): usize {
  for (let entry = table; load<i32>(entry) != END;) {
    const owner = load<i32>(entry);
    const spec = entry + 8;
    if ((owner == country || owner == ANY) && load<i32>(entry, 4) == tone) return spec;
    entry = spec + (<usize>toneWords(load<i32>(spec, 36)) << 2);
  }
  return 0;
}
