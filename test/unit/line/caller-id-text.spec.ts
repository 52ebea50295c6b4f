// What telephones can show of names and numbers: ITU-T T.50, ISO 8859-1; and the time of day beside them.

import { textAt } from "../../../assembly/base/text";
import { foldName, foldNumber } from "../../../assembly/line/caller-id-text";
import { setLocalClock, writeLocalTime } from "../../../assembly/time/local-clock";

const text = textAt(memory.data(64, 4)).setup(20);
const bytes = memory.data(256, 16);
const time = memory.data(8, 8);

function put(name: string): i32 { return <i32>String.UTF8.encodeUnsafe(changetype<usize>(name), name.length, bytes); }

function number(from: string): string {
  foldNumber(text, bytes, put(from));
  return String.UTF8.decodeUnsafe(text.at, text.length);
}

function name(from: string): string {
  foldName(text, bytes, put(from), false);
  return String.UTF8.decodeUnsafe(text.at, text.length);
}

/** As hexadecimal digits. */
function latin1(length: i32): string {
  foldName(text, bytes, length, true);
  let digits = "";
  for (let index = 0; index < <i32>text.length; index++) {
    digits += load<u8>(text.at + <usize>index).toString(16).padStart(2, "0");
  }
  return digits;
}

/** MMDDHHMM of so many milliseconds after 1970 began. */
function timeOf(ms: f64): string {
  setLocalClock(ms - 5000);
  writeLocalTime(time, 5000);
  return String.UTF8.decodeUnsafe(time, 8);
}

describe("a caller's number", () => {
  it("is its digits, however they are grouped", () => {
    expect(number("101")).toBe("101");
    expect(number("+44 (0)20-7946.0958")).toBe("4402079460958");
    expect(number("*21#")).toBe("*21#");
  });

  it("is none when it holds a letter, a control byte or more than a display holds", () => {
    expect(number("anna")).toBe("");
    expect(number("12a")).toBe("");
    expect(number("12\x07")).toBe("");
    expect(number("123456789012345678901")).toBe("");
    expect(number("")).toBe("");
  });
});

describe("a caller's name", () => {
  it("loses its accents where a display has plain letters alone", () => {
    expect(name("\u00c5sa \u00d6berg")).toBe("Asa Oberg");
    expect(name("Fran\u00e7oise N\u00fa\u00f1ez")).toBe("Francoise Nunez");
    expect(name("\u0141ukasz \u017b\u00f3\u0142\u0107")).toBe("Lukasz Zolc");
    expect(name("Stra\u00dfe \u00c6gir c\u0153ur")).toBe("Strasse AEgir coeur");
    expect(name("e\u0301 O\u2019Neil\u2014x")).toBe("e O'Neil-x");
  });

  it("keeps ISO 8859-1 where the display has it", () => {
    expect(latin1(put("\u00c5\u00df\u0141"))).toBe("c5df4c");
  });

  it("RFC 3629 §3: what is not UTF-8 is read as ISO 8859-1", () => {
    store<u8>(bytes, 0xc5); // a lead byte without its second
    store<u8>(bytes, 0x61, 1);
    store<u8>(bytes, 0xe5, 2);
    expect(latin1(3)).toBe("c561e5");
  });

  it("lets no control byte through, of either set", () => {
    for (let code = 0; code < 256; code++) {
      store<u8>(bytes, 0x41);
      store<u8>(bytes, <u8>code, 1);
      store<u8>(bytes, 0x42, 2);
      foldName(text, bytes, 3, true);
      for (let index = 0; index < <i32>text.length; index++) {
        const byte = load<u8>(text.at + <usize>index);
        expect(byte >= 0x20 && byte != 0x7f && !(byte >= 0x80 && byte < 0xa0)).toBe(true, code.toString());
      }
    }
    expect(name("\x1b[2JBad\x07\u009bName")).toBe("[2JBadName");
  });

  it("is none when no letter of it can be shown", () => {
    expect(name("\u4f60\u597d")).toBe("");
    expect(name("  ")).toBe("");
    expect(name("\u738b Wang")).toBe("? Wang");
  });

  it("is cut where the display ends", () => {
    expect(name("abcdefghijklmnopqrstuvwxyz")).toBe("abcdefghijklmnopqrst");
  });
});

describe("the time of day", () => {
  it("is the calendar's, through leap years and centuries", () => {
    const days: StaticArray<f64> = [0, 58, 59, 789, 11015, 11016, 20820, 47540, 47541];
    const dates: StaticArray<string> = [
      "0101", "0228", "0301", "0229", "0228", "0229", "0102", "0228", "0301", // 1970, 1972, 2000, 2027, 2100
    ];
    for (let index = 0; index < days.length; index++) {
      expect(timeOf(days[index] * 86400000 + 5040000)).toBe(dates[index] + "0124", days[index].toString());
    }
    expect(timeOf(86400000 - 1)).toBe("01012359");
    expect(timeOf(-1e15)).toBe("01010000");
    timeOf(1e300);
  });
});
