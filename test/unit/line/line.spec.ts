// One telephone line on virtual time: what its user does, hears and feels, from lifting to howler.

import { Action, ActionKind, Report, pollAction, resetActions } from "../../../assembly/abi/action";
import { countryIndex, flashMax, flashMin } from "../../../assembly/line/country";
import { COUNTRIES } from "../../../assembly/line/country-table";
import { CallerIdScheme } from "../../../assembly/line/caller-id-scheme";
import { LineEvent } from "../../../assembly/line/event-queue";
import { LINE_SIZE, Line, LineState, lineAt } from "../../../assembly/line/line";
import { PulseMap } from "../../../assembly/line/pulse";
import { Tone } from "../../../assembly/line/tones";
import { NEVER } from "../../../assembly/time/timer-table";

const FRAME: i32 = 160;
const memoryOfLine = memory.data(16384, 16);
const EAR: i32 = 1600;
const pcm = memory.data(FRAME * 2, 16);
const ear = memory.data(EAR * 2, 16);
const line = lineAt(memoryOfLine);

const US = indexOf("US");

function indexOf(code: string): i32 { return countryIndex(changetype<usize>(String.UTF8.encode(code)), 2); }

let now: f64 = 0;
/** Everything that came out since the last `said`, actions before the events of the same input. */
let story = "";

function tell(text: string): void { story += (story.length > 0 ? " " : "") + text; }

function drainActions(): void {
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

function hear(first: LineEvent): void {
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

function said(): string {
  drainActions();
  const text = story;
  story = "";
  return text;
}

function runTo(at: f64): void {
  while (line.nextTimeout() <= at) {
    now = line.nextTimeout();
    hear(line.handleTimeout(now));
  }
  now = at;
}

function loop(closed: bool): void { hear(line.handleLoop(closed, now, now)); }
function wait(length: f64): void { runTo(now + length); }

function fresh(country: i32 = US): void {
  assert(LINE_SIZE <= 16384);
  resetActions();
  line.setup(5);
  line.setCountry(country);
  line.setCallerId(CallerIdScheme.None); // caller-id.spec.ts is about it
  now = 1000;
  story = "";
}

function lift(): void {
  loop(true);
  wait(10);
}

function hangUp(): void {
  loop(false);
  wait(1500);
}

function lifted(country: i32 = US): void {
  fresh(country);
  lift();
  wait(500);
  said();
}

/** A rotary dial at ten pulses a second. */
function rotary(pulses: i32): void {
  for (let pulse = 0; pulse < pulses; pulse++) {
    loop(false);
    wait(60);
    loop(true);
    wait(40);
  }
  wait(300);
}

/** `digit` as sound for 80 ms and a pause of 80 ms. */
function key(digit: string): void {
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

function keys(digits: string): void {
  for (let index = 0; index < digits.length; index++) key(digits.charAt(index));
}

function plan(text: string): i32 {
  const bytes = String.UTF8.encode(text);
  return line.compileDialPlan(changetype<usize>(bytes), bytes.byteLength);
}

/** Keeps the next 200 ms at the ear for isHeard. */
function listen(): void {
  memory.fill(ear, 0, EAR * 2);
  for (let at = 0; at < EAR; at += FRAME) line.mixTones(ear + (<usize>at << 1), FRAME, now);
}

/** What was listened to has this frequency, at −33 dB of full scale or more. */
function isHeard(frequency: f64): bool {
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
function hears(low: f64, high: f64): bool {
  listen();
  const frequencies: StaticArray<f64> = [350, 440, 480, 620];
  for (let index = 0; index < 4; index++) {
    const frequency = frequencies[index];
    if (isHeard(frequency) != (frequency == low || frequency == high)) return false;
  }
  return true;
}

function hearsNothing(): bool {
  listen(); // what was playing fades out
  return hears(0, 0);
}

describe("line: dialling", () => {
  it("lifting gives dial tone, hanging up takes it away", () => {
    fresh();
    expect(line.nextTimeout()).toBe(NEVER);
    lift();
    expect(said()).toBe("audio (off-hook) OFF-HOOK");
    expect(<i32>line.state).toBe(<i32>LineState.DialTone);
    expect(hears(350, 440)).toBeTruthy();
    hangUp();
    expect(said()).toBe("no-audio (on-hook) ON-HOOK");
    expect(<i32>line.state).toBe(<i32>LineState.OnHook);
    expect(line.nextTimeout()).toBe(NEVER);
    expect(hearsNothing()).toBeTruthy();
  });

  it("the first DTMF digit stops dial tone; a complete number is dialled at once", () => {
    lifted();
    expect(plan("(1xx|[2-9]xx)")).toBe(0);
    key("1");
    expect(said()).toBe("(1)");
    expect(<i32>line.state).toBe(<i32>LineState.Dialling);
    expect(hearsNothing()).toBeTruthy();
    keys("02");
    expect(said()).toBe("(0) (2) DIALLED-102");
    expect(<i32>line.state).toBe(<i32>LineState.Waiting);
  });

  it("a rotary phone dials the same number; dial tone stops with the first pulse", () => {
    lifted();
    plan("1xx");
    loop(false);
    wait(60);
    loop(true);
    wait(20);
    expect(<i32>line.state).toBe(<i32>LineState.Dialling);
    wait(400);
    rotary(10);
    rotary(2);
    expect(said()).toBe("(1) (0) (2) DIALLED-102");
  });

  it("in Sweden one pulse is 0; New Zealand's dial can be chosen", () => {
    lifted(indexOf("SE"));
    plan("xxx");
    rotary(2);
    rotary(1);
    rotary(3);
    expect(said()).toBe("(1) (0) (2) DIALLED-102");
    line.setPulse(true, PulseMap.NewZealand);
    line.startDialTone(now);
    rotary(9);
    rotary(10);
    rotary(8);
    expect(said()).toBe("(1) (0) (2) DIALLED-102");
  });

  it("DTMF and pulses mix in one number; pulses can be turned off", () => {
    lifted();
    plan("xx");
    rotary(4);
    key("2");
    expect(said()).toBe("(4) (2) DIALLED-42");
    line.setPulse(false, -1);
    line.startDialTone(now);
    rotary(4);
    expect(said()).toBe("");
    expect(<i32>line.state).toBe(<i32>LineState.DialTone);
  });

  it("a number that could go on is dialled after the short time, or by #", () => {
    lifted();
    plan("xx.");
    key("6");
    const heardAt = now - 160;
    runTo(heardAt + 3000);
    expect(said()).toBe("(6)");
    wait(100);
    expect(said()).toBe("DIALLED-6");
    line.startDialTone(now);
    keys("600#");
    expect(said()).toBe("(6) (0) (0) (#) DIALLED-600");
  });

  it("# belongs to the number where the plan could use it", () => {
    lifted();
    plan("#xx#|x.");
    keys("#21#");
    expect(said()).toBe("(#) (2) (1) (#) DIALLED-#21#");
  });

  it("a number that is not one after the long time gets congestion tone", () => {
    lifted();
    plan("xxx");
    keys("12");
    said();
    wait(9600);
    expect(<i32>line.state).toBe(<i32>LineState.Dialling);
    wait(300);
    expect(<i32>line.state).toBe(<i32>LineState.Congestion);
    expect(hears(480, 620)).toBeTruthy();
    expect(said()).toBe("");
  });

  it("a digit that no pattern allows gets congestion tone at once, and so does # too early", () => {
    lifted();
    plan("1xx");
    key("5");
    expect(<i32>line.state).toBe(<i32>LineState.Congestion);
    line.startDialTone(now);
    keys("1#");
    expect(<i32>line.state).toBe(<i32>LineState.Congestion);
  });

  it("a slow rotary digit is not cut off by the timer", () => {
    lifted();
    plan("xx.");
    rotary(1);
    said();
    wait(3000 - 300 + 200 - 160);
    rotary(10);
    expect(said()).toBe("(0)");
    wait(3000);
    expect(said()).toBe("DIALLED-10");
  });

  it("the timers can be set", () => {
    fresh();
    line.setDialTimers(5000, 4000, 1000);
    plan("xxx.");
    lift();
    wait(4999);
    expect(<i32>line.state).toBe(<i32>LineState.DialTone);
    wait(1);
    expect(<i32>line.state).toBe(<i32>LineState.Congestion);
    line.startDialTone(now);
    keys("12");
    said();
    wait(1000);
    expect(said()).toBe("DIALLED-12");
  });

  it("the longest number is 64 digits, one more gets congestion tone", () => {
    lifted();
    plan("x.");
    keys("1234567890123456789012345678901234567890123456789012345678901234");
    expect(<i32>line.state).toBe(<i32>LineState.Dialling);
    expect(line.number.length).toBe(64);
    key("5");
    expect(<i32>line.state).toBe(<i32>LineState.Congestion);
  });

  it("out of the box numbers, +numbers and star codes are dialled, by time or by #", () => {
    lifted();
    keys("*21*102#");
    expect(said()).toBe("(*) (2) (1) (*) (1) (0) (2) (#) DIALLED-*21*102");
    line.startDialTone(now);
    keys("*69");
    wait(3000);
    expect(said()).toBe("(*) (6) (9) DIALLED-*69");
  });

  it("a plan changed while a number is dialled goes on from its digits; a bad one tells where", () => {
    lifted();
    plan("1xx");
    key("1");
    expect(plan("1x?")).toBe(3);
    expect(line.dialPlanError).toBeGreaterThan(0);
    expect(plan("12")).toBe(0);
    key("2");
    expect(said()).toBe("(1) (2) DIALLED-12");
  });
});

describe("line: forgotten off-hook", () => {
  it("15 s dial tone, 30 s congestion tone, 60 s howler, then silence until hung up", () => {
    fresh();
    lift();
    said();
    const start = now;
    runTo(start + 14999);
    expect(<i32>line.state).toBe(<i32>LineState.DialTone);
    runTo(start + 15000);
    expect(<i32>line.state).toBe(<i32>LineState.Congestion);
    runTo(start + 44999);
    expect(<i32>line.state).toBe(<i32>LineState.Congestion);
    runTo(start + 45000);
    expect(<i32>line.state).toBe(<i32>LineState.Howler);
    expect(said()).toBe("(howler)");
    listen();
    expect(isHeard(1400) && isHeard(2060) && isHeard(2450) && isHeard(2600)).toBeTruthy();
    runTo(start + 105000);
    expect(<i32>line.state).toBe(<i32>LineState.Parked);
    expect(hearsNothing() && !isHeard(1400)).toBeTruthy();
    expect(line.nextTimeout()).toBe(NEVER);
    key("5");
    expect(said()).toBe("");
    hangUp();
    expect(said()).toBe("no-audio (on-hook) ON-HOOK");
    lift();
    expect(<i32>line.state).toBe(<i32>LineState.DialTone);
  });

  it("a host that slept for hours catches up with one call", () => {
    fresh();
    lift();
    said();
    now += 36000000;
    hear(line.handleTimeout(now));
    expect(<i32>line.state).toBe(<i32>LineState.Parked);
    expect(said()).toBe("(howler)");
  });
});

describe("line: ringing", () => {
  it("rings in the country's cadence to the millisecond", () => {
    fresh(indexOf("GB"));
    expect(line.ring(now)).toBeTruthy();
    const start = now;
    let edges = "";
    while (now < start + 3000) {
      const ring = said();
      if (ring.length > 0) edges += `${<i32>(now - start)} ${ring}, `;
      runTo(now + 1);
    }
    expect(edges).toBe("0 ring25, 400 no-ring, 600 ring25, 1000 no-ring, ");
    expect(said()).toBe("ring25");
    expect(line.ring(now)).toBeFalsy();
  });

  it("lifting stops the ringing and answers; contact bounce does not", () => {
    fresh();
    line.ring(now);
    wait(500);
    said();
    loop(true);
    wait(9);
    loop(false);
    wait(100);
    expect(said()).toBe("");
    expect(<i32>line.state).toBe(<i32>LineState.Ringing);
    lift();
    expect(said()).toBe("no-ring audio (off-hook) ANSWERED");
    expect(<i32>line.state).toBe(<i32>LineState.Talking);
    expect(hearsNothing()).toBeTruthy();
    wait(10000);
    expect(said()).toBe("");
  });

  it("the caller gives up: silence, and lifting gives dial tone", () => {
    fresh();
    line.ring(now);
    wait(3000);
    said();
    line.stopRinging(now);
    expect(said()).toBe("");
    expect(line.nextTimeout()).toBe(NEVER);
    lift();
    expect(said()).toBe("audio (off-hook) OFF-HOOK");
  });

  it("a lifted phone is not rung", () => {
    lifted();
    expect(line.ring(now)).toBeFalsy();
    expect(line.testRing(now)).toBeFalsy();
    expect(said()).toBe("");
  });
});

describe("line: in a call", () => {
  it("orders play their tones; the way of an outgoing call", () => {
    lifted();
    plan("xxx");
    keys("102");
    line.startRingback(now);
    expect(hears(440, 480)).toBeTruthy();
    line.startTalking(now);
    expect(hearsNothing()).toBeTruthy();
    line.startBusy(now);
    expect(hears(480, 620)).toBeTruthy();
    line.startSilence(now);
    expect(hearsNothing()).toBeTruthy();
    expect(<i32>line.state).toBe(<i32>LineState.Waiting);
  });

  it("busy tone, too, ends in the howler", () => {
    lifted();
    line.startBusy(now);
    wait(29999);
    expect(<i32>line.state).toBe(<i32>LineState.Busy);
    wait(1);
    expect(<i32>line.state).toBe(<i32>LineState.Howler);
  });

  it("digits pressed or turned while talking are events", () => {
    lifted();
    line.startTalking(now);
    keys("5#*A");
    rotary(3);
    expect(said()).toBe("(5) DIGIT-5 (#) DIGIT-# (*) DIGIT-* (A) DIGIT-A (3) DIGIT-3");
    expect(<i32>line.state).toBe(<i32>LineState.Talking);
  });

  it("a flash is a flash in every country's window, and the call stays", () => {
    for (let country = 0; country < COUNTRIES; country++) {
      lifted(country);
      line.startTalking(now);
      loop(false);
      wait((flashMin(country) + flashMax(country)) / 2);
      loop(true);
      wait(2000);
      expect(said()).toBe("(flash) FLASH", `country ${country}`);
      expect(<i32>line.state).toBe(<i32>LineState.Talking);
    }
  });

  it("a flash window of one's own, and none at all", () => {
    lifted();
    line.setFlash(true, 80, 150);
    line.startTalking(now);
    loop(false);
    wait(120);
    loop(true);
    wait(1000);
    expect(said()).toBe("(flash) FLASH");
    line.setCountry(US); // does not take it away
    loop(false);
    wait(400);
    expect(said()).toBe("no-audio (on-hook) ON-HOOK");
    lift();
    line.setFlash(false, 0, 0);
    said();
    loop(false);
    wait(350);
    loop(true);
    wait(1000);
    expect(said()).toBe("");
  });

  it("the far end hangs up: current drops for 500 ms, silence, congestion; edges mean nothing meanwhile", () => {
    lifted();
    line.startTalking(now);
    line.disconnect(now);
    const start = now;
    expect(said()).toBe("no-current");
    wait(5);
    loop(false); // the line circuit sees no current
    runTo(start + 499);
    expect(said()).toBe("");
    runTo(start + 500);
    expect(said()).toBe("current");
    wait(60);
    loop(true);
    runTo(start + 2499);
    expect(<i32>line.state).toBe(<i32>LineState.Disconnected);
    runTo(start + 2500);
    expect(<i32>line.state).toBe(<i32>LineState.Congestion);
    expect(said()).toBe("");
    hangUp();
    expect(said()).toBe("no-audio (on-hook) ON-HOOK");
  });

  it("a phone hung up during the drop is on-hook soon after", () => {
    lifted(indexOf("GB"));
    line.setCurrentDrop(500);
    line.startTalking(now);
    line.disconnect(now);
    loop(false);
    wait(600);
    expect(said()).toBe("no-current current");
    wait(410);
    expect(said()).toBe("no-audio (on-hook) ON-HOOK");
  });

  it("nobody waits for a flash once the far end has hung up: United States, where one may last 1.1 s", () => {
    lifted();
    line.startTalking(now);
    line.disconnect(now);
    wait(700);
    said();
    loop(false);
    wait(411);
    expect(said()).toBe("no-audio (on-hook) ON-HOOK");
  });

  it("without a drop the far end's hang-up is silence, then congestion tone", () => {
    lifted();
    line.setCurrentDrop(0);
    line.startTalking(now);
    line.disconnect(now);
    line.disconnect(now);
    wait(2000);
    expect(said()).toBe("");
    expect(<i32>line.state).toBe(<i32>LineState.Congestion);
  });

  it("orders to a line on-hook change nothing", () => {
    fresh();
    line.startDialTone(now);
    line.startRingback(now);
    line.startBusy(now);
    line.startCongestion(now);
    line.startTalking(now);
    line.startSilence(now);
    line.disconnect(now);
    line.stopRinging(now);
    expect(<i32>line.state).toBe(<i32>LineState.OnHook);
    expect(said()).toBe("");
    expect(line.nextTimeout()).toBe(NEVER);
  });
});

describe("line: inputs out of order", () => {
  it("edges that come late, in one bunch, lose no event", () => {
    fresh();
    now = 10000;
    hear(line.handleLoop(true, 2000, now)); // heard 8 s late
    hear(line.handleTimeout(now));
    expect(said()).toBe("audio (off-hook) OFF-HOOK");
    line.startTalking(now);
    hear(line.handleLoop(false, 20000, 25000));
    hear(line.handleLoop(true, 24000, 25000));
    hear(line.handleTimeout(25000));
    expect(said()).toBe("no-audio (on-hook) ON-HOOK audio (off-hook) OFF-HOOK");
  });

  it("chatter that is told late, one edge after the other, is still chatter and no pulse", () => {
    lifted();
    wait(500);
    said();
    const start = now;
    now = start + 300;
    for (let pulse = 0; pulse < 2; pulse++) {
      const opens = start + <f64>pulse * 100;
      for (let edge = 0; edge < 5; edge++) hear(line.handleLoop((edge & 1) != 0, opens + <f64>edge, now));
      for (let edge = 0; edge < 5; edge++) hear(line.handleLoop((edge & 1) == 0, opens + 60 + <f64>edge, now));
    }
    hear(line.handleTimeout(now));
    wait(300);
    expect(said()).toBe("(2)");
    expect(<i32>line.number.length).toBe(1);
  });

  it("a flash and a hang-up found late are both told", () => {
    lifted();
    line.startTalking(now);
    const start = now;
    loop(false);
    wait(500);
    loop(true);
    now = start + 3000;
    hear(line.handleLoop(false, start + 1000, now));
    hear(line.handleTimeout(now));
    expect(said()).toBe("(flash) FLASH no-audio (on-hook) ON-HOOK");
  });

  it("times that are not numbers, or lie ahead, are taken as now", () => {
    fresh();
    hear(line.handleLoop(true, NaN, now));
    hear(line.handleLoop(true, Infinity, now));
    wait(10);
    expect(said()).toBe("audio (off-hook) OFF-HOOK");
    hear(line.handleLoop(false, now + 1e9, now));
    wait(1200);
    expect(said()).toBe("no-audio (on-hook) ON-HOOK");
  });
});

describe("line: tests and reset", () => {
  it("a test tone plays on-hook for 10 s", () => {
    fresh();
    line.testTone(Tone.Busy, now);
    expect(said()).toBe("audio");
    expect(hears(480, 620)).toBeTruthy();
    wait(10000);
    expect(said()).toBe("no-audio");
    expect(hearsNothing()).toBeTruthy();
    expect(line.nextTimeout()).toBe(NEVER);
  });

  it("a test tone gives way to the line's own tone, and to Tone.None", () => {
    fresh();
    line.testTone(Tone.Busy, now);
    lift();
    expect(said()).toBe("audio (off-hook) OFF-HOOK");
    expect(hears(350, 440)).toBeTruthy();
    line.testTone(Tone.Ringback, now);
    expect(hears(440, 480)).toBeTruthy();
    line.testTone(Tone.None, now);
    expect(hears(350, 440)).toBeTruthy();
    line.testTone(Tone.Ringback, now);
    wait(10000);
    expect(hears(350, 440)).toBeTruthy();
    expect(said()).toBe("");
  });

  it("a ring test rings for 10 s and gives way to a call and to lifting", () => {
    fresh();
    expect(line.testRing(now)).toBeTruthy();
    wait(10000);
    expect(said()).toBe("ring20 no-ring ring20 no-ring");
    line.testRing(now);
    line.ring(now);
    expect(said()).toBe("ring20 no-ring ring20");
    line.stopRinging(now);
    said();
    line.testRing(now);
    lift();
    expect(said()).toBe("ring20 no-ring audio (off-hook) OFF-HOOK");
  });

  it("reset switches everything off and keeps the settings", () => {
    lifted(indexOf("DE"));
    line.setCurrentDrop(500);
    line.startTalking(now);
    line.disconnect(now);
    said();
    line.reset(now);
    expect(said()).toBe("no-audio current");
    expect(line.nextTimeout()).toBe(NEVER);
    expect(line.country).toBe(indexOf("DE"));
    line.ring(now);
    line.reset(now);
    expect(said()).toBe("ring25 no-ring");
  });

  it("every country's line walks through a call without a stray action", () => {
    const codes = "USGBDEFRSEAU";
    for (let index = 0; index < codes.length; index += 2) {
      const bytes = String.UTF8.encode(codes.substr(index, 2));
      lifted(countryIndex(changetype<usize>(bytes), 2));
      plan("xx");
      keys("42");
      line.startRingback(now);
      line.startTalking(now);
      hangUp();
      expect(said()).toBe("(4) (2) DIALLED-42 no-audio (on-hook) ON-HOOK");
    }
  });
});
