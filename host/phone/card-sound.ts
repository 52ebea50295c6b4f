// Sound from a line card on its way to the core. The card's sample clock is not the host's: a few samples are kept in hand, and when
// they grow more or fewer for a second, frames are made one sample shorter or longer until it is right again.

import { FRAME_SAMPLES } from "../sound/level.ts";

const CAPACITY = 2048;
/** Samples in hand before the first frame is given, and the most that are kept: what is older than that is of no use. */
const AHEAD = 3 * FRAME_SAMPLES;
const MOST = 6 * FRAME_SAMPLES;
/**
 * The fewest samples that should be left during a window of frames: as clocks drift, a frame comes before its turn and then behind it,
 * and a whole one is missing at once. More than a frame above that is more than it takes.
 */
const LOW = FRAME_SAMPLES + FRAME_SAMPLES / 4;
const HIGH = LOW + FRAME_SAMPLES + FRAME_SAMPLES / 4;
/** Each time that the sound runs dry more is kept in hand from then on, up to a limit: this machine or the wire is not that quick. */
const CUSHION_STEP = FRAME_SAMPLES / 2;
const MOST_CUSHION = 3 * FRAME_SAMPLES;
const WINDOW_FRAMES = 50;
/** Lost frames that are made up for; after more of them the sound begins anew. */
const MOST_MADE_UP = 4;

export class CardSound {
  /** Frames that came too late or not at all, and frames that had to be left out. */
  missed = 0;
  skipped = 0;
  readonly #samples = new Int16Array(CAPACITY);
  #written = 0;
  #read = 0;
  #isPlaying = false;
  #cushion = 0;
  #fewest = CAPACITY;
  #frames = 0;
  /** Samples to leave out (above 0) or to put in, one a frame. */
  #owed = 0;

  reset(): void {
    this.#written = 0;
    this.#read = 0;
    this.#isPlaying = false;
    this.#cushion = 0;
    this.#beginWindow();
    this.#owed = 0;
  }

  /** A frame of bytes from `at` on, after `lost` that never came; `values` are the samples of the bytes. */
  put(bytes: Uint8Array, at: number, values: Int16Array, lost: number): void {
    this.missed += lost;
    for (let count = Math.min(lost, MOST_MADE_UP); count > 0; count--) this.#repeat();
    for (let index = 0; index < FRAME_SAMPLES; index++) this.#put(values[bytes[at + index]!]!);
    while (this.#written - this.#read > MOST + this.#cushion) {
      this.#read += FRAME_SAMPLES;
      this.skipped++;
    }
  }

  take(frame: Int16Array): void {
    const inHand = this.#written - this.#read;
    if (!this.#isPlaying && inHand >= AHEAD + this.#cushion) this.#isPlaying = true;
    else if (this.#isPlaying && inHand <= FRAME_SAMPLES) {
      this.#isPlaying = false;
      this.missed++;
      this.#cushion = Math.min(MOST_CUSHION, this.#cushion + CUSHION_STEP);
      this.#owed = 0;
      this.#beginWindow();
    }
    if (!this.#isPlaying) {
      frame.fill(0);
      return;
    }
    const step = Math.sign(this.#owed);
    this.#owed -= step;
    this.#stretch(frame, FRAME_SAMPLES + step);
    this.#watch(inHand - FRAME_SAMPLES);
  }

  #put(sample: number): void {
    this.#samples[this.#written++ % CAPACITY] = sample;
  }

  /** In the place of a lost frame: the last one again, at half the level. */
  #repeat(): void {
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const before = this.#written - FRAME_SAMPLES;
      this.#put(before < 0 ? 0 : this.#samples[before % CAPACITY]! >> 1);
    }
  }

  /** `count` samples in the time of a frame. */
  #stretch(frame: Int16Array, count: number): void {
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const place = (index * count) / FRAME_SAMPLES;
      const whole = Math.floor(place);
      const first = this.#samples[(this.#read + whole) % CAPACITY]!;
      const second = this.#samples[(this.#read + whole + 1) % CAPACITY]!;
      frame[index] = first + (second - first) * (place - whole);
    }
    this.#read += count;
  }

  #watch(left: number): void {
    this.#fewest = Math.min(this.#fewest, left);
    if (++this.#frames < WINDOW_FRAMES) return;
    const fewest = this.#fewest - this.#cushion;
    if (fewest > HIGH) this.#owed = Math.min(WINDOW_FRAMES, fewest - HIGH);
    else if (fewest < LOW) this.#owed = Math.max(-WINDOW_FRAMES, fewest - LOW);
    this.#beginWindow();
  }

  #beginWindow(): void {
    this.#fewest = CAPACITY;
    this.#frames = 0;
  }
}
