// How unlike two sounds are to the ear, and how much later the second one is: levels in 16 critical bands (E. Zwicker) of both, laid onto each other by dynamic programming so that a stretched or shifted piece is compared with what it was made of.

const RATE = 8000;
const WINDOW = 256;
/** The original is looked at each 5 ms, the copy each millisecond. */
const HOP = 40;
const FINE = 8;
/** Edges of the critical bands within a telephone's, Hz. */
const EDGES = [100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3700];
const BANDS = EDGES.length - 1;
/** Below this, of a full scale, nothing is heard: dB in one band. */
const FLOOR = -75;
/** A frame of the original with less than this has no speech in it. */
const SPEECH = -50;
/** What it costs to leave out or repeat a millisecond, dB, and how many of them at once. */
const STEP = 0.2;
const MOST_STEP = 10;
/** Bands farther apart than this are just wrong, dB. */
const MOST = 40;

const shape = Float64Array.from(
  { length: WINDOW },
  (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (at + 0.5)) / WINDOW),
);

/** In place, radix 2. */
function transform(real, imaginary) {
  for (let at = 1, other = 0; at < WINDOW; at++) {
    let bit = WINDOW >> 1;
    for (; other & bit; bit >>= 1) other ^= bit;
    other ^= bit;
    if (at < other) {
      [real[at], real[other]] = [real[other], real[at]];
      [imaginary[at], imaginary[other]] = [imaginary[other], imaginary[at]];
    }
  }
  for (let half = 1; half < WINDOW; half <<= 1) {
    for (let part = 0; part < half; part++) {
      const [cosine, sine] = [Math.cos((Math.PI * part) / half), -Math.sin((Math.PI * part) / half)];
      for (let low = part; low < WINDOW; low += 2 * half) {
        const high = low + half;
        const turnedReal = real[high] * cosine - imaginary[high] * sine;
        const turnedImaginary = real[high] * sine + imaginary[high] * cosine;
        real[high] = real[low] - turnedReal;
        imaginary[high] = imaginary[low] - turnedImaginary;
        real[low] += turnedReal;
        imaginary[low] += turnedImaginary;
      }
    }
  }
}

const [real, imaginary] = [new Float64Array(WINDOW), new Float64Array(WINDOW)];

/** Levels of the bands from sample `from` on, dB, to `target` at `at`. */
function measure(samples, from, target, at) {
  for (let index = 0; index < WINDOW; index++) real[index] = (samples[from + index] / 32768) * shape[index];
  imaginary.fill(0);
  transform(real, imaginary);
  for (let band = 0; band < BANDS; band++) {
    const first = Math.round((EDGES[band] * WINDOW) / RATE);
    const last = Math.round((EDGES[band + 1] * WINDOW) / RATE);
    let power = 0;
    for (let line = first; line < last; line++) power += real[line] ** 2 + imaginary[line] ** 2;
    target[at + band] = Math.max(FLOOR, 10 * Math.log10((power * 4) / WINDOW ** 2 + 1e-12));
  }
}

/** Levels of the bands each `hop` samples. */
function bandsOf(samples, hop) {
  const frames = Math.max(0, Math.floor((samples.length - WINDOW) / hop) + 1);
  const levels = new Float32Array(frames * BANDS);
  for (let frame = 0; frame < frames; frame++) measure(samples, frame * hop, levels, frame * BANDS);
  return { frames, levels };
}

/** dB, root mean square over the bands. */
function unlikeness(one, frame, other, otherFrame) {
  if (otherFrame < 0 || otherFrame >= other.frames) return MOST;
  let sum = 0;
  for (let band = 0; band < BANDS; band++) {
    const apart = one.levels[frame * BANDS + band] - other.levels[otherFrame * BANDS + band];
    sum += Math.min(apart * apart, MOST * MOST);
  }
  return Math.sqrt(sum / BANDS);
}

const near = { frames: 1, levels: new Float32Array(BANDS) };

/** The same where the copy fits best, to two samples. */
function leastUnlikeness(one, frame, heard, from) {
  let least = MOST;
  for (let at = from - FINE / 2; at <= from + FINE / 2; at += 2) {
    if (at < 0 || at + WINDOW > heard.length) continue;
    measure(heard, at, near.levels, 0);
    least = Math.min(least, unlikeness(one, frame, near, 0));
  }
  return least;
}

function hasSpeech(sound, frame) {
  let loudest = FLOOR;
  for (let band = 0; band < BANDS; band++) loudest = Math.max(loudest, sound.levels[frame * BANDS + band]);
  return loudest > SPEECH;
}

/**
 * Compares what was said with what was heard; `least` and `most` ms is how much later it may be. Returns the distance, dB, mean over all
 * frames with speech, and how much later the sound is, ms: the mean, and the most but for a hundredth of these frames.
 */
export function compare(said, heard, least, most) {
  const original = bandsOf(said, HOP);
  const copy = bandsOf(heard, FINE);
  const width = most - least + 1;
  const placeOf = (frame, late) => frame * (HOP / FINE) + least + late;
  let costs = new Float64Array(width);
  let next = new Float64Array(width);
  const steps = new Int8Array(original.frames * width);
  for (let frame = 0; frame < original.frames; frame++) {
    for (let late = 0; late < width; late++) {
      let best = costs[late];
      let step = 0;
      for (let moved = -MOST_STEP; moved <= MOST_STEP; moved++) {
        const cost = late - moved < 0 || late - moved >= width ? best : costs[late - moved] + Math.abs(moved) * STEP;
        if (cost < best) {
          best = cost;
          step = moved;
        }
      }
      steps[frame * width + late] = step;
      next[late] = best + unlikeness(original, frame, copy, placeOf(frame, late));
    }
    [costs, next] = [next, costs];
  }
  let late = costs.indexOf(Math.min(...costs));
  const delays = [];
  let distance = 0;
  for (let frame = original.frames - 1; frame >= 0; frame--) {
    if (hasSpeech(original, frame)) {
      distance += leastUnlikeness(original, frame, heard, placeOf(frame, late) * FINE);
      delays.push(least + late);
    }
    late -= steps[frame * width + late];
  }
  delays.sort((a, b) => a - b);
  return {
    distance: distance / delays.length,
    delay: delays.reduce((sum, each) => sum + each, 0) / delays.length,
    longest: delays[Math.floor(delays.length * 0.99)],
  };
}
