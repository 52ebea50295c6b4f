// What a clock on the wall shows: phones are told it, and the core has no clock.

import { NumberSetting } from "./adapter-abi.ts";
import type { Clock } from "./clock.ts";
import type { Core } from "./core.ts";

const MINUTE = 60_000;
/** How wrong a core may be about the time of day, ms. */
const TOLERANCE = 1000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Throws a RangeError for a zone that nobody knows. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
    formats.set(zone, format);
  }
  return format;
}

/** Milliseconds by which local time at `wallClock` is ahead of UTC. Without a zone: the machine's own. */
export function zoneOffset(wallClock: number, zone: string | undefined): number {
  if (zone === undefined) return -MINUTE * new Date(wallClock).getTimezoneOffset();
  const parts = formatOf(zone).formatToParts(wallClock);
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours = "0", minutes = "0"] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === "-" ? -MINUTE : MINUTE) * (Number(hours) * 60 + Number(minutes));
}

/** Local time at monotonic zero: ms since 1970. */
export function localClock(clock: Pick<Clock, "now" | "wallClock">, zone: string | undefined): number {
  const now = clock.wallClock();
  return now + zoneOffset(now, zone) - clock.now();
}

/** What one core was told of local time. */
export class LocalClock {
  #told = Number.NEGATIVE_INFINITY;

  tell(core: Core, clock: Clock, zone: string | undefined): void {
    const local = localClock(clock, zone);
    if (Math.abs(local - this.#told) < TOLERANCE) return;
    this.#told = local;
    core.configureNumber(NumberSetting.LocalClock, 0, local);
  }
}

export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}
