// A line under anything: edges, sounds, orders and settings at random, from a seed. Whatever happens, what is switched
// on belongs to the state, lifting and hanging up alternate, time goes on, and a phone hung up ends idle.

import { Action, ActionKind, Report, pollAction, resetActions } from "../../../assembly/abi/action";
import { random32, randomUnit, seedRandom } from "../../../assembly/base/random";
import { CallerIdScheme } from "../../../assembly/line/caller-id-scheme";
import { LineEvent } from "../../../assembly/line/event-queue";
import { COUNTRIES } from "../../../assembly/line/country-table";
import { LINE_SIZE, LineState, lineAt } from "../../../assembly/line/line";
import { Tone } from "../../../assembly/line/tones";
import { NEVER } from "../../../assembly/time/timer-table";

const WALKS: u32 = 100;
const STEPS: i32 = 1000;
const line = lineAt(memory.data(16384, 16));
const pcm = memory.data(320, 16);
const seed = memory.data(32, 16);

let now: f64 = 0;
let isAudioOn = false;
let isRingOn = false;
let hasCurrent = true;
let isReversed = false;
let isLifted = false;
let isClosed = false;
let fault = "";

function blame(condition: bool, text: string): void {
  if (!condition && fault.length == 0) fault = `${text} at ${now}`;
}

function check(first: LineEvent): void {
  for (let address = pollAction(); address != 0; address = pollAction()) {
    const action = changetype<Action>(address);
    const on = action.code != 0;
    switch (action.kind) {
      case ActionKind.SetAudio: blame(isAudioOn != on, "audio switched twice"); isAudioOn = on; break;
      case ActionKind.SetRing: blame(isRingOn != on, "ringing switched twice"); isRingOn = on; break;
      case ActionKind.SetPolarity: blame(isReversed != on, "polarity switched twice"); isReversed = on; break;
      case ActionKind.SetLoopCurrent: blame(hasCurrent != on, "current switched twice"); hasCurrent = on; break;
      case ActionKind.Report:
        blame(action.code != Report.Digit || load<u8>(action.payload) > 32, "a digit without text");
        break;
      default: blame(false, "an action that no line gives");
    }
  }
  for (let event = first; event != LineEvent.None; event = line.pollEvent()) {
    if (event == LineEvent.OffHook || event == LineEvent.Answered) {
      blame(!isLifted, "lifted twice");
      isLifted = true;
    } else {
      blame(isLifted, "an event of a phone that is not lifted");
      if (event == LineEvent.OnHook) isLifted = false;
      if (event == LineEvent.Dialled) blame(line.number.length > 0, "an empty number");
      if (event == LineEvent.Digit) blame(line.digit > 32, "no digit");
    }
  }
  blame(line.isOffHook == isLifted, "state and events disagree");
  blame(!line.isOffHook || (isAudioOn && !isRingOn), "lifted without sound, or still ringing");
  blame(!(line.state == LineState.Ringing && isAudioOn && !line.callerId.isSounding), "sound while ringing");
  blame(line.nextTimeout() > now, "time stands still");
}

function runTo(at: f64): void {
  while (line.nextTimeout() <= at) {
    now = line.nextTimeout();
    check(line.handleTimeout(now));
  }
  now = at;
}

function order(): void {
  switch (random32() % 19) {
    case 0: line.ring(now); break;
    case 1: line.stopRinging(now); break;
    case 2: line.startDialTone(now); break;
    case 3: line.startRingback(now); break;
    case 4: line.startBusy(now); break;
    case 5: line.startCongestion(now); break;
    case 6: line.startTalking(now); break;
    case 7: line.startSilence(now); break;
    case 8: line.disconnect(now); break;
    case 9: line.testTone(<Tone>(random32() % Tone.Count), now); break;
    case 10: line.testTone(Tone.None, now); break;
    case 11: line.testRing(now); break;
    case 12: line.setCountry(random32() % COUNTRIES); break;
    case 13: line.setPulse((random32() & 3) != 0, <i32>(random32() % 4) - 1); break;
    case 14: line.setFlash((random32() & 3) != 0, 0, 0); break;
    case 15: line.setCallerId(<i32>(random32() % (CallerIdScheme.Count + 1)) - 1); break;
    case 16: line.announce(now); break;
    case 17: line.showMailbox((random32() & 1) != 0, random32() & 3, now); break;
    default: line.setCurrentDrop(random32() & 1 ? 500 : 0);
  }
  check(line.pollEvent());
}

function step(): void {
  switch (random32() % 8) {
    case 0: case 1: case 2: {
      isClosed = (random32() & 3) == 0 ? isClosed : !isClosed;
      const late = random32() & 1 ? randomUnit() * 5 : 0;
      check(line.handleLoop(isClosed, now - late, now));
      break;
    }
    case 3: order(); break;
    case 4:
      for (let at: usize = 0; at < 320; at += 2) store<i16>(pcm + at, <i16>(random32() & 0x1fff));
      if (line.isOffHook) check(line.handleMicrophone(pcm, 160, now));
      line.mixTones(pcm, 160, now);
      break;
    case 5: now += randomUnit() * 3000; check(line.handleTimeout(now)); break; // a host that was busy
    case 6: runTo(now + randomUnit() * 100); break;
    default: runTo(now + randomUnit() * randomUnit() * 20000);
  }
}

describe("line at random", () => {
  it("keeps its switches, events and time in order, and ends idle", () => {
    assert(LINE_SIZE <= 16384);
    for (let walk: u32 = 0; walk < WALKS; walk++) {
      store<u32>(seed, 0x11ae0000 + walk);
      seedRandom(seed);
      resetActions();
      line.setup(0);
      now = 1000;
      isAudioOn = isRingOn = isLifted = isClosed = false;
      hasCurrent = true;
      isReversed = false;
      fault = "";
      for (let count = 0; count < STEPS && fault.length == 0; count++) step();
      line.stopRinging(now);
      line.testTone(Tone.None, now);
      check(line.handleLoop(false, now, now));
      runTo(now + 10000);
      blame(line.state == LineState.OnHook, "not idle in the end");
      blame(!isAudioOn && !isRingOn && !isReversed && hasCurrent, "something is left on");
      blame(line.nextTimeout() == NEVER, "something is left to do");
      expect(fault).toBe("", `seed ${0x11ae0000 + walk}`);
    }
  });
});
