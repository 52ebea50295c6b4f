// Sound from a line card on its way to the core. The card's sample clock is not the host's, and its frames come in bunches: a few samples
// are kept in hand.

import { FRAME_SAMPLES } from "../sound/level.ts";
import { signed16 } from "./card-frame.ts";
import { SampleKeeper, SLIP_SPAN } from "./card-keeper.ts";

const CAPACITY = 2048;
/** The most samples that are kept: what is older than that is of no use. */
const MOST = 5 * FRAME_SAMPLES;
/** Lost samples that are made up for; after more of them the sound begins anew. */
const MOST_MADE_UP = 4 * FRAME_SAMPLES;
/** Twenty ms of them are taken at a time. */
const WINDOW = 50;

export class CardMicrophone {
  /** Frames that came too late or not at all, and frames that had to be left out. */
  missed = 0;
  skipped = 0;
  readonly #samples = new Int16Array(CAPACITY);
  readonly #keeper = new SampleKeeper(WINDOW);
  #written = 0;
  #read = 0;
  #isPlaying = false;
  #hasHeard = false;
  /** When the last samples came, and how many. */
  #cameAt = 0;
  #count = 0;
  /** Of the next sample that comes. */
  #position = 0;
  /** The position at the ear of the sample that is counted 0 here. */
  #earOffset = 0;

  reset(): void {
    this.#keeper.reset();
    this.#begin();
  }

  #begin(): void {
    this.#written = 0;
    this.#read = 0;
    this.#isPlaying = false;
    this.#hasHeard = false;
  }

  /**
   * Samples of the phone: `count` bytes from `at` on, of which `values` has the samples; their position, and that of what was at the phone's
   * ear meanwhile. `now` is in samples, as a number of 32 bits. False for samples that are here already.
   */
  put(
    bytes: Uint8Array,
    at: number,
    count: number,
    values: Int16Array,
    position: number,
    ear: number,
    now: number,
  ): boolean {
    const lost = this.#hasHeard ? signed16(position - this.#position) : 0;
    if (Math.abs(lost) > MOST_MADE_UP) this.#begin();
    else if (lost < 0) return false;
    else if (lost > 0) this.#makeUp(lost);
    this.#hasHeard = true;
    this.#position = (position + count) & 0xffff;
    this.#cameAt = now;
    this.#count = count;
    for (let index = 0; index < count; index++) this.#put(values[bytes[at + index]!]!);
    this.#earOffset = (ear + count - this.#written) & 0xffff;
    while (this.#written - this.#read > MOST) this.#skip();
    return true;
  }

  /** What was at the phone's ear when the next sample to be taken was at its microphone, by its position on the way there; -1 for none. */
  get earPosition(): number {
    return this.#isPlaying ? (this.#read + this.#earOffset) & 0xffff : -1;
  }

  take(frame: Int16Array, now: number): void {
    const inHand = this.#written - this.#read;
    const slack = this.#slack(inHand, now);
    if (!this.#isPlaying && slack >= this.#keeper.start) {
      this.#isPlaying = true;
      this.#read += slack - this.#keeper.start;
    } else if (this.#isPlaying && inHand <= FRAME_SAMPLES) {
      this.#isPlaying = false;
      this.missed++;
      this.#keeper.handleDry();
    }
    if (!this.#isPlaying) {
      frame.fill(0);
      return;
    }
    const step = this.#keeper.step();
    // what was at the ear is known of a frame's first sample: all of the others are to have kept their distance
    const longer = SLIP_SPAN + step;
    const place = FRAME_SAMPLES - SLIP_SPAN;
    for (let index = 0; index < place; index++) frame[index] = this.#samples[(this.#read + index) % CAPACITY]!;
    for (let index = 0; index < SLIP_SPAN; index++) {
      const from = (index * longer) / SLIP_SPAN;
      const at = this.#read + place + Math.floor(from);
      const first = this.#samples[at % CAPACITY]!;
      const second = this.#samples[(at + 1) % CAPACITY]!;
      frame[place + index] = first + (second - first) * (from - Math.floor(from));
    }
    this.#read += FRAME_SAMPLES + step;
    if (this.#keeper.watch(slack)) this.#skip();
  }

  /** By how many samples those that come next may be late, after a frame has been taken. */
  #slack(inHand: number, now: number): number {
    const gone = Math.min(this.#count, (now - this.#cameAt) | 0);
    return inHand - FRAME_SAMPLES - this.#count + gone;
  }

  #skip(): void {
    this.#read += FRAME_SAMPLES;
    this.skipped++;
  }

  #put(sample: number): void {
    this.#samples[this.#written++ % CAPACITY] = sample;
  }

  /** In the place of what is lost: as much of what was before it again, at half the level. */
  #makeUp(lost: number): void {
    this.missed += Math.ceil(lost / FRAME_SAMPLES);
    const from = this.#written - lost;
    for (let index = 0; index < lost; index++)
      this.#put(from + index < 0 ? 0 : this.#samples[(from + index) % CAPACITY]! >> 1);
  }
}
