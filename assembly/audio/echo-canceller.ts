// Takes out of the microphone's sound what comes back of the sound for the ear: the hybrid's echo. Read ITU-T G.168
// first, for what is asked of it.
//
// Two filters (Ochiai et al. 1977): what is heard is the work of one that never learns. The other learns all the time,
// and its taps are taken over when they do better; when the phone's user talks as well they do worse, and are set back.

import { FRAME_SAMPLES } from "../limits";
import {
  ECHO_TAPS, FILTER_BLOCK, FINE_TAPS_SIZE, TAPS_SIZE, TAP_BITS, filter, learn, refine, startLearning,
} from "./adaptive-filter";
import { peakOf, powerOfDbm0 } from "./level";
import { sumOf } from "./likeness";
import { RESIDUAL_SUPPRESSOR_SIZE, ResidualSuppressor } from "./residual-suppressor";

/** Longest way from handleSound to the microphone, in samples: eight frames. */
export const MOST_ECHO_DELAY: i32 = FRAME_SAMPLES * 8;

/** Decisions fall every 4 ms. */
const SPAN: i32 = 32;
const SPANS: i32 = FRAME_SAMPLES / SPAN;
/** Powers are means of about 16 ms. */
const SMOOTHING: f32 = 0.25;
/** Of the far end's sound: what still echoes is of the last 32 ms. */
const HOLD: f32 = 0.88;

/** Softer sound than this teaches nothing. */
const LEAST_DBM0: f64 = -50;
const leastFar: f32 = <f32>powerOfDbm0(LEAST_DBM0);
/** An echo is 3 dB softer than its sound at least; what is louder is the phone, whose tone could be learnt from a like one. */
const LOUDEST_ECHO: f32 = 0.5;
/** 37 dB down there is nothing left to learn. */
const LEARNT: f32 = 0.0002;
/** Learns in whole steps until 17 dB are gone, in smaller ones then: what the phone's user says weighs less. */
const ROUGH: f32 = 0.02;
const ROUGH_RATE: f32 = 1, FINE_RATE: f32 = 0.4;
/**
 * When the learning filter's taps are taken over. A filter that learns fast can follow the tones of a voice for a
 * moment, up to 4 dB of it: so it has to be much better, and longer, unless hardly anything of the microphone's is left.
 */
const BETTER: f32 = 0.76, MUCH_BETTER: f32 = 0.5;
const BETTER_SPANS: i32 = 2, MUCH_BETTER_SPANS: i32 = 12;
const CERTAIN: f32 = 0.005, PROVEN: f32 = 0.2;
/** It is set back when it leaves 2 dB more, for five spans. */
const WORSE: f32 = 1.6;
const WORSE_SPANS: i32 = 5;
/** A filter that adds to the echo is none: 3 dB, for four spans. */
const HARMFUL: f32 = 2;
const HARMFUL_SPANS: i32 = 4;

/**
 * Learning that comes to nothing, or is set back, rests: for 20 ms, then longer and longer. It costs more than all the
 * rest, and a filter that is as good as it gets need not learn all day.
 */
const FRUITLESS_SPANS: i32 = 25;
/** As long as it takes a filter that starts from nothing to be as good as the phone's own noise lets it. */
const SETTLING_SPANS: i32 = 125;
const LEAST_REST: i32 = 5, MOST_REST: i32 = 80;

/** Of the echo, what the canceller is known to leave: a mean of what may be that, and of the rest half a dB a second. */
const FOUND: f32 = 0.05, FORGOTTEN: f32 = 1.0005;
const PLAUSIBLE: f32 = 4;
const MOST_LEAK: f32 = 0.1, LEAST_LEAK: f32 = 0.00001;
/** What is suppressed: up to 9 dB more than that, as long as the phone's own background does not cover it. */
const HEADROOM: f32 = 8;
const COVERED: f32 = 1.5;

const HISTORY_SAMPLES: i32 = MOST_ECHO_DELAY + ECHO_TAPS;
// After the fields.
const SUPPRESSOR: usize = 96;
const FOREGROUND: usize = 128, BACKGROUND: usize = FOREGROUND + TAPS_SIZE, FINE: usize = BACKGROUND + TAPS_SIZE;
const HISTORY: usize = FINE + FINE_TAPS_SIZE;
export const ECHO_CANCELLER_SIZE: i32 = <i32>HISTORY + ((HISTORY_SAMPLES * 2 + 15) & ~15);

// Of the span that is being worked on.
const microphone: usize = memory.data(FILTER_BLOCK * 4, 16);
const echo: usize = memory.data(FILTER_BLOCK * 4, 16);
const errors: usize = memory.data(FILTER_BLOCK * 4, 16);

@unmanaged
export class EchoCanceller {
  /** From a sound's going to the ear to the first of it at the microphone, in samples: what the sound driver takes. */
  private delay: i32 = 0;
  private far: f32 = 0;
  private spanLeft: f32 = 0;
  /** Powers at the microphone, of what is left, and of what the learning filter leaves. */
  private near: f32 = 0;
  private left: f32 = 0;
  private learntLeft: f32 = 0;
  private betterSpans: i32 = 0;
  private worseSpans: i32 = 0;
  private harmfulSpans: i32 = 0;
  private restSpans: i32 = 0;
  private restLength: i32 = 0;
  private fruitlessSpans: i32 = 0;
  /** Power of the echo, of the loudest of late, and the share of it that is left. */
  private loudEcho: f32 = 0;
  private leak: f32 = 0;
  /** A bit for each span of the frame that is to be suppressed. */
  private suppressed: i32 = 0;
  private wasLearning: bool = false;
  private isTrained: bool = false;
  private hasTaps: bool = false;
  isEnabled: bool = false;

  @inline private get base(): usize { return changetype<usize>(this); }
  @inline private get suppressor(): ResidualSuppressor { return changetype<ResidualSuppressor>(this.base + SUPPRESSOR); }

  setup(): void {
    if (offsetof<EchoCanceller>() > SUPPRESSOR) ERROR("the suppressor follows at 96");
    if (RESIDUAL_SUPPRESSOR_SIZE > <i32>(FOREGROUND - SUPPRESSOR)) ERROR("the taps follow at 128");
    memory.fill(this.base, 0, ECHO_CANCELLER_SIZE);
    this.suppressor.reset();
    this.leak = MOST_LEAK;
    this.delay = FRAME_SAMPLES;
    this.isEnabled = true;
  }

  setDelay(samples: i32): void { this.delay = max(min(samples, MOST_ECHO_DELAY), FRAME_SAMPLES); }

  /** How much softer than the ear's sound its echo is, in dB; negative while nothing is known. */
  get lossDb(): f64 {
    if (!this.hasTaps) return -1;
    let sum: f64 = 0;
    for (let at = this.base + FOREGROUND, end = at + TAPS_SIZE; at < end; at += 2) {
      const tap = <f64>load<i16>(at);
      sum += tap * tap;
    }
    return max(decibels(<f64>(1 << (TAP_BITS * 2)) / max(sum, 1)), 0);
  }

  /** How much softer still what is left of the echo is; negative while nothing is known. */
  get enhancementDb(): f64 { return this.isTrained ? decibels(1 / <f64>this.leak) : -1; }

  /** FRAME_SAMPLES samples that go to the ear. */
  handleSound(pcm: usize): void {
    const history = this.base + HISTORY;
    const kept = <usize>(HISTORY_SAMPLES - FRAME_SAMPLES) << 1;
    memory.copy(history, history + (FRAME_SAMPLES << 1), kept);
    memory.copy(history + kept, pcm, FRAME_SAMPLES << 1);
  }

  /** Takes the echo out of FRAME_SAMPLES samples of the microphone's. */
  cancel(pcm: usize): void {
    const window = this.base + HISTORY + (<usize>(HISTORY_SAMPLES - this.delay - (ECHO_TAPS - 1)) << 1);
    const peak = peakOf(window - 2, ECHO_TAPS + FRAME_SAMPLES);
    let isReady = false;
    this.suppressed = 0;
    for (let span = 0; span < SPANS; span++) {
      const isLearning = this.isWorthLearning;
      if (isLearning && !isReady) startLearning(window, peak);
      isReady = isReady || isLearning;
      this.work(pcm, window, span * SPAN, isLearning);
      if (this.isResidual) this.suppressed |= 1 << span;
    }
  }

  /** Puts noise in the place of what the canceller has left in this frame, where that is echo. */
  suppress(pcm: usize): void {
    for (let span = 0; span < SPANS; span++) {
      this.suppressor.work(pcm + (<usize>(span * SPAN) << 1), SPAN, ((this.suppressed >> span) & 1) != 0);
    }
  }

  private get isWorthLearning(): bool {
    if (this.restSpans > 0) {
      this.restSpans--;
      return false;
    }
    return this.isFarHeard && this.near < this.far * LOUDEST_ECHO && this.left > this.near * LEARNT;
  }

  @inline private get isFarHeard(): bool { return this.far > leastFar; }

  private get isResidual(): bool {
    return this.isTrained && this.spanLeft < this.loudEcho * this.leak * HEADROOM && this.spanLeft > this.suppressor.floor * COVERED;
  }

  private work(pcm: usize, window: usize, first: i32, isLearning: bool): void {
    let near = f32x4.splat(0), heard = near, left = near, learntLeft = near, far = near;
    for (let sample = first; sample < first + SPAN; sample += FILTER_BLOCK) {
      const at = pcm + (<usize>sample << 1), sound = window + (<usize>sample << 1);
      const both = v128.load(at);
      const a = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(both));
      const b = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(both));
      near = addSquares(near, a, b);
      v128.store(microphone, a);
      v128.store(microphone, b, 16);
      const played = v128.load(sound, (ECHO_TAPS - 1) << 1);
      far = addSquares(far, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(played)), f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(played)));

      const scale = f32x4.splat(1 / <f32>(1 << TAP_BITS));
      filter(this.base + FOREGROUND, sound, TAPS_SIZE, echo);
      const echoA = f32x4.mul(f32x4.convert_i32x4_s(v128.load(echo)), scale);
      const echoB = f32x4.mul(f32x4.convert_i32x4_s(v128.load(echo, 16)), scale);
      heard = addSquares(heard, echoA, echoB);
      const leftA = f32x4.sub(a, echoA), leftB = f32x4.sub(b, echoB);
      left = addSquares(left, leftA, leftB);
      v128.store(at, i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(f32x4.nearest(leftA)), i32x4.trunc_sat_f32x4_s(f32x4.nearest(leftB))));
      if (!isLearning) continue;

      filter(this.base + BACKGROUND, sound, TAPS_SIZE, echo);
      const errorA = f32x4.sub(a, f32x4.mul(f32x4.convert_i32x4_s(v128.load(echo)), scale));
      const errorB = f32x4.sub(b, f32x4.mul(f32x4.convert_i32x4_s(v128.load(echo, 16)), scale));
      learntLeft = addSquares(learntLeft, errorA, errorB);
      v128.store(errors, errorA);
      v128.store(errors, errorB, 16);
      const rate = this.isTrained ? FINE_RATE : ROUGH_RATE;
      learn(this.base + FINE, this.base + BACKGROUND, sample, errors, rate);
    }
    if (isLearning && !this.wasLearning) this.learntLeft = this.left;
    this.wasLearning = isLearning;
    this.spanLeft = meanOf(left);
    const spanEcho = meanOf(heard);
    this.far = max(meanOf(far), this.far * HOLD);
    this.loudEcho = max(spanEcho, this.loudEcho * HOLD);
    this.near += (meanOf(near) - this.near) * SMOOTHING;
    this.left += (this.spanLeft - this.left) * SMOOTHING;
    if (isLearning) {
      this.learntLeft += (meanOf(learntLeft) - this.learntLeft) * SMOOTHING;
      this.compare();
    }
    if (this.isFarHeard) this.measureLeak();
    else this.suppressor.listen(pcm + (<usize>first << 1), SPAN, this.left);
    this.harmfulSpans = this.left > this.near * HARMFUL ? this.harmfulSpans + 1 : 0;
    if (this.harmfulSpans >= HARMFUL_SPANS) this.forget();
  }

  private measureLeak(): void {
    const ratio = this.spanLeft / max<f32>(this.loudEcho, 1);
    const leak = ratio < this.leak * PLAUSIBLE ? this.leak + (ratio - this.leak) * FOUND : this.leak * FORGOTTEN;
    this.leak = min(max(leak, LEAST_LEAK), MOST_LEAK);
  }

  private forget(): void {
    memory.fill(this.base + FOREGROUND, 0, TAPS_SIZE);
    this.left = this.near;
    this.leak = MOST_LEAK;
    this.harmfulSpans = 0;
    this.isTrained = false;
    this.hasTaps = false;
  }

  private rest(): void {
    this.restLength = min(max(this.restLength * 2, LEAST_REST), MOST_REST);
    this.restSpans = this.restLength;
    this.fruitlessSpans = 0;
  }

  private compare(): void {
    const isProven = this.learntLeft < this.near * PROVEN;
    const isCertain = this.learntLeft < this.near * CERTAIN;
    const isBetter = this.learntLeft < this.left * (isCertain ? BETTER : MUCH_BETTER) && (isProven || !this.isTrained);
    this.betterSpans = isBetter ? this.betterSpans + 1 : 0;
    // a filter that has run away may leave what is no number
    this.worseSpans = this.learntLeft <= this.left * WORSE ? 0 : this.worseSpans + 1;
    if (this.betterSpans >= (isCertain || !this.isTrained ? BETTER_SPANS : MUCH_BETTER_SPANS)) {
      memory.copy(this.base + FOREGROUND, this.base + BACKGROUND, TAPS_SIZE);
      this.left = this.learntLeft;
      if (this.left < this.near * ROUGH) this.isTrained = true;
      this.hasTaps = true;
      this.betterSpans = 0;
      this.restLength = 0;
      this.fruitlessSpans = 0;
    } else if (this.worseSpans >= WORSE_SPANS) {
      memory.copy(this.base + BACKGROUND, this.base + FOREGROUND, TAPS_SIZE);
      refine(this.base + FINE, this.base + FOREGROUND);
      this.worseSpans = 0;
      this.rest();
    } else if (++this.fruitlessSpans >= (this.isTrained ? FRUITLESS_SPANS : SETTLING_SPANS)) {
      this.isTrained = this.hasTaps;
      this.rest();
    }
  }
}

function decibels(ratio: f64): f64 { return 10 * Math.log10(ratio); }

@inline function addSquares(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.add(f32x4.mul(a, a), f32x4.mul(b, b)));
}

@inline function meanOf(sum: v128): f32 { return sumOf(sum) / <f32>SPAN; }
