// Says when a system on trial has proved itself: registered and heard a frame of sound, or up for long enough.

import type { Clock } from "../clock.ts";

const LOOK_EVERY = 1000;

export interface Health {
  isRegistered(): boolean;
  /** Of sound, since the start. */
  frames(): number;
}

/** Calls `confirm` once. The returned function ends the watch. */
export function watchHealth(clock: Clock, health: Health, minutes: number, confirm: () => void): () => void {
  const end = clock.now() + minutes * 60_000;
  let timer: unknown;
  const look = (): void => {
    if (clock.now() >= end || (health.isRegistered() && health.frames() > 0)) confirm();
    else timer = clock.setTimeout(look, LOOK_EVERY);
  };
  look();
  return () => clock.clearTimeout(timer);
}
