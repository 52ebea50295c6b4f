// When is what has been dialled a number? A plan of patterns answers while the digits come in. The notation is
// that of Cisco's adapters: `(*xx|[2-9]xx|1[2-9]xxxxxxxxx|x.)`. A pattern is elements: a digit, `*`, `#` or `+`;
// `x` for any digit; `[2-9*]` for any of a set. A `.` after an element means zero or more of it.
//
// All patterns run side by side, one bit for each element, so a digit costs one pass over the plan.

import { indexOfByte, isBlank, lower } from "../base/bytes";
import { DIAL_PLAN_SIZE } from "../limits";

export const enum DialResult {
  /** No pattern begins like this. */
  NoMatch,
  /** More digits are needed. */
  Partial,
  /** A number, but a longer one begins like this. */
  Match,
  /** A number, and no digit could follow. */
  Complete,
}

/** Why a plan was refused. Numbers are part of the ABI. */
export const enum DialPlanError {
  None,
  TooLong,
  /** A pattern without elements, or an empty plan. */
  EmptyPattern,
  /** Not an element of the notation. */
  UnknownCharacter,
  /** `[` without its `]`. */
  OpenSet,
  EmptySet,
  /** In a set `a-b` both are digits, the smaller one first. */
  BadRange,
  /** `.` with nothing before it to repeat. */
  NothingToRepeat,
  /** Only the whole plan stands in parentheses. */
  Parenthesis,
  /** `!`, `<a:b>`, `,`, `S0`, `L:`… mean something in the notation, not yet here. */
  Unsupported,
}

/** Every element takes at least one character, the end of a pattern takes its `|`. */
const MAX_ELEMENTS: i32 = DIAL_PLAN_SIZE + 1;
const BITSET_SIZE: i32 = MAX_ELEMENTS >> 3;

const ANY_DIGIT: u16 = 0x03ff;
const STAR: i32 = 10;
const HASH: i32 = 11;
const PLUS: i32 = 12;
/** Flags above the thirteen symbols. */
const REPEATED: u16 = 0x4000;
const END: u16 = 0x8000;

/** Number of a dialled character in an element's mask, or -1. */
function symbolOf(byte: i32): i32 {
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte == 0x2a) return STAR;
  if (byte == 0x23) return HASH;
  return byte == 0x2b ? PLUS : -1;
}

@inline function bitOf(symbol: i32): u16 { return <u16>(<i32>1 << symbol); }

@unmanaged
export class DialPlan {
  private elements: i32 = 0;
  result: DialResult = DialResult.NoMatch;
  error: DialPlanError = DialPlanError.None;

  @inline private get masks(): usize { return changetype<usize>(this) + offsetof<DialPlan>(); }
  /** One bit for each element that the next digit may meet; then the same after that digit. */
  @inline private get current(): usize { return this.masks + <usize>(MAX_ELEMENTS << 1); }
  @inline private get next(): usize { return this.current + <usize>BITSET_SIZE; }

  /** 0, or the position in `text`, from 1, of what is wrong: see `error`. A refused plan leaves the old in force. */
  compile(text: usize, length: i32): i32 {
    this.error = DialPlanError.None;
    const position = this.parse(text, length, false);
    if (position == 0) this.parse(text, length, true);
    this.start();
    return position;
  }

  /** Nothing dialled yet. */
  start(): void {
    memory.fill(this.current, 0, BITSET_SIZE);
    let isFirst = true;
    for (let element = 0; element < this.elements; element++) {
      if (isFirst) this.activate(this.current, element);
      isFirst = (this.mask(element) & END) != 0;
    }
    this.judge();
  }

  /** The next digit, ASCII. */
  handleDigit(digit: i32): DialResult {
    const symbol = symbolOf(digit);
    const bit: u16 = symbol < 0 ? 0 : bitOf(symbol);
    memory.fill(this.next, 0, BITSET_SIZE);
    for (let element = 0; element < this.elements; element++) {
      const mask = this.mask(element);
      if ((mask & bit) == 0 || !this.isActive(element)) continue;
      this.activate(this.next, mask & REPEATED ? element : element + 1);
    }
    memory.copy(this.current, this.next, BITSET_SIZE);
    return this.judge();
  }

  /** Could the plan make use of this digit now? */
  accepts(digit: i32): bool {
    const symbol = symbolOf(digit);
    if (symbol < 0) return false;
    for (let element = 0; element < this.elements; element++) {
      if (this.isActive(element) && (this.mask(element) & bitOf(symbol)) != 0) return true;
    }
    return false;
  }

  private judge(): DialResult {
    let ended = false, open = false;
    for (let element = 0; element < this.elements; element++) {
      if (!this.isActive(element)) continue;
      if (this.mask(element) & END) ended = true;
      else open = true;
    }
    if (ended) this.result = open ? DialResult.Match : DialResult.Complete;
    else this.result = open ? DialResult.Partial : DialResult.NoMatch;
    return this.result;
  }

  /** Marks an element, and those behind it that need no digit before them. */
  private activate(set: usize, element: i32): void {
    for (;;) {
      const at = set + <usize>(element >> 3);
      const bit = <u8>(<i32>1 << (element & 7));
      if (load<u8>(at) & bit) return; // and so are those behind it
      store<u8>(at, load<u8>(at) | bit);
      if ((this.mask(element) & REPEATED) == 0) return;
      element++;
    }
  }

  @inline private isActive(element: i32): bool {
    return (load<u8>(this.current + <usize>(element >> 3)) >> <u8>(element & 7) & 1) != 0;
  }

  @inline private mask(element: i32): u16 { return load<u16>(this.masks + (<usize>element << 1)); }
  @inline private setMask(element: i32, mask: u16): void { store<u16>(this.masks + (<usize>element << 1), mask); }

  private parse(text: usize, length: i32, write: bool): i32 {
    if (length > DIAL_PLAN_SIZE) return this.refuse(DialPlanError.TooLong, DIAL_PLAN_SIZE);
    let at = 0, end = length;
    while (at < end && isBlank(load<u8>(text + <usize>at))) at++;
    while (end > at && isBlank(load<u8>(text + <usize>end - 1))) end--;
    if (at < end && load<u8>(text + <usize>at) == 0x28) {
      if (load<u8>(text + <usize>end - 1) != 0x29) return this.refuse(DialPlanError.Parenthesis, at);
      at++;
      end--;
    }
    let elements = 0, first = 0;
    for (;; at++) {
      const byte = at < end ? load<u8>(text + <usize>at) : <u8>0x7c;
      if (isBlank(byte)) continue;
      if (byte == 0x7c) { // |
        if (elements == first) return this.refuse(DialPlanError.EmptyPattern, at);
        if (write) this.setMask(elements, END);
        first = ++elements;
        if (at >= end) break;
        continue;
      }
      if (byte == 0x2e) { // .
        if (elements == first) return this.refuse(DialPlanError.NothingToRepeat, at);
        if (write) this.setMask(elements - 1, this.mask(elements - 1) | REPEATED);
        continue;
      }
      let mask: u16 = 0;
      if (byte == 0x5b) { // [
        const close = indexOfByte(text + <usize>at, end - at, 0x5d);
        if (close < 0) return this.refuse(DialPlanError.OpenSet, at);
        if (close == 1) return this.refuse(DialPlanError.EmptySet, at);
        for (let last = at + close; ++at < last;) {
          const symbols = this.parseSymbols(text + <usize>at, last - at);
          if (symbols == 0) return this.refuse(this.error, at);
          mask |= symbols;
          if (at + 1 < last && load<u8>(text + <usize>at, 1) == 0x2d) at += 2;
        }
      } else if (lower(byte) == 0x78) { // x
        mask = ANY_DIGIT;
      } else {
        const symbol = symbolOf(byte);
        if (symbol < 0) return this.refuse(strange(byte), at);
        mask = bitOf(symbol);
      }
      if (write) this.setMask(elements, mask);
      elements++;
    }
    if (write) this.elements = elements;
    return 0;
  }

  /** One member of a set, a range or a single symbol, as a mask; 0 when it is neither. */
  private parseSymbols(text: usize, length: i32): u16 {
    const symbol = symbolOf(load<u8>(text));
    if (symbol < 0) {
      this.error = strange(load<u8>(text));
      return 0;
    }
    if (length < 2 || load<u8>(text, 1) != 0x2d) return bitOf(symbol); // -
    const last = length < 3 ? -1 : symbolOf(load<u8>(text, 2));
    if (last < symbol || last > 9) {
      this.error = DialPlanError.BadRange;
      return 0;
    }
    return <u16>((<i32>2 << last) - (<i32>1 << symbol));
  }

  private refuse(error: DialPlanError, at: i32): i32 {
    this.error = error;
    return at + 1;
  }
}

/** Tells what the notation knows and we do not from what nobody knows. */
function strange(byte: u8): DialPlanError {
  switch (byte) {
    case 0x28: case 0x29: return DialPlanError.Parenthesis; // ( )
    case 0x21: case 0x2c: case 0x3a: case 0x3c: case 0x3e: // ! , : < >
    case 0x4c: case 0x50: case 0x53: case 0x5e: // L P S ^
      return DialPlanError.Unsupported;
    default: return DialPlanError.UnknownCharacter;
  }
}

export const DIAL_PLAN_RECORD_SIZE: i32 = <i32>offsetof<DialPlan>() + (MAX_ELEMENTS << 1) + (BITSET_SIZE << 1);
