// Guessers of passwords: after a few wrong ones their credentials are not looked at for a while, each time for longer. A
// user's name is locked for one address only, or anybody could keep its owner out; an address that tries many names is
// locked for all of them. Names that are no user's count like any other. A core can't make an answer wait, so what
// comes meanwhile is dropped. Spoofed addresses lock nobody out: a nonce is good for the host only that it was sent to.

import { Report, pushReport } from "../abi/action";
import { Endpoint, Family } from "../abi/endpoint";
import { clearTable } from "../base/bytes";
import { sipHash } from "../base/sip-hash";
import { MAX_GUESSERS, USER_NAME_SIZE } from "../limits";
import { note } from "./notes";

/** Wrong passwords that cost nothing: of a name from an address, and of an address. */
const FREE_OF_NAME: i32 = 5;
const FREE_OF_ADDRESS: i32 = 20;
/** The first lock; each further wrong password doubles it, up to the longest. */
const SHORTEST_LOCK: f64 = 10000;
const LONGEST_LOCK: f64 = 300000;
/** All is forgotten after so long without a wrong password. */
const MEMORY: f64 = 900000;
/** Failures that are told at once, and how often one more is. */
const TOLD_AT_ONCE: f64 = 10;
const TOLD_EVERY: f64 = 6000;

const WAYS: i32 = 8;
const ENTRY_SIZE: i32 = 32;
/** Of an IPv6 address the network counts: its other half is the guesser's to choose. */
const NETWORK_SIZE: i32 = 8;

@unmanaged
class Guesser {
  key: u64 = 0;
  /** When it last failed; with no failures nobody stands here. */
  failedAt: f64 = 0;
  lockedUntil: f64 = 0;
  failures: i32 = 0;
}

const NONE: Guesser = changetype<Guesser>(0);

let table: usize = 0;
let allowance: f64 = 0;
let allowanceAt: f64 = 0;
let untold: u32 = 0;

export const GUESSERS_SIZE: i32 = MAX_GUESSERS * ENTRY_SIZE;

export function setupGuessers(at: usize): void {
  if (<i32>offsetof<Guesser>() > ENTRY_SIZE) ERROR("a Guesser has 32 bytes");
  table = at;
  clearTable(table, GUESSERS_SIZE);
  allowance = TOLD_AT_ONCE;
  allowanceAt = 0;
  untold = 0;
}

function addressKey(source: Endpoint): u64 {
  return sipHash(source.address, source.family == <u8>Family.V6 ? NETWORK_SIZE : 16, 8);
}

@inline function nameKey(source: Endpoint, nameAt: usize, nameLength: i32): u64 {
  return sipHash(nameAt, nameLength, addressKey(source));
}

@inline function setOf(key: u64): usize {
  return table + <usize>((<i32>key & (MAX_GUESSERS / WAYS - 1)) * WAYS * ENTRY_SIZE);
}

function find(key: u64, now: f64): Guesser {
  for (let way = 0; way < WAYS; way++) {
    const guesser = changetype<Guesser>(setOf(key) + <usize>(way * ENTRY_SIZE));
    if (guesser.key == key && guesser.failures > 0) return now - guesser.failedAt < MEMORY ? guesser : NONE;
  }
  return NONE;
}

/** The guesser's record; of a full set the one gives way that has failed longest ago. */
function findOrAdd(key: u64, now: f64): Guesser {
  const known = find(key, now);
  if (changetype<usize>(known) != 0) return known;
  let oldest = changetype<Guesser>(setOf(key));
  for (let way = 0; way < WAYS; way++) {
    const guesser = changetype<Guesser>(setOf(key) + <usize>(way * ENTRY_SIZE));
    if (guesser.key == key || guesser.failures == 0) {
      oldest = guesser;
      break;
    }
    if (guesser.failedAt < oldest.failedAt) oldest = guesser;
  }
  oldest.key = key;
  oldest.lockedUntil = 0;
  oldest.failures = 0;
  return oldest;
}

function isLocked(key: u64, now: f64): bool {
  const guesser = find(key, now);
  return changetype<usize>(guesser) != 0 && now < guesser.lockedUntil;
}

/** What comes from there in that name is not looked at now. */
export function isLockedOut(source: Endpoint, nameAt: usize, nameLength: i32, now: f64): bool {
  return isLocked(addressKey(source), now) || isLocked(nameKey(source, nameAt, nameLength), now);
}

/** Counts a wrong password. */
export function handleGuess(source: Endpoint, nameAt: usize, nameLength: i32, now: f64): void {
  const ofName = findOrAdd(nameKey(source, nameAt, nameLength), now);
  const nameLock = fail(ofName, FREE_OF_NAME, now);
  // A phone that goes on and on with an old password is one name, and no reason to lock out its whole house.
  const isMore = ofName.failures <= FREE_OF_NAME;
  const addressLock = isMore ? fail(findOrAdd(addressKey(source), now), FREE_OF_ADDRESS, now) : 0;
  if (mayTell(now)) tell(Report.AuthenticationFailed, source, nameAt, nameLength, 0);
  if (max(nameLock, addressLock) == 0 || !mayTell(now)) return;
  tell(Report.LockedOut, source, nameAt, nameLength, max(nameLock, addressLock));
}

/** Returns for how long it is locked, 0 for not at all. */
function fail(guesser: Guesser, free: i32, now: f64): f64 {
  guesser.failedAt = now;
  guesser.failures++;
  const more = guesser.failures - free;
  if (more < 0) return 0;
  const lock = min(SHORTEST_LOCK * <f64>(1 << min(more, 16)), LONGEST_LOCK);
  guesser.lockedUntil = now + lock;
  return lock;
}

/** The right password: a slip of the finger is forgotten. What else came from that address is not. */
export function forgiveGuesser(source: Endpoint, nameAt: usize, nameLength: i32, now: f64): void {
  const guesser = find(nameKey(source, nameAt, nameLength), now);
  if (changetype<usize>(guesser) != 0) guesser.failures = 0;
}

/** A flood of failures is no flood of log entries. */
function mayTell(now: f64): bool {
  allowance = min(TOLD_AT_ONCE, allowance + (now - allowanceAt) / TOLD_EVERY);
  allowanceAt = now;
  if (allowance < 1) {
    untold++;
    return false;
  }
  allowance--;
  return true;
}

/** "name address", with "for N s" when it is locked out, and how many were not told before it. */
function tell(report: Report, source: Endpoint, nameAt: usize, nameLength: i32, lock: f64): void {
  const text = note();
  text.span(nameAt, min(nameLength, USER_NAME_SIZE)).text(" ").hostPort(source);
  if (lock > 0) text.text(" for ").decimal(<u64>(lock / 1000)).text(" s");
  if (untold > 0) text.text(", and ").decimal(untold).text(" more not told");
  untold = 0;
  pushReport(report, -1, text.start, text.length);
}
