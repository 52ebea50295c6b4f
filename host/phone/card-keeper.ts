// Sound between two clocks: so much is kept in hand that what comes next may be a little late. As that grows or shrinks frames are made one
// sample shorter or longer, evenly.

import { FRAME_SAMPLES } from "../sound/level.ts";

/** By how many samples what comes next should be allowed to be late, in the worst case of a second: 5 to 15 ms. */
const LOW = FRAME_SAMPLES / 4;
const HIGH = LOW + FRAME_SAMPLES / 2;
/** Each time that the sound runs dry more is kept in hand from then on, up to a limit: this machine or the wire is not that quick. */
const CUSHION_STEP = FRAME_SAMPLES / 4;
const MOST_CUSHION = FRAME_SAMPLES;
const FRAMES_A_SECOND = 50;
const NONE = 0x7fff;

export class SampleKeeper {
  readonly #window: number;
  #cushion = 0;
  #least = NONE;
  #watched = 0;
  /** Samples to leave out (above 0) or to put in, one in so many frames. */
  #owed = 0;
  #pace = 1;
  #pause = 0;

  /** It is told what there is `window` times a second. */
  constructor(window: number) {
    this.#window = window;
  }

  reset(): void {
    this.#cushion = 0;
    this.#begin();
  }

  /** By how many samples the next ones may be late in the beginning. */
  get start(): number {
    return LOW + FRAME_SAMPLES / 8 + this.#cushion;
  }

  /** It ran dry. */
  handleDry(): void {
    this.#cushion = Math.min(MOST_CUSHION, this.#cushion + CUSHION_STEP);
    this.#begin();
  }

  /** The next ones may be `slack` samples late. True when that has been a whole frame too many for a second: leave one out. */
  watch(slack: number): boolean {
    if (slack < this.#least) this.#least = slack;
    if (++this.#watched < this.#window) return false;
    const least = this.#least - this.#cushion;
    this.#begin();
    if (least > HIGH + FRAME_SAMPLES) return true;
    this.#owed = Math.max(0, least - HIGH) + Math.min(0, least - LOW);
    this.#pace = Math.max(1, Math.min(FRAMES_A_SECOND, Math.floor(FRAMES_A_SECOND / (Math.abs(this.#owed) + 1))));
    return false;
  }

  /** By how many samples the next frame is to take more (1) or fewer (-1) of what is in hand. */
  step(): number {
    if (this.#owed === 0 || ++this.#pause < this.#pace) return 0;
    this.#pause = 0;
    const step = Math.sign(this.#owed);
    this.#owed -= step;
    return step;
  }

  #begin(): void {
    this.#least = NONE;
    this.#watched = 0;
    this.#owed = 0;
  }
}

/** Samples over which one is put in or left out. */
export const SLIP_SPAN = 8;

/**
 * FRAME_SAMPLES and `step` more (1), less (-1) or none, in `to` from `at` on; what is made longer or shorter begins at `place`, which is
 * SLIP_SPAN before the frame's end at the most.
 */
export function stretch(frame: Int16Array, to: Int16Array, at: number, step: number, place: number): void {
  const longer = SLIP_SPAN + step;
  for (let index = 0; index < place; index++) to[at + index] = frame[index]!;
  for (let index = 0; index < longer; index++) {
    const from = (index * SLIP_SPAN) / longer;
    const whole = Math.floor(from);
    const first = frame[place + whole]!;
    const second = frame[Math.min(place + whole + 1, FRAME_SAMPLES - 1)]!;
    to[at + place + index] = first + (second - first) * (from - whole);
  }
  for (let index = place + SLIP_SPAN; index < FRAME_SAMPLES; index++) to[at + index + step] = frame[index]!;
}
