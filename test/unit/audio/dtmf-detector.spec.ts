// ITU-T Q.24, annex A: what a receiver must hear and what it must not. Sounds are made here, apart from the code under
// test.

import { dtmfFrequency } from "../../../assembly/audio/dtmf";
import { DTMF_DETECTOR_SIZE, DtmfDetector } from "../../../assembly/audio/dtmf-detector";
import { Law, decodeFrame, encodeFrame } from "../../../assembly/audio/g711";
import { LONGEST, SECOND, addNoise, addSine, addVoice, finish, pcm, random, seed, silence } from "./signals";

const detector = changetype<DtmfDetector>(memory.data(DTMF_DETECTOR_SIZE, 16));
const coded = memory.data(160000, 16);
const KEYS: string = "123A456B789C*0#D";

const heard = memory.data(256, 16);
let digits = 0;

/** Hears `samples` samples in frames; the digits stand in `heard`. */
function listen(samples: i32, hasDialTone: bool = false): i32 {
  finish(samples);
  return listenOn(samples, hasDialTone);
}

function listenOn(samples: i32, hasDialTone: bool = false): i32 {
  digits = 0;
  detector.reset();
  detector.hasDialTone = hasDialTone;
  for (let at = 0; at < samples; at += 160) {
    const digit = detector.put(pcm + (<usize>at << 1), min(160, samples - at));
    if (digit == 0 || digits == 256) continue;
    store<u8>(heard + <usize>digits, <u8>digit);
    digits++;
  }
  return digits;
}

/** ms to samples */
function ms(time: f64): i32 { return <i32>(time * 8); }

/** Key `index` for `samples` samples; levels and deviations of the row and the column. */
function press(
  at: i32, samples: i32, index: i32, row: f64 = -9, column: f64 = -9, rowShare: f64 = 0, columnShare: f64 = 0,
): void {
  addSine(at, samples, dtmfFrequency(index >> 2) * (1 + rowShare), row, random() * 6);
  addSine(at, samples, dtmfFrequency(4 + (index & 3)) * (1 + columnShare), column, random() * 6);
}

/**
 * All sixteen keys at 160 ms distance, starting a little anywhere. How many of them are heard, wrong ones subtracted.
 */
function sixteen(toneMs: f64, row: f64 = -9, column: f64 = -9, rowShare: f64 = 0, columnShare: f64 = 0): i32 {
  silence();
  for (let index = 0; index < 16; index++) {
    press(800 + index * 1280 + <i32>(random() * 160), ms(toneMs), index, row, column, rowShare, columnShare);
  }
  return score(listen(800 + 16 * 1280 + 800));
}

function score(count: i32): i32 {
  let right = 0;
  let next = 0;
  for (let index = 0; index < count; index++) {
    const digit = <i32>load<u8>(heard + <usize>index);
    let found = -1;
    for (let key = next; key < 16; key++) if (KEYS.charCodeAt(key) == digit) { found = key; break; }
    if (found < 0) return -100;
    right++;
    next = found + 1;
  }
  return right;
}

describe("DtmfDetector: what it must hear", () => {
  seed(24);

  it("all sixteen digits, 60 ms, in order, once each", () => { expect(sixteen(60)).toBe(16); });

  it("Q.24 A.1: 40 ms is enough, wherever it begins", () => {
    for (let round = 0; round < 20; round++) expect(sixteen(40)).toBe(16);
  });

  it("Q.24 A.1: a long digit is one digit", () => {
    silence();
    press(800, SECOND * 5, 5);
    expect(listen(SECOND * 6)).toBe(1);
  });

  it("Q.24 A.1: ±1.5 % of either frequency", () => {
    for (let row = -1; row <= 1; row++) {
      for (let column = -1; column <= 1; column++) {
        expect(sixteen(45, -9, -9, <f64>row * 0.015, <f64>column * 0.015)).toBe(16);
      }
    }
  });

  it("levels from 0 to -25 dBm0 each", () => {
    for (let level = -25; level <= 0; level++) expect(sixteen(45, level, level)).toBe(16);
  });

  it("twist: the column up to 4 dB stronger, down to 8 dB weaker", () => {
    for (let twist = -8; twist <= 4; twist++) {
      const row = twist < 0 ? -10.0 : -14.0;
      expect(sixteen(45, row, row + <f64>twist)).toBe(16);
    }
  });

  it("twist and deviation together", () => {
    expect(sixteen(45, -17, -13, 0.015, -0.015)).toBe(16);
    expect(sixteen(45, -10, -18, -0.015, 0.015)).toBe(16);
    expect(sixteen(45, -10, -18, 0.015, 0.015)).toBe(16);
  });

  it("through noise 15 dB below the digit, 20 seeds", () => {
    for (let round: u32 = 0; round < 20; round++) {
      seed(1000 + round);
      silence();
      for (let index = 0; index < 16; index++) press(800 + index * 1280, ms(50), index, -12, -12);
      addNoise(0, 800 + 16 * 1280 + 800, -9 - 15);
      expect(score(listen(800 + 16 * 1280 + 800))).toBe(16);
    }
  });

  it("while dial tone is as loud as the digit: US, UK, European", () => {
    for (let tone = 0; tone < 3; tone++) {
      silence();
      const all = 4000 + 16 * 1280 + 800;
      if (tone == 2) {
        addSine(0, all, 425, -15);
      } else {
        addSine(0, all, 350, -18);
        addSine(0, all, tone == 0 ? 440 : 450, -18);
      }
      for (let index = 0; index < 16; index++) press(4000 + index * 1280, ms(45), index, -18, -18);
      expect(score(listen(all, true))).toBe(16);
    }
  });

  it("through mains hum", () => {
    silence();
    addSine(0, 25000, 50, -12);
    addSine(0, 25000, 150, -20);
    for (let index = 0; index < 16; index++) press(4000 + index * 1280, ms(45), index, -15, -15);
    expect(score(listen(25000, true))).toBe(16);
  });

  it("through G.711 of either law", () => {
    for (let law = 0; law < 2; law++) {
      silence();
      for (let index = 0; index < 16; index++) press(800 + index * 1280, ms(45), index, -22, -22);
      finish(25000);
      encodeFrame(law, coded, pcm, 25000);
      decodeFrame(law, pcm, coded, 25000);
      expect(score(listenOn(25000))).toBe(16);
    }
  });

  it("fast dialling: 40 ms on, 40 ms off, the same digit too", () => {
    silence();
    for (let index = 0; index < 16; index++) press(800 + index * ms(80), ms(40), 4);
    expect(listen(800 + 16 * ms(80) + 800)).toBe(16);
    silence();
    for (let index = 0; index < 16; index++) press(800 + index * ms(80), ms(40), index);
    expect(score(listen(800 + 16 * ms(80) + 800))).toBe(16);
  });
});

describe("DtmfDetector: what it must not hear", () => {
  it("Q.24 A.1: 23 ms is too short, wherever it begins", () => {
    for (let round = 0; round < 20; round++) expect(sixteen(23)).toBe(0);
  });

  it("Q.24 A.1: ±3.5 % of either frequency", () => {
    for (let which = 0; which < 4; which++) {
      const share = which & 1 ? 0.035 : -0.035;
      expect(sixteen(100, -9, -9, which < 2 ? share : 0, which < 2 ? 0 : share)).toBe(0);
    }
  });

  it("further off, at every deviation from 3.5 to 6 %", () => {
    for (let share = 0.035; share < 0.06; share += 0.0025) {
      expect(sixteen(100, -9, -9, share, 0)).toBe(0);
      expect(sixteen(100, -9, -9, -share, 0)).toBe(0);
      expect(sixteen(100, -9, -9, 0, share)).toBe(0);
    }
  });

  it("-30 dBm0 each, or 14 dB of twist", () => {
    expect(sixteen(100, -30, -30)).toBe(0);
    expect(sixteen(100, -20, -6)).toBe(0);
    expect(sixteen(100, -6, -20)).toBe(0);
  });

  it("a gap of 10 ms does not make two digits of one", () => {
    for (let key = 0; key < 16; key++) {
      silence();
      press(800, ms(60), key);
      press(800 + ms(70), ms(60), key);
      expect(listen(4000)).toBe(1);
    }
  });

  it("one frequency, or two of the same group", () => {
    for (let index = 0; index < 8; index++) {
      silence();
      addSine(800, 4000, dtmfFrequency(index), -6);
      expect(listen(6000)).toBe(0);
      addSine(800, 4000, dtmfFrequency(index ^ 1), -6);
      expect(listen(6000)).toBe(0);
    }
  });

  it("dial tone, busy tone, ringback, call waiting, howler, fax tones", () => {
    const tones = memory.data<i32>([
      350, 440, 480, 620, 440, 480, 440, 0, 400, 450, 1400, 2060, 1100, 0, 2100, 0, 425, 0, 950, 0, 1400, 0, 1800, 0,
    ]);
    for (let tone: usize = 0; tone < 12; tone++) {
      for (let level = -25; level <= 0; level += 5) {
        silence();
        addSine(800, 4000, load<i32>(tones + (tone << 3)), level);
        const second = load<i32>(tones + (tone << 3) + 4);
        if (second) addSine(800, 4000, second, level);
        expect(listen(6000)).toBe(0);
      }
    }
  });

  it("silence and noise of any level", () => {
    silence();
    expect(listen(LONGEST)).toBe(0);
    for (let round: u32 = 0; round < 10; round++) {
      seed(round);
      silence();
      addNoise(0, LONGEST, -30 + 3 * <f64>round);
      expect(listen(LONGEST)).toBe(0);
    }
  });

  it("a digit with its harmonics: what a voice would be", () => {
    silence();
    press(800, 2400, 5);
    addSine(800, 2400, 770 * 2, -14);
    addSine(800, 2400, 1336 * 2, -14);
    addSine(800, 2400, 770 * 3, -14);
    expect(listen(6000)).toBe(0);
  });

  it("voices without a pause: fewer than one false digit in two minutes, 30 seeds of 20 s", () => {
    let wrong = 0;
    for (let round: u32 = 0; round < 30; round++) {
      seed(7000 + round);
      silence();
      addVoice(0, LONGEST, -8);
      wrong += listen(LONGEST);
    }
    expect(wrong).toBeLessThan(5);
  });

  it("is active while a digit sounds and shortly after it, and not otherwise", () => {
    silence();
    press(1600, ms(100), 0);
    finish(8000);
    detector.reset();
    for (let at = 0; at < 8000; at += 160) {
      detector.put(pcm + (<usize>at << 1), 160);
      if (at + 160 <= 1600 || at >= 1600 + ms(100) + ms(40)) expect(detector.isActive).toBeFalsy();
      if (at >= 1600 + ms(20) && at + 160 <= 1600 + ms(100)) expect(detector.isActive).toBeTruthy();
    }
  });
});
