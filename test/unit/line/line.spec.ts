// One telephone line on virtual time: ringing and calls, what comes out of order, tests.

import { countryIndex, flashMax, flashMin } from "../../../assembly/line/country";
import { COUNTRIES } from "../../../assembly/line/country-table";
import { LineState } from "../../../assembly/line/line";
import { Tone } from "../../../assembly/line/tones";
import { NEVER } from "../../../assembly/time/timer-table";
import {
  US, fresh, hangUp, hear, hears, hearsNothing, indexOf, keys, lift, lifted, line, loop, now, plan, rotary, runTo,
  said, setNow, wait,
} from "./telephone";

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

  it("ring trip: lifted at any moment of the cadence, the bell is silent and the call answered within 10 ms", () => {
    for (let moment = 20; moment < 8000; moment += 20) {
      fresh();
      line.ring(now);
      wait(moment);
      said();
      // 2 s on, 4 s off
      const isOn = moment % 6000 < 2000;
      lift();
      expect(said()).toBe((isOn ? "no-ring " : "") + "audio (off-hook) ANSWERED", "after " + moment.toString() + " ms");
      wait(10000);
      expect(said()).toBe("");
    }
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
    setNow(10000);
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
    setNow(start + 300);
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
    setNow(start + 3000);
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
