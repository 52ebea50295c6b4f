// What the user of a telephone line dials, and hears meanwhile; until the howler.

import { LineState } from "../../../assembly/line/line";
import { PulseMap } from "../../../assembly/line/pulse";
import { NEVER } from "../../../assembly/time/timer-table";
import {
  fresh, hangUp, hear, hears, hearsNothing, indexOf, isHeard, key, keys, lift, lifted, line, listen, loop, now, plan,
  rotary, runTo, said, setNow, wait,
} from "./telephone";

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
    setNow(now + 36000000);
    hear(line.handleTimeout(now));
    expect(<i32>line.state).toBe(<i32>LineState.Parked);
    expect(said()).toBe("(howler)");
  });
});
