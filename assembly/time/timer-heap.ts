// The soonest of many deadlines: a binary heap of (deadline, owner) with each owner's place, so any deadline moves in O(log n).
// A heap and not a hashed wheel: it gives the host one exact time to arm, it never wakes for an empty slot,
// and equal deadlines come out in the order of their owners, on every machine alike.

import { clearTable } from "../base/bytes";
import { NEVER } from "./timer-table";

const NOWHERE: i32 = -1;

@unmanaged
export class TimerHeap {
  private entries: usize = 0; // i32 owner for each place
  private deadlines: usize = 0; // f64 for each owner
  private places: usize = 0; // i32 for each owner, place + 1
  private owners: i32 = 0;
  private size: i32 = 0;

  /** Bytes of table that `owners` owners want, 8-aligned. */
  @inline static tableSize(owners: i32): i32 { return owners << 4; }

  setup(table: usize, owners: i32): void {
    this.deadlines = table;
    this.entries = table + (<usize>owners << 3);
    this.places = this.entries + (<usize>owners << 2);
    this.owners = owners;
    this.reset();
  }

  reset(): void {
    this.size = 0;
    clearTable(this.places, <usize>this.owners << 2);
  }

  @inline get nextTimeout(): f64 { return this.size == 0 ? NEVER : this.deadline(this.owner(0)); }

  /** Who is due at `now`, or -1. The caller gives that owner a later deadline, or NEVER. */
  due(now: f64): i32 { return this.nextTimeout <= now ? this.owner(0) : -1; }

  set(owner: i32, deadline: f64): void {
    let place = load<i32>(this.places + (<usize>owner << 2)) - 1;
    if (deadline == NEVER) {
      if (place != NOWHERE) this.remove(owner, place);
      return;
    }
    store<f64>(this.deadlines + (<usize>owner << 3), deadline);
    if (place == NOWHERE) {
      place = this.size++;
      this.write(place, owner);
    }
    this.sink(this.rise(place));
  }

  private remove(owner: i32, place: i32): void {
    this.setPlace(owner, NOWHERE);
    const last = this.owner(--this.size);
    if (last == owner) return;
    this.write(place, last);
    this.sink(this.rise(place));
  }

  @inline private owner(place: i32): i32 { return load<i32>(this.entries + (<usize>place << 2)); }
  @inline private deadline(owner: i32): f64 { return load<f64>(this.deadlines + (<usize>owner << 3)); }
  @inline private setPlace(owner: i32, place: i32): void { store<i32>(this.places + (<usize>owner << 2), place + 1); }

  @inline private write(place: i32, owner: i32): void {
    store<i32>(this.entries + (<usize>place << 2), owner);
    this.setPlace(owner, place);
  }

  @inline private before(a: i32, b: i32): bool {
    const da = this.deadline(a), db = this.deadline(b);
    return da < db || (da == db && a < b);
  }

  private rise(place: i32): i32 {
    const owner = this.owner(place);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.owner(parent);
      if (!this.before(owner, above)) break;
      this.write(place, above);
      place = parent;
    }
    this.write(place, owner);
    return place;
  }

  private sink(place: i32): void {
    const owner = this.owner(place);
    for (;;) {
      let child = (place << 1) + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.before(this.owner(child + 1), this.owner(child))) child++;
      const below = this.owner(child);
      if (!this.before(below, owner)) break;
      this.write(place, below);
      place = child;
    }
    this.write(place, owner);
  }
}
