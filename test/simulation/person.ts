// Somebody at a telephone: calls, waits, talks, answers, loses patience. What the core reports about the line is what is heard.

import { Report } from "../../host/adapter-abi.ts";
import type { Dice } from "../support/dice.ts";
import type { Plan, Schedule } from "../support/schedule.ts";
import type { BarePort } from "./element.ts";

/** Dialled by pulses: 60 ms open, 40 ms closed, ms between digits. */
const PULSE_OPEN = 60;
const PULSE_CLOSED = 40;
const BETWEEN_DIGITS = 500;
/** Hardly anybody holds a handset for longer. */
const LONGEST_HOLD = 45_000;
/** Nor talks for longer, ms. */
const LONGEST_TALK = 24_000;
/** So many do, past the first refresh of RFC 4028 where the timer is short, and so few past that of half an hour. */
const CHATTERERS = 0.05;
const LONGEST_CHAT = 200_000;
const TALKERS = 0.002;
const LONGEST_STORY = 1_300_000;
/** So many hand their call on. */
const TRANSFERRERS = 0.4;
/** A flash: the loop is open for so long, ms. */
const FLASH = 300;

export class Person {
  readonly number: string;
  readonly port: BarePort;
  /** Numbers to call, own one included. */
  numbers: readonly string[] = [];
  /** Calls come of themselves, and end. */
  #isLively = true;
  answered = 0;
  placed = 0;
  /** Calls that this one has handed on. */
  transferred = 0;
  /** At the adapter's other telephone. */
  housemate: Person | undefined;
  /** Of the line, at the console. Nothing comes of it when it can't be. */
  order: (order: "transfer" | "connect", text: string) => void = () => {};
  readonly #line: number;
  /** Calls for somebody who wants to connect that call with the own one. */
  #helps = false;
  readonly #schedule: Schedule;
  readonly #dice: Dice;
  #next: Plan | undefined;
  #isDialling = false;

  constructor(number: string, line: number, port: BarePort, schedule: Schedule, dice: Dice) {
    this.number = number;
    this.#line = line;
    this.port = port;
    this.#schedule = schedule;
    this.#dice = dice;
    port.onRing = () => this.#bellRings();
    this.#rest();
  }

  /** Makes no more calls of itself, and ends the one that is. */
  retire(): void {
    this.#isLively = false;
    if (this.port.isClosed) this.#in(0, LONGEST_HOLD, () => this.hangUp());
  }

  get isResting(): boolean {
    return !this.port.isClosed && !this.#isDialling;
  }

  #in(least: number, most: number, act: () => void): void {
    this.#schedule.cancel(this.#next);
    this.#next = this.#schedule.after(this.#dice.between(least, most), act);
  }

  #rest(): void {
    this.#in(5000, 1_200_000, () => {
      if (!this.#isLively) return;
      if (this.isResting && !this.port.isRinging) this.call(this.#dice.pick(this.numbers));
      else this.#rest();
    });
  }

  call(number: string): void {
    this.placed++;
    this.port.set(true);
    this.#isDialling = true;
    let at = this.#schedule.now + 500;
    const edge = (delay: number, isClosed: boolean): void => {
      at += delay;
      this.#schedule.at(at, () => {
        if (this.#isDialling) this.port.set(isClosed);
      });
    };
    for (const digit of number) {
      for (let pulse = Number(digit) || 10; pulse > 0; pulse--) {
        edge(PULSE_OPEN, false);
        edge(PULSE_CLOSED, true);
      }
      at += BETWEEN_DIGITS;
    }
    this.#schedule.at(at, () => {
      this.#isDialling = false;
    });
    const impatience = this.#dice.chance(0.15) ? 8000 : this.#dice.chance(0.2) ? 20_000 : LONGEST_HOLD;
    if (this.#isLively) this.#in(impatience / 4, impatience, () => this.hangUp());
  }

  hangUp(): void {
    this.#helps = false;
    this.#isDialling = false;
    this.port.set(false);
    this.#rest();
  }

  #bellRings(): void {
    if (!this.isResting || !this.#isLively || this.#dice.chance(0.1)) return;
    this.#in(0, 6000, () => {
      if (!this.port.isRinging) return this.#rest();
      this.answered++;
      this.port.set(true);
      this.#talk();
    });
  }

  #talk(): void {
    if (this.#dice.chance(0.1)) this.#flash(this.#dice.between(500, 15_000));
    else if (this.#isLively && this.#dice.chance(TRANSFERRERS)) this.#handOn(this.#dice.between(300, 4000));
    this.#stay();
  }

  /** Hangs up when enough was said. */
  #stay(): void {
    const kind = this.#isLively ? this.#dice.between(0, 1) : 1;
    const longest = kind < TALKERS ? LONGEST_STORY : kind < TALKERS + CHATTERERS ? LONGEST_CHAT : LONGEST_TALK;
    this.#in(longest / 3, longest, () => this.hangUp());
  }

  /** Sends the other side to somebody else: unseen, or to whom a housemate has called for it (RFC 5589 §6, §7). */
  #handOn(delay: number): void {
    const isUnseen = this.#dice.chance(0.5);
    this.#schedule.after(delay, () => {
      if (!this.port.isClosed || this.#isDialling || !this.#isLively) return;
      if (isUnseen) this.order("transfer", this.#dice.pick(this.numbers));
      else if (this.housemate?.isResting && !this.housemate.port.isRinging)
        this.housemate.help(this.#dice.pick(this.numbers));
    });
  }

  help(number: string): void {
    this.#helps = true;
    this.call(number);
  }

  /** Tries what the hook does in a call, and once more. */
  #flash(delay: number): void {
    for (const at of [delay, delay + 4000])
      this.#schedule.after(at, () => {
        if (!this.port.isClosed || this.#isDialling) return;
        this.port.set(false);
        this.#isDialling = true;
        this.#schedule.after(FLASH, () => {
          this.#isDialling = false;
          this.port.set(true);
        });
      });
  }

  /** What is heard of the line. */
  hears(report: number): void {
    if (report === Report.Transferred) this.transferred++;
    if (report === Report.CallAnswered && this.#helps) {
      this.#helps = false;
      this.order("connect", `${(this.housemate as Person).#line + 1}`);
    }
    if ((!this.port.isClosed && !this.#isDialling) || !this.#isLively) return;
    if (report === Report.Referred) this.#stay();
    else if (report === Report.CallAnswered && this.#dice.chance(0.2)) this.#talk();
    else if (report === Report.CallAnswered) this.#in(0, this.#dice.chance(0.2) ? 300 : 12_000, () => this.hangUp());
    else if (report === Report.CallFailed || report === Report.CallEnded) this.#in(100, 3000, () => this.hangUp());
  }
}
