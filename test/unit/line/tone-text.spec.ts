// Tones as text: both notations read, refused at the right place, and written so that they are read again as the same tone.

import { TONE_WORDS } from "../../../assembly/audio/tone-player";
import { COUNTRIES } from "../../../assembly/line/country-table";
import { ToneNotation, ToneTextError, parseToneText, toneTextError, writeToneText } from "../../../assembly/line/tone-text";
import { Tone, toneOf } from "../../../assembly/line/tones";
import { random32, seedRandom } from "../../../assembly/base/random";

const tone = memory.data(TONE_WORDS << 2, 16);
const other = memory.data(TONE_WORDS << 2, 16);
const target = memory.data(512, 16);
const seed = memory.data(32, 16);

function parse(text: string): i32 {
  const bytes = String.UTF8.encode(text);
  return parseToneText(changetype<usize>(bytes), bytes.byteLength, tone);
}

/** The words of the tone up to its last segment. */
function words(): string {
  const segments = load<i32>(tone, 36) + load<i32>(tone, 40);
  let text = "";
  for (let index = 0; index < 13 + segments * 3; index++) text += load<i32>(tone + (<usize>index << 2)).toString() + " ";
  return text.trimEnd();
}

function read(text: string): string { return parse(text) == 0 ? words() : "refused"; }

function written(spec: usize, notation: ToneNotation): string {
  return String.UTF8.decodeUnsafe(target, writeToneText(spec, notation, target));
}

describe("tones in assignments", () => {
  it("dial tone, busy tone, several bursts", () => {
    expect(read("f1=350@-17,f2=440@-17,c=0/0;")).toBe("2 350 -170 440 -170 0 0 0 0 1 0 0 0 -1 0 3");
    expect(read("f1=480@-21,f2=620@-21,c=500/500;")).toBe("2 480 -210 620 -210 0 0 0 0 1 0 0 0 500 500 3");
    expect(read("f1=400@-16.5,f2=450@-16,c=400/200-400/2000;"))
      .toBe("2 400 -165 450 -160 0 0 0 0 2 0 0 0 400 200 3 400 2000 3");
    expect(read("F1=425,C=250/250")).toBe("1 425 -130 0 0 0 0 0 0 1 0 0 0 250 250 1");
    expect(read("f1=425@-10")).toBe("1 425 -100 0 0 0 0 0 0 1 0 0 0 -1 0 1");
    expect(read("f1=1400@-9,f2=2060@-9,f3=2450@-9,f4=2600@-9,c=100/100;"))
      .toBe("4 1400 -90 2060 -90 2450 -90 2600 -90 1 0 0 0 100 100 15");
  });
});

describe("tones in sections", () => {
  it("dial tone, stutter tone, tones by turns", () => {
    expect(read("350@-17,440@-17;10(*/0/1+2)")).toBe("2 350 -170 440 -170 0 0 0 0 1 0 10000 0 -1 0 3");
    expect(read("350@-17,440@-17;2(.1/.1/1+2);10(*/0/1+2)"))
      .toBe("2 350 -170 440 -170 0 0 0 0 1 1 2000 10000 100 100 3 -1 0 3");
    expect(read("440@-10;*(.3/9.7/1)")).toBe("1 440 -100 0 0 0 0 0 0 1 0 0 0 300 9700 1");
    expect(read("985@-16,1428@-16,1777@-16;20(.380/0/1,.38/0/2,.380/0/3,0/4/0)"))
      .toBe("3 985 -160 1428 -160 1777 -160 0 0 4 0 20000 0 380 0 1 380 0 2 380 0 4 0 4000 0");
    expect(read("425@-13")).toBe("1 425 -130 0 0 0 0 0 0 1 0 0 0 -1 0 1");
  });
});

function refused(text: string, place: i32, error: ToneTextError): void {
  const before = words();
  expect(parse(text)).toBe(place, text);
  expect(<i32>toneTextError).toBe(<i32>error, text);
  expect(words()).toBe(before, text + ": the old tone stays");
}

describe("what is no tone", () => {
  it("is refused at its place, with the reason", () => {
    parse("425@-13");
    refused("", 1, ToneTextError.Frequency);
    refused("f1=350@-17,f3=440@-17,c=0/0;", 13, ToneTextError.Unexpected);
    refused("f1=19@-17", 4, ToneTextError.Frequency);
    refused("f1=4000@-17", 4, ToneTextError.Frequency);
    refused("f1=350@17", 8, ToneTextError.Level);
    refused("350@-61;*(*/0/1)", 5, ToneTextError.Level);
    refused("350@-60.1", 5, ToneTextError.Level);
    refused("1@-1", 1, ToneTextError.Frequency);
    refused("f1=350@-17,c=500;", 17, ToneTextError.Unexpected);
    refused("f1=350@-17,c=/500;", 14, ToneTextError.Time);
    refused("f1=350@-17,c=70000/500;", 14, ToneTextError.Time);
    refused("350@-17;(1/1/1)", 9, ToneTextError.Time);
    refused("350@-17;0(1/1/1)", 9, ToneTextError.Time);
    refused("350@-17;4000(1/1/1)", 9, ToneTextError.Time);
    refused("350@-17;1(0/0/1)", 14, ToneTextError.Time);
    refused("350@-17;1(1/1/2)", 15, ToneTextError.Component);
    refused("350@-17;1(1/1/)", 15, ToneTextError.Component);
    refused("350@-17;1(1/1/1", 16, ToneTextError.Unexpected);
    refused("350@-17;1(1/1/1)x", 17, ToneTextError.Unexpected);
    refused("350@-17;1(1/1/1);1(1/1/1);1(1/1/1)", 27, ToneTextError.TooLong);
    refused("350,360,370,380,390", 17, ToneTextError.TooManyFrequencies);
    refused("350@-17;1(1/1/1,1/1/1,1/1/1,1/1/1,1/1/1,1/1/1,1/1/1,1/1/1,1/1/1)", 59, ToneTextError.TooLong);
    refused("350@-17 ;*(*/0/1)", 8, ToneTextError.Unexpected);
    refused("f1=99999999999999999999", 4, ToneTextError.Frequency);
  });
});

describe("tones are written", () => {
  it("in the trade's own words", () => {
    parse("f1=350@-17,f2=440@-17,c=0/0;");
    expect(written(tone, ToneNotation.Assignments)).toBe("f1=350@-17,f2=440@-17,c=0/0;");
    expect(written(tone, ToneNotation.Sections)).toBe("350@-17,440@-17;*(*/0/1+2)");
    parse("350@-17,440@-17.5;2(.1/.15/1+2);10(*/0/1)");
    expect(written(tone, ToneNotation.Sections)).toBe("350@-17,440@-17.5;2(.1/.15/1+2);10(*/0/1)");
    expect(written(tone, ToneNotation.Assignments)).toBe("");
    parse("400;*(.4/.2/1,.4/2/1)");
    expect(written(tone, ToneNotation.Assignments)).toBe("f1=400@-13,c=400/200-400/2000;");
    parse("400,800;*(.055/1.005/0)");
    expect(written(tone, ToneNotation.Sections)).toBe("400@-13,800@-13;*(.055/1.005/0)");
  });

  it("so that every country's every tone is read again as itself", () => {
    for (let country = 0; country < COUNTRIES; country++) {
      for (let number = 1; number < <i32>Tone.Count; number++) {
        memory.copy(other, toneOf(country, number), TONE_WORDS << 2);
        for (let notation = 0; notation < 2; notation++) {
          const text = written(other, notation);
          if (text.length == 0) {
            expect(notation).toBe(<i32>ToneNotation.Assignments);
            continue;
          }
          expect(parse(text)).toBe(0, text);
          expect(memory.compare(tone, other, TONE_WORDS << 2)).toBe(0, text);
        }
      }
    }
  });

  it("and random tones too", () => {
    store<u32>(seed, 0x70e5);
    seedRandom(seed);
    for (let round = 0; round < 300; round++) {
      memory.fill(other, 0, TONE_WORDS << 2);
      const components: u32 = 1 + random32() % 4, first: u32 = 1 + random32() % 4, second: u32 = random32() % 5;
      store<i32>(other, components);
      for (let index: u32 = 0; index < components; index++) {
        store<i32>(other + (<usize>index << 3), 20 + random32() % 3980, 4);
        store<i32>(other + (<usize>index << 3), -<i32>(random32() % 601), 8);
      }
      store<i32>(other, first, 36);
      store<i32>(other, second, 40);
      store<i32>(other, second > 0 ? 1 + random32() % 3600000 : 0, 44);
      store<i32>(other, random32() & 1 && second > 0 ? 1 + random32() % 3600000 : 0, 48);
      for (let index: u32 = 0; index < first + second; index++) {
        const place = other + <usize>(index * 12);
        store<i32>(place, random32() % 4 == 0 ? -1 : 1 + random32() % 64000, 52);
        store<i32>(place, random32() % 64001, 56);
        store<i32>(place, random32() % (1 << components), 60);
      }
      const text = written(other, ToneNotation.Sections);
      expect(parse(text)).toBe(0, text);
      expect(memory.compare(tone, other, TONE_WORDS << 2)).toBe(0, text);
    }
  });

  it("and no text whatever traps", () => {
    const ALPHABET = "f1=350@-17,c0/;(*.+)2 4\xff";
    store<u32>(seed, 0xbad);
    seedRandom(seed);
    let taken = 0;
    for (let round = 0; round < 3000; round++) {
      const length = <i32>(random32() % 24);
      for (let index = 0; index < length; index++) {
        store<u8>(target + <usize>index, <u8>ALPHABET.charCodeAt(random32() % ALPHABET.length));
      }
      const answer = parseToneText(target, length, tone);
      expect(answer >= 0 && answer <= length + 1).toBeTruthy();
      if (answer == 0) taken++;
    }
    expect(taken).toBeGreaterThan(0);
  });
});
