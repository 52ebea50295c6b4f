// A phone port with a simulated telephone plugged in: the default board's line.

import type { Clock } from "../clock.ts";
import type { PhonePort, PhonePortEvents } from "./port.ts";
import type { Telephone } from "./telephone.ts";

export class SimulatedPort implements PhonePort {
  readonly driver = "simulated";
  readonly telephone: Telephone;
  readonly #clock: Clock;
  #events: PhonePortEvents | undefined;
  #isFed = true;
  #reported = false;
  #timer: unknown;

  constructor(clock: Clock, telephone: Telephone) {
    this.#clock = clock;
    this.telephone = telephone;
  }

  start(events: PhonePortEvents): void {
    this.#events = events;
    this.telephone.plug((closed, at) => {
      if (this.#isFed) this.#report(closed, at);
    });
  }

  catchUp(): void {
    this.telephone.catchUp();
  }

  setRing(on: boolean, frequency: number): void {
    this.telephone.applyRing(on, frequency);
  }

  setPolarity(reversed: boolean): void {
    this.telephone.applyPolarity(reversed);
  }

  setLoopCurrent(on: boolean): void {
    if (on === this.#isFed) return;
    this.telephone.applyCurrent(on);
    this.#clock.clearTimeout(this.#timer);
    this.#isFed = on;
    if (!on) return;
    this.#timer = this.#clock.setTimeout(() => this.#report(this.telephone.isLoopClosed, this.#clock.now()), 0);
  }

  readFrame(fromPhone: Int16Array): void {
    this.telephone.speak(fromPhone);
  }

  writeFrame(toPhone: Int16Array, now: number): void {
    this.telephone.listen(toPhone, now);
  }

  close(): void {
    this.#events = undefined;
    this.#clock.clearTimeout(this.#timer);
    this.telephone.unplug();
  }

  #report(closed: boolean, at: number): void {
    if (closed === this.#reported) return;
    this.#reported = closed;
    this.#events?.loop(closed, at);
  }
}
