// Every country has every tone, and each is what ITU-T E.180 Supplement 2 (or the national text that country-table.ts names)
// says. What is heard of them is measured in test/flows/country-tones.test.ts.

import { CallerIdScheme } from "../../../assembly/line/caller-id-scheme";
import {
  callerIdScheme, countryCode, countryIndex, currentDrop, flashMax, flashMin, impedance, pulseMap, ringCadence, ringFrequency,
} from "../../../assembly/line/country";
import { PulseMap } from "../../../assembly/line/pulse";
import { COUNTRIES } from "../../../assembly/line/country-table";
import { cadenceAt } from "../../../assembly/line/tone-dictionary";
import { Tone, toneOf } from "../../../assembly/line/tones";

const US = indexOf("US"), GB = indexOf("GB"), DE = indexOf("DE"), FR = indexOf("FR"), SE = indexOf("SE");
const AU = indexOf("AU"), NZ = indexOf("NZ"), JP = indexOf("JP"), BR = indexOf("BR");

function indexOf(code: string): i32 {
  const bytes = String.UTF8.encode(code);
  return countryIndex(changetype<usize>(bytes), bytes.byteLength);
}

function word(tone: usize, index: i32): i32 { return load<i32>(tone + (<usize>index << 2)); }

/** Frequencies and cadence as text: `350+440 500/500`. */
function describeTone(country: i32, tone: Tone): string {
  const spec = toneOf(country, tone);
  let text = "";
  for (let component = 0; component < word(spec, 0); component++) {
    text += (component > 0 ? "+" : "") + word(spec, 1 + component * 2).toString();
  }
  for (let segment = 0; segment < word(spec, 9) + word(spec, 10); segment++) {
    text += " " + word(spec, 13 + segment * 3).toString() + "/" + word(spec, 14 + segment * 3).toString();
  }
  return text;
}

function describeRing(country: i32): string {
  const cadence = cadenceAt(ringCadence(country));
  let text = ringFrequency(country).toString();
  for (let step = 0; step < 2 * <i32>load<u16>(cadence); step++) {
    text += " " + load<u16>(cadence + (<usize>step << 1), 4).toString();
  }
  return text;
}

describe("countries", () => {
  it("are found by their code, in any case", () => {
    expect(indexOf("US")).toBe(US);
    expect(indexOf("de")).toBe(DE);
    expect(indexOf("Fr")).toBe(FR);
    expect(indexOf("GB")).toBe(GB);
    expect(indexOf("uk")).toBe(GB);
    expect(indexOf("SE")).toBe(SE);
    expect(indexOf("AU")).toBe(AU);
    expect(indexOf("")).toBe(-1);
    expect(indexOf("U")).toBe(-1);
    expect(indexOf("USA")).toBe(-1);
    expect(indexOf("XX")).toBe(-1);
    expect(indexOf("\x15\x13")).toBe(-1);
  });

  it("can be listed", () => {
    let list = "";
    for (let country = 0; countryCode(country) != 0; country++) {
      list += String.fromCharCode(countryCode(country) >> 8) + String.fromCharCode(countryCode(country) & 255) + " ";
    }
    expect(list).toBe(
      "US GB AE AR AT AU BE BG BR CA CH CL CN CY CZ DE DK EE ES FI FR GR HK HR HU ID IE IL IN IS IT JP KR KW LT LU LV MO "
      + "MT MX MY NL NO NZ PH PL PT QA RO RU SA SE SG SI SK TH TR TW UY VE ZA ",
    );
    expect(COUNTRIES).toBeGreaterThan(39);
    expect(countryCode(-1)).toBe(0);
  });

  it("have every tone, well formed: 1 to 4 components that are heard, 1 to 8 segments, no clipping", () => {
    for (let country = 0; country < COUNTRIES; country++) {
      for (let tone = 1; tone < Tone.Count; tone++) {
        const spec = toneOf(country, tone);
        const name = `country ${country}, tone ${tone}`;
        expect(spec != 0).toBeTruthy(name);
        const components = word(spec, 0), segments = word(spec, 9) + word(spec, 10);
        expect(components >= 1 && components <= 4).toBeTruthy(name);
        expect(segments >= 1 && segments <= 8).toBeTruthy(name);
        expect(word(spec, 10) == 0 || word(spec, 11) > 0).toBeTruthy(name);
        expect(word(spec, 12)).toBe(0, name);
        let peak: f64 = 0;
        for (let component = 0; component < 4; component++) {
          const frequency = word(spec, 1 + component * 2), level = word(spec, 2 + component * 2);
          if (component >= components) {
            expect(frequency == 0 && level == 0).toBeTruthy(name);
            continue;
          }
          expect(frequency >= 300 && frequency <= 3400).toBeTruthy(name);
          expect(level >= -250 && level <= -90).toBeTruthy(name);
          peak += Math.pow(10, (<f64>level / 10 - 3.14) / 20);
        }
        expect(peak < 1).toBeTruthy(name);
        for (let segment = 0; segment < segments; segment++) {
          const on = word(spec, 13 + segment * 3), off = word(spec, 14 + segment * 3);
          const mask = word(spec, 15 + segment * 3);
          expect(on == -1 || (on >= 20 && on <= 10000)).toBeTruthy(name);
          expect(off >= 0 && off <= 14000).toBeTruthy(name);
          expect(mask > 0 && mask < 1 << components).toBeTruthy(name);
        }
      }
    }
    expect(toneOf(US, Tone.None)).toBe(0);
    expect(toneOf(US, Tone.Count)).toBe(0);
  });

  it("United States: GR-506", () => {
    expect(describeTone(US, Tone.Dial)).toBe("350+440 -1/0");
    expect(describeTone(US, Tone.Ringback)).toBe("440+480 2000/4000");
    expect(describeTone(US, Tone.Busy)).toBe("480+620 500/500");
    expect(describeTone(US, Tone.Congestion)).toBe("480+620 250/250");
    expect(describeTone(US, Tone.Howler)).toBe("1400+2060+2450+2600 100/100");
    expect(describeTone(US, Tone.Stutter)).toBe("350+440 100/100 -1/0");
    expect(describeTone(US, Tone.CallWaiting)).toBe("440 300/10000");
    expect(word(toneOf(US, Tone.Dial), 2)).toBe(-170);
    expect(word(toneOf(US, Tone.Busy), 2)).toBe(-210);
    expect(describeRing(US)).toBe("20 2000 4000");
  });

  it("United Kingdom: BT SIN 350", () => {
    expect(describeTone(GB, Tone.Dial)).toBe("350+440 -1/0");
    expect(describeTone(GB, Tone.Ringback)).toBe("400+450 400/200 400/2000");
    expect(describeTone(GB, Tone.Busy)).toBe("400 375/375");
    expect(describeTone(GB, Tone.Congestion)).toBe("400 400/350 225/525");
    expect(describeRing(GB)).toBe("25 400 200 400 2000");
  });

  it("Germany, France, Sweden, Australia: E.180 Supplement 2", () => {
    expect(describeTone(DE, Tone.Dial)).toBe("425 -1/0");
    expect(describeTone(DE, Tone.Ringback)).toBe("425 1000/4000");
    expect(describeTone(DE, Tone.Busy)).toBe("425 480/480");
    expect(describeTone(DE, Tone.Congestion)).toBe("425 240/240");
    expect(describeRing(DE)).toBe("25 1000 4000");
    expect(describeTone(FR, Tone.Dial)).toBe("440 -1/0");
    expect(describeTone(FR, Tone.Ringback)).toBe("440 1500/3500");
    expect(describeTone(FR, Tone.Busy)).toBe("440 500/500");
    expect(describeRing(FR)).toBe("25 1500 3500");
    expect(describeTone(SE, Tone.Dial)).toBe("425 -1/0");
    expect(describeTone(SE, Tone.Ringback)).toBe("425 1000/5000");
    expect(describeTone(SE, Tone.Busy)).toBe("425 250/250");
    expect(describeTone(SE, Tone.Congestion)).toBe("425 250/750");
    expect(describeRing(SE)).toBe("25 1000 5000");
    expect(describeTone(AU, Tone.Dial)).toBe("425+400+450 -1/0");
    expect(describeTone(AU, Tone.Ringback)).toBe("425+400+450 400/200 400/2000");
    expect(describeTone(AU, Tone.Busy)).toBe("425 375/375");
    expect(describeTone(AU, Tone.Congestion)).toBe("425+425 375/375 375/375");
    expect(describeRing(AU)).toBe("25 400 200 400 2000");
  });

  it("flash windows and digit maps", () => {
    for (let country = 0; country < COUNTRIES; country++) {
      const shortest = flashMin(country), longest = flashMax(country);
      expect(shortest >= 60 && shortest < longest && longest <= 1100).toBeTruthy();
      const frequency = ringFrequency(country);
      expect(frequency >= 16 && frequency <= 25).toBeTruthy();
      expect(<i32>callerIdScheme(country) > 0 && <i32>callerIdScheme(country) < CallerIdScheme.Count).toBeTruthy();
      expect(impedance(country) >= 0 && impedance(country) <= 6).toBeTruthy();
      expect(ringCadence(country) > 0).toBeTruthy();
    }
    expect(flashMin(US)).toBe(300);
    expect(flashMax(US)).toBe(1100);
    expect(flashMin(GB)).toBe(60);
    expect(flashMax(GB)).toBe(200);
    expect(<i32>pulseMap(SE)).toBe(<i32>PulseMap.Sweden);
    expect(<i32>pulseMap(US)).toBe(<i32>PulseMap.Standard);
    expect(<i32>pulseMap(NZ)).toBe(<i32>PulseMap.NewZealand);
    expect(currentDrop(US)).toBe(500);
    expect(currentDrop(DE)).toBe(0);
  });

  it("caller ID schemes", () => {
    expect(<i32>callerIdScheme(US)).toBe(<i32>CallerIdScheme.Bellcore);
    expect(<i32>callerIdScheme(GB)).toBe(<i32>CallerIdScheme.Bt);
    expect(<i32>callerIdScheme(DE)).toBe(<i32>CallerIdScheme.EtsiDuringRinging);
    expect(<i32>callerIdScheme(FR)).toBe(<i32>CallerIdScheme.EtsiDuringRinging);
    expect(<i32>callerIdScheme(SE)).toBe(<i32>CallerIdScheme.DtmfSweden);
    expect(<i32>callerIdScheme(AU)).toBe(<i32>CallerIdScheme.Bellcore);
    expect(<i32>callerIdScheme(JP)).toBe(<i32>CallerIdScheme.Ntt);
    expect(<i32>callerIdScheme(BR)).toBe(<i32>CallerIdScheme.DtmfBrazil);
  });
});
