// Two voices in one ear.

/** Adds a frame to another one, cut off at full scale instead of wrapping round. `samples` is a multiple of 8. */
export function mixFrame(target: usize, source: usize, samples: i32): void {
  for (let end = target + (<usize>samples << 1); target < end; target += 16, source += 16) {
    v128.store(target, i16x8.add_sat_s(v128.load(target), v128.load(source)));
  }
}
