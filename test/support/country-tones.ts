// Every tone of every country as its source has it (ITU-T E.180 Supplement 2 and the texts that assembly/line/country-table.ts
// names), apart from the core's table: what a test expects to hear.

import { type ToneName, toneNumber } from "../../host/adapter-abi.ts";
import { CALL_TONES } from "../../host/phone/call-tones.ts";

export interface Burst {
  readonly frequencies: readonly number[];
  /** Milliseconds; Infinity for a sound without an end. */
  readonly on: number;
  readonly off: number;
}

export interface ExpectedTone {
  readonly name: ToneName;
  /** In order, from the beginning; `repeats` when they come again and again, otherwise silence follows the last. */
  readonly bursts: readonly Burst[];
  readonly repeats: boolean;
}

/**
 * Special dial, call waiting, confirmation and recall dial tone, special information tone; `-` where the sources have none.
 * `FREQUENCIES ON/OFF`, ms; without ON/OFF it lasts. `*N` repeats all before it N times, then goes on with what follows or ends.
 */
const SUPPLEMENTARY: Readonly<Record<string, string>> = {
  AE: "-; -; -; -; -",
  AR: "-; 425 300/10000; 425 1000/250; -; -",
  AT: "380+420; 420 40/1960; 380+420 1000/5000; 420; -",
  AU: "400+425+450 100/40; 425 200/200 425 200/4400; 425; 400+425+450; -",
  BE: "425 1000/250; 1400 175/175 1400 175/3500; -; -; -",
  BG: "425 1500/100; 425 150/150 425 150/4000; -; -; -",
  BR: "-; 425 50/1000; 425 100/100 425 100/2000; -; -",
  CA: "-; 440 300/10000; -; -; -",
  CH: "340+425 1100/1100; 425 200/200 425 200/4000; -; -; -",
  CL: "-; 400 250/8750; -; -; -",
  CN: "-; 450 400/4000; -; -; 450 100/100 450 100/100 450 100/100 450 400/400",
  CY: "-; 425 200/600; -; -; -",
  CZ: "425 450/50; 425 330/9000; -; -; 950 330/30 1400 330/30 1800 330/1000",
  DE: "400+425; 425 200/200 425 200/5000; -; -; -",
  DK: "425 450/50; 425 200/600 425 200/3000; -; -; -",
  EE: "425 650/25; -; -; -; -",
  ES: "425 1000/100; 425 175/175 425 175/3500; -; -; -",
  FI: "425 650/25; 425 150/150 425 150/8000; -; -; -",
  FR: "330+440; -; -; -; 950 300/30 1400 300/30 1800 300/1000",
  GB: "350+440 750/0 440 750/0; 400 100/4000; 1400; -; -",
  GR: "-; 425 300/10000; -; -; -",
  HK: "-; 440 500/500 440 500/500 440 500/8000; -; -; -",
  HR: "425 400/40; 425 300/8000; 425; -; -",
  HU: "350+375+400; 425 40/1960; 300+425 1000/200; -; -",
  ID: "-; 425 150/150 425 150/10000; -; -; 950 330/30 1400 330/30 1800 330/1000",
  IE: "-; -; -; -; -",
  IL: "400 1000/250; 400 100/100 400 100/100 400 600/3000; 400 150/150 400 300/0 *1; -; -",
  IN: "400 2800/200; 400 200/100 400 200/7500; 400 1000/4000; -; -",
  IS: "425 400/40; 425 200/600 425 200/5000; -; -; -",
  IT: "470 400/0 425 400/0; 425 400/100 425 250/100 425 150/14000; -; -; -",
  JP: "400 125/125; 384+400+416 500/8000; 400 125/125 400 125/625; -; -",
  KR: "-; 350+440 250/250 350+440 250/3250; -; -; -",
  KW: "425 400/40; -; 425; -; -",
  LT: "425 500/50; 425 150/150 425 150/4000; -; -; -",
  LU: "-; -; -; -; -",
  LV: "-; 425 200/5000; 425 400/400; -; -",
  MO: "425 1800/200; 425 200/600; -; -; -",
  MT: "-; -; -; -; -",
  MX: "-; 425 200/600 425 200/10000; -; -; -",
  MY: "425 250/250 425 250/250 425 2000/250; -; -; -; -",
  NL: "425 500/50; 425 500/9500; 425; -; -",
  NO: "470 400/0 425 400/0; 425 200/600 425 200/10000; -; -; -",
  NZ: "400 100/100 *6 400; 400 200/3000 *4; -; -; 400 75/100 400 75/100 400 75/100 400 75/400",
  PH: "400+425; 440 300/10000; -; -; -",
  PL: "425 500/50; 425 150/150 425 150/4000; -; -; -",
  PT: "425 1000/200; 425 200/200 425 200/5000; -; -; -",
  QA: "-; -; -; -; -",
  RO: "-; 450 150/150 450 150/4000; -; -; -",
  RU: "425 400/40; 425 200/5000; -; -; -",
  SA: "-; 425 200/600 425 200/4000; 425; 425; -",
  SE: "425 320/20; 425 200/500 425 200/9100; -; -; -",
  SG: "425 200/200 425 600/200 *4 425; 401+425+449 300/200 401+425+449 300/3200; 425 125/125; -; -",
  SI: "-; -; -; -; -",
  SK: "425 165/165 425 165/165 425 165/165 425 660/660; 425 330/9000; -; -; 950 330/30 1400 330/30 1800 330/1000",
  TH: "-; -; -; -; -",
  TR: "450 1000/250; 450 200/600 450 200/8000; 450 40/40; -; -",
  TW: "-; 350+440 250/250 350+440 250/3250; -; -; -",
  US: "-; 440 300/10000; -; -; -",
  UY: "-; 425 200/200 425 200/4400; 425 100/200 425 100/200 425 100/1300; -; -",
  VE: "-; 400+450 300/6000; -; -; -",
  ZA: "367+400+433 250/250 *4 367+400+433; 367+400+433 250/250 367+400+433 250/250 367+400+433 250/250 367+400+433 250/7250; -; -; -",
};
const SUPPLEMENTARY_NAMES = ["stutter", "call_waiting", "confirmation", "recall", "information"] as const;

/** Where the exchanges' levels are those of the North American precise tone plan. */
const PRECISE = ["US", "CA", "HK", "KR", "PH", "TW"];

export const COUNTRY_CODES: readonly string[] = Object.keys(SUPPLEMENTARY);

/** dBm0 of one of the frequencies that sound together. */
export function levelOf(country: string, name: ToneName, { frequencies }: Burst, frequency: number): number {
  if (name === "howler") return -9;
  if (country === "AU" && name === "congestion") return -13; // its softer bursts are looked at apart
  const isPrecise = PRECISE.includes(country);
  if (country === "GB" && name === "stutter") return -16; // by turns with 350 Hz and without
  switch (`${frequencies}`) {
    case "350,440":
    case "440,480":
      return isPrecise ? -17 : -16;
    case "480,620":
      return -21;
  }
  if (frequencies.length === 1) return -13;
  if (frequencies.length === 2) return -16;
  const [low, middle, high] = frequencies as [number, number, number];
  if (middle - low !== high - middle || `${frequencies}` === "350,375,400") return -18;
  return frequency === middle ? -15 : -21; // a carrier and what modulation puts beside it
}

export function tonesOf(country: string): ExpectedTone[] {
  const call = CALL_TONES[country]!;
  const dial = call.dial.frequencies;
  const busy = call.busy.frequencies;
  const bursts = (frequencies: readonly number[], ...times: number[]): Burst[] =>
    times.flatMap((on, index) => (index % 2 === 0 ? [{ frequencies, on, off: times[index + 1] ?? 0 }] : []));
  const lasting = (frequencies: readonly number[]): Burst => ({ frequencies, on: Number.POSITIVE_INFINITY, off: 0 });
  const cadenced = (name: "dial" | "ringback" | "busy" | "congestion"): ExpectedTone => {
    const { frequencies, cadence } = call[name];
    if (cadence.length === 1) return { name, bursts: [lasting(frequencies)], repeats: false };
    return { name, bursts: bursts(frequencies, ...cadence), repeats: true };
  };
  const threeShort = bursts(dial, 100, 100, 100, 100, 100, 100);
  const general: Record<(typeof SUPPLEMENTARY_NAMES)[number], Omit<ExpectedTone, "name">> = {
    stutter: { bursts: [...threeShort, lasting(dial)], repeats: false },
    call_waiting: { bursts: bursts(busy, 300, 10_000), repeats: true },
    confirmation: { bursts: threeShort, repeats: false },
    recall: { bursts: [...threeShort, lasting(dial)], repeats: false },
    information: {
      bursts: [...bursts([950], 330, 0), ...bursts([1400], 330, 0), ...bursts([1800], 330, 1000)],
      repeats: true,
    },
  };
  const supplementary = SUPPLEMENTARY[country]!.split(";").map((text, index): ExpectedTone => {
    const name = SUPPLEMENTARY_NAMES[index]!;
    return text.trim() === "-" ? { name, ...general[name] } : { name, ...readTone(text.trim()) };
  });
  const howler = bursts([1400, 2060, 2450, 2600], 100, 100);
  const all: ExpectedTone[] = [
    ...(["dial", "ringback", "busy", "congestion"] as const).map(cadenced),
    { name: "howler", bursts: howler, repeats: true },
    ...supplementary,
  ];
  return all.sort((a, b) => toneNumber(a.name) - toneNumber(b.name));
}

function readTone(text: string): Omit<ExpectedTone, "name"> {
  let done: Burst[] = [];
  let frequencies: number[] | undefined;
  let ends = false;
  for (const word of text.split(" ")) {
    if (word.startsWith("*")) {
      done = Array.from({ length: Number(word.slice(1)) }, () => done).flat();
      ends = true;
    } else if (word.includes("/")) {
      const [on, off] = word.split("/").map(Number) as [number, number];
      done.push({ frequencies: frequencies!, on, off });
      frequencies = undefined;
    } else {
      frequencies = word.split("+").map(Number);
    }
  }
  if (frequencies === undefined) return { bursts: done, repeats: !ends };
  return { bursts: [...done, { frequencies, on: Number.POSITIVE_INFINITY, off: 0 }], repeats: false };
}
