// What the layers above order of the user agent: calls placed, answered, ended, held, handed on. They reach it
// through user-agent.ts.

import { accountAt } from "./account";
import { sendInfo } from "./info";
import { decline as declineReferral, follow as followReferral, reportReferral, retire as retireSession } from "./referral";
import { Session, SessionState, hasRoom, isSession, openSession, sessionAt } from "./session";
import { setHold } from "./session-change";
import { cancelInvite, startInvite } from "./session-client";
import { sendBye } from "./session-end";
import { acceptInvite, rejectInvite, sendRinging as ring } from "./session-server";
import { awaitsTransfer, startTransfer } from "./transfer";

const NO_SESSION: Session = changetype<Session>(0);

/** Why invite() refused: a status code. */
export let refusalStatus: i32 = 0;

/** Calls a number. Returns the session, or -1 with refusalStatus. */
export function invite(line: i32, numberAt: usize, numberLength: i32, now: f64): i32 {
  refusalStatus = 0;
  if (!accountAt(line).isUsable) refusalStatus = 480;
  else if (numberLength < 1) refusalStatus = 484;
  else if (!hasRoom(line)) refusalStatus = 486;
  if (refusalStatus != 0) return -1;
  const session = openSession(line);
  if (changetype<usize>(session) != 0 && startInvite(session, numberAt, numberLength, now)) return session.index;
  refusalStatus = 503;
  return -1;
}

/** 180 to an Incoming session. */
export function sendRinging(session: i32, now: f64): void {
  if (isSession(session)) ring(sessionAt(session), now);
}

/** 200 to an Incoming session. False when it is gone, or gone now because its answer could not be sent. */
export function answer(session: i32, now: f64): bool {
  return isSession(session) && acceptInvite(sessionAt(session), now);
}

/** A final failure, 300 to 699, to an Incoming session, which is gone then. */
export function reject(session: i32, status: i32, now: f64): void {
  if (isSession(session)) rejectInvite(sessionAt(session), status, now);
}

/** Ends a session in the way that its state wants: CANCEL, BYE or 480. No event follows. */
export function hangUp(session: i32, now: f64): void {
  if (!isSession(session)) return;
  const ended = sessionAt(session);
  if (ended.referrer != 0) reportReferral(ended, 487, now);
  switch (ended.state) {
    case SessionState.Calling:
    case SessionState.Proceeding:
      ended.isReleased = true;
      cancelInvite(ended, now);
      break;
    case SessionState.Incoming:
      rejectInvite(ended, 480, now);
      break;
    case SessionState.Answered:
      ended.isReleased = true; // §15: no BYE from the callee before the ACK; it follows then
      break;
    case SessionState.Confirmed:
      if (!awaitsTransfer(ended, now)) sendBye(ended, now);
      break;
    default:
  }
}

/**
 * Holds the far end (RFC 3264 §8.4), or no longer: at once, or when what is under way has ended. MediaChanged follows
 * when the far end has agreed; what it refuses stays as it was.
 */
export function hold(session: i32, isWanted: bool, now: f64): void {
  if (isSession(session)) setHold(sessionAt(session), isWanted, now);
}

/** Sends the far end of an answered call to a number. 0, or the status that says why not. */
export function transfer(session: i32, numberAt: usize, numberLength: i32, now: f64): i32 {
  if (!isSession(session)) return 481;
  return numberLength < 1 ? 484 : startTransfer(sessionAt(session), NO_SESSION, numberAt, numberLength, now);
}

/** Gives the far end of an answered call the place that we have in another one. 0, or the status that says why not. */
export function transferTo(session: i32, other: i32, now: f64): i32 {
  if (!isSession(session) || !isSession(other) || session == other) return 481;
  const target = sessionAt(other);
  if (target.state != SessionState.Confirmed || target.isReleased) return 481;
  return startTransfer(sessionAt(session), target, 0, 0, now);
}

/**
 * Calls whom the far end of `session` asks us to, within the input that brought Referred. The new session, or -1: then
 * the far end is told already.
 */
export function follow(session: i32, now: f64): i32 { return followReferral(sessionAt(session), now); }

/** Does not, within the same input. */
export function decline(session: i32, status: i32, now: f64): void { declineReferral(sessionAt(session), status, now); }

/** Whom the far end of `session` sent us to has answered: it may leave, and is sent away when it does not. */
export function retire(session: i32, now: f64): void {
  if (isSession(session)) retireSession(sessionAt(session), now);
}

/** Sends a digit by INFO to the far end of an answered call. */
export function sendDigit(session: i32, ascii: i32, now: f64): void {
  if (isSession(session)) sendInfo(sessionAt(session), ascii, now);
}
