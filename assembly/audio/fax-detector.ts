// Hears that fax machines or modems are on a line. Read ITU-T T.30 §4.1 (CNG, CED) and §5.3.1 (the preamble of flags at
// 300 bit/s, V.21 channel 2), V.25 and V.8 (the answering modem's tone, which turns its phase over every 450 ms).
//
// All of them are one sine at a time. A sine of x hertz is known by x[n] + x[n-2] = 2 cos(w) x[n-1]: the factor that fits
// best says how high it is, and what is left over whether it is one at all.

import { FRAME_SAMPLES } from "../limits";
import { powerOfDbm0 } from "./level";

export const enum FaxSignal {
  None,
  /** A fax machine calls: 1100 Hz for half a second, then nothing. */
  Calling,
  /** A fax machine answers: 2100 Hz. */
  Answering,
  /** A modem answers: 2100 Hz, turned over. */
  Modem,
  /** Fax machines agree with each other: flags at 300 bit/s. */
  Flags,
}

/** Twice the cosine of what is accepted: 1100 Hz ±45, 2100 Hz ±27; 1650 and 1850 Hz, and what lies between them. */
const CALLING_LOW: f32 = 1.2412, CALLING_HIGH: f32 = 1.3561;
const ANSWERING_LOW: f32 = -0.199, ANSWERING_HIGH: f32 = -0.115;
const FLAGS_LOW: f32 = 0.08, FLAGS_HIGH: f32 = 0.7, FLAGS_MIDDLE: f32 = 0.389;

const LEAST_DBM0: f64 = -43;
const leastPower: f64 = powerOfDbm0(LEAST_DBM0);
/** Of the power, what may be left over: of 10 ms of a tone, and of 1 ms that may have a step in it. */
const MOST_REST: f32 = 0.1, MOST_STEP: f32 = 0.5;
/** Tenths of a second: what is half a second, 425 to 575 ms, with its edges off; how much silence follows; how long CED is. */
const CALLING_LEAST: i32 = 41, CALLING_MOST: i32 = 58, CALLING_PAUSE: i32 = 20;
const ANSWERING_LEAST: i32 = 50;
/** Against the tone, silence is 10 dB softer. */
const LOUD_PAUSE: f32 = 0.1;
/** In ms. Six ones of a flag are 20, the noughts before and after them 7, or 3 when two flags share one. */
const ONES_LEAST: i32 = 17, ONES_MOST: i32 = 23, NOUGHTS_LEAST: i32 = 2, NOUGHTS_MOST: i32 = 9;
const FLAGS: i32 = 6;

const BLOCK: i32 = 8, BLOCKS: i32 = 10;
/** 2100 Hz comes round five times in this many samples, nearly. */
const LAG: i32 = 19;
const BEFORE: i32 = 24;
/** Three bits less, so that sums of products have room. */
const SHIFT: i32 = 3;
const sound: usize = memory.data((BEFORE + FRAME_SAMPLES) * 2, 16);

@unmanaged
export class FaxDetector {
  /** Of the newest samples of the last frame: BEFORE of them. */
  private b0: i64 = 0;
  private b1: i64 = 0;
  private b2: i64 = 0;
  private b3: i64 = 0;
  private b4: i64 = 0;
  private b5: i64 = 0;
  /** Sums over 10 ms: of squares, of products with both neighbours' sum, of its square. */
  private square: f32 = 0;
  private product: f32 = 0;
  private rest: f32 = 0;
  private blocks: i32 = 0;
  /** How many times 10 ms a tone has lasted, and silence after it. */
  private calling: i32 = 0;
  private pause: i32 = 0;
  private callingSquare: f32 = 0;
  private answering: i32 = 0;
  private missed: i32 = 0;
  private isTurned: bool = false;
  private isOne: bool = false;
  /** How long this run of equal bits is, in ms; and flags in a row. */
  private run: i32 = 0;
  private flags: i32 = 0;

  reset(): void {
    if (BEFORE != 24) ERROR("the samples before a frame have six words");
    memory.fill(changetype<usize>(this), 0, offsetof<FaxDetector>());
  }

  /** Hears FRAME_SAMPLES samples. Tells of each signal once for each time that it comes. */
  put(pcm: usize): FaxSignal {
    memory.copy(sound, changetype<usize>(this), BEFORE << 1);
    for (let at: usize = 0; at < <usize>FRAME_SAMPLES << 1; at += 16) {
      v128.store(sound + (BEFORE << 1) + at, i16x8.shr_s(v128.load(pcm + at), SHIFT));
    }
    memory.copy(changetype<usize>(this), sound + (FRAME_SAMPLES << 1), BEFORE << 1);

    let heard = FaxSignal.None;
    for (let at = sound + (BEFORE << 1), end = at + (FRAME_SAMPLES << 1); at < end; at += BLOCK << 1) {
      const signal = this.handleBlock(at);
      if (signal != FaxSignal.None) heard = signal;
    }
    return heard;
  }

  private handleBlock(at: usize): FaxSignal {
    const middle = v128.load(at - 2), sides = i16x8.add(v128.load(at), v128.load(at - 4));
    const square = sumOf(i32x4.dot_i16x8_s(middle, middle));
    const product = sumOf(i32x4.dot_i16x8_s(middle, sides));
    const rest = sumOf(i32x4.dot_i16x8_s(sides, sides));
    this.square += square;
    this.product += product;
    this.rest += rest;
    if (this.answering > BLOCKS && isLoud(square, 1)) {
      const turned = sumOf(i32x4.dot_i16x8_s(v128.load(at), v128.load(at - (LAG << 1))));
      if (turned < square * <f32>-0.7) this.isTurned = true;
    }
    if (this.handleBit(square, product, rest)) return FaxSignal.Flags;
    if (++this.blocks < BLOCKS) return FaxSignal.None;
    const signal = this.handleTone();
    this.blocks = 0;
    this.square = 0;
    this.product = 0;
    this.rest = 0;
    return signal;
  }

  /** A millisecond as part of a bit. True with the last of FLAGS flags. */
  private handleBit(square: f32, product: f32, rest: f32): bool {
    const factor = product / max<f32>(square, 1);
    if (!isLoud(square, 1) || factor < FLAGS_LOW || factor > FLAGS_HIGH || rest - product * factor > square * MOST_STEP) {
      this.run = 0;
      this.flags = 0;
      return false;
    }
    const isOne = factor > FLAGS_MIDDLE;
    if (isOne == this.isOne) {
      this.run++;
      return false;
    }
    const run = this.run;
    const fits = this.isOne ? run >= ONES_LEAST && run <= ONES_MOST : run >= NOUGHTS_LEAST && run <= NOUGHTS_MOST;
    if (!fits) this.flags = 0;
    else if (this.isOne) this.flags++;
    this.isOne = isOne;
    this.run = 1;
    return fits && !isOne && this.flags == FLAGS;
  }

  /** The last 10 ms as part of a tone. */
  private handleTone(): FaxSignal {
    const square = this.square, product = this.product;
    const factor = product / max<f32>(square, 1);
    const isTone = isLoud(square, BLOCKS) && this.rest - product * factor < square * MOST_REST;

    // a phase that turns over spoils 10 ms, or 20
    if (isTone && factor > ANSWERING_LOW && factor < ANSWERING_HIGH) {
      this.missed = 0;
      if (++this.answering == ANSWERING_LEAST) return this.isTurned ? FaxSignal.Modem : FaxSignal.Answering;
    } else if (++this.missed > 2) {
      this.answering = 0;
      this.isTurned = false;
    }

    if (isTone && factor > CALLING_LOW && factor < CALLING_HIGH) {
      this.calling = this.pause == 0 ? this.calling + 1 : 1;
      this.pause = 0;
      this.callingSquare = square;
    } else if (this.pause > 0 && square > this.callingSquare * LOUD_PAUSE) {
      this.calling = 0;
    } else if (++this.pause == CALLING_PAUSE && this.calling >= CALLING_LEAST && this.calling <= CALLING_MOST) {
      return FaxSignal.Calling;
    }
    return FaxSignal.None;
  }
}

export const FAX_DETECTOR_SIZE: i32 = (<i32>offsetof<FaxDetector>() + 15) & ~15;

@inline function sumOf(v: v128): f32 {
  return <f32>(i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1)) + <f32>(i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3));
}

@inline function isLoud(square: f32, blocks: i32): bool {
  return square > <f32>(leastPower / <f64>(1 << (SHIFT * 2))) * <f32>(BLOCK * blocks);
}
