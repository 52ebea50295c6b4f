// Servers that did not answer, or said that they can't serve: left alone for a while, for all lines alike. RFC 3263 §4.3
// wants the next one tried, RFC 3261 §21.5.4 says how long after a 503.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../../abi/endpoint";
import { MAX_AVOIDED } from "../../limits";
import { NEVER } from "../../time/timer-table";

/** ms. The first time, doubled by each one more, and the longest. */
const PAUSE_FIRST: f64 = 60_000;
const PAUSE_LONGEST: f64 = 900_000;
/** ms. Whoever asks to be left alone for longer has made a mistake. */
const MOST_ASKED: f64 = 3_600_000;

@unmanaged
class Avoided {
  until: f64 = 0;
  /** Times in a row. 0: a free entry. */
  failures: i32 = 0;
  private reserved: i32 = 0;

  @inline get endpoint(): Endpoint { return endpointAt(changetype<usize>(this) + offsetof<Avoided>()); }
}

const ENTRY_SIZE: i32 = 16 + ENDPOINT_SIZE;
const entries: usize = memory.data(MAX_AVOIDED * ENTRY_SIZE, 16);

@inline function entryAt(index: i32): Avoided { return changetype<Avoided>(entries + <usize>(index * ENTRY_SIZE)); }

export function resetBlacklist(): void { memory.fill(entries, 0, MAX_AVOIDED * ENTRY_SIZE); }

function find(endpoint: Endpoint): Avoided {
  for (let index = 0; index < MAX_AVOIDED; index++) {
    const entry = entryAt(index);
    if (entry.failures > 0 && entry.endpoint.equals(endpoint)) return entry;
  }
  return changetype<Avoided>(0);
}

/** An entry for somebody else; the one that ends first makes room. */
function take(): Avoided {
  let soonest = entryAt(0);
  for (let index = 0; index < MAX_AVOIDED; index++) {
    const entry = entryAt(index);
    if (entry.failures == 0) return entry;
    if (entry.until < soonest.until) soonest = entry;
  }
  return soonest;
}

/** Leaves `endpoint` alone for `pause` ms, as it asked; 0: for the usual time, longer each time in a row. */
export function avoid(endpoint: Endpoint, pause: f64, now: f64): void {
  let entry = find(endpoint);
  if (changetype<usize>(entry) == 0) {
    entry = take();
    entry.failures = 0;
    entry.until = 0;
    entry.endpoint.copyFrom(endpoint);
    entry.endpoint.flow = 0;
  }
  if (pause == 0) {
    // several lines that wait for one server find out together
    if (entry.until > now) return;
    pause = PAUSE_FIRST;
    for (let failure = 0; failure < entry.failures && pause < PAUSE_LONGEST; failure++) pause *= 2;
    pause = min(pause, PAUSE_LONGEST);
  }
  entry.failures++;
  entry.until = max(entry.until, now + min(pause, MOST_ASKED));
}

export function isAvoided(endpoint: Endpoint, now: f64): bool {
  const entry = find(endpoint);
  return changetype<usize>(entry) != 0 && entry.until > now;
}

/** When `endpoint` may be asked again; NEVER when it is not avoided at `now`. */
export function avoidedUntil(endpoint: Endpoint, now: f64): f64 {
  const entry = find(endpoint);
  return changetype<usize>(entry) != 0 && entry.until > now ? entry.until : NEVER;
}

/** `endpoint` has answered. */
export function forgive(endpoint: Endpoint): void {
  const entry = find(endpoint);
  if (changetype<usize>(entry) != 0) entry.failures = 0;
}
