// Transfers as a line lives through them: RFC 5589. Sent to somebody else, it calls there while the old call waits;
// sending somebody else away, it is done when that one has arrived; and a call may change hands under it (RFC 3891).

import { Report } from "../abi/action";
import {
  SessionEvent, answer, decline, eventSession, follow, hangUp, reject, retire, sessionAt, transfer, transferTo,
} from "../sip/user-agent";
import { Call, CallState, NO_SESSION } from "./call";
import { beginReport, endReport } from "./report-text";

// The far end sends us

/** It asks for a call to somebody else. Ours with it waits, silent, until that one answers. */
export function followFormer(call: Call, now: f64): void {
  if (call.state != CallState.Active || call.former != NO_SESSION) {
    decline(eventSession, 603, now);
    return;
  }
  const next = follow(call.session, now);
  if (next == NO_SESSION) return;
  call.former = call.session;
  call.session = next;
  call.stopMedia(now);
  call.line.startSilence(now);
  call.enter(CallState.Calling, now);
  call.tell(Report.Referred, next, 0);
}

/** The call that it asked for is up. */
export function leaveFormer(call: Call, now: f64): void {
  if (call.former != NO_SESSION) retire(call.former, now);
  call.former = NO_SESSION;
}

/** The call that it asked for is not to be had: back to the far end, which waits still. */
export function returnToFormer(call: Call, now: f64): void {
  call.stopMedia(now);
  call.session = call.former;
  call.former = NO_SESSION;
  call.enter(CallState.Active, now);
  call.line.startTalking(now);
  call.startMedia(now);
}

/** Something befell the session that waits. Its end is no harm: the new call goes on. */
export function handleFormer(call: Call, event: SessionEvent, now: f64): void {
  if (event == SessionEvent.Referred) {
    decline(eventSession, 603, now);
  } else if (event == SessionEvent.Ended) {
    call.tell(Report.CallEnded, call.former, 0);
    call.former = NO_SESSION;
  }
}

// We send the far end

/** Sends the far end of the line's call to a number. 0, or the status that says why not. */
export function transferCall(call: Call, numberAt: usize, numberLength: i32, now: f64): i32 {
  if (call.state != CallState.Active) return 481;
  const status = transfer(call.session, numberAt, numberLength, now);
  if (status == 0) tellTransfer(call, numberAt, numberLength);
  return status;
}

/** Connects the far end of the line's call with that of another line's, which then are both free. The same. */
export function connectCalls(call: Call, other: Call, now: f64): i32 {
  if (call.state != CallState.Active || other.state != CallState.Active) return 481;
  const status = transferTo(call.session, other.session, now);
  const target = sessionAt(other.session).remoteUser;
  if (status == 0) tellTransfer(call, target.at, target.length);
  return status;
}

function tellTransfer(call: Call, numberAt: usize, numberLength: i32): void {
  beginReport().value(sessionAt(call.session).remoteUser).text(" to ").span(numberAt, numberLength);
  endReport(Report.TransferStarted, call.index);
}

/** The far end has found whom we sent it to. */
export function finishTransfer(call: Call, now: f64): void {
  const session = call.session;
  call.tell(Report.Transferred, session, 0);
  call.end(now);
  hangUp(session, now);
  call.line.disconnect(now);
}

// The call changes hands

/** `session` is to take the place of `other`, which is this line's call or rings for it. */
export function replace(call: Call, session: i32, other: i32, now: f64): void {
  if (call.session != other) {
    reject(session, 481, now);
    return;
  }
  if (!answer(session, now)) return;
  call.stopMedia(now);
  leaveFormer(call, now);
  hangUp(other, now);
  call.session = session;
  call.enter(CallState.Active, now);
  call.line.startTalking(now);
  call.startMedia(now);
  call.tell(Report.CallReplaced, session, 0);
}
