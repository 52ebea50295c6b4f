// Ringing follows the cadence exactly and stops at once.

import { Action, ActionKind, pollAction, resetActions } from "../../../assembly/abi/action";
import { RINGER_SIZE, Ringer } from "../../../assembly/line/ringer";
import { NEVER } from "../../../assembly/time/timer-table";

const ringer = changetype<Ringer>(memory.data(64, 16));
const UK = memory.data<u16>([2, 0, 400, 200, 400, 2000]);

function nextRing(): string {
  const address = pollAction();
  if (address == 0) return "none";
  const action = changetype<Action>(address);
  return `${action.kind == ActionKind.SetRing ? "ring" : "other"} ${action.line} ${action.code} ${action.value}`;
}

describe("ringer", () => {
  it("UK: 0.4 on, 0.2 off, 0.4 on, 2 off, without drift over a hundred rounds", () => {
    assert(RINGER_SIZE <= 64);
    resetActions();
    ringer.reset(3);
    expect(ringer.nextTimeout).toBe(NEVER);
    ringer.start(UK, 25, 1000);
    let at: f64 = 1000;
    for (let round = 0; round < 100; round++) {
      for (let step = 0; step < 4; step++) {
        expect(nextRing()).toBe((step & 1) == 0 ? "ring 3 1 25.0" : "ring 3 0 0.0");
        at += step == 0 ? 400 : step == 1 ? 200 : step == 2 ? 400 : 2000;
        expect(ringer.nextTimeout).toBe(at);
        ringer.handleTimeout(at - 0.1);
        expect(nextRing()).toBe("none");
        ringer.handleTimeout(at + 0.3);
      }
    }
  });

  it("stops at once while ringing, and says nothing twice", () => {
    resetActions();
    ringer.reset(0);
    ringer.start(UK, 25, 0);
    nextRing();
    ringer.stop();
    expect(nextRing()).toBe("ring 0 0 0.0");
    expect(ringer.nextTimeout).toBe(NEVER);
    ringer.stop();
    expect(nextRing()).toBe("none");
    ringer.start(UK, 25, 0);
    ringer.handleTimeout(400);
    nextRing();
    nextRing();
    ringer.stop();
    expect(nextRing()).toBe("none");
  });

  it("after a standstill it goes on from now", () => {
    resetActions();
    ringer.reset(0);
    ringer.start(UK, 25, 0);
    ringer.handleTimeout(3600000);
    expect(ringer.nextTimeout).toBe(3600200);
  });
});
