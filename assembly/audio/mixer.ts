// Adds one 16-bit frame to another, saturating.

/** `samples` is a multiple of 8. */
export function mixInto(target: usize, source: usize, samples: i32): void {
  const end = target + (<usize>samples << 1);
  for (; target < end; target += 16, source += 16) {
    v128.store(target, i16x8.add_sat_s(v128.load(target), v128.load(source)));
  }
}
