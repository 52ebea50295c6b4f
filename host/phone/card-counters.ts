// What went wrong on a line card's serial line, counted since the start, and told in the log now and then.

import type { Log } from "../log.ts";

/** What was counted is told that often at most, ms. */
const TELL_EVERY = 60_000;

export interface CardCounters {
  /** Frames that arrived damaged, here and at the card. */
  damaged: number;
  damagedAtCard: number;
  /** Edges of loops that nobody could tell any more. */
  lostEdges: number;
  /** Times that orders were sent again, and that the card was lost. */
  resent: number;
  losses: number;
  /** Times that the card began anew by itself: its power failed, or its program did. */
  restarts: number;
  /** Times that sound came too late or not at all, here and at the card; frames left out, and frames that could not be sent. */
  soundMissed: number;
  soundMissedAtCard: number;
  soundSkipped: number;
  soundUnsent: number;
}

/** A line card, and which of its ports a line has. */
export interface CardStatus {
  path: string;
  baudRate: number;
  port: number;
  /** What it calls itself; "" until it has answered. */
  name: string;
  isUp: boolean;
  /** Why it does not answer; "" while it does. */
  failure: string;
  /** By how many parts in a million its clock is fast. */
  driftPpm: number;
  /** From the core to the phone's ear and back from its microphone, ms; null while the serial line carries no sound of the port. */
  soundDelay: number | null;
  counters: CardCounters;
}

export class CounterLog {
  readonly #log: Pick<Log, "warn">;
  readonly #path: string;
  #toldAt = 0;
  #told = "";

  constructor(log: Pick<Log, "warn">, path: string) {
    this.#log = log;
    this.#path = path;
  }

  tell(counters: () => CardCounters, now: number): void {
    if (now - this.#toldAt < TELL_EVERY) return;
    this.#toldAt = now;
    const figures = counters();
    const text = JSON.stringify(figures);
    const isNews = this.#told !== "" && text !== this.#told;
    this.#told = text;
    if (isNews) this.#log.warn("card", "the line card's serial line is not clean", { path: this.#path, ...figures });
  }
}
