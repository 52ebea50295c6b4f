// Where a sound is most like itself: the pitch period of a voice, or any shift at which a piece can be left out or put in
// twice without being heard. The search is a normalised correlation over f32 copies of the samples.

/** Of the last search: 1 is the same wave at the same level, 0 nothing in common. */
export let likeness: f32 = 0;
/** Mean square of both pieces that were found. */
export let likenessPower: f32 = 0;

/** Copies 16-bit samples, a multiple of four, as f32. */
export function widen(target: usize, source: usize, samples: i32): void {
  for (const end = source + (<usize>samples << 1); source < end; source += 8, target += 16) {
    v128.store(target, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v128.load64_zero(source))));
  }
}

@inline export function sumOf(lanes: v128): f32 {
  return f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1)
    + f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3);
}

/** Sum of the products of `samples` f32 each, a multiple of four. */
export function productOf(at: usize, other: usize, samples: i32): f32 {
  let sum = f32x4.splat(0);
  for (const end = at + (<usize>samples << 2); at < end; at += 16, other += 16) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.load(other)));
  }
  return sumOf(sum);
}

function compare(at: usize, other: usize, samples: i32, energy: f32): f32 {
  let product = f32x4.splat(0), square = f32x4.splat(0);
  for (const end = at + (<usize>samples << 2); at < end; at += 16, other += 16) {
    const value = v128.load(other);
    product = f32x4.add(product, f32x4.mul(v128.load(at), value));
    square = f32x4.add(square, f32x4.mul(value, value));
  }
  const energies = energy + sumOf(square);
  return energies > 0 ? 2 * sumOf(product) / energies : 0;
}

/**
 * The shift of `shortest` to `longest` samples, backward when `direction` is -1, at which the `samples` f32 at `at` are
 * most like what stands there. `samples` is a multiple of four. Unlike levels count as unlike.
 */
export function findLikeness(at: usize, samples: i32, direction: i32, shortest: i32, longest: i32): i32 {
  const energy = productOf(at, at, samples);
  let best = shortest;
  likeness = -1;
  // every second shift, and then the neighbours of the best
  for (let shift = shortest; shift <= longest; shift += 2) {
    const found = compare(at, at + <usize>(direction * shift << 2), samples, energy);
    if (found <= likeness) continue;
    likeness = found;
    best = shift;
  }
  const middle = best;
  for (let shift = max(middle - 1, shortest); shift <= min(middle + 1, longest); shift += 2) {
    const found = compare(at, at + <usize>(direction * shift << 2), samples, energy);
    if (found <= likeness) continue;
    likeness = found;
    best = shift;
  }
  const found = at + <usize>(direction * best << 2);
  likenessPower = (energy + productOf(found, found, samples)) / <f32>(samples << 1);
  return best;
}
