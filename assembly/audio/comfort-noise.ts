// Noise for the pauses of a sender that is silent: as RFC 3389 §3 describes it, or else as loud and as coloured as the
// quietest moment of late. White noise through an all-pole lattice.

import { powerOfTen } from "../base/elementary";
import { productOf, widen } from "./likeness";
import { powerOfDbm0 } from "./level";

/** Coefficients of the model. A payload may have more, which §3 lets us leave out. */
const ORDER: i32 = 8;
/** Pieces of a frame shorter than this say too little, and no frame is longer than that. */
const LEAST_SAMPLES: i32 = 80;
const MOST_SAMPLES: i32 = 160;
/** The quietest frames are looked for in this many, twice that at most: speech has a gap within 1.3 s. */
const ROUND: i32 = 32;
/** Frames that it takes to know anything. */
const FIRST_FRAMES: i32 = 10;
/** Louder than this is no background. */
const LOUDEST_DBM0: f64 = -45;
/** Sound that can be foretold but for this share of its power, -25 dB, is a tone. */
const LEAST_NEWS: f32 = 0.003;
/** Frames whose power differs by less than this factor are of the same noise; each of them has this share in it. */
const SAME: f32 = 1.5;
const NEW_SHARE: f32 = 0.2;
/** §3.1: 0 dBov is a square wave of full scale. */
const OVERLOAD_POWER: f64 = 32768.0 * 32768.0;

// After the fields, all f32: mean products of the quietest frames of this round and of the round before, the coefficients,
// and the state of the lattice.
const QUIETEST_NOW: usize = 32, QUIETEST_BEFORE: usize = QUIETEST_NOW + 4 * (ORDER + 1);
const REFLECTION: usize = QUIETEST_BEFORE + 4 * (ORDER + 1), LATTICE: usize = REFLECTION + 4 * ORDER;

export const COMFORT_NOISE_SIZE: i32 = <i32>LATTICE + 4 * ORDER + 8;

const wide: usize = memory.data(4 * (MOST_SAMPLES + ORDER), 16);
const predictor: usize = memory.data(8 * (ORDER + 1), 16);
const loudest: f32 = <f32>powerOfDbm0(LOUDEST_DBM0);

@unmanaged
export class ComfortNoise {
  private state: u32 = 0;
  /** Of this round, and of all rounds the first. */
  private frames: i32 = 0;
  private knows: bool = false;
  /** Peak of the white noise, 0: silence. */
  private gain: f32 = 0;

  @inline private slot(table: usize, index: i32): usize { return changetype<usize>(this) + table + (<usize>index << 2); }

  reset(): void {
    if (offsetof<ComfortNoise>() > QUIETEST_NOW) ERROR("the tables follow at 32");
    memory.fill(changetype<usize>(this), 0, COMFORT_NOISE_SIZE);
    store<f32>(this.slot(QUIETEST_NOW, 0), f32.MAX_VALUE);
    store<f32>(this.slot(QUIETEST_BEFORE, 0), f32.MAX_VALUE);
    this.state = 1;
  }

  /** Sound that is heard. 80 samples at least tell something, and 160 at most are taken. */
  handleSound(pcm: usize, samples: i32): void {
    samples = min(samples, MOST_SAMPLES) & ~3;
    if (samples < LEAST_SAMPLES) return;
    widen(wide, pcm, samples);
    if (++this.frames >= ROUND) this.startRound();
    if (this.frames >= FIRST_FRAMES) this.knows = true;
    const power = productOf(wide, wide, samples) / <f32>samples;
    const quietest = load<f32>(this.slot(QUIETEST_NOW, 0));
    if (power > quietest * SAME) return;
    const share: f32 = power * SAME * SAME < quietest ? 1 : NEW_SHARE;
    fadeEnds(samples);
    const scale = power / max<f32>(productOf(wide, wide, samples), 1);
    for (let lag = 0; lag <= ORDER; lag++) {
      const slot = this.slot(QUIETEST_NOW, lag), before = load<f32>(slot);
      const product = scale * productOf(wide, wide + (<usize>lag << 2), samples);
      store<f32>(slot, share == 1 ? product : before + (product - before) * share);
    }
  }

  private startRound(): void {
    memory.copy(this.slot(QUIETEST_BEFORE, 0), this.slot(QUIETEST_NOW, 0), 4 * (ORDER + 1));
    store<f32>(this.slot(QUIETEST_NOW, 0), f32.MAX_VALUE);
    this.frames = 0;
  }

  /** From now on: what was in the background of the sound. */
  useBackground(): void {
    this.gain = 0;
    const isNow = load<f32>(this.slot(QUIETEST_NOW, 0)) <= load<f32>(this.slot(QUIETEST_BEFORE, 0));
    const table = isNow ? QUIETEST_NOW : QUIETEST_BEFORE;
    const power = load<f32>(this.slot(table, 0));
    if (!this.knows || power <= 0 || power > loudest) return;
    const news = this.model(table);
    if (news > 0) this.setGain(power * news);
  }

  /** From now on: what a payload of `length` bytes asks for, 1 at least. §3.1, §3.2 */
  usePayload(payload: usize, length: i32): void {
    let power = <f32>(OVERLOAD_POWER * powerOfTen(<f64>(load<u8>(payload) & 127) / -10));
    for (let index = 0; index < ORDER; index++) {
      const code = index + 1 < length ? <i32>load<u8>(payload + <usize>index, 1) : 127;
      const reflection = <f32>(min(code, 254) - 127) * (258.0 / 32768);
      store<f32>(this.slot(REFLECTION, index), reflection);
      power *= 1 - reflection * reflection;
    }
    this.setGain(power);
  }

  /** One sample, in 16-bit steps. */
  next(): f32 {
    if (this.gain == 0) return 0;
    this.state = this.state * 1664525 + 1013904223;
    let forward = <f32><i32>this.state * (this.gain / 2147483648.0);
    for (let index = ORDER - 1; index >= 0; index--) {
      const reflection = load<f32>(this.slot(REFLECTION, index));
      const backward = load<f32>(this.slot(LATTICE, index));
      forward -= reflection * backward;
      store<f32>(this.slot(LATTICE, index + 1), backward + reflection * forward);
    }
    store<f32>(this.slot(LATTICE, 0), forward);
    return min<f32>(max<f32>(forward, i16.MIN_VALUE), i16.MAX_VALUE);
  }

  /** Evenly distributed noise of that power; the lattice brings back what it was whitened by. */
  private setGain(power: f32): void {
    // what is left in a lattice may grow without end when its coefficients change
    memory.fill(this.slot(LATTICE, 0), 0, 4 * (ORDER + 1));
    this.gain = Mathf.sqrt(3 * power);
  }

  /**
   * Levinson-Durbin: reflection coefficients of the mean products in `table`. Returns the share of the power that they
   * leave, 0 for a tone.
   */
  private model(table: usize): f32 {
    const whole = load<f32>(this.slot(table, 0)) * <f32>1.0001;
    let error = whole;
    for (let order = 0; order < ORDER; order++) {
      let sum = load<f32>(this.slot(table, order + 1));
      for (let index = 0; index < order; index++) {
        sum += load<f32>(predictor + (<usize>index << 2)) * load<f32>(this.slot(table, order - index));
      }
      const reflection = -sum / error;
      store<f32>(this.slot(REFLECTION, order), reflection);
      for (let low = 0, high = order - 1; low <= high; low++, high--) {
        const first = load<f32>(predictor + (<usize>low << 2)), last = load<f32>(predictor + (<usize>high << 2));
        store<f32>(predictor + (<usize>low << 2), first + reflection * last);
        store<f32>(predictor + (<usize>high << 2), last + reflection * first);
      }
      store<f32>(predictor + (<usize>order << 2), reflection);
      error *= 1 - reflection * reflection;
      if (error < whole * LEAST_NEWS) return 0; // or the lattice might be unstable
    }
    return error / whole;
  }
}

/** Without edges a tone is the sharp line that it is: a parabola over the frame, and nothing behind it. */
function fadeEnds(samples: i32): void {
  const half = <f32>(samples >> 1);
  for (let index = 0; index < samples; index++) {
    const off = (<f32>index + 0.5 - half) / half;
    const place = wide + (<usize>index << 2);
    store<f32>(place, load<f32>(place) * (1 - off * off));
  }
  memory.fill(wide + (<usize>samples << 2), 0, 4 * ORDER);
}
