// Plays digits one after the other in place of other sound, whole frames of it: each digit, and the pause after it,
// lasts as long as the receiver at the far end of a wire needs (ITU-T Q.24: 40 ms at the least).

import { FRAME_SAMPLES } from "../limits";
import { DTMF_GENERATOR_SIZE, DtmfGenerator } from "./dtmf-generator";
import { dtmfIndex } from "./dtmf";

const QUEUE: i32 = 32;
const FRAME_MS: f64 = 20;

const enum Phase { Idle, Tone, Pause }

// After the fields: the digits that wait, a byte each, then their levels in -dBm0.
const DIGITS: usize = 32, LEVELS: usize = DIGITS + QUEUE, GENERATOR: usize = LEVELS + QUEUE;
export const DIGIT_PLAYER_SIZE: i32 = <i32>GENERATOR + DTMF_GENERATOR_SIZE;

@unmanaged
export class DigitPlayer {
  private phase: Phase = Phase.Idle;
  private framesLeft: i32 = 0;
  private queued: i32 = 0;
  private toneFrames: i32 = 0;
  private pauseFrames: i32 = 0;
  /** dBm0 of the lower frequency, where whoever puts a digit has no level of its own. */
  lowDbm0: f32 = 0;
  /** dB that the higher frequency is louder. */
  twist: f32 = 0;

  @inline private get base(): usize { return changetype<usize>(this); }
  @inline private get generator(): DtmfGenerator { return changetype<DtmfGenerator>(this.base + GENERATOR); }
  get isBusy(): bool { return this.phase != Phase.Idle || this.queued > 0; }

  /** Silent, with the least times of Q.24 and the levels of ETSI ES 201 235-2 §4.2. */
  setup(): void {
    if (offsetof<DigitPlayer>() > DIGITS) ERROR("the queue follows at 32");
    memory.fill(this.base, 0, DIGIT_PLAYER_SIZE);
    this.lowDbm0 = -9;
    this.twist = 2;
    this.setTone(40);
    this.setPause(40);
    this.stop();
  }

  /** In ms; what is not a whole number of frames becomes the next one. */
  setTone(duration: f64): void { this.toneFrames = <i32>Math.ceil(duration / FRAME_MS); }
  setPause(duration: f64): void { this.pauseFrames = <i32>Math.ceil(duration / FRAME_MS); }

  /** Silent at once, nothing waits. */
  stop(): void {
    this.phase = Phase.Idle;
    this.queued = 0;
    this.generator.reset();
  }

  /** False when it is no digit, or too many wait. */
  put(ascii: i32, lowDbm0: f64): bool {
    if (this.queued == QUEUE || dtmfIndex(ascii) < 0) return false;
    const last = this.base + <usize>this.queued;
    store<u8>(last, <u8>ascii, DIGITS);
    store<u8>(last, <u8>-lowDbm0, LEVELS);
    this.queued++;
    return true;
  }

  /** A frame that passes: false when it was left as it is. While held, the last digit does not end. */
  handleFrame(pcm: usize, isHeld: bool): bool {
    if (this.framesLeft == 0 && !(this.phase == Phase.Tone && isHeld && this.queued == 0)) this.goOn();
    if (this.phase == Phase.Idle) return false;
    if (this.framesLeft > 0) this.framesLeft--;
    memory.fill(pcm, 0, FRAME_SAMPLES << 1);
    this.generator.mix(pcm, FRAME_SAMPLES);
    return true;
  }

  private goOn(): void {
    if (this.phase == Phase.Tone) {
      this.generator.stop();
      this.phase = Phase.Pause;
      this.framesLeft = this.pauseFrames;
    } else if (this.queued > 0) {
      const low = -<f64>load<u8>(this.base, LEVELS);
      this.generator.start(load<u8>(this.base, DIGITS), low, low + <f64>this.twist);
      this.queued--;
      memory.copy(this.base + DIGITS, this.base + DIGITS + 1, 2 * QUEUE - 1);
      this.phase = Phase.Tone;
      this.framesLeft = this.toneFrames;
    } else {
      this.phase = Phase.Idle;
    }
  }
}
