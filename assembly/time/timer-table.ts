// Deadlines of one state machine, indexed by that machine's own timer enum. Milliseconds on the monotonic clock.

export const NEVER: f64 = Infinity;

@unmanaged
export class TimerTable {
  @inline private slot(timer: i32): usize { return changetype<usize>(this) + (<usize>timer << 3); }
  @inline set(timer: i32, deadline: f64): void { store<f64>(this.slot(timer), deadline); }
  @inline stop(timer: i32): void { store<f64>(this.slot(timer), NEVER); }
  @inline at(timer: i32): f64 { return load<f64>(this.slot(timer)); }
  @inline isRunning(timer: i32): bool { return load<f64>(this.slot(timer)) != NEVER; }
  @inline expired(timer: i32, now: f64): bool { return load<f64>(this.slot(timer)) <= now; }

  stopAll(count: i32): void {
    for (let timer = 0; timer < count; timer++) this.stop(timer);
  }

  next(count: i32): f64 {
    let soonest = NEVER;
    for (let timer = 0; timer < count; timer++) soonest = min(soonest, load<f64>(this.slot(timer)));
    return soonest;
  }
}
