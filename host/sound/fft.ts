// The fast Fourier transform, in place, radix 2: for judging recordings, not for the media path.

/** Transforms `real` + i·`imaginary`, whose length is a power of two. Not scaled: forward then `inverse` gives length times the input. */
export function transform(real: Float64Array, imaginary: Float64Array, inverse: boolean): void {
  const size = real.length;
  for (let index = 1, mirrored = 0; index < size; index++) {
    let bit = size >> 1;
    for (; mirrored & bit; bit >>= 1) mirrored ^= bit;
    mirrored |= bit;
    if (index < mirrored) {
      swap(real, index, mirrored);
      swap(imaginary, index, mirrored);
    }
  }
  for (let span = 1; span < size; span *= 2) {
    const angle = ((inverse ? 1 : -1) * Math.PI) / span;
    for (let twist = 0; twist < span; twist++) {
      const cosine = Math.cos(angle * twist);
      const sine = Math.sin(angle * twist);
      for (let low = twist; low < size; low += 2 * span) {
        const high = low + span;
        const re = real[high]! * cosine - imaginary[high]! * sine;
        const im = real[high]! * sine + imaginary[high]! * cosine;
        real[high] = real[low]! - re;
        imaginary[high] = imaginary[low]! - im;
        real[low] = real[low]! + re;
        imaginary[low] = imaginary[low]! + im;
      }
    }
  }
}

function swap(values: Float64Array, one: number, other: number): void {
  const kept = values[one]!;
  values[one] = values[other]!;
  values[other] = kept;
}

/**
 * How alike `pattern` is to each stretch of `sound`: the inner product for every place where the pattern lies wholly inside, so
 * `sound.length - pattern.length + 1` of them. Blocks overlap by the pattern's length, so memory does not grow with the sound.
 */
export function correlate(sound: Float64Array, pattern: Float64Array): Float64Array {
  const places = Math.max(0, sound.length - pattern.length + 1);
  const result = new Float64Array(places);
  let size = 1;
  while (size < 2 * pattern.length) size *= 2;
  const step = size - pattern.length + 1;

  const patternReal = new Float64Array(size);
  const patternImaginary = new Float64Array(size);
  patternReal.set(pattern);
  transform(patternReal, patternImaginary, false);

  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  for (let from = 0; from < places; from += step) {
    real.fill(0);
    imaginary.fill(0);
    real.set(sound.subarray(from, from + size));
    transform(real, imaginary, false);
    for (let index = 0; index < size; index++) {
      const re = real[index]! * patternReal[index]! + imaginary[index]! * patternImaginary[index]!;
      imaginary[index] = imaginary[index]! * patternReal[index]! - real[index]! * patternImaginary[index]!;
      real[index] = re;
    }
    transform(real, imaginary, true);
    const count = Math.min(step, places - from);
    for (let index = 0; index < count; index++) result[from + index] = real[index]! / size;
  }
  return result;
}
