// Sound from the core on its way to a line card. The card plays what it has, and tells how much that is and what is at the phone's ear:
// so it is decided here how many samples it gets, and known when the echo of each of them comes back.

import { FRAME_SAMPLES } from "../sound/level.ts";
import { signed16 } from "./card-frame.ts";
import { SampleKeeper, SLIP_SPAN, stretch } from "./card-keeper.ts";

/** Frames whose places are remembered: 320 ms. */
const FRAMES = 16;
/** The card tells what it has in hand every 10 ms. */
const WINDOW = 100;
/** It has room for 80 ms. */
const MOST_WAITING = 4 * FRAME_SAMPLES;
/** When it has begun to play, or has run dry, what it has in hand is looked at for a while and put right at once. */
const BEGINNING = 20;
const SETTLED = 10;

export class CardEar {
  /** Times that the card had nothing to play, and frames that had to be left out. */
  dry = 0;
  skipped = 0;
  /** What the next frame has become: `count` samples of these, the first of which is at `position`. */
  readonly samples = new Int16Array(2 * FRAME_SAMPLES + 1);
  count = 0;
  position = 0;
  readonly #keeper = new SampleKeeper(WINDOW);
  /** Where the last frames begin, and how many there have been. */
  readonly #places = new Uint16Array(FRAMES);
  /** Samples that they have more, and from which of their samples on. */
  readonly #steps = new Int8Array(FRAMES);
  readonly #stepsAt = new Uint8Array(FRAMES);
  #frames = 0;
  #dryCount = -1;
  /** Samples of silence that are owed to the card. */
  #silence = 0;
  /** Samples that it is not to get. */
  #excess = 0;
  /** Until it is known what it has in hand in the beginning. */
  #beginning = BEGINNING;
  #least = Number.POSITIVE_INFINITY;

  reset(): void {
    this.#keeper.reset();
    this.#frames = 0;
    this.#dryCount = -1;
    this.#silence = this.#keeper.start;
    this.#excess = 0;
    this.#beginning = BEGINNING;
    this.#least = Number.POSITIVE_INFINITY;
    this.count = 0;
    this.position = 0;
  }

  /**
   * The card has `waiting` samples in hand, the last of which came when as many samples `ago` as there are in that time, and ran dry so many
   * times, a byte of it.
   */
  handleTold(waiting: number, ago: number, dryCount: number): void {
    const slack = Math.min(MOST_WAITING, waiting) - FRAME_SAMPLES + Math.min(FRAME_SAMPLES, ago);
    const isDry = this.#dryCount >= 0 && dryCount !== this.#dryCount;
    if (isDry) this.dry += (dryCount - this.#dryCount) & 0xff;
    this.#dryCount = dryCount;
    if (waiting === 0 && this.#beginning === BEGINNING) return;
    if (this.#beginning > 0) this.#begin(slack);
    else if (isDry) {
      this.#keeper.handleDry();
      this.#least = Number.POSITIVE_INFINITY;
      this.#beginning = BEGINNING - 1;
    } else if (this.#keeper.watch(slack)) {
      this.#excess = FRAME_SAMPLES;
      this.skipped++;
    }
  }

  #begin(slack: number): void {
    if (--this.#beginning < SETTLED) this.#least = Math.min(this.#least, slack);
    if (this.#beginning > 0) return;
    this.#excess = Math.max(0, this.#least - this.#keeper.start);
    this.#silence = Math.max(0, this.#keeper.start - this.#least);
  }

  /** Makes the next samples for the card out of a frame. `delay`: the last that is known of age(), or near it. */
  take(frame: Int16Array, delay: number): void {
    this.position = (this.position + this.count) & 0xffff;
    const silence = Math.min(this.#silence, FRAME_SAMPLES);
    const left = Math.min(this.#excess, FRAME_SAMPLES);
    this.#silence -= silence;
    this.#excess -= left;
    this.samples.fill(0, 0, silence);
    const slot = this.#frames++ % FRAMES;
    this.#places[slot] = this.position + silence - left;
    this.#steps[slot] = 0;
    if (left > 0) {
      for (let index = left; index < FRAME_SAMPLES; index++) this.samples[silence + index - left] = frame[index]!;
      this.count = silence + FRAME_SAMPLES - left;
    } else {
      const step = -this.#keeper.step();
      // where its echo is in the middle of two frames of the microphone's: the delay changes from one to the other, not within
      const middle = FRAME_SAMPLES - (delay % FRAME_SAMPLES);
      const place = Math.max(0, Math.min(FRAME_SAMPLES - SLIP_SPAN, middle - SLIP_SPAN / 2));
      stretch(frame, this.samples, silence, step, place);
      this.#steps[slot] = step;
      // such a frame of the microphone's has all but its beginning behind it, even if the delay grew by some samples meanwhile
      this.#stepsAt[slot] = Math.max(0, place - SLIP_SPAN / 2);
      this.count = silence + FRAME_SAMPLES + step;
    }
  }

  /**
   * How long ago, in samples of the core, what is at that position was given here, for a frame of the microphone's that begins with its echo
   * now; -1 when nobody knows.
   */
  age(position: number): number {
    for (let back = 1; back <= Math.min(this.#frames, FRAMES); back++) {
      const slot = (this.#frames - back) % FRAMES;
      const into = signed16(position - this.#places[slot]!);
      if (into < 0) continue;
      const step = into < this.#stepsAt[slot]! ? 0 : this.#steps[slot]!;
      return back * FRAME_SAMPLES - Math.min(into - step, FRAME_SAMPLES);
    }
    return -1;
  }
}
