// Hears DTMF digits in 8 kHz sound. Read ITU-T Q.24 first: its limits are the constants below.
//
// Dial tone and hum are filtered out, then a Goertzel filter a frequency works on blocks of 5 ms. Its result is turned
// back to a common phase, so blocks add up to any longer window, and the turn from one window to the next tells the
// frequency exactly: far better than the width of the filter. A digit is confirmed when the last 30 ms are nothing but
// two steady tones.

import { angleOf, cosine as cosineOf, sine as sineOf } from "../base/elementary";
import { powerOfDbm0 } from "./level";
import { dtmfDigit, dtmfFrequency } from "./dtmf";
import { SAMPLE_RATE, phaseStep, quarterTurn, sines } from "./oscillator";

const BLOCK: i32 = 40;
/** Blocks of the longest window and of the shorter one: 30 and 20 ms; and from which to which a tone's turn is taken. */
const BLOCKS: i32 = 6;
const WINDOW_BLOCKS: i32 = 4;
const LAG_BLOCKS: i32 = 2;
/** 150 ms. */
const LOW_BLOCKS: i32 = 30;

/** ±1.5 % must work, ±3.5 % must not. The first look is by a filter in which the other tone leaks. */
const MOST_DEVIATION: f64 = 0.0185;
const MOST_DEVIATION_LIKELY: f64 = 0.026;
/** Each frequency; must work at −25, must not at −29 dBm0. */
const LEAST_DBM0: f64 = -27;
const least: f64 = powerOfDbm0(LEAST_DBM0);
/** Power of the column over the row's: +4 dB and −8 dB must work. */
const MOST_TWIST: f64 = 3.98; // +6 dB
const LEAST_TWIST: f64 = 0.1; // −10 dB
/** Power of a block against the mean of all: a shorter tone leaves a block half empty. */
const LEAST_STEADINESS: f32 = 0.6;
const MOST_STEADINESS: f32 = 2.2;
/** Of a tone's power, from one window to the next: 1.5 dB. A voice is never as steady, for long. */
const MOST_CHANGE: f64 = 1.4;
/** Power that is not the tones', as a share of theirs: noise may be 15 dB below them. In 30 ms, and in the first 20. */
const MOST_OTHER: f64 = 0.07;
const MOST_OTHER_LIKELY: f64 = 0.15;
/** Dial tone was there before: so many times the power below 600 Hz that was the least of the last 300 ms. */
const MOST_LOW_GROWTH: f64 = 1.4;
/** A tone is gone when this share of its power is left, for this many blocks: gaps up to 10 ms do not end a digit. */
const GONE_SHARE: f64 = 0.2;
const GONE_BLOCKS: i32 = 4;

/**
 * Elliptic high-pass: 0.3 dB down at 670 Hz, 35 dB at 460 Hz and below. Two sections, each b1 of (gain, b1, gain) and
 * a1, a2.
 */
const GAIN: f32 = 0.53706207;
const B1: f32 = -1.06205376, A1: f32 = -1.06493054, A2: f32 = 0.37981486;
const D1: f32 = -1.89379411, C1: f32 = -1.64647976, C2: f32 = 0.87541817;

// After the fields, eight f32 each: rows, then columns.
const TWO_COSINES: usize = 128, COSINES: usize = 160, SINES: usize = 192, STEPS: usize = 224, PHASES: usize = 256;
const DELAY1: usize = 288, DELAY2: usize = 320;
// Six blocks of eight f32 each, then six f32 each. The newest is the last.
const REAL: usize = 352, IMAGINARY: usize = 544, POWER: usize = 736, LOW: usize = 760;
const ROW_BYTES: usize = 32;
/** The samples of the longest window, 16-bit. */
const SOUND: usize = 784;
const SOUND_SAMPLES: i32 = BLOCKS * BLOCK;

export const DTMF_DETECTOR_SIZE: i32 = 784 + BLOCKS * BLOCK * 2;

/** What look() saw: mean square of all, and of the lanes' tones both parts. */
let power: f64 = 0;
let reals: v128 = f32x4.splat(0);
let imaginaries: v128 = f32x4.splat(0);

@unmanaged
export class DtmfDetector {
  private x1: f32 = 0;
  private x2: f32 = 0;
  private y1: f32 = 0;
  private y2: f32 = 0;
  private z1: f32 = 0;
  private z2: f32 = 0;
  private filtered: f32 = 0;
  private raw: f32 = 0;
  private filled: i32 = 0;
  /** Least power below 600 Hz while no digit sounded. */
  private leastLow: f32 = 0;
  private formerLow: f32 = 0;
  private lowBlocks: i32 = 0;
  /** ASCII of the digit that sounds, 0 while none does. */
  private digit: i32 = 0;
  private digitIndex: i32 = 0;
  private digitPower: f64 = 0;
  private goneBlocks: i32 = 0;
  private isLikely: bool = false;
  /** Dial tone may sound beside the digits; reset() says no. */
  hasDialTone: bool = false;

  @inline private get base(): usize { return changetype<usize>(this); }

  /** A digit sounds, or what has sounded for 20 ms may well become one. */
  get isActive(): bool { return this.digit != 0 || this.isLikely; }

  reset(): void {
    if (offsetof<DtmfDetector>() > 128) ERROR("the tables follow at 128");
    memory.fill(this.base, 0, DTMF_DETECTOR_SIZE);
    for (let index = 0; index < 8; index++) {
      const lane = this.base + (<usize>index << 2);
      const turn = 2 * Math.PI * dtmfFrequency(index) / SAMPLE_RATE;
      store<f32>(lane, <f32>(2 * cosineOf(turn)), TWO_COSINES);
      store<f32>(lane, <f32>cosineOf(turn), COSINES);
      store<f32>(lane, <f32>sineOf(turn), SINES);
      store<u32>(lane, phaseStep(dtmfFrequency(index)) * BLOCK, STEPS);
    }
  }

  /** Hears `samples` 16-bit samples. ASCII of the digit that was confirmed in them, or 0. */
  put(pcm: usize, samples: i32): i32 {
    let confirmed = 0;
    while (samples > 0) {
      const count = min(samples, BLOCK - this.filled);
      this.filter(pcm, count);
      const newest = <usize>(SOUND_SAMPLES - BLOCK + this.filled) << 1;
      memory.copy(this.base + SOUND + newest, pcm, <usize>count << 1);
      pcm += <usize>count << 1;
      samples -= count;
      this.filled += count;
      if (this.filled == BLOCK) {
        const digit = this.finishBlock();
        if (digit != 0) confirmed = digit;
      }
    }
    return confirmed;
  }

  private filter(pcm: usize, samples: i32): void {
    const lowTwoCosines = v128.load(this.base, TWO_COSINES), highTwoCosines = v128.load(this.base, TWO_COSINES + 16);
    let low1 = v128.load(this.base, DELAY1), high1 = v128.load(this.base, DELAY1 + 16);
    let low2 = v128.load(this.base, DELAY2), high2 = v128.load(this.base, DELAY2 + 16);
    let x1 = this.x1, x2 = this.x2, y1 = this.y1, y2 = this.y2, z1 = this.z1, z2 = this.z2;
    let filtered = this.filtered, raw = this.raw;
    for (let end = pcm + (<usize>samples << 1); pcm < end; pcm += 2) {
      const x = <f32>load<i16>(pcm);
      const y = GAIN * (x + x2) + B1 * x1 - A1 * y1 - A2 * y2;
      const z = y + D1 * y1 + y2 - C1 * z1 - C2 * z2;
      x2 = x1; x1 = x;
      y2 = y1; y1 = y;
      z2 = z1; z1 = z;
      raw += x * x;
      filtered += z * z;
      const sound = f32x4.splat(z);
      const low = f32x4.sub(f32x4.add(sound, f32x4.mul(lowTwoCosines, low1)), low2);
      const high = f32x4.sub(f32x4.add(sound, f32x4.mul(highTwoCosines, high1)), high2);
      low2 = low1; low1 = low;
      high2 = high1; high1 = high;
    }
    v128.store(this.base, low1, DELAY1);
    v128.store(this.base, high1, DELAY1 + 16);
    v128.store(this.base, low2, DELAY2);
    v128.store(this.base, high2, DELAY2 + 16);
    this.x1 = x1; this.x2 = x2;
    // A decaying filter must not creep through subnormal numbers: they are slow.
    this.y1 = flush(y1); this.y2 = flush(y2); this.z1 = flush(z1); this.z2 = flush(z2);
    this.filtered = filtered; this.raw = raw;
  }

  private finishBlock(): i32 {
    memory.copy(this.base + REAL, this.base + REAL + ROW_BYTES, ROW_BYTES * (BLOCKS - 1));
    memory.copy(this.base + IMAGINARY, this.base + IMAGINARY + ROW_BYTES, ROW_BYTES * (BLOCKS - 1));
    memory.copy(this.base + POWER, this.base + POWER + 4, 4 * (BLOCKS - 1));
    memory.copy(this.base + LOW, this.base + LOW + 4, 4 * (BLOCKS - 1));
    this.turnBack(0);
    this.turnBack(16);
    const power = this.filtered / <f32>BLOCK;
    const low = max<f32>(this.raw - this.filtered, 0) / <f32>BLOCK;
    store<f32>(this.base + 4 * (BLOCKS - 1), power, POWER);
    store<f32>(this.base + 4 * (BLOCKS - 1), low, LOW);
    memory.fill(this.base + DELAY1, 0, 64);
    this.filtered = 0;
    this.raw = 0;
    this.filled = 0;

    const heard = this.hear();
    memory.copy(this.base + SOUND, this.base + SOUND + BLOCK * 2, (BLOCKS - 1) * BLOCK * 2);
    if (!this.isActive) this.followLow();
    return this.follow(heard);
  }

  /** The least of 20 ms means of the last 150 to 300 ms. */
  private followLow(): void {
    const low = <f32>this.mean(LOW, BLOCKS - WINDOW_BLOCKS, WINDOW_BLOCKS);
    this.leastLow = min(this.leastLow, low);
    if (++this.lowBlocks == LOW_BLOCKS) {
      this.lowBlocks = 0;
      this.formerLow = this.leastLow;
      this.leastLow = low;
    }
  }

  /** One block's result of four filters, at the phase of a clock that runs on from block to block. */
  private turnBack(half: usize): void {
    const base = this.base + half;
    const s1 = v128.load(base, DELAY1), s2 = v128.load(base, DELAY2);
    const real = f32x4.sub(s1, f32x4.mul(s2, v128.load(base, COSINES)));
    const imaginary = f32x4.mul(s2, v128.load(base, SINES));
    const phases = i32x4.add(v128.load(base, PHASES), v128.load(base, STEPS));
    v128.store(base, phases, PHASES);
    const cosine = sines(i32x4.add(phases, quarterTurn())), sine = sines(phases);
    const newest = base + ROW_BYTES * (BLOCKS - 1);
    v128.store(newest, f32x4.add(f32x4.mul(real, cosine), f32x4.mul(imaginary, sine)), REAL);
    v128.store(newest, f32x4.sub(f32x4.mul(imaginary, cosine), f32x4.mul(real, sine)), IMAGINARY);
  }

  /** Sum of `count` blocks from `first` on, of one frequency. */
  private sum(table: usize, frequency: i32, first: i32, count: i32): f64 {
    let at = this.base + table + <usize>first * ROW_BYTES + (<usize>frequency << 2);
    let total: f64 = 0;
    for (let index = 0; index < count; index++, at += ROW_BYTES) total += <f64>load<f32>(at);
    return total;
  }

  /** Mean of a table of block powers. */
  private mean(table: usize, first: i32, count: i32): f64 {
    let at = this.base + table + (<usize>first << 2);
    let total: f64 = 0;
    for (let index = 0; index < count; index++, at += 4) total += <f64>load<f32>(at);
    return total / <f64>count;
  }

  /** The strongest of four frequencies in the newest window. */
  private strongest(first: i32): i32 {
    let best = first;
    let most = -1.0;
    for (let index = first; index < first + 4; index++) {
      const real = this.sum(REAL, index, BLOCKS - WINDOW_BLOCKS, WINDOW_BLOCKS);
      const imaginary = this.sum(IMAGINARY, index, BLOCKS - WINDOW_BLOCKS, WINDOW_BLOCKS);
      const size = real * real + imaginary * imaginary;
      if (size > most) {
        most = size;
        best = index;
      }
    }
    return best;
  }

  /**
   * row * 4 + column when the last 30 ms are a digit, else -1. Says on the way whether the last 20 ms are likely to
   * become one.
   */
  private hear(): i32 {
    this.isLikely = false;
    if (this.mean(POWER, BLOCKS - WINDOW_BLOCKS, WINDOW_BLOCKS) < least) return -1;
    const row = this.strongest(0), column = this.strongest(4);
    this.isLikely = this.isPair(row, column, WINDOW_BLOCKS, MOST_OTHER_LIKELY);
    if (!this.isLikely || !this.isPair(row, column, BLOCKS, MOST_OTHER)) return -1;
    if (!this.isSteady(row, column)) return -1;
    const all = <f32>this.mean(POWER, 0, BLOCKS);
    for (let index = 0; index < BLOCKS; index++) {
      const block = load<f32>(this.base + POWER + (<usize>index << 2));
      if (block < all * LEAST_STEADINESS || block > all * MOST_STEADINESS) return -1;
    }
    return row * 4 + column - 4;
  }

  /** The last blocks are these two tones in right measure, and little else. */
  private isPair(row: i32, column: i32, blocks: i32, mostOther: f64): bool {
    const rowHz = this.deviation(row, blocks), columnHz = this.deviation(column, blocks);
    if (Math.abs(rowHz) > dtmfFrequency(row) * MOST_DEVIATION_LIKELY) return false;
    if (Math.abs(columnHz) > dtmfFrequency(column) * MOST_DEVIATION_LIKELY) return false;
    return this.isPure(dtmfFrequency(row) + rowHz, dtmfFrequency(column) + columnHz, blocks * BLOCK, mostOther);
  }

  /**
   * Hz that a tone of the last blocks lies above its nominal frequency, from how far it turns in 10 ms. What is 100 Hz
   * off looks right, but has no power at the nominal frequency under the window of isPure().
   */
  private deviation(index: i32, blocks: i32): f64 {
    const count = blocks - LAG_BLOCKS;
    const real0 = this.sum(REAL, index, BLOCKS - blocks, count);
    const imaginary0 = this.sum(IMAGINARY, index, BLOCKS - blocks, count);
    const real1 = this.sum(REAL, index, BLOCKS - count, count);
    const imaginary1 = this.sum(IMAGINARY, index, BLOCKS - count, count);
    const turn = angleOf(imaginary1 * real0 - real1 * imaginary0, real1 * real0 + imaginary1 * imaginary0);
    return turn * SAMPLE_RATE / (2 * Math.PI * LAG_BLOCKS * BLOCK);
  }

  /** `mostOther` is what may be else in the newest samples, as a share of the tones. */
  private isPure(rowFrequency: f64, columnFrequency: f64, samples: i32, mostOther: f64): bool {
    this.look(rowFrequency, columnFrequency, SOUND_SAMPLES - samples, samples);
    const row = rowPower(), column = columnPower(), other = power - row - column;
    const usualLow = this.hasDialTone ? <f64>min(this.leastLow, this.formerLow) : 0;
    return row >= least && column >= least && column <= row * MOST_TWIST && column >= row * LEAST_TWIST &&
      other <= (row + column) * mostOther + usualLow * MOST_LOW_GROWTH;
  }

  /** Two tones, both as strong in the first 20 ms as in the last, and from one to the other of the right frequencies. */
  private isSteady(row: i32, column: i32): bool {
    const samples = WINDOW_BLOCKS * BLOCK, lag = SOUND_SAMPLES - samples;
    this.look(dtmfFrequency(row), dtmfFrequency(column), 0, samples);
    const rowBefore = rowPower(), columnBefore = columnPower(), realBefore = reals, imaginaryBefore = imaginaries;
    this.look(dtmfFrequency(row), dtmfFrequency(column), lag, samples);
    if (!isNear(rowBefore, rowPower()) || !isNear(columnBefore, columnPower())) return false;
    const cosines = f32x4.add(f32x4.mul(reals, realBefore), f32x4.mul(imaginaries, imaginaryBefore));
    const sines = f32x4.sub(f32x4.mul(realBefore, imaginaries), f32x4.mul(imaginaryBefore, reals));
    return isRight(row, f32x4.extract_lane(sines, 1), f32x4.extract_lane(cosines, 1), lag) &&
      isRight(column, f32x4.extract_lane(sines, 2), f32x4.extract_lane(cosines, 2), lag);
  }

  /** The sound as it came, from `first` on, under a Hann window, which keeps all tones apart: into power, reals and imaginaries. */
  private look(rowFrequency: f64, columnFrequency: f64, first: i32, samples: i32): void {
    // Lanes: the window, the row, the column.
    const radians = 2 * Math.PI / SAMPLE_RATE;
    const windowTurn = 2 * Math.PI / <f64>samples, rowTurn = rowFrequency * radians, columnTurn = columnFrequency * radians;
    const stepCosine = f32x4(<f32>cosineOf(windowTurn), <f32>cosineOf(rowTurn), <f32>cosineOf(columnTurn), 0);
    const stepSine = f32x4(<f32>sineOf(windowTurn), <f32>sineOf(rowTurn), <f32>sineOf(columnTurn), 0);
    let cosine = f32x4.splat(1), sine = f32x4.splat(0), real = sine, imaginary = sine;
    let total: f32 = 0;
    const begin = this.base + SOUND + (<usize>first << 1);
    for (let at = begin, end = begin + (<usize>samples << 1); at < end; at += 2) {
      const x = <f32>load<i16>(at) * (1 - f32x4.extract_lane(cosine, 0));
      total += x * x;
      const sound = f32x4.splat(x);
      real = f32x4.add(real, f32x4.mul(sound, cosine));
      imaginary = f32x4.add(imaginary, f32x4.mul(sound, sine));
      const before = cosine;
      cosine = f32x4.sub(f32x4.mul(cosine, stepCosine), f32x4.mul(sine, stepSine));
      sine = f32x4.add(f32x4.mul(sine, stepCosine), f32x4.mul(before, stepSine));
    }
    const scale = f32x4.splat(1 / <f32>samples);
    reals = f32x4.mul(real, scale);
    imaginaries = f32x4.mul(imaginary, scale);
    power = <f64>total / (1.5 * <f64>samples);
  }

  /** Power of a nominal frequency, at the least, in some blocks. */
  private tonePower(index: i32, first: i32, blocks: i32): f64 {
    const real = this.sum(REAL, index, first, blocks), imaginary = this.sum(IMAGINARY, index, first, blocks);
    const samples = <f64>(blocks * BLOCK);
    return 2 * (real * real + imaginary * imaginary) / (samples * samples);
  }

  /** From what is heard in each block to digits that begin and end. */
  private follow(heard: i32): i32 {
    if (heard >= 0 && (this.digit == 0 || heard != this.digitIndex)) {
      this.digitIndex = heard;
      this.digit = dtmfDigit(heard >> 2, heard & 3);
      this.digitPower = this.heardPower(BLOCKS);
      this.goneBlocks = 0;
      return this.digit;
    }
    if (this.digit != 0) {
      this.goneBlocks = this.heardPower(2) < this.digitPower * GONE_SHARE ? this.goneBlocks + 1 : 0;
      if (this.goneBlocks >= GONE_BLOCKS) this.digit = 0;
    }
    return 0;
  }

  /** Power of the digit's two tones in the newest blocks. */
  private heardPower(blocks: i32): f64 {
    return this.tonePower(this.digitIndex >> 2, BLOCKS - blocks, blocks) +
      this.tonePower(4 + (this.digitIndex & 3), BLOCKS - blocks, blocks);
  }
}

@inline function powerOf(real: f32, imaginary: f32): f64 { return 2 * <f64>(real * real + imaginary * imaginary); }

function rowPower(): f64 { return powerOf(f32x4.extract_lane(reals, 1), f32x4.extract_lane(imaginaries, 1)); }

function columnPower(): f64 { return powerOf(f32x4.extract_lane(reals, 2), f32x4.extract_lane(imaginaries, 2)); }

@inline function isNear(before: f64, now: f64): bool { return now < before * MOST_CHANGE && before < now * MOST_CHANGE; }

/** A tone that has turned by that angle, `lag` samples later, is the frequency asked for. */
function isRight(index: i32, sine: f32, cosine: f32, lag: i32): bool {
  const frequency = dtmfFrequency(index);
  // both windows begin at phase 0
  const turns = frequency * <f64>lag / SAMPLE_RATE;
  const expected = (turns - Math.floor(turns)) * 2 * Math.PI;
  let turn = -angleOf(sine, cosine) - expected;
  turn -= Math.round(turn / (2 * Math.PI)) * 2 * Math.PI;
  return Math.abs(turn) < frequency * MOST_DEVIATION * 2 * Math.PI * <f64>lag / SAMPLE_RATE;
}

@inline function flush(value: f32): f32 { return abs(value) < <f32>1e-15 ? 0 : value; }
