// The sound contract: where the samples of phone ports come from and go to that have none of their own (GPIO lines), and who says
// when a frame is due. Drivers: `paced` and `silence` (silent.ts), `wav` (wav-sound.ts), `alsa` (alsa.ts).

import type { Lateness } from "./lateness.ts";

export type FrameListener = (now: number) => void;

/** Calls a FrameListener every 20 ms, once for all lines, while any line needs sound; nothing wakes up otherwise. */
export interface SoundClock {
  /** `line` needs frames from now on. */
  start(line: number): void;
  stop(line: number): void;
  isActive(line: number): boolean;
  /** How late frames came since the beginning. */
  readonly lateness: Lateness;
}

/** One channel: the sound of one line. Both methods come within a frame of the clock, reading first, and allocate nothing. */
export interface SoundLine {
  /** How long the sound of a written frame takes at least until its echo is read, ms. */
  readonly echoDelay: number;
  /** FRAME_SAMPLES of 8 kHz that the microphone gave since the last frame. */
  read(fromPhone: Int16Array): void;
  /** FRAME_SAMPLES of 8 kHz that the ear gets next. */
  write(toPhone: Int16Array): void;
}

/** What there is to tell about a driver's work. */
export interface SoundCounters {
  /** Frames that went both ways. */
  frames: number;
  /** Times that the card ran over or dry, and was started anew. */
  xruns: number;
  /** Frames of silence played because the program came too late with sound. */
  late: number;
  /** Times that the card was lost. */
  losses: number;
  /** Times that the thread which works the card ended by itself, and was started anew. */
  threadEnds: number;
  /** That thread goes before all that is not so urgent. */
  isRealTime: boolean;
  /** What is on its way to the ear, ms: as the card tells it. */
  delay: number;
}

/** Of sound that has no card, and no thread. */
export const NO_CARD: Omit<SoundCounters, "frames"> = {
  xruns: 0,
  late: 0,
  losses: 0,
  threadEnds: 0,
  isRealTime: false,
  delay: 0,
};

export interface Sound {
  /** Which driver this is, as written in `board.json`. */
  readonly driver: string;
  /** Lines that it has sound for. */
  readonly channels: number;
  readonly counters: SoundCounters;
  /** Throws a RangeError for a channel that it has not. */
  line(channel: number): SoundLine;
  /** The clock of an adapter, which calls `frame`. An adapter that follows takes it over. */
  clock(frame: FrameListener): SoundClock;
  /** Ends the driver. Safe to call twice. */
  close(): Promise<void>;
}

/** Throws a RangeError that says what there is. */
export function checkChannel(driver: string, channel: number, channels: number): void {
  if (channel >= 0 && channel < channels) return;
  const has = channels === 0 ? "none" : channels === 1 ? "channel 0 alone" : `channels 0 to ${channels - 1}`;
  throw new RangeError(`sound channel ${channel} is not there: driver "${driver}" has ${has}`);
}
