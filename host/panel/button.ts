// The reset button: pressed shortly it restarts the program; held for ten seconds it brings the factory settings back.

import type { Clock } from "../clock.ts";

/** How often it is looked at, ms. Two looks alike are a press or a release: a contact bounces for less than that. */
const LOOK_EVERY = 30;
/** Looked at later than this, it may have been let go of and pressed again, ms. */
const LATEST_LOOK = 500;
/** A press that is longer than this was not meant as a restart; one that is not long enough for a reset does nothing. */
export const SHORT_PRESS = 2000;
export const LONG_PRESS = 10_000;

export interface ButtonActions {
  restart(): void;
  /** It is held long enough; called while it still is. */
  reset(): void;
}

export class Button {
  readonly #clock: Clock;
  readonly #isPressed: () => boolean;
  readonly #actions: ButtonActions;
  #last: boolean;
  /** What it is, bounce aside. One that is pressed from the start on is stuck, and counts once it was let go. */
  #isDown: boolean;
  #downAt = Number.NaN;
  #lookedAt: number;
  #timer: unknown;

  constructor(clock: Clock, isPressed: () => boolean, actions: ButtonActions) {
    this.#clock = clock;
    this.#isPressed = isPressed;
    this.#actions = actions;
    this.#last = isPressed();
    this.#isDown = this.#last;
    this.#lookedAt = clock.now();
    this.#later();
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #later(): void {
    this.#timer = this.#clock.setTimeout(() => this.#look(), LOOK_EVERY);
  }

  #look(): void {
    const now = this.#clock.now();
    const isPressed = this.#isPressed();
    this.#later();
    // nobody knows whether it was held while the program was: a press that still goes on counts from now on
    if (now - this.#lookedAt > LATEST_LOOK && !Number.isNaN(this.#downAt)) this.#downAt = isPressed ? now : Number.NaN;
    this.#lookedAt = now;
    if (isPressed === this.#last && isPressed !== this.#isDown) this.#change(isPressed, now);
    this.#last = isPressed;
    if (!this.#isDown || !isPressed || !(now - this.#downAt >= LONG_PRESS)) return;
    this.#downAt = Number.NaN;
    this.#actions.reset();
  }

  #change(isDown: boolean, now: number): void {
    this.#isDown = isDown;
    if (!isDown && now - this.#downAt <= SHORT_PRESS) this.#actions.restart();
    this.#downAt = isDown ? now : Number.NaN;
  }
}
