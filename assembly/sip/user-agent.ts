// The SIP user agent of the adapter: datagrams and time in, session events out. RFC 3261 §8 and §13. The one door for
// the layers above.

import { Counter, count } from "../abi/counters";
import { Endpoint } from "../abi/endpoint";
import { ADAPTER_PARTIALS, MAX_LINES } from "../limits";
import { looksLikeStun } from "../stun/message";
import { isKnownHop, refusalOf } from "./acceptance";
import { ACCOUNTS_SIZE, setupAccounts } from "./account";
import { handleStun } from "./datagram-keep-alive";
import {
  Frame, closeFlow, forgetFlow, frameAt, frameLength, framingNextTimeout, framingSize, handleFramingTimeout, parseFault,
  setupFraming, takeFrame,
} from "./framing";
import { Header } from "./header";
import { handleInfoResponse } from "./info";
import { handleMessageResponse } from "./instant-message";
import { forgetKeepAlive, handleKeepAliveTimeout, handlePong, keepAliveNextTimeout, setupKeepAlives } from "./keep-alive";
import { MESSAGE_SIZE, Message, messageAt } from "./message";
import { setupMailboxes } from "./message-waiting";
import { Method } from "./method";
import { LOCATORS_SIZE, handleLocatorTimeout, locatorsNextTimeout, setupLocators } from "./next-hop";
import { handleNewRequest } from "./outside-dialog";
import { Fault, faultText, parseMessage } from "./parser";
import { OUTBOUNDS_SIZE, setupOutbounds } from "./outbound";
import {
  REGISTRATIONS_SIZE, handleRegistrationTimeout, registrationAt, registrationsNextTimeout,
  setupRegistrations,
} from "./registration";
import { handleNotifyResponse, reportReferral } from "./referral";
import { handlePrackResponse } from "./reliable-provisional";
import { handleConnectionLost, handleSendFailure } from "./send-failure";
import {
  Owner, closeSession, dueSession, sessionAt, sessionOfOwner, sessionOfRequest, sessionsNextTimeout, sessionsSize,
  setupSessions,
} from "./session";
import { handleChangeEnd, handleChangeResponse } from "./session-change";
import { handleInviteResponse, handleInviteTimeout } from "./session-client";
import { handleByeResponse } from "./session-end";
import { SessionEvent, eventSession, eventStatus } from "./session-event";
import { handleCancel, handleDialogRequest } from "./session-request";
import { handleAck } from "./session-server";
import { handleSessionTimeout } from "./session-timeout";
import { STATELESS_SIZE, answerOnce, isAnswerable, setupStateless } from "./stateless";
import {
  SUBSCRIPTIONS_SIZE, handleSubscriptionTimeout, lineOfNotify, setupSubscriptions, subscriptionAt,
  subscriptionsNextTimeout,
} from "./subscription";
import {
  afterTimeout, event, handleTransactionTimeout, indexOfTransaction, match, transactionsNextTimeout,
} from "./transaction/table";
import { Transaction, TransactionEvent } from "./transaction/transaction";
import { handleReferResponse } from "./transfer";
import { hasToTag } from "./writer";

export { accountAt } from "./account";
export { frameTaken } from "./framing";
export { sendMessage } from "./instant-message";
export { handleResolved } from "./next-hop";
export { Mailbox, mailboxAt } from "./message-waiting";
export {
  answer, decline, follow, hangUp, hold, invite, refusalStatus, reject, retire, sendDigit, sendRinging, transfer,
  transferTo,
} from "./orders";
export { registrationAt } from "./registration";
export {
  prepareRegistration, startRegistration, startRegistrations, stopRegistration, stopRegistrations,
} from "./registering";
export { Session, SessionState, isSession, sessionAt, sessionsUsed } from "./session";
export {
  SessionEvent, eventLine, eventOther, eventReasonAt, eventReasonLength, eventSession, eventStatus,
} from "./session-event";
export { offerResult } from "./session-media";

const message: Message = messageAt(memory.data(MESSAGE_SIZE, 16));

/** Bytes of memory for accounts, registrations, subscriptions, sessions and answers without state. */
@inline export function userAgentSize(): i32 {
  return ACCOUNTS_SIZE + OUTBOUNDS_SIZE + LOCATORS_SIZE + REGISTRATIONS_SIZE + SUBSCRIPTIONS_SIZE + STATELESS_SIZE +
    framingSize(ADAPTER_PARTIALS) + sessionsSize();
}

/**
 * Once, after the random seed, the character and header tables, the buffers and the transactions. `at` is 16-aligned.
 */
export function setupUserAgent(at: usize): void {
  const sizes = ACCOUNTS_SIZE | OUTBOUNDS_SIZE | LOCATORS_SIZE | REGISTRATIONS_SIZE | SUBSCRIPTIONS_SIZE;
  if ((sizes & 7) != 0) ERROR("what follows holds f64");
  setupAccounts(at);
  at += ACCOUNTS_SIZE;
  setupOutbounds(at);
  at += OUTBOUNDS_SIZE;
  setupLocators(at);
  at += LOCATORS_SIZE;
  setupRegistrations(at);
  at += REGISTRATIONS_SIZE;
  setupSubscriptions(at);
  setupMailboxes();
  at += SUBSCRIPTIONS_SIZE;
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
  if (looksLikeStun(at, length)) {
    handleStun(at, length, source, now);
    return SessionEvent.None;
  }
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
      return handleDialogRequest(session, message, source, refusalOf(message, source, true), now);
    }
    if (isFriend) {
      const line = lineOfNotify(message);
      if (line >= 0) return subscriptionAt(line).handleNotify(message, source, now);
      answerOnce(message, source, 481);
    }
  } else if (isFriend) {
    return handleNewRequest(message, source, now);
  }
  if (!isFriend) count(Counter.SipRefused);
  return SessionEvent.None;
}

function handleResponse(transaction: Transaction, what: TransactionEvent, source: Endpoint, now: f64): SessionEvent {
  if (what == TransactionEvent.None) return SessionEvent.None;
  if (transaction.ownerKind == Owner.Session) return handleSessionResponse(transaction, what, source, now);
  handleLineResponse(transaction, what, source, now);
  return SessionEvent.None;
}

/** What came of a request that belongs to a line, not to one of its sessions. */
function handleLineResponse(transaction: Transaction, what: TransactionEvent, source: Endpoint, now: f64): void {
  switch (transaction.ownerKind) {
    case Owner.Registration:
      registrationAt(transaction.owner).handleResponse(transaction, what, message, source, now);
      break;
    case Owner.Subscription:
      subscriptionAt(transaction.owner).handleResponse(transaction, what, message, source, now);
      break;
    case Owner.Message: handleMessageResponse(transaction, what, message, source, now);
  }
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
    case Method.Info: handleInfoResponse(transaction, what, message, source, now); break;
    default: handleByeResponse(transaction, what, message, source, now);
  }
  return SessionEvent.None;
}

/** Who asked us for a call hears how it fares. */
function tellReferrer(event: SessionEvent, now: f64): SessionEvent {
  if (event == SessionEvent.None || eventSession < 0) return event;
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
  const ofLines = min(registrationsNextTimeout(), subscriptionsNextTimeout());
  const ofMachines = min(transactionsNextTimeout(), min(sessionsNextTimeout(), ofLines));
  return min(ofMachines, min(ofConnections, locatorsNextTimeout()));
}

/** Runs one due timer. The caller comes again while nextTimeout() is not after `now`. */
export function handleTimeout(now: f64): SessionEvent { return tellReferrer(handleDeadline(now), now); }

function handleDeadline(now: f64): SessionEvent {
  const session = dueSession(now);
  if (changetype<usize>(session) != 0) return handleSessionTimeout(session, now);
  if (handleRegistrationTimeout(now) || handleSubscriptionTimeout(now)) return SessionEvent.None;
  if (handleFramingTimeout(now) || handleKeepAliveTimeout(now) || handleLocatorTimeout(now)) return SessionEvent.None;
  const transaction = handleTransactionTimeout(now);
  return changetype<usize>(transaction) == 0 ? SessionEvent.None : handleTransactionEnd(transaction, event, now);
}

function handleTransactionEnd(transaction: Transaction, what: TransactionEvent, now: f64): SessionEvent {
  let result = SessionEvent.None;
  if (what == TransactionEvent.Timeout || what == TransactionEvent.Terminated) {
    if (transaction.ownerKind == Owner.Session) result = handleSessionTransactionEnd(transaction, what, now);
    else handleLineResponse(transaction, what, transaction.endpoint, now);
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
