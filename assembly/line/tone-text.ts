// Tones as text, in the two notations that adapters are set up with:
//
//   f1=350@-17,f2=440@-17,c=2000/4000;        frequencies in Hz with levels in dBm0, then on/off in ms, more of them after `-`;
//                                             0/0 is on without a break, and so is no `c=`
//   350@-17,440@-17;2(.1/.1/1+2);*(*/0/1+2)   the same frequencies by their places, in one or two sections: how long, s, and
//                                             in parentheses on/off/which, s, more of them after `,`; `*` is for ever
//
// A frequency without a level has −13 dBm0. Levels may have one place after the point, times three.

import { isDigit, lower } from "../base/bytes";
import { OUTPUT_SIZE, Output } from "../base/output";
import {
  FIRST_COUNT, FIRST_DURATION, MAX_TONE_SEGMENTS, SEGMENTS, SEGMENT_WORDS, STEADY_ON, TONE_WORDS,
} from "../audio/tone-player";

/** Why a text was refused. Numbers are part of the ABI. */
export const enum ToneTextError {
  None,
  /** Something else belongs here. */
  Unexpected,
  /** 20 to 3999 Hz. */
  Frequency,
  /** −60 to 0 dBm0. */
  Level,
  /** Four frequencies at the most. */
  TooManyFrequencies,
  /** 0 to 64 s, a section up to an hour, and not both on and off 0. */
  Time,
  /** Eight on/off in all, in two sections. */
  TooLong,
  /** A place where no frequency is. */
  Component,
}

/** By their numbers in the ABI. */
export const enum ToneNotation { Assignments, Sections }

/** Longest text that writeToneText() writes. */
export const TONE_TEXT_SIZE: i32 = 255;

const MAX_COMPONENTS: i32 = 4;
const OWN_LEVEL: i32 = -130;
const LONGEST: i32 = 64000;
const LONGEST_SECTION: i32 = 3600000;
const STAR: i32 = 0x2a, PLUS: i32 = 0x2b, COMMA: i32 = 0x2c, MINUS: i32 = 0x2d, POINT: i32 = 0x2e, SLASH: i32 = 0x2f;
const SEMICOLON: i32 = 0x3b, EQUALS: i32 = 0x3d, AT: i32 = 0x40, OPEN: i32 = 0x28, CLOSE: i32 = 0x29;
const C: i32 = 0x63, F: i32 = 0x66;

/** Of the last parseToneText(). */
export let toneTextError: ToneTextError = ToneTextError.None;
const words: usize = memory.data(TONE_WORDS << 2, 16);
let at: usize = 0;
let end: usize = 0;

function word(index: i32): i32 { return load<i32>(words + (<usize>index << 2)); }
function setWord(index: i32, value: i32): void { store<i32>(words + (<usize>index << 2), value); }

function fail(error: ToneTextError): bool {
  if (toneTextError == ToneTextError.None) toneTextError = error;
  return false;
}

function failAt(error: ToneTextError, place: usize): bool {
  at = place;
  return fail(error);
}

function peek(): i32 { return at < end ? <i32>lower(load<u8>(at)) : -1; }

function take(byte: i32): bool {
  if (peek() != byte) return false;
  at++;
  return true;
}

function expect(byte: i32): bool { return take(byte) || fail(ToneTextError.Unexpected); }

/** 1*DIGIT [ "." *3DIGIT ] or "." 1*3DIGIT, in thousandths; −1, nothing taken, when it is none or above `most`. */
function thousandths(most: i32): i32 {
  const from = at;
  let value: i64 = 0;
  let place = 0, digits = 0;
  for (; at < end; at++) {
    const byte = <i32>load<u8>(at);
    if (byte == POINT && place == 0) {
      place = 100;
      continue;
    }
    if (!isDigit(<u8>byte) || value > most) break;
    digits++;
    if (place == 0) {
      value = value * 10 + (byte - 48) * 1000;
    } else {
      value += (byte - 48) * place;
      place /= 10;
      if (place == 0) {
        at++;
        break;
      }
    }
  }
  if (digits > 0 && value <= most) return <i32>value;
  at = from;
  return -1;
}

function frequencies(isAssigned: bool): bool {
  for (let count = 0; count < MAX_COMPONENTS; count++) {
    if (isAssigned && !(expect(F) && expect(49 + count) && expect(EQUALS))) return false;
    let from = at;
    const frequency = thousandths(3999000);
    if (frequency < 20000) return failAt(ToneTextError.Frequency, from);
    let level = OWN_LEVEL;
    if (take(AT)) {
      from = at;
      const isNegative = take(MINUS);
      const size = thousandths(60000);
      if (size < 0 || (size > 0 && !isNegative)) return failAt(ToneTextError.Level, from);
      level = size / -100;
    }
    setWord(0, count + 1);
    setWord(1 + count * 2, (frequency + 500) / 1000);
    setWord(2 + count * 2, level);
    if (peek() != COMMA) return true;
    at++;
    if (isAssigned && peek() == C) return true;
  }
  return fail(ToneTextError.TooManyFrequencies);
}

/** One on/off more in a section. In ms, or in s. */
function segment(section: i32, isInSeconds: bool): bool {
  const index = word(FIRST_COUNT) + word(FIRST_COUNT + 1);
  if (index == MAX_TONE_SEGMENTS) return fail(ToneTextError.TooLong);
  const scale = isInSeconds ? 1 : 1000;
  let on = STEADY_ON;
  if (!isInSeconds || !take(STAR)) {
    on = thousandths(LONGEST * scale);
    if (on < 0) return fail(ToneTextError.Time);
    on /= scale;
  }
  if (!expect(SLASH)) return false;
  const off = thousandths(LONGEST * scale);
  if (off < 0 || (on == 0 && off == 0 && isInSeconds)) return fail(ToneTextError.Time);
  const place = SEGMENTS + index * SEGMENT_WORDS;
  setWord(place, on == 0 && off == 0 ? STEADY_ON : on);
  setWord(place + 1, off / scale);
  setWord(place + 2, (1 << word(0)) - 1);
  setWord(FIRST_COUNT + section, word(FIRST_COUNT + section) + 1);
  return true;
}

/** `/1+2`, or `/0` for none of them. */
function components(): bool {
  if (!expect(SLASH)) return false;
  let mask = 0;
  do {
    const number = peek() - 48;
    if (number < 0 || number > word(0)) return fail(ToneTextError.Component);
    at++;
    if (number > 0) mask |= 1 << number - 1;
  } while (take(PLUS));
  setWord(SEGMENTS + (word(FIRST_COUNT) + word(FIRST_COUNT + 1)) * SEGMENT_WORDS - 1, mask);
  return true;
}

function section(index: i32): bool {
  let duration = 0;
  if (!take(STAR)) {
    const from = at;
    duration = thousandths(LONGEST_SECTION);
    if (duration <= 0) return failAt(ToneTextError.Time, from);
  }
  setWord(FIRST_DURATION + index, duration);
  if (!expect(OPEN)) return false;
  do {
    if (!segment(index, true) || !components()) return false;
  } while (take(COMMA));
  return expect(CLOSE);
}

function tone(): bool {
  const isAssigned = peek() == F;
  if (!frequencies(isAssigned)) return false;
  if (isAssigned && take(C)) {
    if (!expect(EQUALS)) return false;
    do {
      if (!segment(0, false)) return false;
    } while (take(MINUS));
  }
  for (let index = 0; take(SEMICOLON) && at < end; index++) {
    if (isAssigned) return fail(ToneTextError.Unexpected);
    if (index == 2) return fail(ToneTextError.TooLong);
    if (!section(index)) return false;
  }
  if (at < end) return fail(ToneTextError.Unexpected);
  if (word(FIRST_COUNT) > 0) return true;
  setWord(FIRST_COUNT, 1);
  setWord(SEGMENTS, STEADY_ON);
  setWord(SEGMENTS + 2, (1 << word(0)) - 1);
  return true;
}

/** Writes the tone to `target` as the player takes it. 0, or the 1-based place of what is wrong: toneTextError, nothing written. */
export function parseToneText(text: usize, length: i32, target: usize): i32 {
  toneTextError = ToneTextError.None;
  at = text;
  end = text + <usize>length;
  memory.fill(words, 0, TONE_WORDS << 2);
  if (!tone()) return <i32>(at - text) + 1;
  memory.copy(target, words, TONE_WORDS << 2);
  return 0;
}

const output = changetype<Output>(memory.data(OUTPUT_SIZE, 8));

function put(byte: i32): void { output.byte(<u8>byte); }

/** `.5`, `2`, `-14.8`. */
function writeThousandths(value: i32): void {
  if (value < 0) put(MINUS);
  const size = abs(value);
  if (size >= 1000 || size == 0) output.decimal(size / 1000);
  if (size % 1000 == 0) return;
  put(POINT);
  for (let rest = size % 1000; rest > 0; rest = rest * 10 % 1000) put(48 + rest / 100);
}

function writeTime(value: i32): void {
  if (value < 0) put(STAR);
  else writeThousandths(value);
}

/** Writes the tone at `spec`. Bytes written; 0 when the notation has no words for it. */
export function writeToneText(spec: usize, notation: ToneNotation, target: usize): i32 {
  memory.copy(words, spec, TONE_WORDS << 2);
  const isAssigned = notation == ToneNotation.Assignments;
  const all = (1 << word(0)) - 1;
  output.start(target, target + TONE_TEXT_SIZE);
  for (let index = 0; index < word(0); index++) {
    if (index > 0) put(COMMA);
    if (isAssigned) {
      put(F);
      put(49 + index);
      put(EQUALS);
    }
    output.decimal(word(1 + index * 2));
    put(AT);
    writeThousandths(word(2 + index * 2) * 100);
  }
  if (isAssigned) {
    if (word(FIRST_DURATION) != 0) return 0;
    output.text(",c");
  }
  for (let section = 0, index = 0; section < 2; section++) {
    const count = word(FIRST_COUNT + section);
    for (let left = count; left > 0; left--, index++) {
      const place = SEGMENTS + index * SEGMENT_WORDS;
      const on = word(place), mask = word(place + 2);
      if (isAssigned) {
        if (mask != all) return 0;
        put(left == count ? EQUALS : MINUS);
        output.decimal(max(on, 0));
        put(SLASH);
        output.decimal(word(place + 1));
        continue;
      }
      if (left == count) {
        put(SEMICOLON);
        writeTime(word(FIRST_DURATION + section) == 0 ? -1 : word(FIRST_DURATION + section));
      }
      put(left == count ? OPEN : COMMA);
      writeTime(on);
      put(SLASH);
      writeThousandths(word(place + 1));
      put(SLASH);
      writeComponents(mask);
    }
    if (!isAssigned && count > 0) put(CLOSE);
  }
  if (isAssigned) put(SEMICOLON);
  const last = output.finish();
  return last == 0 ? 0 : <i32>(last - target);
}

function writeComponents(mask: i32): void {
  let isFirst = true;
  for (let index = 0; index < MAX_COMPONENTS; index++) {
    if ((mask >> index & 1) == 0) continue;
    if (!isFirst) put(PLUS);
    put(49 + index);
    isFirst = false;
  }
  if (isFirst) put(48);
}
