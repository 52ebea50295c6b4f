// Taking a call: RFC 3261 §13.3, with the machine of RFC 6026 §7.1 under it.

import { Endpoint } from "../abi/endpoint";
import { accountAt } from "./account";
import { DialogState } from "./dialog/dialog";
import { askedRing } from "./alert-info";
import { Header } from "./header";
import { Message } from "./message";
import { SUPPORTED, hasToken } from "./option-tags";
import { putDialogContact } from "./outbound";
import { putReliable, repeatReliable } from "./reliable-provisional";
import { findReplaced, replaced } from "./replaces";
import {
  Owner, Session, SessionState, SessionTimer, closeSession, hasRoom, isMerged, openSession, sessionOfRequest,
} from "./session";
import { sendWanted, takeAbilities } from "./session-change";
import { sendBye } from "./session-end";
import { SessionEvent, raise } from "./session-event";
import { canOffer, hasDescription, putAnswer, putOffer, takeAnswer, takeOffer } from "./session-media";
import { LEAST_INTERVAL, agreeInterval, isTooBrief, restartSessionTimer } from "./session-timer";
import { answerOnce, beginAnswer, sendAnswer, sendOnce } from "./stateless";
import { T1, T1_64, T2 } from "./timers";
import {
  closeTransaction, indexOfTransaction, isTransaction, openServer, respond, storedRequest, transactionAt,
} from "./transaction/table";
import { Transaction } from "./transaction/transaction";
import { ALLOWED, beginResponse, out } from "./writer";

/** §17.2.1: what is answered sooner needs no 100. */
const TRYING_AFTER: f64 = 200;
/** §13.3.1.1: a proxy gives up on a phone that has been silent for three minutes. */
export const RINGING_INTERVAL: f64 = 60_000;
/** §21.5.4: seconds until a full table may have room again. */
export const RETRY_AFTER: i32 = 5;

/** 503 without state: every table is full. */
export function answerFull(request: Message, source: Endpoint): void {
  beginAnswer(request, source, 503).headerNumber(Header.RetryAfter, RETRY_AFTER).body(0, 0);
  sendAnswer(request, source);
}

/** RFC 4028 §9: 422 without state. */
function answerTooBrief(request: Message, source: Endpoint): void {
  beginAnswer(request, source, 422).headerNumber(Header.MinSE, LEAST_INTERVAL).body(0, 0);
  sendAnswer(request, source);
}

/** A well-formed INVITE outside any dialog for `line`, whose body, if there is one, is a session description. */
export function handleInvite(request: Message, source: Endpoint, line: i32, now: f64): SessionEvent {
  if (isMerged(request)) {
    answerOnce(request, source, 482);
    return SessionEvent.None;
  }
  const refusal = findReplaced(request, line);
  if (refusal != 0 || !hasRoom(line, replaced >= 0)) {
    answerOnce(request, source, refusal != 0 ? refusal : 486);
    return SessionEvent.None;
  }
  const other = replaced;
  if (isTooBrief(request)) {
    answerTooBrief(request, source);
    return SessionEvent.None;
  }
  const session = openSession(line);
  if (changetype<usize>(session) == 0) {
    answerFull(request, source);
    return SessionEvent.None;
  }
  const dialog = session.dialog;
  session.setRemoteIdentity(request, accountAt(line).isHop(source));
  const status = !dialog.setCaller(request) ? 400 : !dialog.setRequest(request) ? 513
    : hasDescription(request) && !takeOffer(session, request) ? 488 : 0;
  if (status != 0) {
    answerOnce(request, source, status);
    const event = status == 488 ? raise(SessionEvent.Refused, session, status) : SessionEvent.None;
    closeSession(session);
    return event;
  }
  const transaction = openServer(request, source, Owner.Session, session.owner);
  if (changetype<usize>(transaction) == 0) {
    answerFull(request, source);
    closeSession(session);
    return SessionEvent.None;
  }
  session.state = SessionState.Incoming;
  session.isIncoming = true;
  session.owesAnswer = hasDescription(request);
  session.isReliable = hasToken(request, Header.Require, "100rel");
  takeAbilities(session, request);
  session.transaction = indexOfTransaction(transaction);
  session.inviteSequence = request.sequence;
  session.timers.set(SessionTimer.Trying, now + TRYING_AFTER);
  session.settle();
  return other < 0 ? raise(SessionEvent.Incoming, session, askedRing(request)) : raise(SessionEvent.Replacing, session, 0, other);
}

/** Begins a response to the INVITE of `transaction` in `out`; one that makes a dialog with what §12.1.1 wants. */
function beginInviteResponse(session: Session, transaction: Transaction, status: i32): Message {
  const request = storedRequest(transaction);
  const tag = session.dialog.localTag;
  beginResponse(request, transaction.endpoint, status, tag.at, status == 100 ? 0 : tag.length);
  if (status > 100 && status < 300) {
    out.copyFields(request, Header.RecordRoute);
    putDialogContact(session.line, session.dialog.isSecure).line()
      .headerText(Header.Allow, ALLOWED).headerText(Header.Supported, SUPPORTED);
  }
  return request;
}

function sendProvisional(session: Session, status: i32, now: f64): void {
  const transaction = transactionAt(session.transaction);
  const request = beginInviteResponse(session, transaction, status);
  if (status > 100 && session.isReliable) putReliable(session, request, now);
  else out.body(0, 0);
  respond(transaction, status, now);
}

/** 180, and again every minute. */
export function sendRinging(session: Session, now: f64): void {
  if (session.state != SessionState.Incoming || session.awaitsPrack) return;
  session.dialog.state = DialogState.Early;
  session.timers.stop(SessionTimer.Trying);
  session.timers.set(SessionTimer.Retransmit, now + RINGING_INTERVAL);
  session.settle();
  sendProvisional(session, 180, now);
}

/**
 * 200 with the answer, or with our offer when the INVITE had none; at once, or when the PRACK has come that must answer
 * our offer first (RFC 3262 §3). False, and the session is gone, when it could not be sent.
 */
export function acceptInvite(session: Session, now: f64): bool {
  if (session.state != SessionState.Incoming) return false;
  session.isAccepted = true;
  if (session.awaitsPrack && session.awaitsAnswer) return true;
  if (!sendSuccess(session, now)) {
    rejectInvite(session, 503, now);
    return false;
  }
  session.timers.stop(SessionTimer.Trying);
  session.settle();
  session.state = SessionState.Answered;
  session.dialog.state = DialogState.Confirmed;
  session.startedAt = now;
  return true;
}

/** §13.3.1.4: the 2xx is ours to repeat until its ACK comes. */
function sendSuccess(session: Session, now: f64): bool {
  const transaction = transactionAt(session.transaction);
  const request = beginInviteResponse(session, transaction, 200);
  agreeInterval(session, request);
  const isOffered = hasDescription(request);
  const isAnswered = session.state == SessionState.Incoming && session.hasMedia; // by a PRACK
  session.awaitsAnswer = !isOffered && !isAnswered;
  if (isOffered) putAnswer(session, request);
  else if (isAnswered) out.body(0, 0);
  else putOffer(session);
  if (!respond(transaction, 200, now)) return false;
  session.owesAnswer = false;
  session.awaitsAck = true;
  session.interval = T1;
  session.timers.set(SessionTimer.Retransmit, now + T1);
  session.timers.set(SessionTimer.GiveUp, now + T1_64);
  restartSessionTimer(session, now);
  return true;
}

/** A final failure; the session is gone, its transaction waits for the ACK. */
export function rejectInvite(session: Session, status: i32, now: f64): void {
  if (session.state != SessionState.Incoming) return;
  const transaction = transactionAt(session.transaction);
  beginInviteResponse(session, transaction, status);
  out.body(0, 0);
  if (!respond(transaction, status, now)) {
    sendOnce(transaction.destination); // no buffer: once, and a copy of the INVITE is a new one
    closeTransaction(transaction);
  }
  closeSession(session);
}

/** §14.2: an INVITE inside the dialog, its number already found to be next, in a transaction of its own. */
export function handleReinvite(session: Session, transaction: Transaction, request: Message, now: f64): SessionEvent {
  const status = refusalOfReinvite(session, request);
  if (status != 0) {
    beginInviteResponse(session, transaction, status);
    if (status == 500) out.headerNumber(Header.RetryAfter, RETRY_AFTER);
    if (status == 422) out.headerNumber(Header.MinSE, LEAST_INTERVAL);
    out.body(0, 0);
    if (!respond(transaction, status, now)) closeTransaction(transaction);
    return SessionEvent.None;
  }
  takeAbilities(session, request);
  session.dialog.setRemoteTarget(request); // §12.2.2: a target refresh
  session.transaction = indexOfTransaction(transaction);
  session.inviteSequence = request.sequence;
  if (!sendSuccess(session, now)) {
    session.transaction = -1;
    closeTransaction(transaction);
    return SessionEvent.None;
  }
  return !session.awaitsAnswer && session.isMediaNew ? raise(SessionEvent.MediaChanged, session) : SessionEvent.None;
}

/** The status to refuse with, or 0, the offer taken. */
function refusalOfReinvite(session: Session, request: Message): i32 {
  if (session.state == SessionState.Incoming) return 500; // §14.2: the first INVITE has no final response yet
  if (session.state != SessionState.Confirmed || session.awaitsAck) return 491; // RFC 5407 §3.1.4: the ACK is to come
  if (session.isReinviting) return 491; // §14.2: they cross
  if (isTooBrief(request)) return 422;
  if (hasDescription(request)) return takeOffer(session, request) ? 0 : 488;
  return canOffer(session) ? 0 : 488;
}

/** The ACK of a 2xx: a message of its own, outside the transaction. */
export function handleAck(request: Message, now: f64): SessionEvent {
  const session = sessionOfRequest(request);
  if (changetype<usize>(session) == 0 || !session.awaitsAck) return SessionEvent.None;
  if (request.sequence != session.inviteSequence) return SessionEvent.None;
  const isFirst = session.state == SessionState.Answered;
  const isAnswer = session.awaitsAnswer;
  const isMissingAnswer = isAnswer && !takeAnswer(session, request);
  session.awaitsAck = false;
  session.awaitsAnswer = false;
  forgetSuccess(session);
  session.timers.stop(SessionTimer.Retransmit);
  session.timers.stop(SessionTimer.GiveUp);
  session.settle();
  session.state = SessionState.Confirmed;
  if (isMissingAnswer || session.isReleased) {
    // §15: the callee that hung up early has waited for this
    const event = raise(SessionEvent.Ended, session, 488);
    sendBye(session, now);
    return event;
  }
  sendWanted(session, now);
  if (isFirst) return raise(SessionEvent.Confirmed, session);
  return isAnswer && session.isMediaNew ? raise(SessionEvent.MediaChanged, session) : SessionEvent.None;
}

/** The 2xx has arrived: its transaction, which stays until Timer L, has nothing to say any more. */
function forgetSuccess(session: Session): void {
  if (!isTransaction(session.transaction)) return;
  const transaction = transactionAt(session.transaction);
  transaction.dropRequest();
  transaction.dropResponse();
}

/**
 * One due timer of a session that waits for our final response, or whose 2xx waits for its ACK, or whose provisional
 * response for its PRACK.
 */
export function handleServerTimeout(session: Session, now: f64): SessionEvent {
  const timers = session.timers;
  if (timers.expired(SessionTimer.GiveUp, now)) {
    const event = raise(SessionEvent.Ended, session, session.awaitsAck ? 408 : 504);
    if (session.awaitsAck) sendBye(session, now);
    else rejectInvite(session, 504, now); // RFC 3262 §3
    return event;
  }
  if (timers.expired(SessionTimer.Trying, now)) {
    timers.stop(SessionTimer.Trying);
    session.settle();
    sendProvisional(session, 100, now);
  } else if (timers.expired(SessionTimer.Retransmit, now)) {
    if (session.awaitsAck) repeatSuccess(session, now);
    else if (session.awaitsPrack) repeatReliable(session, now);
    else sendRinging(session, now);
  }
  return SessionEvent.None;
}

function repeatSuccess(session: Session, now: f64): void {
  session.interval = min(session.interval * 2, T2);
  session.timers.set(SessionTimer.Retransmit, now + session.interval);
  session.settle();
  if (isTransaction(session.transaction)) transactionAt(session.transaction).sendResponse();
}
