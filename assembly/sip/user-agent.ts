// The SIP user agent of the adapter: datagrams and time in, session events out. RFC 3261 §8 and §13. The one door for the layers above.

import { Endpoint } from "../abi/endpoint";
import { NEVER } from "../time/timer-table";
import { ACCOUNTS_SIZE, setupAccounts } from "./account";
import { SessionEvent, sessionsSize, setupSessions } from "./session";

export { accountAt } from "./account";
export { Session, SessionEvent, SessionState, sessionAt } from "./session";

/** Whom the last event is about, and for Progress, EarlyMedia, Failed and Ended a status code and its reason phrase, until the next input. */
export let eventSession: i32 = -1;
export let eventLine: i32 = -1;
export let eventStatus: i32 = 0;
export let eventReasonAt: usize = 0;
export let eventReasonLength: i32 = 0;
/** Why invite() refused: a status code. */
export let refusalStatus: i32 = 0;

/** Bytes of memory for accounts, registrations and sessions. */
@inline export function userAgentSize(): i32 { return ACCOUNTS_SIZE + sessionsSize(); }

/** Once, after the random seed, the buffers and the transactions. */
export function setupUserAgent(at: usize): void {
  setupAccounts(at);
  setupSessions(at + ACCOUNTS_SIZE);
}

/** Forgets every session and every registration; accounts stay. */
export function resetUserAgent(now: f64): void {}

/** Where line `line` receives RTP, and the payload type, 0 or 8, that it likes best. */
export function setMedia(line: i32, rtp: Endpoint, preferredPayloadType: i32): void {}

/** One datagram. At most one event comes of it. */
export function handleSip(at: usize, length: i32, source: Endpoint, now: f64): SessionEvent { return SessionEvent.None; }

export function nextTimeout(): f64 { return NEVER; }

/** Runs one due timer. */
export function handleTimeout(now: f64): SessionEvent { return SessionEvent.None; }

/** Calls a number. Returns the session, or -1 with refusalStatus. */
export function invite(line: i32, numberAt: usize, numberLength: i32, now: f64): i32 { return -1; }

/** 180 to an Incoming session. */
export function sendRinging(session: i32, now: f64): void {}

/** 200 to an Incoming session. False when it is gone or its answer could not be sent. */
export function answer(session: i32, now: f64): bool { return false; }

/** A final failure, 300 to 699, to an Incoming session, which is gone then. */
export function reject(session: i32, status: i32, now: f64): void {}

/** Ends a session in the way that its state wants: CANCEL, BYE or 480. No event follows. */
export function hangUp(session: i32, now: f64): void {}

/** Registers every account that is meant to. */
export function startRegistrations(now: f64): void {}

/** Withdraws every registration. */
export function stopRegistrations(now: f64): void {}

/** The same for one line: after its settings have changed. */
export function startRegistration(line: i32, now: f64): void {}
export function stopRegistration(line: i32, now: f64): void {}
