// The call progress tones as a listener knows them, from ITU-T E.180 Supplement 2 and the national texts that
// assembly/line/country-table.ts names: not taken from the core, so that each proves the other.

export interface CallTone {
  /** Hz, sounding together. */
  frequencies: readonly number[];
  /** Milliseconds on, off, on, off… as often as it takes to be sure. A single number: on without a break for that long. */
  cadence: readonly number[];
}

export type CallToneName = "dial" | "ringback" | "busy" | "congestion";

/** Dial, ringback, busy and congestion tone: frequencies, then on/off in ms; nothing after the frequencies is without a break. */
const NOTATION: Readonly<Record<string, string>> = {
  AE: "350+440, 400+450 400/200 400/2000, 400 375/375, 400 400/350 225/525",
  AR: "425, 425 1000/4000, 425 300/200, 425 300/400",
  AT: "420, 420 1000/5000, 420 400/400, 420 200/200",
  // Every other burst of congestion tone is softer: to this ear it is busy tone.
  AU: "400+425+450, 400+425+450 400/200 400/2000, 425 375/375, 425 375/375",
  BE: "425, 425 1000/3000, 425 500/500, 425 167/167",
  BG: "425, 425 1000/4000, 425 500/500, 425 250/250",
  BR: "425, 425 1000/4000, 425 250/250, 425 250/250 750/250",
  CA: "350+440, 440+480 2000/4000, 480+620 500/500, 480+620 250/250",
  CH: "425, 425 1000/4000, 425 500/500, 425 200/200",
  CL: "400, 400 1000/3000, 400 500/500, 400 200/200",
  CN: "450, 450 1000/4000, 450 350/350, 450 700/700",
  CY: "350+450, 425 1500/3000, 425 500/500, 425 250/250",
  CZ: "425 330/330 660/660, 425 1000/4000, 425 330/330, 425 165/165",
  DE: "425, 425 1000/4000, 425 480/480, 425 240/240",
  DK: "425, 425 1000/4000, 425 500/500, 425 200/200",
  EE: "425, 425 1000/4000, 425 300/300, 425 200/200",
  ES: "425, 425 1500/3000, 425 200/200, 425 200/200 200/200 200/600",
  FI: "425, 425 1000/4000, 425 300/300, 425 200/200",
  FR: "440, 440 1500/3500, 440 500/500, 440 250/250",
  GB: "350+440, 400+450 400/200 400/2000, 400 375/375, 400 400/350 225/525",
  GR: "425 200/300 700/800, 425 1000/4000, 425 300/300, 425 150/150",
  HK: "350+440, 440+480 400/200 400/3000, 480+620 500/500, 480+620 250/250",
  HR: "425 200/300 700/800, 425 1000/4000, 425 500/500, 425 250/250",
  HU: "425, 425 1250/3750, 425 300/300, 425 300/300",
  ID: "425, 425 1000/4000, 425 500/500, 425 250/250",
  IE: "400+425+450, 400+450 400/200 400/2000, 425 500/500, 425 250/250",
  IL: "400, 400 1000/3000, 400 500/500, 400 250/250",
  IN: "375+400+425, 375+400+425 400/200 400/2000, 400 750/750, 400 250/250",
  IS: "425, 425 1200/4700, 425 250/250, 425 250/250",
  IT: "425 200/200 600/1000, 425 1000/4000, 425 500/500, 425 200/200",
  JP: "400, 384+400+416 1000/2000, 400 500/500, 400 500/500",
  KR: "350+440, 440+480 1000/2000, 480+620 500/500, 480+620 300/200",
  KW: "425, 425 1000/4000, 425 500/500, 425 500/500",
  LT: "425, 425 1000/4000, 425 350/350, 425 200/200",
  LU: "425, 425 1000/4000, 425 500/500, 425 250/250",
  LV: "425, 425 1000/4000, 425 300/300, 425 150/150",
  MO: "425, 425 1000/4000, 425 500/500, 425 250/250",
  MT: "350+440, 400+450 400/200 400/2000, 400 375/375, 400 400/350 225/525",
  MX: "425, 425 1000/4000, 425 250/250, 425 250/250",
  MY: "425, 425 400/200 400/2000, 425 500/500, 425 250/250",
  NL: "425, 425 1000/4000, 425 500/500, 425 250/250",
  NO: "425, 425 1000/4000, 425 500/500, 425 250/250",
  NZ: "400, 400+450 400/200 400/2000, 400 500/500, 400 250/250",
  PH: "425, 425+480 1000/4000, 480+620 500/500, 480+620 250/250",
  PL: "425, 425 1000/4000, 425 500/500, 425 500/500",
  PT: "425, 425 1000/5000, 425 500/500, 425 200/200",
  QA: "350+440, 400+450 400/200 400/2000, 400 375/375, 400 400/350 225/525",
  RO: "450, 450 1850/4150, 450 167/167, 450 500/500",
  RU: "425, 425 1000/4000, 425 350/350, 425 175/175",
  SA: "425, 425 1200/4600, 425 500/500, 425 250/250",
  SE: "425, 425 1000/5000, 425 250/250, 425 250/750",
  SG: "425, 401+425+449 400/200 400/2000, 425 750/750, 425 250/250",
  SI: "425 200/300 700/800, 425 1000/4000, 425 500/500, 425 200/200",
  SK: "425 330/330 660/660, 425 1000/4000, 425 330/330, 425 165/165",
  TH: "350+400+450, 400 1000/4000, 400 500/500, 400 300/300",
  TR: "450, 450 2000/4000, 450 500/500, 450 200/200 200/200 200/200 600/200",
  TW: "350+440, 440+480 1000/2000, 480+620 500/500, 480+620 250/250",
  US: "350+440, 440+480 2000/4000, 480+620 500/500, 480+620 250/250",
  UY: "425, 425 1000/4000, 425 500/500, 425 250/250",
  VE: "425, 425 1000/4000, 425 500/500, 425 250/250",
  ZA: "367+400+433, 367+400+433 400/200 400/2000, 400 500/500, 400 250/250",
};

/** A silence this long says that a cadence is over; a shorter one is heard twice. */
const LONG_SILENCE = 550;
/** A tone without a break is told from the longest burst of the same frequencies by lasting so much longer. */
const LONGER = 200;

function readTone(text: string): CallTone {
  const [frequencies = "", ...segments] = text.trim().split(" ");
  const cadence = segments.flatMap((segment) => segment.split("/").map(Number));
  const isSure = cadence.length !== 2 || cadence[1]! >= LONG_SILENCE;
  return { frequencies: frequencies.split("+").map(Number), cadence: isSure ? cadence : [...cadence, ...cadence] };
}

function readTones(text: string): Readonly<Record<CallToneName, CallTone>> {
  const tones = text.split(",").map(readTone);
  const [dial, ringback, busy, congestion] = tones as [CallTone, CallTone, CallTone, CallTone];
  if (dial.cadence.length > 0) return { dial, ringback, busy, congestion };
  const isLike = ({ frequencies }: CallTone) => `${frequencies}` === `${dial.frequencies}`;
  const bursts = [ringback, busy, congestion].filter(isLike).flatMap(({ cadence }) => cadence);
  const longest = Math.max(200, ...bursts.filter((length) => length < 3000));
  return { dial: { ...dial, cadence: [longest + LONGER] }, ringback, busy, congestion };
}

/** By the country codes of the configuration. */
export const CALL_TONES: Readonly<Record<string, Readonly<Record<CallToneName, CallTone>>>> = Object.fromEntries(
  Object.entries(NOTATION).map(([country, text]) => [country, readTones(text)]),
);

export function callTones(country: string): Readonly<Record<CallToneName, CallTone>> {
  const tones = CALL_TONES[country];
  if (!tones)
    throw new Error(`no tones known of country "${country}": known are ${Object.keys(CALL_TONES).join(", ")}`);
  return tones;
}
