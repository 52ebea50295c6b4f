// What a break of the loop means, by its length and the country's flash window.

import { Hook, HookEvent, HookState } from "../../../assembly/line/hook";
import { NEVER } from "../../../assembly/time/timer-table";

const hook = changetype<Hook>(memory.data(256, 16));
const NONE: i32 = HookEvent.None, OFF_HOOK: i32 = HookEvent.OffHook, ON_HOOK: i32 = HookEvent.OnHook;
const FLASH: i32 = HookEvent.Flash, PULSE: i32 = HookEvent.Pulse, DIGIT: i32 = HookEvent.Digit;

/** The last event up to `until` that says something. */
function runTo(until: f64): i32 {
  let last = NONE;
  while (hook.nextTimeout <= until) {
    const event = <i32>hook.handleTimeout(hook.nextTimeout);
    if (event != NONE) last = event;
  }
  return last;
}

function lifted(flashMin: f64, flashMax: f64, pulseEnabled: bool): void {
  hook.setup();
  hook.flashMin = flashMin;
  hook.flashMax = flashMax;
  hook.pulseEnabled = pulseEnabled;
  hook.handleLoop(true, 0);
  runTo(5000);
}

/** What an off-hook loop that opens at 10 s for `length` ms has been taken for by 13 s. */
function breakOf(length: f64): i32 {
  hook.handleLoop(false, 10000);
  const before = runTo(10000 + length);
  hook.handleLoop(true, 10000 + length);
  const after = runTo(13000);
  return after == NONE ? before : after;
}

describe("hook", () => {
  it("a loop closed for 10 ms is off-hook, for less it is nothing", () => {
    hook.setup();
    expect(hook.nextTimeout).toBe(NEVER);
    hook.handleLoop(true, 100);
    expect(hook.nextTimeout).toBe(110);
    expect(<i32>hook.handleTimeout(109.9)).toBe(NONE);
    hook.handleLoop(false, 109.9);
    expect(hook.nextTimeout).toBe(NEVER);
    hook.handleLoop(true, 120);
    expect(<i32>hook.handleTimeout(130)).toBe(OFF_HOOK);
    expect(<i32>hook.state).toBe(<i32>HookState.OffHook);
  });

  it("chatter starts the 10 ms over", () => {
    hook.setup();
    for (let edge = 0; edge <= 20; edge++) {
      hook.handleLoop((edge & 1) == 0, <f64>edge * 3);
      expect(runTo(<f64>edge * 3)).toBe(NONE);
    }
    expect(hook.nextTimeout).toBe(70);
    expect(runTo(70)).toBe(OFF_HOOK);
  });

  it("US: 300 to 1100 ms is a flash, less is nothing, more is on-hook", () => {
    const lengths: StaticArray<i32> = [50, 150, 299, 300, 301, 700, 1099, 1100];
    for (let index = 0; index < lengths.length; index++) {
      lifted(300, 1100, false);
      expect(breakOf(<f64>lengths[index])).toBe(lengths[index] < 300 ? NONE : FLASH, `${lengths[index]} ms`);
    }
    lifted(300, 1100, false);
    hook.handleLoop(false, 10000);
    expect(runTo(11109)).toBe(NONE);
    expect(runTo(11110)).toBe(ON_HOOK);
    hook.handleLoop(true, 11111);
    expect(runTo(12000)).toBe(OFF_HOOK);
  });

  it("UK: 60 to 200 ms is a flash, up to 400 ms nothing, then on-hook", () => {
    const lengths: StaticArray<i32> = [30, 59, 60, 130, 200, 201, 300, 399];
    for (let index = 0; index < lengths.length; index++) {
      lifted(60, 200, false);
      const isFlash = lengths[index] >= 60 && lengths[index] <= 200;
      expect(breakOf(<f64>lengths[index])).toBe(isFlash ? FLASH : NONE, `${lengths[index]} ms`);
    }
    lifted(60, 200, false);
    hook.handleLoop(false, 10000);
    expect(runTo(10399.9)).toBe(NONE);
    expect(runTo(10400)).toBe(ON_HOOK);
  });

  it("UK with a rotary phone: one short break is a flash in a call, a digit while dialling; two are a digit", () => {
    lifted(60, 200, true);
    expect(breakOf(66)).toBe(FLASH);
    lifted(60, 200, true);
    hook.isDialling = true;
    expect(breakOf(66)).toBe(DIGIT);
    expect(hook.digit).toBe(49);
    lifted(60, 200, true);
    for (let pulse = 0; pulse < 2; pulse++) {
      runTo(10000 + <f64>pulse * 100);
      hook.handleLoop(false, 10000 + <f64>pulse * 100);
      runTo(10066 + <f64>pulse * 100);
      hook.handleLoop(true, 10066 + <f64>pulse * 100);
    }
    expect(runTo(10200)).toBe(PULSE);
    expect(runTo(10400)).toBe(DIGIT);
    expect(hook.digit).toBe(50);
  });

  it("without flash an open loop is on-hook after 400 ms everywhere", () => {
    lifted(300, 1100, false);
    hook.flashEnabled = false;
    hook.handleLoop(false, 10000);
    expect(runTo(10399)).toBe(NONE);
    expect(runTo(10400)).toBe(ON_HOOK);
  });

  it("the edge's own time counts, not when it was heard", () => {
    lifted(300, 1100, false);
    hook.handleLoop(false, 10000);
    runTo(10030);
    hook.handleLoop(true, 10299);
    expect(runTo(10400)).toBe(NONE);
    hook.handleLoop(false, 11000);
    runTo(12105);
    hook.handleLoop(true, 12100); // heard 5 ms late
    expect(runTo(12200)).toBe(FLASH);
  });

  it("repeated and overtaken edges change nothing", () => {
    lifted(300, 1100, false);
    hook.handleLoop(true, 9000);
    expect(hook.nextTimeout).toBe(NEVER);
    hook.handleLoop(false, 10000);
    hook.handleLoop(false, 10004);
    expect(hook.nextTimeout).toBe(10010);
    hook.handleLoop(true, 9999);
    expect(hook.nextTimeout).toBe(10010);
    expect(runTo(12000)).toBe(ON_HOOK);
  });

  it("while held the loop may do what it likes; released, an open loop counts from then", () => {
    lifted(300, 1100, true);
    hook.hold();
    hook.handleLoop(false, 10000);
    expect(hook.nextTimeout).toBe(NEVER);
    hook.handleLoop(true, 10500);
    hook.release(10600);
    expect(hook.nextTimeout).toBe(NEVER);
    hook.hold();
    hook.handleLoop(false, 11000);
    hook.release(11600);
    expect(hook.nextTimeout).toBe(11610);
    expect(runTo(12709)).toBe(NONE);
    expect(runTo(12710)).toBe(ON_HOOK);
  });
});
