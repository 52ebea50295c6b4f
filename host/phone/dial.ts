// A rotary dial: digits as breaks of the loop. ITU-T Q.23 leaves it to the countries; ETSI EN 300 001 §5.3 lists what they take.

import type { SeededRandom } from "../random.ts";
import type { Contact } from "./contact.ts";

export interface DialSettings {
  /** Pulses a second: 10 as a rule, 8 to 22 occur. */
  speed: number;
  /** Share of a pulse for which the loop is open, percent. */
  breakPercent: number;
  /** From the last pulse of a digit to the first of the next one, ms: winding the dial up takes that long. */
  pause: number;
  /** How far an edge may lie from its place, ms, and how long a contact chatters. A dial's contacts are cleaner than a cradle's. */
  jitter: number;
  bounce: number;
  /** What a digit is in pulses: its number and 10 for 0; Sweden: one more than its number; New Zealand: 10 less its number. */
  digits: "standard" | "sweden" | "new-zealand";
}

export const STANDARD_DIAL: DialSettings = {
  speed: 10,
  breakPercent: 61,
  pause: 700,
  jitter: 2,
  bounce: 2,
  digits: "standard",
};

export function pulsesOf(digit: string, plan: DialSettings["digits"]): number {
  if (!/^[0-9]$/.test(digit)) throw new Error(`no "${digit}" on a rotary dial: it has 0-9`);
  const number = Number(digit);
  if (plan === "sweden") return number + 1;
  if (plan === "new-zealand") return 10 - number;
  return number === 0 ? 10 : number;
}

export class Dial {
  readonly #settings: DialSettings;
  readonly #random: SeededRandom;

  constructor(random: SeededRandom, settings: DialSettings = STANDARD_DIAL) {
    if (settings.speed < 8 || settings.speed > 22)
      throw new Error(`a dial of ${settings.speed} pulses a second: 8 to 22 is possible`);
    if (settings.breakPercent < 33 || settings.breakPercent > 80)
      throw new Error(`a dial that breaks for ${settings.breakPercent} %: 33 to 80 is possible`);
    this.#settings = settings;
    this.#random = random;
  }

  /** Dials `digits` with `contact`, winding up from `from` on. */
  turn(digits: string, contact: Contact, from: number): void {
    const { speed, breakPercent, pause, jitter, bounce, digits: plan } = this.#settings;
    const period = 1000 / speed;
    const counts = Array.from(digits, (digit) => pulsesOf(digit, plan));
    let at = from;
    for (const count of counts) {
      at += pause;
      for (let pulse = 0; pulse < count; pulse++) {
        // Late only: so no edge comes before the chatter of the one before it has ended.
        const opens = at + this.#random.between(0, jitter);
        const closes = at + (period * breakPercent) / 100 + this.#random.between(0, jitter);
        contact.move(false, opens, bounce);
        contact.move(true, closes, bounce);
        at += period;
      }
      at -= (period * (100 - breakPercent)) / 100;
    }
  }
}
