// Telephones with rotary dials on copper, and the kernel's view of it: contacts bounce, interrupts come late, edges get lost. What
// the people meant is known, and what of it a loss has touched.

import { SeededRandom } from "../../host/random.ts";

/** A line circuit of the AG1171 kind. */
export const LINE_CIRCUIT = {
  ringingLevel: "high",
  forwardLevel: "high",
  offHookLevel: "high",
  ringFrequencyMin: 20,
  ringFrequencyMax: 25,
  ringShare: 33,
} as const;

/** What somebody did with a handset that is off: a digit, or F for a flash. */
export interface Deed {
  sign: string;
  from: number;
  to: number;
}

/** From lifting to hanging up. */
export interface Session {
  deeds: Deed[];
  liftedAt: number;
  hungAt: number;
}

export interface Edge {
  isClosed: boolean;
  at: number;
  sequence: number;
}

/** The worst of contacts. Where a dial's breaks leave no more, it bounces for less: else nobody could tell its pulses. */
const BOUNCE = 8;
/** The shortest level that is one, and some room for stamps that are late. */
const SETTLED = 11;
/** Lightning nearby: the longest burst, its longest spike, and the longest time between two of them. */
const BURST = 30;
const SPIKE = 1;
const SPIKE_GAP = 5;
/** Until an interrupt's thread looks at the pin, and how late an edge is stamped, ms. */
const THREAD_DELAY = 0.3;
const STAMP_DELAY = 0.2;
const between = (random: SeededRandom, low: number, high: number): number => random.between(low, high);

/** One person at one phone: makes edges of the contact, session by session. */
export class RotaryUser {
  readonly sessions: Session[] = [];
  /** Times at which the contact changes, the loop being open before the first. */
  readonly edges: number[] = [];
  /** When lightning struck. */
  readonly strikes: number[] = [];
  readonly #random: SeededRandom;
  #time = 1000;
  readonly #lightning: number;
  #bounce = 0;

  /** Lightning strikes in one of `lightning` pauses. */
  constructor(seed: number, edges: number, lightning: number) {
    this.#random = new SeededRandom(seed);
    this.#lightning = lightning;
    while (this.edges.length < edges) this.#session();
  }

  #session(): void {
    const random = this.#random;
    // a dial has a speed and a ratio; worn ones differ from pulse to pulse
    const period = 1000 / between(random, 8, 22);
    const open = between(random, 0.35, 0.65);
    this.#bounce = between(random, 1, Math.min(BOUNCE, period * Math.min(open, 1 - open) - SETTLED));
    const session: Session = { deeds: [], liftedAt: this.#time, hungAt: 0 };
    this.#move();
    this.#time += between(random, 500, 1500);
    for (let count = 1 + (random.bits() % 8); count > 0; count--) {
      if (random.bits() % 12 === 0) this.#flash(session);
      else this.#digit(session, period, open);
      this.#pause(between(random, 450, 1200));
    }
    session.hungAt = this.#time;
    this.#move();
    this.#pause(between(random, 4000, 5500));
    this.sessions.push(session);
  }

  #digit({ deeds }: Session, period: number, open: number): void {
    const pulses = 1 + (this.#random.bits() % 10);
    const from = this.#time;
    for (let pulse = 0; pulse < pulses; pulse++) {
      const opens = this.#time;
      this.#move();
      this.#time = opens + period * open;
      this.#move();
      this.#time = opens + period;
    }
    this.#time -= period * (1 - open);
    deeds.push({ sign: `${pulses % 10}`, from, to: this.#time });
  }

  #flash({ deeds }: Session): void {
    const from = this.#time;
    this.#move();
    this.#time = from + between(this.#random, 330, 1050);
    this.#move();
    deeds.push({ sign: "F", from, to: this.#time });
  }

  /** Nobody touches the phone; there may be lightning. */
  #pause(duration: number): void {
    const random = this.#random;
    if (random.bits() % this.#lightning === 0) {
      let at = this.#time + between(random, 100, duration - 100);
      this.strikes.push(at);
      for (const end = at + between(random, 1, BURST); at < end; at += between(random, 0.05, SPIKE_GAP)) {
        this.edges.push(at);
        at += between(random, 0.02, SPIKE);
        this.edges.push(at);
      }
    }
    this.#time += duration;
  }

  /** The contact changes now, and bounces. */
  #move(): void {
    const random = this.#random;
    const late = between(random, 0, 0.5);
    const bounce = between(random, 0.1, this.#bounce - 0.5);
    const times = [0];
    for (let pairs = random.bits() % 4; pairs > 0; pairs--)
      times.push(between(random, 0, bounce), between(random, 0, bounce));
    for (const time of times.sort((one, other) => one - other)) this.edges.push(this.#time + late + time);
  }
}

/**
 * What the kernel makes of a contact: interrupts, the thread that looks at the pin once for all that came before it and has the time of
 * the last, and a buffer that drops its oldest.
 */
export class KernelLine {
  /** Of raw edges that nobody will ever see. */
  readonly lostAt: number[] = [];
  readonly #edges: readonly number[];
  readonly #random: SeededRandom;
  readonly #swallowed: number;
  readonly #capacity: number;
  readonly #isWatched: (at: number) => boolean;
  readonly #servedAt: (at: number) => number;
  readonly #buffer: Edge[] = [];
  #next = 0;
  #isClosed = false;
  #sequence = 0;
  #stamp = 0;
  /** Until then an interrupt waits to be served, and others are not told from it. */
  #latchedUntil = 0;
  #threadAt = Number.POSITIVE_INFINITY;

  /**
   * One of `swallowed` interrupts does not come, though never two within a second, and none while nobody looks at the pin either or in
   * a lightning: of such a one there is no trace in time. `capacity` is that of the buffer. `servedAt` says when an interrupt of that time is served: later
   * where the whole machine stands still.
   */
  constructor(
    seed: number,
    edges: readonly number[],
    { swallowed, capacity }: { swallowed: number; capacity: number },
    isWatched: (at: number) => boolean,
    servedAt: (at: number) => number,
  ) {
    this.#random = new SeededRandom(seed);
    this.#edges = edges;
    this.#swallowed = swallowed;
    this.#capacity = capacity;
    this.#isWatched = isWatched;
    this.#servedAt = servedAt;
  }

  get isDone(): boolean {
    return this.#next >= this.#edges.length;
  }

  /** When something may be there to be read, if nothing is now. */
  get nextAt(): number {
    return Math.min(this.#threadAt, (this.#edges[this.#next] ?? Number.POSITIVE_INFINITY) + THREAD_DELAY);
  }

  isClosed(now: number): boolean {
    this.#advance(now);
    return this.#isClosed;
  }

  /** All that is there to be read. */
  read(now: number): Edge[] {
    this.#advance(now);
    return this.#buffer.splice(0);
  }

  #advance(now: number): void {
    for (;;) {
      const edgeAt = this.#edges[this.#next] ?? Number.POSITIVE_INFINITY;
      if (Math.min(edgeAt, this.#threadAt) > now) return;
      if (this.#threadAt <= edgeAt) this.#look();
      else this.#interrupt(edgeAt);
    }
  }

  #interrupt(at: number): void {
    this.#next++;
    this.#isClosed = !this.#isClosed;
    const isSwallowed = this.#random.bits() % this.#swallowed === 0;
    if (isSwallowed && at - (this.lostAt.at(-1) ?? 0) > 1000 && this.#isWatched(at)) {
      this.lostAt.push(at);
      return;
    }
    if (at < this.#latchedUntil) return;
    this.#latchedUntil = this.#servedAt(at);
    this.#stamp = Math.max(this.#stamp, this.#latchedUntil + this.#random.between(0, STAMP_DELAY));
    if (this.#threadAt < Number.POSITIVE_INFINITY) return;
    const thread = this.#latchedUntil + this.#random.between(0.02, THREAD_DELAY);
    this.#threadAt = this.#servedAt(thread);
  }

  #look(): void {
    this.#threadAt = Number.POSITIVE_INFINITY;
    this.#buffer.push({ isClosed: this.#isClosed, at: this.#stamp, sequence: ++this.#sequence });
    if (this.#buffer.length > this.#capacity) this.lostAt.push((this.#buffer.shift() as Edge).at);
  }
}
