// One input, drain, arm one timer. Nothing else touches a core.

import type { Clock } from "./clock.ts";
import type { Action, Core } from "./core.ts";

export class Loop {
  readonly core: Core;
  readonly #clock: Clock;
  readonly #carryOut: (action: Action) => void;
  #timer: unknown;
  #armedFor = Number.POSITIVE_INFINITY;
  #isSettling = false;
  readonly #waiting: (() => void)[] = [];

  constructor(core: Core, clock: Clock, carryOut: (action: Action) => void) {
    this.core = core;
    this.#clock = clock;
    this.#carryOut = carryOut;
  }

  /** After every input: carry out what it caused, then see to the timer. */
  settle(): void {
    this.#isSettling = true;
    try {
      this.core.drain(this.#carryOut);
      for (let input = this.#waiting.shift(); input; input = this.#waiting.shift()) {
        input();
        this.core.drain(this.#carryOut);
      }
      this.#runDue();
    } finally {
      this.#isSettling = false;
    }
    this.#arm();
  }

  /**
   * Takes an input that may come up while actions are carried out, such as a simulated phone that answers at once: it waits for its turn.
   * Datagrams and frames come from the event loop, so they go straight in, followed by settle().
   */
  give(input: () => void): void {
    if (this.#isSettling) {
      this.#waiting.push(input);
      return;
    }
    input();
    this.settle();
  }

  /** What is due already goes in before anything else does; each timeout is one input. */
  #runDue(): void {
    while (this.core.nextTimeout <= this.#clock.now()) {
      this.core.handleTimeout(this.#clock.now());
      this.core.drain(this.#carryOut);
    }
  }

  #arm(): void {
    const at = this.core.nextTimeout;
    if (at === this.#armedFor) return;
    this.#clock.clearTimeout(this.#timer);
    this.#armedFor = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.setTimeout(this.#onTimer, Math.max(0, at - this.#clock.now()));
  }

  readonly #onTimer = (): void => {
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.settle();
  };

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#armedFor = Number.POSITIVE_INFINITY;
  }
}
