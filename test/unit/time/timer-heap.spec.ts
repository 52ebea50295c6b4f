// Every deadline comes out in order, whatever was set, moved and stopped before.

import { TimerHeap } from "../../../assembly/time/timer-heap";
import { NEVER } from "../../../assembly/time/timer-table";

const OWNERS: i32 = 64;
const heap = changetype<TimerHeap>(memory.data(64, 16));
const table = memory.data(OWNERS << 4, 16);

describe("TimerHeap", () => {
  it("hands deadlines out in order, equal ones by owner", () => {
    heap.setup(table, OWNERS);
    for (let owner = 0; owner < OWNERS; owner++) heap.set(owner, <f64>((owner * 37) % 16));
    for (let owner = 0; owner < OWNERS; owner += 3) heap.set(owner, NEVER);
    for (let owner = 1; owner < OWNERS; owner += 3) heap.set(owner, <f64>((owner * 11) % 8));
    let last = -1.0;
    let lastOwner = -1;
    let seen = 0;
    for (;;) {
      const at = heap.nextTimeout;
      const owner = heap.due(1000);
      if (owner < 0) break;
      expect(at > last || (at == last && owner > lastOwner)).toBeTruthy();
      last = at;
      lastOwner = owner;
      heap.set(owner, NEVER);
      seen++;
    }
    expect(seen).toBe(42);
    expect(heap.nextTimeout).toBe(NEVER);
  });

  it("says nobody is due before the time has come", () => {
    heap.setup(table, OWNERS);
    heap.set(5, 100);
    expect(heap.due(99)).toBe(-1);
    expect(heap.due(100)).toBe(5);
  });
});
