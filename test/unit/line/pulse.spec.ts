// Trains of loop breaks as rotary dials make them, in every speed, ratio and digit map, with jitter and bounce, from a
// seed.

import { HOOK_SIZE, Hook, HookEvent } from "../../../assembly/line/hook";
import { PulseMap, pulseDigit } from "../../../assembly/line/pulse";
import { random32, randomUnit, seedRandom } from "../../../assembly/base/random";

const SEED: u32 = 0x5eed0001;
const hook = changetype<Hook>(memory.data(256, 16));
const seed = memory.data(32, 16);

let time: f64 = 0;
let heard = "";
let jitter: f64 = 0;
let bounce: f64 = 0;

function note(event: HookEvent): void {
  if (event == HookEvent.Digit) heard += String.fromCharCode(hook.digit);
  else if (event == HookEvent.Flash) heard += "F";
  else if (event == HookEvent.OnHook) heard += "H";
}

function runTo(at: f64): void {
  while (hook.nextTimeout <= at) note(hook.handleTimeout(hook.nextTimeout));
}

function edge(closed: bool, at: f64): void {
  runTo(at);
  hook.handleLoop(closed, at);
}

/** The contact moves at `time`, chatters for up to `bounce` ms and stays for `length` ms. */
function contact(closed: bool, length: f64): void {
  const start = time + (randomUnit() * 2 - 1) * jitter;
  edge(closed, start);
  if (bounce > 0) {
    let at = start;
    for (let chatter = random32() % 4; chatter > 0; chatter--) {
      at += randomUnit() * bounce / 8;
      edge(!closed, at);
      at += randomUnit() * bounce / 8;
      edge(closed, at);
    }
  }
  time += length;
}

function dial(pulses: i32, perSecond: f64, openShare: f64): void {
  const period = 1000 / perSecond;
  for (let pulse = 0; pulse < pulses; pulse++) {
    contact(false, period * openShare);
    contact(true, period * (1 - openShare));
  }
  time += 400;
  runTo(time);
}

function lift(map: PulseMap): void {
  assert(HOOK_SIZE <= 256);
  heard = "";
  time = 1000;
  hook.setup();
  hook.pulseMap = map;
  hook.flashMin = 300;
  hook.flashMax = 1100;
  hook.isDialling = true;
  contact(true, 1000);
}

describe("rotary dialling", () => {
  it("reads every digit at 8 to 22 pulses/s, 33 to 67 % open, jitter 1 ms, bounce 3 ms, in three maps", () => {
    store<u32>(seed, SEED);
    seedRandom(seed);
    for (let map = 0; map < 3; map++) {
      const expected = map == PulseMap.Sweden ? "0123456789" : map == PulseMap.NewZealand ? "9876543210" : "1234567890";
      for (let perSecond = 8; perSecond <= 22; perSecond++) {
        for (let share = 0; share < 5; share++) {
          const open = share == 0 ? 0.33 : share == 1 ? 0.4 : share == 2 ? 0.5 : share == 3 ? 0.6 : 0.67;
          jitter = 1;
          bounce = perSecond > 20 ? 2 : 3;
          lift(map);
          for (let pulses = 1; pulses <= 10; pulses++) dial(pulses, <f64>perSecond, open);
          expect(heard).toBe(expected, `seed ${SEED}, ${perSecond} pulses/s, ${open} open, map ${map}`);
        }
      }
    }
  });

  it("a digit ends after 200 ms without a break, and not sooner", () => {
    jitter = 0;
    bounce = 0;
    lift(PulseMap.Standard);
    contact(false, 60);
    contact(true, 199);
    contact(false, 60);
    contact(true, 40);
    runTo(time + 159);
    expect(heard).toBe("");
    runTo(time + 160);
    expect(heard).toBe("2");
  });

  it("a glitch just before the digit ends does not end it early, nor count", () => {
    lift(PulseMap.Standard);
    contact(false, 60);
    contact(true, 195);
    contact(false, 4);
    contact(true, 100);
    runTo(time);
    expect(heard).toBe("1");
  });

  it("eleven pulses are no digit, and the next digit is read as if nothing had been", () => {
    lift(PulseMap.Standard);
    dial(11, 10, 0.6);
    dial(4, 10, 0.6);
    expect(heard).toBe("4");
  });

  it("a break longer than a pulse spoils its train", () => {
    lift(PulseMap.Standard);
    contact(false, 60);
    contact(true, 40);
    contact(false, 150);
    contact(true, 40);
    contact(false, 60);
    contact(true, 400);
    runTo(time);
    expect(heard).toBe("", "what follows in the same train is no digit of its own");
    dial(3, 10, 0.6);
    expect(heard).toBe("3");
  });

  it("a train of which a part went unseen is no digit, be the loop open or closed then; the next one is", () => {
    for (let pulse = 1; pulse <= 6; pulse++) {
      for (let isOpen = 0; isOpen < 2; isOpen++) {
        lift(PulseMap.Standard);
        for (let nth = 1; nth <= 7; nth++) {
          contact(false, nth == pulse && isOpen ? 30 : 60);
          if (nth == pulse) {
            runTo(time);
            hook.handleLoss(time);
            if (isOpen) time += 30;
          }
          contact(true, 40);
        }
        time += 400;
        runTo(time);
        expect(heard).toBe("");
        dial(2, 10, 0.6);
        expect(heard).toBe("2");
      }
    }
  });

  it("after edges went unseen an open loop is on-hook a threshold later, a closed one is off-hook", () => {
    lift(PulseMap.Standard);
    contact(false, 350);
    runTo(time);
    hook.handleLoss(time);
    contact(true, 1000);
    runTo(time);
    expect(heard).toBe("", "no flash of a length that nobody knows");
    contact(false, 350);
    runTo(time);
    hook.handleLoss(time);
    time += 2000;
    runTo(time);
    expect(heard).toBe("H");
    hook.handleLoss(time);
    runTo(time + 5000);
    expect(heard).toBe("H");
  });

  it("the chatter of a handset being lifted is not dialled", () => {
    heard = "";
    time = 1000;
    hook.setup();
    contact(true, 30);
    contact(false, 40);
    contact(true, 30);
    contact(false, 40);
    contact(true, 1000);
    runTo(time);
    expect(heard).toBe("");
  });

  it("a train that began before its handset was seen to be lifted is no digit", () => {
    heard = "";
    time = 1000;
    hook.setup();
    contact(true, 150);
    for (let pulse = 0; pulse < 5; pulse++) {
      contact(false, 60);
      contact(true, 40);
    }
    time += 400;
    runTo(time);
    expect(heard).toBe("");
    dial(6, 10, 0.6);
    expect(heard).toBe("6");
  });

  it("hanging up in the middle of a train drops it", () => {
    lift(PulseMap.Standard);
    contact(false, 60);
    contact(true, 40);
    contact(false, 2000);
    runTo(time);
    contact(true, 1000);
    runTo(time);
    expect(heard).toBe("H");
  });

  it("digit maps: standard, Sweden, New Zealand", () => {
    expect(pulseDigit(0, PulseMap.Standard)).toBe(0);
    expect(pulseDigit(1, PulseMap.Standard)).toBe(49);
    expect(pulseDigit(10, PulseMap.Standard)).toBe(48);
    expect(pulseDigit(11, PulseMap.Standard)).toBe(0);
    expect(pulseDigit(1, PulseMap.Sweden)).toBe(48);
    expect(pulseDigit(10, PulseMap.Sweden)).toBe(57);
    expect(pulseDigit(1, PulseMap.NewZealand)).toBe(57);
    expect(pulseDigit(10, PulseMap.NewZealand)).toBe(48);
  });
});
