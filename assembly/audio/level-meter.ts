// How loud one direction of a call is: what a meter shows, and what RFC 3611 §4.7.4 asks for: the level of the voice
// while somebody speaks, and that of the noise while nobody does.

import { SILENCE_DBM0, dbm0OfPower, energyOf, peakOf, powerOfDbm0 } from "./level";

/** What the meter shows is the last 200 ms or so. */
const SHOWN: f64 = 0.1;
/** A peak falls by 9 dB a second. */
const PEAK_DECAY: f64 = 0.9795;
/** Frames that an average of voice or of noise goes over, once there are that many: 5 s. */
const MEMORY: f64 = 256;
/** The floor follows quieter frames at once, louder ones by 1 dB a second. */
const FLOOR_RISE: f64 = 1.00462;
const FIRST_FLOOR_DBM0: f64 = -65;
/** -75 dBm0: below it a floor is as good as none. */
const LEAST_FLOOR: f64 = 8.24;
/** Voice is 9 dB above the floor, and not below -55 dBm0. */
const ABOVE_FLOOR: f64 = 8;
const LEAST_VOICE: f64 = 824;

export const LEVEL_METER_SIZE: i32 = 56;

@unmanaged
export class LevelMeter {
  private shown: f64 = 0;
  private peak: f64 = 0;
  private floor: f64 = 0;
  /** Mean squares, and how many frames they are made of. */
  private voice: f64 = 0;
  private noise: f64 = 0;
  private voiceFrames: f64 = 0;
  private noiseFrames: f64 = 0;

  reset(): void {
    if (<i32>offsetof<LevelMeter>() > LEVEL_METER_SIZE) ERROR("LEVEL_METER_SIZE is too small");
    memory.fill(changetype<usize>(this), 0, LEVEL_METER_SIZE);
    this.floor = powerOfDbm0(FIRST_FLOOR_DBM0);
  }

  /** One frame of 16-bit samples, a multiple of 8 of them. */
  handleFrame(pcm: usize, samples: i32): void {
    const power = <f64>energyOf(pcm, samples) / <f64>samples;
    this.shown += (power - this.shown) * SHOWN;
    this.peak = max(<f64>peakOf(pcm, samples), this.peak * PEAK_DECAY);
    this.floor = min(max(power, LEAST_FLOOR), this.floor * FLOOR_RISE);
    if (power > this.floor * ABOVE_FLOOR && power > LEAST_VOICE) {
      this.voiceFrames = min(this.voiceFrames + 1, MEMORY);
      this.voice += (power - this.voice) / this.voiceFrames;
    } else {
      this.noiseFrames = min(this.noiseFrames + 1, MEMORY);
      this.noise += (power - this.noise) / this.noiseFrames;
    }
  }

  /** The level now. */
  get dbm0(): f64 { return dbm0OfPower(this.shown); }
  /** Of a sine that would reach as high. */
  get peakDbm0(): f64 { return dbm0OfPower(this.peak * this.peak / 2); }
  get hasVoice(): bool { return this.voiceFrames > 0; }
  get hasNoise(): bool { return this.noiseFrames > 0; }
  get voiceDbm0(): f64 { return this.hasVoice ? dbm0OfPower(this.voice) : SILENCE_DBM0; }
  get noiseDbm0(): f64 { return this.hasNoise ? dbm0OfPower(this.noise) : SILENCE_DBM0; }
}
