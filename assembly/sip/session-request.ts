// Requests inside a dialog, and CANCEL: RFC 3261 §12.2.2, §9.2, §15.1.2.

import { Endpoint } from "../abi/endpoint";
import { Sequence } from "./dialog/dialog";
import { Header } from "./header";
import { Message } from "./message";
import { Method } from "./method";
import { SUPPORTED, putUnsupported } from "./option-tags";
import { handleInfo } from "./info";
import { takeMessage } from "./instant-message";
import { handleRefer, outliveCall } from "./referral";
import { handlePrack } from "./reliable-provisional";
import { Owner, Session, SessionState, closeSession, sessionOfOwner } from "./session";
import { SessionEvent, raise } from "./session-event";
import { answerFull, handleReinvite, rejectInvite } from "./session-server";
import { handleUpdate } from "./session-update";
import { answerOnce, sendAnswer } from "./stateless";
import {
  cancelledInvite, closeTransaction, indexOfTransaction, openServer, respond, storedResponse,
} from "./transaction/table";
import { Transaction } from "./transaction/transaction";
import { handleNotify } from "./transfer";
import { ALLOWED, beginResponse, hasToTag, out } from "./writer";

/**
 * A request of the far end in the dialog of `session`; `refusal` is the status that §8.2 wants instead of an answer, or
 * 0.
 */
export function handleDialogRequest(
  session: Session, request: Message, source: Endpoint, refusal: i32, now: f64,
): SessionEvent {
  if (refusal == 513) return handleTooLarge(session, request, source, now);
  const transaction = openServer(request, source, Owner.Session, session.owner);
  if (changetype<usize>(transaction) == 0) {
    answerFull(request, source);
    return SessionEvent.None;
  }
  const isLate = session.dialog.takeSequence(request) == Sequence.Late;
  if (!isLate && refusal == 0 && session.state < SessionState.Terminating) {
    switch (request.method) {
      case Method.Invite: return handleReinvite(session, transaction, request, now);
      case Method.Update: return handleUpdate(session, transaction, request, source, now);
      case Method.Prack: return handlePrack(session, transaction, request, source, now);
      case Method.Refer: return handleRefer(session, transaction, request, source, now);
      case Method.Notify: return handleNotify(session, transaction, request, source, now);
      case Method.Info: return handleInfo(session, transaction, request, source, now);
    }
  }
  const status = isLate ? 500 : refusal != 0 ? refusal : statusOf(session, request);
  writeDialogResponse(session, request, source, status);
  if (!respond(transaction, status, now)) closeTransaction(transaction);
  if (status == 200 && request.method == Method.Message) takeMessage(request, session.line);
  return status == 200 && request.method == Method.Bye ? endByPeer(session, now) : SessionEvent.None;
}

/** No buffer holds it, so it is answered without state. A BYE ends the call whatever it brings along. */
function handleTooLarge(session: Session, request: Message, source: Endpoint, now: f64): SessionEvent {
  const isBye = request.method == Method.Bye && session.dialog.takeSequence(request) == Sequence.Next;
  const status = isBye ? statusOf(session, request) : 513;
  writeDialogResponse(session, request, source, status);
  sendAnswer(request, source);
  return status == 200 ? endByPeer(session, now) : SessionEvent.None;
}

function statusOf(session: Session, request: Message): i32 {
  switch (request.method) {
    case Method.Invite:
    case Method.Update:
    case Method.Prack:
    case Method.Refer:
    case Method.Notify:
    case Method.Info: return 481;
    case Method.Subscribe: return 489;
    case Method.Bye: { // §15: a callee answers first
      return session.state < SessionState.Incoming || session.state == SessionState.Notifying ? 481 : 200;
    }
    case Method.Options:
    case Method.Message: return 200;
    case Method.Other: return 501;
    default: return 405;
  }
}

function writeDialogResponse(session: Session, request: Message, source: Endpoint, status: i32): void {
  beginResponse(request, source, status, session.dialog.localTag.at, session.dialog.localTag.length);
  putRefusal(request, status);
  if (status == 405 || status == 501 || (status == 200 && request.method == Method.Options)) putAbilities();
  out.body(0, 0);
}

/** Every kind of body that we read, whatever the request. */
const ACCEPTED: string =
  "application/sdp, message/sipfrag, text/plain, application/simple-message-summary, application/dtmf-relay";

/** What a user agent says of itself (§11.2, §21.4.6). */
export function putAbilities(): void {
  out.headerText(Header.Allow, ALLOWED).headerText(Header.Accept, ACCEPTED)
    .headerText(Header.AllowEvents, "refer").headerText(Header.Supported, SUPPORTED);
}

/** What a refusal must say besides its status (§8.2.2.3, §8.2.3). */
export function putRefusal(request: Message, status: i32): void {
  if (status == 420) {
    putUnsupported(request);
  } else if (status == 415) {
    out.headerText(Header.Accept, acceptedBy(request.method)).headerText(Header.AcceptEncoding, "identity");
  } else if (status == 489) { // RFC 6665 §8.3.1
    out.headerText(Header.AllowEvents, "refer");
  }
}

function acceptedBy(method: Method): string {
  switch (method) {
    case Method.Message: return "text/plain";
    case Method.Notify: return "application/simple-message-summary";
    default: return "application/sdp";
  }
}

/** §15.1.2: a BYE also ends an INVITE that waits for our answer. */
function endByPeer(session: Session, now: f64): SessionEvent {
  const event = raise(SessionEvent.Ended, session);
  if (session.state == SessionState.Incoming) rejectInvite(session, 487, now);
  else if (!outliveCall(session)) closeSession(session);
  return event;
}

/** §9.2. A CANCEL for an INVITE that is not there is answered only when it comes from a hop that we know. */
export function handleCancel(request: Message, source: Endpoint, isKnownHop: bool, now: f64): SessionEvent {
  const invite = cancelledInvite(request);
  if (changetype<usize>(invite) == 0) {
    if (isKnownHop) answerOnce(request, source, 481);
    return SessionEvent.None;
  }
  if (!source.sameHost(invite.endpoint)) return SessionEvent.None;
  answerCancel(request, source, invite);
  const session = sessionOf(invite);
  if (changetype<usize>(session) == 0 || session.state != SessionState.Incoming) return SessionEvent.None;
  const event = raise(SessionEvent.Ended, session, 487);
  rejectInvite(session, 487, now);
  return event;
}

/** §9.2: with the To tag that the INVITE is answered with. */
function answerCancel(request: Message, source: Endpoint, invite: Transaction): void {
  const answered = storedResponse(invite);
  if (!answered.has(Header.To) || !hasToTag(answered)) {
    answerOnce(request, source, 200);
    return;
  }
  out.begin().statusLine(200).receivedVias(request, source).copyFields(request, Header.From)
    .copyFields(answered, Header.To).copyFields(request, Header.CallId).copyFields(request, Header.CSeq).body(0, 0);
  sendAnswer(request, source);
}

function sessionOf(invite: Transaction): Session {
  const session = sessionOfOwner(invite.owner);
  if (changetype<usize>(session) == 0 || session.transaction == indexOfTransaction(invite)) return session;
  return changetype<Session>(0);
}
