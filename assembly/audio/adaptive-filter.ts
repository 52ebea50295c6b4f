// A transversal filter of ECHO_TAPS taps, and the step that makes it more like the path between two sounds. Blocks of
// eight samples: the step is the smallest change of the taps that would have predicted all eight (affine projection;
// Ozeki and Umeda 1984), so speech, whose samples resemble each other, teaches as fast as noise.
//
// Taps lie with the latest sample's last, as the sound does: products run upwards in both. 1.0 is 1 << TAP_BITS.

/** 32 ms. */
export const ECHO_TAPS: i32 = 256;
export const FILTER_BLOCK: i32 = 8;
export const TAP_BITS: i32 = 14;
/** Bytes of the taps as the products take them, and of those that learn. */
export const TAPS_SIZE: usize = ECHO_TAPS << 1;
export const FINE_TAPS_SIZE: usize = ECHO_TAPS << 2;

/** Loudness that the sums of products have room for, as a power of two. */
const MOST_BITS: i32 = 11;
/** Against the energy of the sound: directions in which there is less of it are hardly learnt from. */
const REGULARISATION: f32 = 0.0005;
/** 4 LSB all the way along the taps. */
const LEAST_ENERGY: f32 = 16 * <f32>ECHO_TAPS;
/**
 * What of a sound the five samples before can't foretell, against the regularisation: 25 dB less than the sound itself is
 * left of a tone, or two, and no less by what 8-bit codes make of them. Any speech has more for a good part of the time.
 */
const LEAST_NOVELTY: f32 = 8;
/** Adding it to a number below 2^22 leaves its whole part in the low bits. */
const ROUNDING: f32 = 12582912;

// Of the line that is being worked on.
const WINDOW_SAMPLES: i32 = ECHO_TAPS + 160;
const scaled: usize = memory.data((WINDOW_SAMPLES + 16) * 2, 16);
const pairs: usize = memory.data((WINDOW_SAMPLES + 16) * 4, 16);
const sums: usize = memory.data(FILTER_BLOCK * 4, 16);
const passed: usize = memory.data(FILTER_BLOCK * 4, 16);
const products: usize = memory.data(FILTER_BLOCK * 4, 16);
/** Eight rows of eight. */
const rows: usize = memory.data(FILTER_BLOCK * 32, 16);
const steps: usize = memory.data(FILTER_BLOCK * 4, 16);
let shift: i32 = 0;
let productsOf: usize = 0;

/** Eight sums of products: `length` bytes of 16-bit taps with the sound at `window`, then one sample further on, and so on. */
export function filter(taps: usize, window: usize, length: usize, target: usize): void {
  for (let half: usize = 0; half < 16; half += 8) {
    let a = i32x4.splat(0), b = a, c = a, d = a;
    for (let at: usize = 0; at < length; at += 16) {
      const tap = v128.load(taps + at);
      const sound = window + half + at;
      a = i32x4.add(a, i32x4.dot_i16x8_s(tap, v128.load(sound)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(tap, v128.load(sound, 2)));
      c = i32x4.add(c, i32x4.dot_i16x8_s(tap, v128.load(sound, 4)));
      d = i32x4.add(d, i32x4.dot_i16x8_s(tap, v128.load(sound, 6)));
    }
    const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
    const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7));
    v128.store(target + (half << 1), i32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7)));
  }
}

/** Gets the sound of a frame ready for learning: ECHO_TAPS samples before its first one, and 160. `peak` is its loudest. */
export function startLearning(window: usize, peak: i32): void {
  shift = max(32 - clz<i32>(peak) - MOST_BITS, 0);
  for (let at: usize = 0; at < <usize>WINDOW_SAMPLES << 1; at += 16) {
    v128.store(scaled + at, i16x8.shr_s(v128.load(window + at), shift));
  }
  for (let at: usize = 0; at < <usize>WINDOW_SAMPLES << 1; at += 16) {
    const first = v128.load(scaled + at), second = v128.load(scaled + at, 2);
    v128.store(pairs + (at << 1), v128.shuffle<i16>(first, second, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(pairs + (at << 1), v128.shuffle<i16>(first, second, 4, 12, 5, 13, 6, 14, 7, 15), 16);
  }
  productsOf = 0;
}

/**
 * Changes the taps by `rate` of what would have made the eight `errors` (f32) of the block at `sample` of the frame nil.
 * A tone, or a few, changes nothing: any filter could learn to cancel it, and none would keep to the line's own way.
 */
export function learn(fine: usize, taps: usize, sample: i32, errors: usize, rate: f32): void {
  const window = scaled + (<usize>sample << 1);
  multiply(window);
  const energy = <f32>load<i32>(products, 28);
  const regularisation = energy * REGULARISATION + LEAST_ENERGY;
  fillRows(window, regularisation);
  if (!solve(errors, regularisation * LEAST_NOVELTY)) return;

  let most: f32 = 0;
  for (let at: usize = 0; at < 32; at += 4) most = max(most, abs(load<f32>(steps + at)));
  if (most < 1e-20) return;
  const scale: f32 = 32767 / most;
  turn(fine, pairs + (<usize>sample << 2), scale, rate * <f32>(1 << TAP_BITS) / (scale * <f32>(1 << shift)));
  round(fine, taps);
}

/** Products of the block's last sample with its eight samples, over all taps. A block that follows the last one is quick. */
function multiply(window: usize): void {
  const last = window + ((FILTER_BLOCK - 1) << 1);
  if (productsOf != 0 && productsOf + (FILTER_BLOCK << 1) == window) {
    const fresh = window + ((ECHO_TAPS - FILTER_BLOCK) << 1);
    filter(last + ((ECHO_TAPS - FILTER_BLOCK) << 1), fresh, 16, sums);
    const old = window - (FILTER_BLOCK << 1);
    filter(old + ((FILTER_BLOCK - 1) << 1), old, 16, passed);
    for (let at: usize = 0; at < 32; at += 16) {
      const change = i32x4.sub(v128.load(sums + at), v128.load(passed + at));
      v128.store(products + at, i32x4.add(v128.load(products + at), change));
    }
  } else {
    filter(last, window, TAPS_SIZE, products);
  }
  productsOf = window;
}

/**
 * The products of any two of the eight samples, the triangle below the diagonal: each row is the one after it, a sample
 * earlier.
 */
function fillRows(window: usize, regularisation: f32): void {
  const added = v128.load(window, (ECHO_TAPS - 1) << 1), dropped = v128.load(window - 2);
  const addedLow = i32x4.extend_low_i16x8_s(added), addedHigh = i32x4.extend_high_i16x8_s(added);
  const droppedLow = i32x4.extend_low_i16x8_s(dropped), droppedHigh = i32x4.extend_high_i16x8_s(dropped);
  let low = v128.load(products), high = v128.load(products, 16);
  for (let row = FILTER_BLOCK - 1; row >= 0; row--) {
    const at = rows + (<usize>row << 5), sample = window + (<usize>row << 1);
    v128.store(at, f32x4.convert_i32x4_s(low));
    v128.store(at, f32x4.convert_i32x4_s(high), 16);
    store<f32>(at + (<usize>row << 2), load<f32>(at + (<usize>row << 2)) + regularisation);
    const newest = i32x4.splat(load<i16>(sample, (ECHO_TAPS - 1) << 1)), oldest = i32x4.splat(load<i16>(sample - 2));
    low = i32x4.add(low, i32x4.sub(i32x4.mul(oldest, droppedLow), i32x4.mul(newest, addedLow)));
    high = i32x4.add(high, i32x4.sub(i32x4.mul(oldest, droppedHigh), i32x4.mul(newest, addedHigh)));
    low = v128.shuffle<i32>(low, high, 1, 2, 3, 4);
    high = v128.shuffle<i32>(high, high, 1, 2, 3, 3);
  }
}

/** Gauss's elimination, from the last row up; the products are positive definite, so no pivot has to be looked for. */
function solve(errors: usize, leastNovelty: f32): bool {
  memory.copy(steps, errors, FILTER_BLOCK << 2);
  for (let pivot = FILTER_BLOCK - 1; pivot >= 0; pivot--) {
    const from = rows + (<usize>pivot << 5);
    const value = load<f32>(from + (<usize>pivot << 2));
    if (pivot == 2 && value < leastNovelty) return false;
    const inverse: f32 = 1 / value;
    const error = load<f32>(steps + (<usize>pivot << 2)) * inverse;
    const a = f32x4.mul(v128.load(from), f32x4.splat(inverse)), b = f32x4.mul(v128.load(from, 16), f32x4.splat(inverse));
    store<f32>(steps + (<usize>pivot << 2), error);
    for (let row = 0; row < pivot; row++) {
      const at = rows + (<usize>row << 5), step = steps + (<usize>row << 2);
      const factor = load<f32>(from + (<usize>row << 2)), factors = f32x4.splat(factor);
      v128.store(at, f32x4.sub(v128.load(at), f32x4.mul(factors, a)));
      if (row > 3) v128.store(at, f32x4.sub(v128.load(at, 16), f32x4.mul(factors, b)), 16);
      store<f32>(step, load<f32>(step) - factor * error);
    }
    v128.store(from, a);
    v128.store(from, b, 16);
  }
  for (let row = 1; row < FILTER_BLOCK; row++) {
    const at = rows + (<usize>row << 5), step = steps + (<usize>row << 2);
    let rest = load<f32>(step);
    for (let column = 0; column < row; column++) {
      rest -= load<f32>(at + (<usize>column << 2)) * load<f32>(steps + (<usize>column << 2));
    }
    store<f32>(step, rest);
  }
  return true;
}

/** Adds `factor` times the steps' sum of sounds to every tap. */
function turn(fine: usize, sound: usize, scale: f32, factor: f32): void {
  const scales = f32x4.splat(scale), factors = f32x4.splat(factor);
  const low = i32x4.trunc_sat_f32x4_s(f32x4.mul(v128.load(steps), scales));
  const high = i32x4.trunc_sat_f32x4_s(f32x4.mul(v128.load(steps, 16), scales));
  v128.store(sums, i16x8.narrow_i32x4_s(low, high));
  const g0 = v128.load32_splat(sums), g1 = v128.load32_splat(sums, 4);
  const g2 = v128.load32_splat(sums, 8), g3 = v128.load32_splat(sums, 12);
  for (let end = fine + FINE_TAPS_SIZE; fine < end; fine += 16, sound += 16) {
    const sum = i32x4.add(
      i32x4.add(i32x4.dot_i16x8_s(g0, v128.load(sound)), i32x4.dot_i16x8_s(g1, v128.load(sound, 8))),
      i32x4.add(i32x4.dot_i16x8_s(g2, v128.load(sound, 16)), i32x4.dot_i16x8_s(g3, v128.load(sound, 24))),
    );
    v128.store(fine, f32x4.add(v128.load(fine), f32x4.mul(f32x4.convert_i32x4_s(sum), factors)));
  }
}

/** 16-bit taps of those that learn. A loop of its own: with the last one it needs more registers than there are. */
function round(fine: usize, taps: usize): void {
  const rounding = f32x4.splat(ROUNDING);
  for (let end = taps + TAPS_SIZE; taps < end; taps += 16, fine += 32) {
    const low = i32x4.sub(f32x4.add(v128.load(fine), rounding), rounding);
    const high = i32x4.sub(f32x4.add(v128.load(fine, 16), rounding), rounding);
    v128.store(taps, i16x8.narrow_i32x4_s(low, high));
  }
}

/** Taps that learn, from taps as they are. */
export function refine(fine: usize, taps: usize): void {
  for (let index = 0; index < ECHO_TAPS; index++) {
    store<f32>(fine + (<usize>index << 2), <f32>load<i16>(taps + (<usize>index << 1)));
  }
}
