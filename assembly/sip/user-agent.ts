// The SIP user agent of the adapter: datagrams and time in, session events out. RFC 3261 §8 and §13. The one door for
// the layers above.

import { Counter, count } from "../abi/counters";
import { Endpoint } from "../abi/endpoint";
import { ADAPTER_PARTIALS, MAX_LINES } from "../limits";
import { isKnownHop, lineOfRequest, refusalOf } from "./acceptance";
import { ACCOUNTS_SIZE, accountAt, setupAccounts } from "./account";
import {
  Frame, closeFlow, forgetFlow, frameAt, frameLength, framingNextTimeout, framingSize, handleFramingTimeout, parseFault,
  setupFraming, takeFrame,
} from "./framing";
import { Header } from "./header";
import { forgetKeepAlive, handleKeepAliveTimeout, handlePong, keepAliveNextTimeout, setupKeepAlives } from "./keep-alive";
import { MESSAGE_SIZE, Message, messageAt } from "./message";
import { Method } from "./method";
import { LOCATORS_SIZE, handleLocatorTimeout, locatorsNextTimeout, setupLocators } from "./next-hop";
import { Fault, faultText, parseMessage } from "./parser";
import { OUTBOUNDS_SIZE, setupOutbounds } from "./outbound";
import {
  REGISTRATIONS_SIZE, handleRegistrationTimeout, registrationAt, registrationsNextTimeout,
  setupRegistrations,
} from "./registration";
import {
  decline as declineReferral, follow as followReferral, handleNotifyResponse, reportReferral, retire as retireSession,
} from "./referral";
import { handlePrackResponse } from "./reliable-provisional";
import { handleConnectionLost, handleSendFailure } from "./send-failure";
import {
  Owner, Session, SessionState, closeSession, dueSession, hasRoom, isSession, openSession, sessionAt, sessionOfOwner,
  sessionOfRequest, sessionsNextTimeout, sessionsSize, setupSessions,
} from "./session";
import { handleChangeEnd, handleChangeResponse, setHold } from "./session-change";
import { cancelInvite, handleInviteResponse, handleInviteTimeout, startInvite } from "./session-client";
import { handleByeResponse, sendBye } from "./session-end";
import { SessionEvent, eventSession, eventStatus } from "./session-event";
import { handleCancel, handleDialogRequest, putAbilities, putRefusal } from "./session-request";
import { acceptInvite, handleAck, handleInvite, rejectInvite, sendRinging as ring } from "./session-server";
import { handleSessionTimeout } from "./session-timeout";
import { STATELESS_SIZE, answerOnce, beginAnswer, isAnswerable, sendAnswer, setupStateless } from "./stateless";
import {
  afterTimeout, event, handleTransactionTimeout, indexOfTransaction, match, transactionsNextTimeout,
} from "./transaction/table";
import { Transaction, TransactionEvent } from "./transaction/transaction";
import { awaitsTransfer, handleReferResponse, startTransfer } from "./transfer";
import { hasToTag, out } from "./writer";

export { accountAt } from "./account";
export { frameTaken } from "./framing";
export { handleResolved } from "./next-hop";
export { registrationAt } from "./registration";
export {
  prepareRegistration, startRegistration, startRegistrations, stopRegistration, stopRegistrations,
} from "./registering";
export { Session, SessionState, isSession, sessionAt, sessionsUsed } from "./session";
export {
  SessionEvent, eventLine, eventOther, eventReasonAt, eventReasonLength, eventSession, eventStatus,
} from "./session-event";
export { offerResult } from "./session-media";

const NO_SESSION: Session = changetype<Session>(0);

const message: Message = messageAt(memory.data(MESSAGE_SIZE, 16));

/** Why invite() refused: a status code. */
export let refusalStatus: i32 = 0;

/** Bytes of memory for accounts, registrations, sessions and answers without state. */
@inline export function userAgentSize(): i32 {
  return ACCOUNTS_SIZE + OUTBOUNDS_SIZE + LOCATORS_SIZE + REGISTRATIONS_SIZE + STATELESS_SIZE + framingSize(ADAPTER_PARTIALS) +
    sessionsSize();
}

/**
 * Once, after the random seed, the character and header tables, the buffers and the transactions. `at` is 16-aligned.
 */
export function setupUserAgent(at: usize): void {
  if ((ACCOUNTS_SIZE & 7) != 0 || (OUTBOUNDS_SIZE & 7) != 0 || (LOCATORS_SIZE & 7) != 0 || (REGISTRATIONS_SIZE & 7) != 0) {
    ERROR("what follows holds f64");
  }
  setupAccounts(at);
  at += ACCOUNTS_SIZE;
  setupOutbounds(at);
  at += OUTBOUNDS_SIZE;
  setupLocators(at);
  at += LOCATORS_SIZE;
  setupRegistrations(at);
  at += REGISTRATIONS_SIZE;
  setupStateless(at);
  at += STATELESS_SIZE;
  setupFraming(at, ADAPTER_PARTIALS);
  setupKeepAlives();
  setupSessions(at + <usize>framingSize(ADAPTER_PARTIALS));
}

// Inputs

/** One datagram of `length` bytes, in place until the next input. At most one event comes of it. */
export function handleSip(at: usize, length: i32, source: Endpoint, now: f64): SessionEvent {
  return tellReferrer(handleMessage(at, length, source, now), now);
}

function handleMessage(at: usize, length: i32, source: Endpoint, now: f64): SessionEvent {
  count(Counter.DatagramsIn);
  if (!parseMessage(message, at, length)) {
    refuseMalformed(source);
    return SessionEvent.None;
  }
  if (message.isResponse && message.isRepeated(Header.Via)) { // §8.1.3.3: it has gone astray
    count(Counter.SipUnmatchedResponse);
    return SessionEvent.None;
  }
  const transaction = match(message, source, now);
  if (message.isResponse) {
    return changetype<usize>(transaction) == 0 ? SessionEvent.None : handleResponse(transaction, event, source, now);
  }
  return changetype<usize>(transaction) == 0 ? handleRequest(source, now) : SessionEvent.None;
}

/**
 * Bytes of a stream connection, in place until the next input. frameTaken says how many of them are done with; the host
 * comes again with the rest.
 */
export function handleStream(at: usize, length: i32, source: Endpoint, now: f64): SessionEvent {
  const frame = takeFrame(source, at, length, now);
  if (frame == Frame.Message) return handleSip(frameAt, frameLength, source, now);
  if (frame == Frame.Pong) handlePong(source.flow, now);
  if (frame == Frame.Fault) {
    parseFault(message);
    refuseMalformed(source);
    closeFlow(source.flow);
  }
  return SessionEvent.None;
}

/** The connection that `peer` names is gone; calls go on without it. */
export function handleFlowClosed(peer: Endpoint, now: f64): void {
  forgetFlow(peer.flow);
  forgetKeepAlive(peer.flow);
  for (let line = 0; line < MAX_LINES; line++) registrationAt(line).handleFlowClosed(peer.flow, now);
  handleConnectionLost(peer, now);
}

/** A message of ours that could not be sent to `endpoint`. */
export function handleUnsent(at: usize, length: i32, endpoint: Endpoint, now: f64): SessionEvent {
  if (!parseMessage(message, at, length)) return SessionEvent.None;
  const transaction = handleSendFailure(message, endpoint, now);
  return changetype<usize>(transaction) == 0 ? SessionEvent.None
    : tellReferrer(handleTransactionEnd(transaction, event, now), now);
}

/** §8.2, §16.3: our hop is told what was wrong with its request. */
function refuseMalformed(source: Endpoint): void {
  if (message.fault == Fault.KeepAlive) {
    count(Counter.SipKeepAlive);
    return;
  }
  count(Counter.SipMalformed);
  if (!message.isRequest || message.method == Method.Ack || message.refusal == 0 || !isKnownHop(source)) return;
  // §21.4.1: the reason phrase says what is wrong with it
  if (isAnswerable(message)) answerOnce(message, source, message.refusal, faultText(message.fault));
}

function handleRequest(source: Endpoint, now: f64): SessionEvent {
  if (message.method == Method.Ack) return handleAck(message, now);
  const isFriend = isKnownHop(source);
  if (message.method == Method.Cancel) return handleCancel(message, source, isFriend, now);
  if (hasToTag(message)) {
    const session = sessionOfRequest(message);
    if (changetype<usize>(session) != 0) {
      return handleDialogRequest(session, message, source, refusalOf(message, true), now);
    }
    if (isFriend) answerOnce(message, source, 481);
  } else if (isFriend) {
    return handleNewRequest(source, now);
  }
  if (!isFriend) count(Counter.SipRefused);
  return SessionEvent.None;
}

/** Outside any dialog, from a hop of ours. */
function handleNewRequest(source: Endpoint, now: f64): SessionEvent {
  const line = lineOfRequest(message, source);
  const refusal = refusalOf(message, false);
  if (refusal == 0 && line >= 0 && message.method == Method.Invite) return handleInvite(message, source, line, now);
  const status = refusal != 0 ? refusal : line < 0 ? 404 : 200;
  if (status != 200) count(Counter.SipRefused);
  beginAnswer(message, source, status);
  putRefusal(message, status);
  if (status == 200 || status == 405 || status == 501) putAbilities();
  out.body(0, 0);
  sendAnswer(message, source);
  return SessionEvent.None;
}

function handleResponse(transaction: Transaction, what: TransactionEvent, source: Endpoint, now: f64): SessionEvent {
  if (what == TransactionEvent.None) return SessionEvent.None;
  if (transaction.ownerKind == Owner.Registration) {
    registrationAt(transaction.owner).handleResponse(transaction, what, message, source, now);
  } else if (transaction.ownerKind == Owner.Session) {
    return handleSessionResponse(transaction, what, source, now);
  }
  return SessionEvent.None;
}

function handleSessionResponse(
  transaction: Transaction, what: TransactionEvent, source: Endpoint, now: f64,
): SessionEvent {
  const session = sessionOfOwner(transaction.owner);
  const index = indexOfTransaction(transaction);
  switch (transaction.method) {
    case Method.Invite: return handleInviteResponse(transaction, what, message, source, now);
    case Method.Prack: handlePrackResponse(transaction, what, message, source, now); break;
    case Method.Update: {
      if (changetype<usize>(session) == 0 || session.change != index) break;
      return handleChangeResponse(session, transaction, what, message, source, now);
    }
    case Method.Refer: {
      if (changetype<usize>(session) == 0 || session.refer != index) break;
      return handleReferResponse(session, what, message, source, now);
    }
    case Method.Notify: {
      if (changetype<usize>(session) == 0 || session.notify != index) break;
      handleNotifyResponse(session, what, message, source, now);
      break;
    }
    default: handleByeResponse(transaction, what, message, source, now);
  }
  return SessionEvent.None;
}

/** Who asked us for a call hears how it fares. */
function tellReferrer(event: SessionEvent, now: f64): SessionEvent {
  if (event == SessionEvent.None) return event;
  const session = sessionAt(eventSession);
  if (session.referrer == 0) return event;
  switch (event) {
    case SessionEvent.Progress:
    case SessionEvent.EarlyMedia:
    case SessionEvent.Answered:
    case SessionEvent.Failed: reportReferral(session, eventStatus, now);
  }
  return event;
}

// Time

export function nextTimeout(): f64 {
  const ofConnections = min(framingNextTimeout(), keepAliveNextTimeout());
  const ofMachines = min(transactionsNextTimeout(), min(sessionsNextTimeout(), registrationsNextTimeout()));
  return min(ofMachines, min(ofConnections, locatorsNextTimeout()));
}

/** Runs one due timer. The caller comes again while nextTimeout() is not after `now`. */
export function handleTimeout(now: f64): SessionEvent { return tellReferrer(handleDeadline(now), now); }

function handleDeadline(now: f64): SessionEvent {
  const session = dueSession(now);
  if (changetype<usize>(session) != 0) return handleSessionTimeout(session, now);
  if (handleRegistrationTimeout(now) || handleFramingTimeout(now) || handleKeepAliveTimeout(now)) return SessionEvent.None;
  if (handleLocatorTimeout(now)) return SessionEvent.None;
  const transaction = handleTransactionTimeout(now);
  return changetype<usize>(transaction) == 0 ? SessionEvent.None : handleTransactionEnd(transaction, event, now);
}

function handleTransactionEnd(transaction: Transaction, what: TransactionEvent, now: f64): SessionEvent {
  let result = SessionEvent.None;
  if (what == TransactionEvent.Timeout || what == TransactionEvent.Terminated) {
    if (transaction.ownerKind == Owner.Registration) {
      registrationAt(transaction.owner).handleResponse(transaction, what, message, transaction.endpoint, now);
    } else if (transaction.ownerKind == Owner.Session) {
      result = handleSessionTransactionEnd(transaction, what, now);
    }
  }
  afterTimeout(transaction);
  return result;
}

function handleSessionTransactionEnd(transaction: Transaction, what: TransactionEvent, now: f64): SessionEvent {
  const session = sessionOfOwner(transaction.owner);
  const index = indexOfTransaction(transaction);
  if (changetype<usize>(session) != 0) {
    if (session.change == index) return handleChangeEnd(session, what, now);
    // that nothing has come back yet is all that these two can still say of themselves
    if (session.refer == index) return handleReferResponse(session, what, message, transaction.endpoint, now);
    if (session.notify == index) {
      handleNotifyResponse(session, what, message, transaction.endpoint, now);
      return SessionEvent.None;
    }
  }
  const isCurrent = changetype<usize>(session) != 0 && session.transaction == index;
  if (isCurrent) session.transaction = -1;
  if (!isCurrent || what != TransactionEvent.Timeout) return SessionEvent.None;
  if (transaction.isInvite) return handleInviteTimeout(session, transaction, now);
  closeSession(session); // our BYE found nobody
  return SessionEvent.None;
}

// Orders

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
