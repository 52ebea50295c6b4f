// What the echo canceller leaves goes under in noise like the one that is at the phone anyway: a far end that talks to
// itself hears neither a whisper of its own words nor a hole in the background. Read ITU-T G.168 §5 on non-linear
// processors and comfort noise.

import { powerOfDbm0 } from "./level";

/** How much the loudness of a pause may rise, a span; 3 dB a second. */
const RISE: f32 = 1.0028;
/** Louder than this it is somebody's voice. */
const MOST_NOISE_DBM0: f64 = -45;
const mostNoise: f32 = <f32>powerOfDbm0(MOST_NOISE_DBM0);
const MOST_COLOUR: f32 = 0.9;
/** Fades over 4 ms. */
const SLOPE: f32 = 1 / 32;

@unmanaged
export class ResidualSuppressor {
  /** Power of the phone's own background. */
  floor: f32 = 0;
  /** Correlation of its samples with the ones before. */
  private colour: f32 = 0;
  private gain: f32 = 0;
  private made: f32 = 0;
  private random: u32 = 0;

  reset(): void {
    memory.fill(changetype<usize>(this), 0, offsetof<ResidualSuppressor>());
    this.gain = 1;
    this.random = 1;
  }

  /** `samples` samples of power `power` without any echo in them. */
  listen(pcm: usize, samples: i32, power: f32): void {
    const isQuiet = power < this.floor;
    this.floor = this.floor == 0 || isQuiet ? power : min(this.floor * RISE, mostNoise);
    if (!isQuiet) return;
    let square: i32 = 1, product: i32 = 0;
    for (let end = pcm + (<usize>(samples - 1) << 1); pcm < end; pcm += 2) {
      const sample = <i32>load<i16>(pcm);
      square += sample * sample >> 8;
      product += sample * load<i16>(pcm, 2) >> 8;
    }
    const colour = min(max(<f32>product / <f32>square, 0), MOST_COLOUR);
    this.colour += (colour - this.colour) / 4;
  }

  /** Lets `samples` samples pass, or puts noise in their place. */
  work(pcm: usize, samples: i32, isSuppressing: bool): void {
    const slope = isSuppressing ? -SLOPE : SLOPE;
    if (!isSuppressing && this.gain >= 1) return;
    // of numbers as likely as each other between -2^31 and 2^31
    const peak = sqrt<f32>(3 * this.floor * (1 - this.colour * this.colour)) / 2147483648.0;
    for (let end = pcm + (<usize>samples << 1); pcm < end; pcm += 2) {
      this.gain = min(max(this.gain + slope, 0), 1);
      this.random = this.random * 1664525 + 1013904223;
      this.made = this.made * this.colour + <f32><i32>this.random * peak;
      store<i16>(pcm, <i16>nearest(<f32>load<i16>(pcm) * this.gain + this.made * (1 - this.gain)));
    }
  }
}

export const RESIDUAL_SUPPRESSOR_SIZE: i32 = <i32>offsetof<ResidualSuppressor>();
