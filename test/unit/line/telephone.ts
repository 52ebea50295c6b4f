// A telephone on virtual time: its user lifts, dials, talks and listens, and everything that the line says to it is kept as a
// story. For specs.

import { Action, ActionKind, Report, pollAction, resetActions } from "../../../assembly/abi/action";
import { countryIndex } from "../../../assembly/line/country";
import { CallerIdScheme } from "../../../assembly/line/caller-id-scheme";
import { LineEvent } from "../../../assembly/line/event-queue";
import { LINE_SIZE, lineAt } from "../../../assembly/line/line";

export const FRAME: i32 = 160;
export const memoryOfLine = memory.data(16384, 16);
export const EAR: i32 = 1600;
export const pcm = memory.data(FRAME * 2, 16);
export const ear = memory.data(EAR * 2, 16);
export const line = lineAt(memoryOfLine);

export const US = indexOf("US");

export function indexOf(code: string): i32 { return countryIndex(changetype<usize>(String.UTF8.encode(code)), 2); }

export let now: f64 = 0;
/** Everything that came out since the last `said`, actions before the events of the same input. */
export let story = "";

export function tell(text: string): void { story += (story.length > 0 ? " " : "") + text; }

export function drainActions(): void {
  for (let address = pollAction(); address != 0; address = pollAction()) {
    const action = changetype<Action>(address);
    assert(action.line == 5);
    const on = action.code != 0;
    switch (action.kind) {
      case ActionKind.SetAudio: tell(on ? "audio" : "no-audio"); break;
      case ActionKind.SetRing: tell(on ? "ring" + (<i32>action.value).toString() : "no-ring"); break;
      case ActionKind.SetLoopCurrent: tell(on ? "current" : "no-current"); break;
      case ActionKind.Report:
        switch (action.code) {
          case Report.OffHook: tell("(off-hook)"); break;
          case Report.OnHook: tell("(on-hook)"); break;
          case Report.Flash: tell("(flash)"); break;
          case Report.Howler: tell("(howler)"); break;
          case Report.Digit: tell("(" + String.UTF8.decodeUnsafe(action.payload, action.length) + ")"); break;
          default: tell("(?)");
        }
        break;
      default: tell("?");
    }
  }
}

export function hear(first: LineEvent): void {
  drainActions();
  for (let event = first; event != LineEvent.None; event = line.pollEvent()) {
    switch (event) {
      case LineEvent.OffHook: tell("OFF-HOOK"); break;
      case LineEvent.Answered: tell("ANSWERED"); break;
      case LineEvent.Digit: tell("DIGIT-" + String.fromCharCode(line.digit)); break;
      case LineEvent.Dialled: tell("DIALLED-" + String.UTF8.decodeUnsafe(line.number.at, line.number.length)); break;
      case LineEvent.Flash: tell("FLASH"); break;
      case LineEvent.OnHook: tell("ON-HOOK"); break;
    }
  }
}

export function said(): string {
  drainActions();
  const text = story;
  story = "";
  return text;
}

export function runTo(at: f64): void {
  while (line.nextTimeout() <= at) {
    now = line.nextTimeout();
    hear(line.handleTimeout(now));
  }
  now = at;
}

export function loop(closed: bool): void { hear(line.handleLoop(closed, now, now)); }
export function wait(length: f64): void { runTo(now + length); }

export function fresh(country: i32 = US): void {
  assert(LINE_SIZE <= 16384);
  resetActions();
  line.setup(5);
  line.setCountry(country);
  line.setCallerId(CallerIdScheme.None); // caller-id.spec.ts is about it
  now = 1000;
  story = "";
}

export function lift(): void {
  loop(true);
  wait(10);
}

export function hangUp(): void {
  loop(false);
  wait(1500);
}

export function lifted(country: i32 = US): void {
  fresh(country);
  lift();
  wait(500);
  said();
}

/** A rotary dial at ten pulses a second. */
export function rotary(pulses: i32): void {
  for (let pulse = 0; pulse < pulses; pulse++) {
    loop(false);
    wait(60);
    loop(true);
    wait(40);
  }
  wait(300);
}

/** `digit` as sound for 80 ms and a pause of 80 ms. */
export function key(digit: string): void {
  const place = "123A456B789C*0#D".indexOf(digit);
  const rows: StaticArray<f64> = [697, 770, 852, 941], columns: StaticArray<f64> = [1209, 1336, 1477, 1633];
  const low = rows[place >> 2] * 2 * Math.PI / 8000, high = columns[place & 3] * 2 * Math.PI / 8000;
  for (let frame = 0; frame < 8; frame++) {
    for (let sample = 0; sample < FRAME; sample++) {
      const at = <f64>(frame * FRAME + sample);
      const value = frame < 4 ? 6000 * Math.sin(low * at) + 6000 * Math.sin(high * at) : 0;
      store<i16>(pcm + (<usize>sample << 1), <i16>value);
    }
    hear(line.handleMicrophone(pcm, FRAME, now));
    wait(20);
  }
}

export function keys(digits: string): void {
  for (let index = 0; index < digits.length; index++) key(digits.charAt(index));
}

export function plan(text: string): i32 {
  const bytes = String.UTF8.encode(text);
  return line.compileDialPlan(changetype<usize>(bytes), bytes.byteLength);
}

/** Keeps the next 200 ms at the ear for isHeard. */
export function listen(): void {
  memory.fill(ear, 0, EAR * 2);
  for (let at = 0; at < EAR; at += FRAME) line.mixTones(ear + (<usize>at << 1), FRAME, now);
}

/** What was listened to has this frequency, at −33 dB of full scale or more. */
export function isHeard(frequency: f64): bool {
  let real: f64 = 0, imaginary: f64 = 0;
  for (let sample = 0; sample < EAR; sample++) {
    const angle = 2 * Math.PI * frequency * <f64>sample / 8000;
    const value = <f64>load<i16>(ear + (<usize>sample << 1)) / 32768;
    real += value * Math.cos(angle);
    imaginary += value * Math.sin(angle);
  }
  return (real * real + imaginary * imaginary) * 4 / <f64>(EAR * EAR) > 0.0005;
}

/** Exactly these two of the frequencies that tell tones apart. */
export function hears(low: f64, high: f64): bool {
  listen();
  const frequencies: StaticArray<f64> = [350, 440, 480, 620];
  for (let index = 0; index < 4; index++) {
    const frequency = frequencies[index];
    if (isHeard(frequency) != (frequency == low || frequency == high)) return false;
  }
  return true;
}

export function hearsNothing(): bool {
  listen(); // what was playing fades out
  return hears(0, 0);
}

/** The clock alone goes on: nothing that is due happens meanwhile. */
export function setNow(time: f64): void { now = time; }
