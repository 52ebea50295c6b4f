// What a telephone is told of its caller, or of its mailbox, as bytes for the modem or digits for the tone generator.
// Read ETSI EN 300 659-3 (the layout of Telcordia GR-30 and GR-1188) for messages of parameters, SIN 227 §5 for BT's.

import { Text, textAt } from "../base/text";
import { writeLocalTime } from "../time/local-clock";
import { CallerIdScheme } from "./caller-id-scheme";
import { foldName, foldNumber } from "./caller-id-text";

const NUMBER_SIZE: i32 = 20;
const NAME_SIZE: i32 = 30;
const NUMBER_AT: i32 = 4;
const NAME_AT: i32 = NUMBER_AT + 4 + NUMBER_SIZE;
/** What displays of Bellcore telephones hold: GR-1188. */
const BELLCORE_NAME_SIZE: i32 = 15;

const enum MessageType { SingleCall = 0x04, SingleWaiting = 0x06, Call = 0x80, Waiting = 0x82, NttCall = 0x40 }
const enum Parameter {
  Time = 1, Number = 2, NumberAbsence = 4, Name = 7, NameAbsence = 8, Indicator = 11, CallType = 17, Count = 19,
}
/** Reasons for absence, ASCII. */
const PRIVATE: u8 = 0x50, UNAVAILABLE: u8 = 0x4f;
const SOH: u8 = 1, STX: u8 = 2, ETX: u8 = 3, DLE: u8 = 16;

/** Who calls, in characters that telephones show. */
@unmanaged
export class Caller {
  private isPrivate: bool = false;
  @inline get number(): Text { return textAt(changetype<usize>(this) + NUMBER_AT); }
  @inline get name(): Text { return textAt(changetype<usize>(this) + NAME_AT); }
  /** Of the number. */
  @inline get absence(): u8 { return this.isPrivate ? PRIVATE : UNAVAILABLE; }

  /** Somebody whose address is no number is shown by it, unless there is a name. */
  set(user: Text, display: Text, isPrivate: bool, keepsLatin1: bool): void {
    this.isPrivate = isPrivate;
    this.number.setup(NUMBER_SIZE);
    this.name.setup(NAME_SIZE);
    if (isPrivate) return;
    foldNumber(this.number, user.at, user.length);
    foldName(this.name, display.at, display.length, keepsLatin1);
    if (this.number.isEmpty && this.name.isEmpty) foldName(this.name, user.at, user.length, keepsLatin1);
  }
}

export const CALLER_SIZE: i32 = (NAME_AT + 4 + NAME_SIZE + 3) & ~3;
/** Longest message: a call's with all parameters, and its checksum. */
export const CALLER_ID_SIZE: i32 = 96;

let end: usize = 0;

@inline function put(byte: u8): void { store<u8>(end++, byte); }

function putText(text: Text, most: i32): void {
  const length = min<i32>(text.length, most);
  memory.copy(end, text.at, length);
  end += <usize>length;
}

function putParameter(type: Parameter, text: Text, most: i32): void {
  put(<u8>type);
  put(<u8>min<i32>(text.length, most));
  putText(text, most);
}

function putByte(type: Parameter, value: u8): void {
  put(<u8>type);
  put(1);
  put(value);
}

function putTime(now: f64): void {
  writeLocalTime(end, now);
  end += 8;
}

export function isBellcore(scheme: CallerIdScheme): bool {
  return scheme == CallerIdScheme.Bellcore || scheme == CallerIdScheme.BellcoreSingle;
}

export function isDigits(scheme: CallerIdScheme): bool {
  return scheme >= CallerIdScheme.DtmfDenmark && scheme <= CallerIdScheme.DtmfGeneral;
}

/** Writes what is sent of a caller; `frame` has the first and the last digit of DtmfGeneral. Returns its length. */
export function writeCall(at: usize, scheme: CallerIdScheme, caller: Caller, frame: i32, now: f64): i32 {
  end = at;
  if (isDigits(scheme)) putDigits(scheme, caller, frame);
  else if (scheme == CallerIdScheme.Ntt) putNtt(at, caller);
  else if (scheme == CallerIdScheme.BellcoreSingle) {
    begin(MessageType.SingleCall);
    putTime(now);
    if (caller.number.isEmpty) put(caller.absence);
    else putText(caller.number, NUMBER_SIZE);
    finish(at);
  } else {
    begin(MessageType.Call);
    if (scheme == CallerIdScheme.Bt) putByte(Parameter.CallType, 1); // voice
    put(<u8>Parameter.Time);
    put(8);
    putTime(now);
    if (caller.number.isEmpty) putByte(Parameter.NumberAbsence, caller.absence);
    else putParameter(Parameter.Number, caller.number, NUMBER_SIZE);
    if (!caller.name.isEmpty) {
      putParameter(Parameter.Name, caller.name, scheme == CallerIdScheme.Bellcore ? BELLCORE_NAME_SIZE : NAME_SIZE);
    } else if (caller.absence == PRIVATE) putByte(Parameter.NameAbsence, PRIVATE);
    finish(at);
  }
  return <i32>(end - at);
}

/** Writes whether messages wait, and to those who show it how many. Returns the length, 0 where no message tells that. */
export function writeMailbox(at: usize, scheme: CallerIdScheme, hasMessages: bool, count: i32): i32 {
  end = at;
  if (scheme == CallerIdScheme.BellcoreSingle) {
    begin(MessageType.SingleWaiting);
    for (let times = 0; times < 3; times++) put(hasMessages ? 0x42 : 0x6f);
  } else {
    begin(MessageType.Waiting);
    putByte(Parameter.Indicator, hasMessages ? 0xff : 0);
    if (!isBellcore(scheme) && count > 0) putByte(Parameter.Count, <u8>min(count, 255));
  }
  finish(at);
  return <i32>(end - at);
}

function begin(type: MessageType): void {
  put(<u8>type);
  put(0);
}

/** The length, and the checksum that brings the sum of all bytes to 0. */
function finish(at: usize): void {
  store<u8>(at, <u8>(end - at - 2), 1);
  let sum: u8 = 0;
  for (let byte = at; byte < end; byte++) sum -= load<u8>(byte);
  put(sum);
}

/** Of a number that is not told nothing is sent where no digits are agreed on for that. */
function putDigits(scheme: CallerIdScheme, caller: Caller, frame: i32): void {
  const isPrivate = caller.absence == PRIVATE;
  const isDanish = scheme == CallerIdScheme.DtmfDenmark;
  if (caller.number.isEmpty) {
    if (scheme == CallerIdScheme.DtmfGeneral) return;
    put(isDanish ? 0x44 : 0x42); // D, B
    put(isDanish ? (isPrivate ? 0x31 : 0x33) : isPrivate ? 0x31 : 0x30);
    if (!isDanish) put(0x30);
  } else {
    put(scheme == CallerIdScheme.DtmfGeneral ? <u8>(frame >> 8) : 0x41); // A
    putText(caller.number, NUMBER_SIZE);
  }
  put(scheme == CallerIdScheme.DtmfGeneral ? <u8>frame : isDanish ? 0x23 : 0x43); // #, C
}

/** Seven bits and even parity, DLEs doubled in the content; a CRC of ITU-T V.41 over what follows SOH, low byte first. */
function putNtt(at: usize, caller: Caller): void {
  put(DLE);
  put(SOH);
  put(0x07);
  put(DLE);
  put(STX);
  const number = caller.number;
  const length = number.isEmpty ? 1 : number.length;
  put(<u8>MessageType.NttCall);
  putDoubled(<u8>(2 + length));
  put(number.isEmpty ? <u8>Parameter.NumberAbsence : <u8>Parameter.Number);
  putDoubled(<u8>length);
  if (number.isEmpty) put(caller.absence);
  else putText(number, NUMBER_SIZE);
  put(DLE);
  put(ETX);
  let crc: u32 = 0;
  for (let byte = at; byte < end; byte++) {
    const seven = load<u8>(byte);
    const whole = seven | <u8>(popcnt<u32>(seven) << 7);
    store<u8>(byte, whole);
    if (byte < at + 2) continue;
    crc ^= whole;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x8408 : crc >> 1;
  }
  put(<u8>crc);
  put(<u8>(crc >> 8));
}

function putDoubled(byte: u8): void {
  put(byte);
  if (byte == DLE) put(byte);
}
