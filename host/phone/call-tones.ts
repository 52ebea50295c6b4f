// The call progress tones as a listener knows them, from ITU-T E.180 Supplement 2: not taken from the core, so that each proves the other.

export interface CallTone {
  /** Hz, sounding together. */
  frequencies: readonly number[];
  /** Milliseconds on, off, on, off… as often as it takes to be sure. A single number: on without a break for that long. */
  cadence: readonly number[];
}

export type CallToneName = "dial" | "ringback" | "busy" | "congestion";

/**
 * By the country codes of the configuration. How long a dial tone takes to be sure of depends on the country's ringback: the same tone
 * there sounds as long as its cadence says.
 */
export const CALL_TONES: Readonly<Record<string, Readonly<Record<CallToneName, CallTone>>>> = {
  US: {
    dial: { frequencies: [350, 440], cadence: [400] },
    ringback: { frequencies: [440, 480], cadence: [2000, 4000] },
    busy: { frequencies: [480, 620], cadence: [500, 500, 500, 500] },
    congestion: { frequencies: [480, 620], cadence: [250, 250, 250, 250] },
  },
  GB: {
    dial: { frequencies: [350, 440], cadence: [400] },
    ringback: { frequencies: [400, 450], cadence: [400, 200, 400, 2000] },
    busy: { frequencies: [400], cadence: [375, 375, 375, 375] },
    congestion: { frequencies: [400], cadence: [400, 350, 225, 525] },
  },
  DE: {
    dial: { frequencies: [425], cadence: [1200] },
    ringback: { frequencies: [425], cadence: [1000, 4000] },
    busy: { frequencies: [425], cadence: [480, 480, 480, 480] },
    congestion: { frequencies: [425], cadence: [240, 240, 240, 240] },
  },
  FR: {
    dial: { frequencies: [440], cadence: [1700] },
    ringback: { frequencies: [440], cadence: [1500, 3500] },
    busy: { frequencies: [440], cadence: [500, 500, 500, 500] },
    congestion: { frequencies: [440], cadence: [250, 250, 250, 250] },
  },
  SE: {
    dial: { frequencies: [425], cadence: [1200] },
    ringback: { frequencies: [425], cadence: [1000, 5000] },
    busy: { frequencies: [425], cadence: [250, 250, 250, 250] },
    congestion: { frequencies: [425], cadence: [250, 750] },
  },
  AU: {
    dial: { frequencies: [400, 425, 450], cadence: [600] },
    ringback: { frequencies: [400, 425, 450], cadence: [400, 200, 400, 2000] },
    busy: { frequencies: [425], cadence: [375, 375, 375, 375] },
    // Every other burst is softer: to this ear it is busy tone.
    congestion: { frequencies: [425], cadence: [375, 375, 375, 375] },
  },
};

export function callTones(country: string): Readonly<Record<CallToneName, CallTone>> {
  const tones = CALL_TONES[country];
  if (!tones)
    throw new Error(`no tones known of country "${country}": known are ${Object.keys(CALL_TONES).join(", ")}`);
  return tones;
}
