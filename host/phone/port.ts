// The phone-port contract: one FXS port as the host sees it, whatever drives it (a simulated phone, GPIO pins, a serial line card,
// or a software phone such as the echo test). The core decides; a port only carries out and reports.

export interface PhonePortEvents {
  /** The loop closed (off-hook) or opened at `at`, monotonic milliseconds taken as near to the copper as the driver can. Bounce included. */
  loop(closed: boolean, at: number): void;
}

export interface PhonePort {
  /** Which driver this is, as written in `board.json`. */
  readonly driver: string;
  /** Begins to report. Called once. */
  start(events: PhonePortEvents): void;
  /** Ringing voltage on or off. `frequency` in Hz. */
  setRing(on: boolean, frequency: number): void;
  /** Tip and ring reversed. */
  setPolarity(reversed: boolean): void;
  /** Loop current fed, or dropped (calling party control). */
  setLoopCurrent(on: boolean): void;
  /**
   * One frame of sound, both ways: fills `fromPhone` with what the phone's microphone gave and plays `toPhone`.
   * 16-bit samples at 8 kHz. `now` is the frame's time. Called only while the core has the line's audio on.
   */
  exchange(fromPhone: Int16Array, toPhone: Int16Array, now: number): void;
  /** Ends the driver. Safe to call twice. */
  close(): void;
}
