// Fills the holes that lost packets leave, in the manner of ITU-T G.711 Appendix I: the last pitch periods go round,
// weaker and weaker, and after 60 ms there is only the noise of the background. Unlike there, nothing is delayed: the
// step at the seam is taken out of what follows.

import { COMFORT_NOISE_SIZE, ComfortNoise } from "./comfort-noise";
import { findLikeness, widen } from "./likeness";

const SAMPLES_PER_10MS: i32 = 80;
/** Pitch: 200 Hz down to 66 Hz. */
const SHORTEST_PERIOD: i32 = 40;
const LONGEST_PERIOD: i32 = 120;
const MOST_PERIODS: i32 = 3;
/** What is compared with itself to find the period: 20 ms. */
const MATCH: i32 = 160;
const HISTORY: i32 = LONGEST_PERIOD * MOST_PERIODS + (LONGEST_PERIOD >> 2);
/** Seams are smoothed over 4 ms. */
const SEAM: i32 = 32;
const LONGEST_RETURN: i32 = 110;
const FADE_FROM: i32 = SAMPLES_PER_10MS;
const FADE_TO: i32 = SAMPLES_PER_10MS * 6;

// After the fields: what was played last, and what goes round during a hole.
const PLAYED: usize = 32, ROUND: usize = 32 + 784, NOISE: usize = ROUND + 784;

export const CONCEALMENT_SIZE: i32 = <i32>NOISE + COMFORT_NOISE_SIZE;

const wide: usize = memory.data(4 * (LONGEST_PERIOD + MATCH), 16);

@unmanaged
export class Concealment {
  private period: i32 = 0;
  /** Samples made up since the last real one. */
  private made: i32 = 0;
  /** The step at the seam, in 16-bit steps. */
  private step: i32 = 0;
  private isOpen: bool = false;
  private isNoiseGiven: bool = false;

  @inline private get played(): usize { return changetype<usize>(this) + PLAYED; }
  /** The end of what was played last, HISTORY samples. */
  @inline get playedEnd(): usize { return this.played + (HISTORY << 1); }
  /** What was played last was made up. */
  @inline get isHole(): bool { return this.isOpen; }
  @inline private get noise(): ComfortNoise { return changetype<ComfortNoise>(changetype<usize>(this) + NOISE); }
  @inline private get round(): usize { return changetype<usize>(this) + ROUND; }

  reset(): void {
    if (offsetof<Concealment>() > PLAYED || HISTORY * 2 > 784) ERROR("the two histories follow the fields");
    memory.fill(changetype<usize>(this), 0, CONCEALMENT_SIZE);
    this.noise.reset();
  }

  /** Sound that arrived, about to be played: blends it with what was made up before it, in place. */
  handleSound(pcm: usize, samples: i32): void {
    if (this.isOpen) this.blend(pcm, samples);
    this.isOpen = false;
    this.remember(pcm, samples);
    this.noise.handleSound(pcm, samples);
  }

  /** The sender describes its silence, in a payload of RFC 3389 of `length` bytes, 1 at least. */
  handleNoise(payload: usize, length: i32): void {
    this.isNoiseGiven = true;
    this.noise.usePayload(payload, length);
  }

  /** The silence is over that was described. */
  forgetNoise(): void { this.isNoiseGiven = false; }

  /**
   * Makes up `samples` samples for sound that did not arrive. Returns how many of them are more than the noise after
   * 60 ms.
   */
  conceal(pcm: usize, samples: i32): i32 {
    this.open();
    const audible = min(samples, max(FADE_TO - this.made, 0));
    for (let index = 0; index < samples; index++) store<i16>(pcm + (<usize>index << 1), <i16>this.next());
    this.remember(pcm, samples);
    return audible;
  }

  /** The next sound does not continue the last: it will be blended in. */
  open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.made = 0;
    memory.copy(this.round, this.played, HISTORY << 1);
    this.period = this.findPeriod();
    if (!this.isNoiseGiven) this.noise.useBackground();
    this.step = this.at(HISTORY - 1) - this.at(HISTORY - 1 - this.period);
  }

  @inline private at(index: i32): i32 { return load<i16>(this.round + (<usize>index << 1)); }

  private remember(pcm: usize, samples: i32): void {
    if (samples >= HISTORY) {
      memory.copy(this.played, pcm + (<usize>(samples - HISTORY) << 1), HISTORY << 1);
      return;
    }
    const kept = HISTORY - samples;
    memory.copy(this.played, this.played + (<usize>samples << 1), <usize>kept << 1);
    memory.copy(this.played + (<usize>kept << 1), pcm, <usize>samples << 1);
  }

  /** The lag at which the last 20 ms look most like what came before them. */
  private findPeriod(): i32 {
    const start = this.playedEnd - ((LONGEST_PERIOD + MATCH) << 1);
    widen(wide, start, LONGEST_PERIOD + MATCH);
    return findLikeness(wide + (LONGEST_PERIOD << 2), MATCH, -1, SHORTEST_PERIOD, LONGEST_PERIOD);
  }

  /**
   * Sample `position` of the endless round of the last `length` samples; its end is faded into what came before its
   * beginning.
   */
  private turn(length: i32, position: i32): i32 {
    const place = position % length;
    const start = HISTORY - length;
    const value = this.at(start + place);
    const fade = this.period >> 2;
    const into = place - (length - fade);
    if (into < 0) return value;
    return value + (this.at(start + place - length) - value) * (into + 1) / (fade + 1);
  }

  /** The next made-up sample. */
  private next(): i32 {
    const noise = this.noise.next();
    if (this.made >= FADE_TO) return toSample(<i32>noise); // and counts no further: a silence may last for weeks
    const faded = max(this.made - FADE_FROM, 0);
    const value = this.nextOfPeriods() * (FADE_TO - FADE_FROM - faded) + <i32>noise * faded;
    return toSample(value / (FADE_TO - FADE_FROM));
  }

  /** More periods go round as the hole grows, so that it does not ring. */
  private nextOfPeriods(): i32 {
    const position = this.made++;
    const periods = min(1 + position / SAMPLES_PER_10MS, MOST_PERIODS);
    let value = this.turn(this.period * periods, position);
    const since = position % SAMPLES_PER_10MS;
    if (periods > 1 && since < SEAM && position < SAMPLES_PER_10MS * MOST_PERIODS) {
      const before = this.turn(this.period * (periods - 1), position);
      value = before + (value - before) * (since + 1) / (SEAM + 1);
    }
    if (position < SEAM) value += this.step * (SEAM - position) / (SEAM + 1);
    return value;
  }

  /** A quarter of a period, and 4 ms more for each 10 ms that were lost. */
  private blend(pcm: usize, samples: i32): void {
    const length = min(samples, min((this.period >> 2) + SEAM * (this.made / SAMPLES_PER_10MS), LONGEST_RETURN));
    for (let index = 0; index < length; index++) {
      const place = pcm + (<usize>index << 1);
      const made = this.next();
      const real = <i32>load<i16>(place);
      store<i16>(place, <i16>(made + (real - made) * (index + 1) / (length + 1)));
    }
  }
}

@inline function toSample(value: i32): i32 { return min<i32>(max<i32>(value, i16.MIN_VALUE), i16.MAX_VALUE); }
