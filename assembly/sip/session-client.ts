// Placing a call: RFC 3261 §13.2, its end before the answer §9.1, forked answers §13.2.2.4.

import { Endpoint } from "../abi/endpoint";
import { SrtpUse } from "../abi/settings";
import { copyBytes } from "../base/bytes";
import { sipHash } from "../base/sip-hash";
import { accountAt } from "./account";
import { putCredentials, takeChallenge } from "./credentials";
import { DialogState } from "./dialog/dialog";
import { Header } from "./header";
import { Message } from "./message";
import { Method } from "./method";
import { leaveServer, settleHop } from "./next-hop";
import { SUPPORTED } from "./option-tags";
import { putDialogContact, retryAfter, setOutboundRoutes } from "./outbound";
import { findTarget, nextTarget, takeRedirection, targetAt, targetLength } from "./redirection";
import { putReferral } from "./referral";
import { acknowledgeReliable, isReliable } from "./reliable-provisional";
import { Owner, Session, SessionState, SessionTimer, closeSession, sessionOfOwner } from "./session";
import { acknowledge, handleFurtherSuccess } from "./session-acknowledgement";
import { MOST_ROUNDS, handleChangeResponse, takeAbilities } from "./session-change";
import { sendBye } from "./session-end";
import { SessionEvent, raise, raiseResponse } from "./session-event";
import { hasDescription, putOffer, takeAnswer } from "./session-media";
import { putInterval, takeInterval, takeMinimum } from "./session-timer";
import { T1_64 } from "./timers";
import {
  closeTransaction, indexOfTransaction, isTransaction, limitClient, openClient, startClient, storedRequest,
  transactionAt,
} from "./transaction/table";
import { BRANCH_LENGTH, Transaction, TransactionEvent } from "./transaction/transaction";
import { ALLOWED, out } from "./writer";

/** Calls `number` for the session's line. False when the request could not be sent, and the session is gone. */
export function startInvite(session: Session, numberAt: usize, numberLength: i32, now: f64): bool {
  const account = accountAt(session.line);
  const dialog = session.dialog;
  dialog.startClient();
  dialog.isSecure = account.isSecure;
  // To and Request-URI are alike: both through `out`, for the escapes
  out.begin();
  account.putNumber(numberAt, numberLength);
  const fits = dialog.remoteUri.set(out.start, out.length) && session.remoteUser.set(numberAt, numberLength);
  out.begin();
  account.putAddress();
  settleHop(session.line, now);
  if (fits && dialog.localUri.set(out.start, out.length) && sendInvite(session, false, now)) return true;
  closeSession(session);
  return false;
}

/** `isAnswer` to the challenge that was taken. */
function sendInvite(session: Session, isAnswer: bool, now: f64): bool {
  const account = accountAt(session.line);
  const dialog = session.dialog;
  // what an early dialog left is of no more use
  dialog.state = DialogState.None;
  dialog.remoteTag.clear();
  setOutboundRoutes(dialog, session.line);
  forgetFork(session);
  session.sureTag = 0;
  if (findTarget(session)) dialog.remoteTarget.set(targetAt, targetLength);
  else dialog.remoteTarget.set(dialog.remoteUri.at, dialog.remoteUri.length);

  const transaction = openClient(Method.Invite, Owner.Session, session.owner);
  if (changetype<usize>(transaction) == 0) return false;
  dialog.beginRequest(Method.Invite, account.local, account.displayName, transaction.branch, BRANCH_LENGTH);
  putDialogContact(session.line, session.dialog.isSecure).line().headerText(Header.Allow, ALLOWED).headerText(Header.Supported, SUPPORTED);
  putInterval(session);
  if (session.referrer != 0) putReferral(session);
  putOffer(session);
  if (isAnswer) putCredentials(account);
  transaction.hasOthers = account.targets.count > 1;
  if (!startClient(transaction, account.hop, now)) return false;
  session.transaction = indexOfTransaction(transaction);
  session.state = SessionState.Calling;
  return true;
}

/** Another phone speaks up, or none yet: what was said in an early dialog is not this one's. */
function forgetFork(session: Session): void {
  session.dialog.hasRemoteSequence = false;
  session.remoteReliable = 0;
  session.awaitsAnswer = true;
  session.hasMedia = false;
}

/** Of the phone that spoke last. */
function tagHash(session: Session): u64 {
  const tag = session.dialog.remoteTag;
  return sipHash(tag.at, tag.length) | 1;
}

/** What came of the INVITE's transaction. `response` is meaningless for Timeout. */
export function handleInviteResponse(
  transaction: Transaction, event: TransactionEvent, response: Message, source: Endpoint, now: f64,
): SessionEvent {
  const session = sessionOfOwner(transaction.owner);
  const index = indexOfTransaction(transaction);
  if (changetype<usize>(session) != 0 && session.change == index) {
    return handleChangeResponse(session, transaction, event, response, source, now);
  }
  const isCurrent = changetype<usize>(session) != 0 && session.transaction == index;
  if (event == TransactionEvent.Success) {
    if (!isCurrent || session.state > SessionState.Cancelling) {
      handleFurtherSuccess(transaction, response, now);
      return SessionEvent.None;
    }
    return handleSuccess(session, transaction, response, now);
  }
  if (!isCurrent) {
    if (event == TransactionEvent.Provisional) limitClient(transaction, now); // a re-INVITE that nobody waits for
    return SessionEvent.None;
  }
  if (event == TransactionEvent.Provisional) return handleProvisional(session, response, now);
  if (event == TransactionEvent.Failure) {
    if (response.status == 503 && sendElsewhere(session, transaction.endpoint, retryAfter(response), now)) {
      return SessionEvent.None;
    }
    return handleFailure(session, response, source, now);
  }
  return SessionEvent.None;
}

/** The INVITE has come to nothing: nobody has answered at all (408), or it could not be sent (503). */
function giveUp(session: Session, status: i32): SessionEvent {
  const event = raise(SessionEvent.Failed, session, status);
  closeSession(session);
  return event;
}

export function handleInviteTimeout(session: Session, transaction: Transaction, now: f64): SessionEvent {
  if (session.state == SessionState.Calling && sendElsewhere(session, transaction.endpoint, 0, now)) {
    return SessionEvent.None;
  }
  return giveUp(session, transaction.status);
}

/** RFC 3263 §4.3: the same INVITE, its number too, to the next server of the registrar. False when there is none. */
function sendElsewhere(session: Session, endpoint: Endpoint, pause: f64, now: f64): bool {
  if (session.state == SessionState.Cancelling) return false;
  const next = leaveServer(session.line, endpoint, pause, now);
  if (changetype<usize>(next) == 0) return false;
  accountAt(session.line).useHop(next);
  session.challenges = 0;
  return sendInvite(session, false, now);
}

function handleProvisional(session: Session, response: Message, now: f64): SessionEvent {
  if (session.state == SessionState.Cancelling) {
    if (!session.isCancelSent) sendCancel(session, now);
    return SessionEvent.None;
  }
  session.state = SessionState.Proceeding;
  if (response.status == 100) return SessionEvent.None;
  if (!session.dialog.isOfResponse(response)) forgetFork(session);
  // one without a Contact is no dialog yet, and still rings
  const isDialog = session.dialog.setResponse(response, DialogState.Early);
  takeAbilities(session, response);
  const isSure = isDialog && isReliable(response);
  if (isSure && !acknowledgeReliable(session, response, now)) return SessionEvent.None;
  // §13.2.1: after the answer no other description of the same phone counts
  const hasMedia = session.awaitsAnswer && hasDescription(response) && takeAnswer(session, response);
  if (hasMedia) session.sureTag = isSure ? tagHash(session) : 0;
  if (hasMedia && isSure) session.awaitsAnswer = false;
  return raiseResponse(hasMedia ? SessionEvent.EarlyMedia : SessionEvent.Progress, session, response);
}

const enum Another { None, Plain, WithCredentials }

function handleFailure(session: Session, response: Message, source: Endpoint, now: f64): SessionEvent {
  const another = session.state == SessionState.Cancelling ? Another.None : findAnother(session, response, source);
  if (another != Another.None) {
    session.dialog.localSequence++;
    if (sendInvite(session, another == Another.WithCredentials, now)) return SessionEvent.None;
    return giveUp(session, 503);
  }
  const event = raiseResponse(SessionEvent.Failed, session, response);
  closeSession(session);
  return event;
}

/** Whether the INVITE is to be sent again with what it lacked, or to the next target of a redirection. */
function findAnother(session: Session, response: Message, source: Endpoint): Another {
  const isAnswer = takeChallenge(accountAt(session.line), response, source, session.challenges);
  if (isAnswer || (session.challenges < MOST_ROUNDS && takeMinimum(session, response))) {
    session.challenges++;
    return isAnswer ? Another.WithCredentials : Another.Plain;
  }
  takeRedirection(session, response, source);
  if (isProtectionWanted(session, response)) session.local.isSavp = true;
  // §16.7 5: a 6xx speaks for every target
  else if (response.status >= 600 || !nextTarget(session)) return Another.None;
  session.challenges = 0;
  return Another.Plain;
}

/** RFC 8643 lets us offer RTP/AVP with keys. Some who want protection take it under its own name alone. */
function isProtectionWanted(session: Session, response: Message): bool {
  return response.status == 488 && session.local.srtp == SrtpUse.Optional && !session.local.isSavp;
}

function handleSuccess(session: Session, transaction: Transaction, response: Message, now: f64): SessionEvent {
  if (!session.dialog.isOfResponse(response)) forgetFork(session);
  const isDialog = session.dialog.setResponse(response, DialogState.Confirmed);
  session.dialog.state = DialogState.Confirmed;
  acknowledge(session, transaction);
  session.timers.stop(SessionTimer.GiveUp);
  session.settle();
  const hasMedia = session.awaitsAnswer && hasDescription(response)
    ? takeAnswer(session, response) : session.hasMedia || session.sureTag == tagHash(session);
  session.awaitsAnswer = false;
  session.hasMedia = hasMedia;
  // §9.1: the answer has crossed our CANCEL. §13.2.2.4: an answer that we can do nothing with is thanked for and ended.
  if (session.isReleased || !isDialog || !hasMedia) {
    const event = raise(SessionEvent.Failed, session, isDialog ? 488 : 500);
    sendBye(session, now);
    return event;
  }
  session.state = SessionState.Confirmed;
  session.startedAt = now;
  takeAbilities(session, response);
  takeInterval(session, response, now);
  return raiseResponse(SessionEvent.Answered, session, response);
}

/**
 * Ends an INVITE that has no final response yet. §9.1: a CANCEL may not overtake it, so it waits for a provisional
 * response.
 */
export function cancelInvite(session: Session, now: f64): void {
  const isProceeding = session.state == SessionState.Proceeding;
  session.state = SessionState.Cancelling;
  if (isProceeding) sendCancel(session, now);
}

/** §9.1: the INVITE's own Request-URI, Via, Route, From, To, Call-ID and number. */
function sendCancel(session: Session, now: f64): void {
  const invite = transactionAt(session.transaction);
  session.isCancelSent = true;
  session.timers.set(SessionTimer.GiveUp, now + T1_64);
  session.settle();
  const transaction = openClient(Method.Cancel, Owner.None, 0);
  if (changetype<usize>(transaction) == 0) return; // GiveUp ends it all the same
  copyBytes(transaction.branch, invite.branch, BRANCH_LENGTH);
  const request = storedRequest(invite);
  out.begin().requestLine("CANCEL", request.uriAt, request.uriLength)
    .copyFields(request, Header.Via).headerText(Header.MaxForwards, "70").copyFields(request, Header.Route)
    .copyFields(request, Header.From).copyFields(request, Header.To).copyFields(request, Header.CallId)
    .header(Header.CSeq).decimal(request.sequence).text(" CANCEL").line().body(0, 0);
  startClient(transaction, invite.endpoint, now);
}

/** §9.1: no final response has followed the CANCEL. */
export function giveUpInvite(session: Session): void {
  if (isTransaction(session.transaction)) closeTransaction(transactionAt(session.transaction));
  closeSession(session);
}
