// The phone-port contract: one FXS port as the host sees it, whatever drives it (a simulated phone, GPIO pins, a serial line card,
// or a software phone such as the echo test). The core decides; a port only carries out and reports.

import type { CardStatus } from "./card-counters.ts";

export interface PhonePortEvents {
  /**
   * The loop closed (off-hook) or opened at `at`, monotonic milliseconds taken as near to the copper as the driver can; it may be
   * reported later than that, but reports are in order. Only changes are reported, bounce included; a line begins open. Never called
   * from within a method of the port but catchUp(), so the receiver may call the core at once.
   */
  loop(closed: boolean, at: number): void;
  /** The driver has missed edges before `at`: a digit or a flash that was going on is not to be believed. In order with loop(). */
  loss?(at: number): void;
}

export interface PhonePort {
  /** Which driver this is, as written in `board.json`. */
  readonly driver: string;
  /**
   * How long the sound of a written frame takes at least until the phone's echo of it is read, ms; a frame when left out. May be other
   * after each reading of a frame, and is exact then to a sample.
   */
  readonly echoDelay?: number | undefined;
  /** How the line card fares that the port is on, if it is on one. */
  readonly card?: CardStatus | undefined;
  /** Begins to report. Called once. */
  start(events: PhonePortEvents): void;
  /** Reports at once what has happened to the loop by now and was not reported yet. */
  catchUp(): void;
  /**
   * Up to when that was all, `now` or before: after the machine stood still, edges come that are older than what the core would
   * conclude from their absence. What was due since waits. For ever when left out.
   */
  toldUpTo?(now: number): number;
  /** Ringing voltage on or off. `frequency` in Hz. */
  setRing(on: boolean, frequency: number): void;
  /** Tip and ring reversed. */
  setPolarity(reversed: boolean): void;
  /**
   * Loop current fed, or dropped (calling party control). Without it nobody can tell an open loop from a closed one: a port reports
   * nothing until it is fed again, and then the loop as it finds it, if it changed.
   */
  setLoopCurrent(on: boolean): void;
  /**
   * What the phone's microphone gave since the last frame: 16-bit samples at 8 kHz. `now` is the frame's time. Reading and writing are
   * two calls, so that what is read can still be answered in the same frame. Both come only while the core has the line's audio on,
   * reading first, and allocate nothing.
   */
  readFrame(fromPhone: Int16Array, now: number): void;
  /** What the phone's ear gets next. */
  writeFrame(toPhone: Int16Array, now: number): void;
  /** Ends the driver. Safe to call twice. */
  close(): void;
}
