// What tones are made of: sounds (frequencies with their levels) and cadences, each once, named by country-table.ts. Read ITU-T
// E.180/Q.35 for what tones are; country-table.ts says where the numbers are from.
//
// A level that the source leaves open is −13 dBm0 for the whole tone, inside the −10 ± 5 that E.180 recommends: a two-wire
// line returns part of it to the digit detector. A tone modulated by 25 Hz is a carrier with two sidebands, 6 dB below it.

import {
  FIRST_COUNT, FIRST_DURATION, MAX_TONE_SEGMENTS, SEGMENTS, SEGMENT_WORDS, STEADY_ON, TONE_WORDS,
} from "../audio/tone-player";

// Sounds by their places in the list, from 1. F400_BY_25 is 400 Hz modulated by 25 Hz.

export const F400: u8 = 1, F420: u8 = 2, F425: u8 = 3, F440: u8 = 4, F450: u8 = 5, F1400: u8 = 6, US_DIAL: u8 = 7;
export const US_RINGBACK: u8 = 8, US_BUSY: u8 = 9, UK_DIAL: u8 = 10, UK_RINGBACK: u8 = 11, F350_450: u8 = 12;
export const F400_425: u8 = 13, F330_440: u8 = 14, F380_420: u8 = 15, F340_425: u8 = 16, F425_480: u8 = 17;
export const F300_425: u8 = 18, F350_375_400: u8 = 19, F470_425: u8 = 20, AU_TWO_LEVELS: u8 = 21;
export const F425_BY_25: u8 = 22, F400_BY_25: u8 = 23, F400_BY_33: u8 = 24, F425_BY_24: u8 = 25, F400_BY_16: u8 = 26;
export const F400_BY_50: u8 = 27, SIT: u8 = 28, HOWLER: u8 = 29;

/** Up to four components of a sound: its frequency in Hz and, in the upper four bits, how far below −9 dBm0 it is, in dB. */
const sounds: usize = memory.data<u16>([
  4 << 12 | 400, 0, 0, 0, // F400
  4 << 12 | 420, 0, 0, 0, // F420
  4 << 12 | 425, 0, 0, 0, // F425
  4 << 12 | 440, 0, 0, 0, // F440
  4 << 12 | 450, 0, 0, 0, // F450
  4 << 12 | 1400, 0, 0, 0, // F1400
  8 << 12 | 350, 8 << 12 | 440, 0, 0, // US_DIAL
  8 << 12 | 440, 8 << 12 | 480, 0, 0, // US_RINGBACK
  12 << 12 | 480, 12 << 12 | 620, 0, 0, // US_BUSY
  7 << 12 | 350, 7 << 12 | 440, 0, 0, // UK_DIAL
  7 << 12 | 400, 7 << 12 | 450, 0, 0, // UK_RINGBACK
  7 << 12 | 350, 7 << 12 | 450, 0, 0, // F350_450
  7 << 12 | 400, 7 << 12 | 425, 0, 0, // F400_425
  7 << 12 | 330, 7 << 12 | 440, 0, 0, // F330_440
  7 << 12 | 380, 7 << 12 | 420, 0, 0, // F380_420
  7 << 12 | 340, 7 << 12 | 425, 0, 0, // F340_425
  7 << 12 | 425, 7 << 12 | 480, 0, 0, // F425_480
  7 << 12 | 300, 7 << 12 | 425, 0, 0, // F300_425
  9 << 12 | 350, 9 << 12 | 375, 9 << 12 | 400, 0, // F350_375_400
  4 << 12 | 470, 4 << 12 | 425, 0, 0, // F470_425
  4 << 12 | 425, 14 << 12 | 425, 0, 0, // AU_TWO_LEVELS
  6 << 12 | 425, 12 << 12 | 400, 12 << 12 | 450, 0, // F425_BY_25
  6 << 12 | 400, 12 << 12 | 375, 12 << 12 | 425, 0, // F400_BY_25
  6 << 12 | 400, 12 << 12 | 367, 12 << 12 | 433, 0, // F400_BY_33
  6 << 12 | 425, 12 << 12 | 401, 12 << 12 | 449, 0, // F425_BY_24
  6 << 12 | 400, 12 << 12 | 384, 12 << 12 | 416, 0, // F400_BY_16
  6 << 12 | 400, 12 << 12 | 350, 12 << 12 | 450, 0, // F400_BY_50
  4 << 12 | 950, 4 << 12 | 1400, 4 << 12 | 1800, 0, // SIT
  1400, 2060, 2450, 2600, // HOWLER
]);

// Cadences by their places in the list, from 1. C500 is 500 ms on and off, C1000_4000 on and off; TWICE_200_100_7500 is 200 on,
// 100 off, 200 on, 7500 off.

export const STEADY: u8 = 1, C40: u8 = 2, C100: u8 = 3, C125: u8 = 4, C150: u8 = 5, C165: u8 = 6, C167: u8 = 7;
export const C175: u8 = 8, C200: u8 = 9, C240: u8 = 10, C250: u8 = 11, C300: u8 = 12, C330: u8 = 13, C350: u8 = 14;
export const C375: u8 = 15, C400: u8 = 16, C480: u8 = 17, C500: u8 = 18, C700: u8 = 19, C750: u8 = 20;
export const C1100: u8 = 21, C1000_2000: u8 = 22, C1000_3000: u8 = 23, C1000_4000: u8 = 24, C1000_5000: u8 = 25;
export const C1200_4600: u8 = 26, C1200_4700: u8 = 27, C1250_3750: u8 = 28, C1500_3000: u8 = 29, C1500_3500: u8 = 30;
export const C1850_4150: u8 = 31, C2000_4000: u8 = 32, C250_750: u8 = 33, C300_200: u8 = 34, C300_400: u8 = 35;
export const C100_40: u8 = 36, C320_20: u8 = 37, C400_40: u8 = 38, C450_50: u8 = 39, C500_50: u8 = 40;
export const C650_25: u8 = 41, C1000_100: u8 = 42, C1000_200: u8 = 43, C1000_250: u8 = 44, C1500_100: u8 = 45;
export const C1800_200: u8 = 46, C2800_200: u8 = 47, C40_1960: u8 = 48, C50_1000: u8 = 49, C100_4000: u8 = 50;
export const C200_600: u8 = 51, C200_5000: u8 = 52, C250_8750: u8 = 53, C300_6000: u8 = 54, C300_8000: u8 = 55;
export const C300_10000: u8 = 56, C330_9000: u8 = 57, C400_4000: u8 = 58, C500_8000: u8 = 59, C500_9500: u8 = 60;
export const TWICE_400_200_2000: u8 = 61, TWICE_400_200_3000: u8 = 62, TWICE_150_150_4000: u8 = 63;
export const TWICE_150_150_8000: u8 = 64, TWICE_150_150_10000: u8 = 65, TWICE_175_175_3500: u8 = 66;
export const TWICE_200_100_7500: u8 = 67, TWICE_200_200_4000: u8 = 68, TWICE_200_200_4400: u8 = 69;
export const TWICE_200_200_5000: u8 = 70, TWICE_200_500_9100: u8 = 71, TWICE_200_600_3000: u8 = 72;
export const TWICE_200_600_4000: u8 = 73, TWICE_200_600_5000: u8 = 74, TWICE_200_600_8000: u8 = 75;
export const TWICE_200_600_10000: u8 = 76, TWICE_250_250_3250: u8 = 77, TWICE_300_200_3200: u8 = 78;
export const TWICE_100_100_2000: u8 = 79, TWICE_125_125_625: u8 = 80, GR_DIAL: u8 = 81, IT_DIAL: u8 = 82;
export const CZ_DIAL: u8 = 83, UK_CONGESTION: u8 = 84, BR_CONGESTION: u8 = 85, ES_CONGESTION: u8 = 86;
export const TR_CONGESTION: u8 = 87, AU_CONGESTION: u8 = 88, UK_SPECIAL: u8 = 89, IT_SPECIAL: u8 = 90;
export const STUTTER: u8 = 91, NZ_STUTTER: u8 = 92, ZA_STUTTER: u8 = 93, SG_STUTTER: u8 = 94, SK_SPECIAL: u8 = 95;
export const MY_SPECIAL: u8 = 96, HK_WAITING: u8 = 97, IL_WAITING: u8 = 98, IT_WAITING: u8 = 99;
export const NZ_WAITING: u8 = 100, ZA_WAITING: u8 = 101, THRICE: u8 = 102, IL_CONFIRMATION: u8 = 103;
export const UY_CONFIRMATION: u8 = 104, INFORMATION: u8 = 105, INFORMATION_GAPS: u8 = 106, FR_INFORMATION: u8 = 107;
export const NZ_UNOBTAINABLE: u8 = 108, CN_UNOBTAINABLE: u8 = 109, RING_2: u8 = 110, RING_3: u8 = 111;
export const RING_4: u8 = 112, RING_5: u8 = 113, RING_6: u8 = 114, RING_7: u8 = 115, RING_8: u8 = 116;

/** Segments have a word for the components that sound; without it all do. */
const MASKS: u16 = 0x100;
/** On until something else happens. */
const ON: u16 = 0xffff;

/**
 * How many segments the first section has, in the next four bits the second, and MASKS; how long the first section lasts, ms,
 * 0 for ever; then each segment's on and off, ms.
 */
const cadences: usize = memory.data<u16>([
  1, 0, ON, 0, // STEADY
  1, 0, 40, 40, // C40
  1, 0, 100, 100, // C100
  1, 0, 125, 125, // C125
  1, 0, 150, 150, // C150
  1, 0, 165, 165, // C165
  1, 0, 167, 167, // C167
  1, 0, 175, 175, // C175
  1, 0, 200, 200, // C200
  1, 0, 240, 240, // C240
  1, 0, 250, 250, // C250
  1, 0, 300, 300, // C300
  1, 0, 330, 330, // C330
  1, 0, 350, 350, // C350
  1, 0, 375, 375, // C375
  1, 0, 400, 400, // C400
  1, 0, 480, 480, // C480
  1, 0, 500, 500, // C500
  1, 0, 700, 700, // C700
  1, 0, 750, 750, // C750
  1, 0, 1100, 1100, // C1100
  1, 0, 1000, 2000, // C1000_2000
  1, 0, 1000, 3000, // C1000_3000
  1, 0, 1000, 4000, // C1000_4000
  1, 0, 1000, 5000, // C1000_5000
  1, 0, 1200, 4600, // C1200_4600
  1, 0, 1200, 4700, // C1200_4700
  1, 0, 1250, 3750, // C1250_3750
  1, 0, 1500, 3000, // C1500_3000
  1, 0, 1500, 3500, // C1500_3500
  1, 0, 1850, 4150, // C1850_4150
  1, 0, 2000, 4000, // C2000_4000
  1, 0, 250, 750, // C250_750
  1, 0, 300, 200, // C300_200
  1, 0, 300, 400, // C300_400
  1, 0, 100, 40, // C100_40
  1, 0, 320, 20, // C320_20
  1, 0, 400, 40, // C400_40
  1, 0, 450, 50, // C450_50
  1, 0, 500, 50, // C500_50
  1, 0, 650, 25, // C650_25
  1, 0, 1000, 100, // C1000_100
  1, 0, 1000, 200, // C1000_200
  1, 0, 1000, 250, // C1000_250
  1, 0, 1500, 100, // C1500_100
  1, 0, 1800, 200, // C1800_200
  1, 0, 2800, 200, // C2800_200
  1, 0, 40, 1960, // C40_1960
  1, 0, 50, 1000, // C50_1000
  1, 0, 100, 4000, // C100_4000
  1, 0, 200, 600, // C200_600
  1, 0, 200, 5000, // C200_5000
  1, 0, 250, 8750, // C250_8750
  1, 0, 300, 6000, // C300_6000
  1, 0, 300, 8000, // C300_8000
  1, 0, 300, 10000, // C300_10000
  1, 0, 330, 9000, // C330_9000
  1, 0, 400, 4000, // C400_4000
  1, 0, 500, 8000, // C500_8000
  1, 0, 500, 9500, // C500_9500
  2, 0, 400, 200, 400, 2000, // TWICE_400_200_2000
  2, 0, 400, 200, 400, 3000, // TWICE_400_200_3000
  2, 0, 150, 150, 150, 4000, // TWICE_150_150_4000
  2, 0, 150, 150, 150, 8000, // TWICE_150_150_8000
  2, 0, 150, 150, 150, 10000, // TWICE_150_150_10000
  2, 0, 175, 175, 175, 3500, // TWICE_175_175_3500
  2, 0, 200, 100, 200, 7500, // TWICE_200_100_7500
  2, 0, 200, 200, 200, 4000, // TWICE_200_200_4000
  2, 0, 200, 200, 200, 4400, // TWICE_200_200_4400
  2, 0, 200, 200, 200, 5000, // TWICE_200_200_5000
  2, 0, 200, 500, 200, 9100, // TWICE_200_500_9100
  2, 0, 200, 600, 200, 3000, // TWICE_200_600_3000
  2, 0, 200, 600, 200, 4000, // TWICE_200_600_4000
  2, 0, 200, 600, 200, 5000, // TWICE_200_600_5000
  2, 0, 200, 600, 200, 8000, // TWICE_200_600_8000
  2, 0, 200, 600, 200, 10000, // TWICE_200_600_10000
  2, 0, 250, 250, 250, 3250, // TWICE_250_250_3250
  2, 0, 300, 200, 300, 3200, // TWICE_300_200_3200
  2, 0, 100, 100, 100, 2000, // TWICE_100_100_2000
  2, 0, 125, 125, 125, 625, // TWICE_125_125_625
  2, 0, 200, 300, 700, 800, // GR_DIAL
  2, 0, 200, 200, 600, 1000, // IT_DIAL
  2, 0, 330, 330, 660, 660, // CZ_DIAL
  2, 0, 400, 350, 225, 525, // UK_CONGESTION
  2, 0, 250, 250, 750, 250, // BR_CONGESTION
  3, 0, 200, 200, 200, 200, 200, 600, // ES_CONGESTION
  4, 0, 200, 200, 200, 200, 200, 200, 600, 200, // TR_CONGESTION
  2 | MASKS, 0, 375, 375, 1, 375, 375, 2, // AU_CONGESTION
  2 | MASKS, 0, 750, 0, 3, 750, 0, 2, // UK_SPECIAL
  2 | MASKS, 0, 400, 0, 1, 400, 0, 2, // IT_SPECIAL
  1 | 1 << 4, 600, 100, 100, ON, 0, // STUTTER
  1 | 1 << 4, 1200, 100, 100, ON, 0, // NZ_STUTTER
  1 | 1 << 4, 2000, 250, 250, ON, 0, // ZA_STUTTER
  2 | 1 << 4, 4800, 200, 200, 600, 200, ON, 0, // SG_STUTTER
  4, 0, 165, 165, 165, 165, 165, 165, 660, 660, // SK_SPECIAL
  3, 0, 250, 250, 250, 250, 2000, 250, // MY_SPECIAL
  3, 0, 500, 500, 500, 500, 500, 8000, // HK_WAITING
  3, 0, 100, 100, 100, 100, 600, 3000, // IL_WAITING
  3, 0, 400, 100, 250, 100, 150, 14000, // IT_WAITING
  1, 12800, 200, 3000, // NZ_WAITING
  4, 0, 250, 250, 250, 250, 250, 250, 250, 7250, // ZA_WAITING
  1, 600, 100, 100, // THRICE
  2, 600, 150, 150, 300, 0, // IL_CONFIRMATION
  3, 0, 100, 200, 100, 200, 100, 1300, // UY_CONFIRMATION
  3 | MASKS, 0, 330, 0, 1, 330, 0, 2, 330, 1000, 4, // INFORMATION
  3 | MASKS, 0, 330, 30, 1, 330, 30, 2, 330, 1000, 4, // INFORMATION_GAPS
  3 | MASKS, 0, 300, 30, 1, 300, 30, 2, 300, 1000, 4, // FR_INFORMATION
  4, 0, 75, 100, 75, 100, 75, 100, 75, 400, // NZ_UNOBTAINABLE
  4, 0, 100, 100, 100, 100, 100, 100, 400, 400, // CN_UNOBTAINABLE
  3, 0, 300, 200, 1000, 200, 300, 4000, // RING_2
  2, 0, 800, 400, 800, 4000, // RING_3
  3, 0, 400, 200, 300, 200, 800, 4000, // RING_4
  4, 0, 200, 200, 200, 200, 200, 200, 1000, 4000, // RING_5
  3, 0, 200, 400, 200, 400, 200, 4000, // RING_6
  3, 0, 400, 200, 400, 200, 400, 4000, // RING_7
  1, 0, 250, 9750, // RING_8
]);

@inline function wordAt(at: usize, index: i32): i32 { return load<u16>(at + (<usize>index << 1)); }

/** Address of a cadence, for Ringer.start. */
export function cadenceAt(cadence: i32): usize {
  let at = cadences;
  while (--cadence > 0) {
    const head = wordAt(at, 0);
    at += <usize>(2 + ((head & 15) + (head >> 4 & 15)) * (head & MASKS ? 3 : 2)) << 1;
  }
  return at;
}

/** Writes a tone as the player takes it. */
export function writeTone(sound: i32, cadence: i32, target: usize): void {
  memory.fill(target, 0, TONE_WORDS << 2);
  const from = sounds + (<usize>(sound - 1) << 3);
  let components = 0;
  for (; components < 4 && wordAt(from, components) != 0; components++) {
    const word = wordAt(from, components);
    store<i32>(target + (<usize>components << 3), word & 0xfff, 4);
    store<i32>(target + (<usize>components << 3), -90 - (word >> 12) * 10, 8);
  }
  store<i32>(target, components);

  let at = cadenceAt(cadence);
  const head = wordAt(at, 0);
  store<i32>(target, head & 15, FIRST_COUNT << 2);
  store<i32>(target, head >> 4 & 15, FIRST_COUNT + 1 << 2);
  store<i32>(target, wordAt(at, 1), FIRST_DURATION << 2);
  const all = (1 << components) - 1;
  at += 4;
  for (let left = (head & 15) + (head >> 4 & 15); left > 0; left--) {
    const on = wordAt(at, 0);
    store<i32>(target, on == ON ? STEADY_ON : on, SEGMENTS << 2);
    store<i32>(target, wordAt(at, 1), SEGMENTS + 1 << 2);
    store<i32>(target, head & MASKS ? wordAt(at, 2) : all, SEGMENTS + 2 << 2);
    at += head & MASKS ? 6 : 4;
    target += SEGMENT_WORDS << 2;
  }
}
