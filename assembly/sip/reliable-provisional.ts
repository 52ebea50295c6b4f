// Provisional responses that arrive for certain, and PRACK: RFC 3262, both roles.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { NOT_A_NUMBER, countDigits, parseDecimal } from "../base/decimal";
import { equals } from "../base/literal";
import { random32 } from "../base/random";
import { accountAt } from "./account";
import { skipSpace } from "./characters";
import { putCredentials, takeChallenge } from "./credentials";
import { Header } from "./header";
import { Message } from "./message";
import { Method } from "./method";
import { hasToken } from "./option-tags";
import { Owner, Session, SessionState, SessionTimer, sessionOfOwner } from "./session";
import { SessionEvent, raise } from "./session-event";
import { hasDescription, putAnswer, putOffer, refusalOfOffer, takeAnswer, takeOffer } from "./session-media";
import { RINGING_INTERVAL, acceptInvite, rejectInvite } from "./session-server";
import { T1, T1_64 } from "./timers";
import {
  refusedRequest, closeTransaction, isTransaction, openClient, respond, startClient, transactionAt,
} from "./transaction/table";
import { BRANCH_LENGTH, Transaction, TransactionEvent } from "./transaction/transaction";
import { beginResponse, out } from "./writer";

const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

// Our INVITE

/** §4: its sender repeats it until our PRACK. A 100 never is. */
export function isReliable(response: Message): bool {
  return response.status > 100 && sequenceOf(response) > 0 && hasToken(response, Header.Require, "100rel");
}

function sequenceOf(response: Message): i64 {
  const field = response.first(Header.RSeq);
  return changetype<usize>(field) == 0 ? NOT_A_NUMBER : parseDecimal(field.value, field.valueLength);
}

/**
 * §4: sends PRACK for the next one of the session's early dialog. False for one that came before or comes too early:
 * it says nothing yet.
 */
export function acknowledgeReliable(session: Session, response: Message, now: f64): bool {
  const sequence = <u32>sequenceOf(response);
  if (session.remoteReliable != 0 && sequence != session.remoteReliable + 1) return false;
  const transaction = beginPrack(session);
  if (changetype<usize>(transaction) != 0) {
    out.header(Header.RAck).decimal(sequence).text(" ").decimal(response.sequence).text(" INVITE").line().body(0, 0);
    // what could not be sent is taken for new when it comes again
    if (startClient(transaction, destination, now)) session.remoteReliable = sequence;
  }
  return true;
}

function beginPrack(session: Session): Transaction {
  const transaction = openClient(Method.Prack, Owner.Session, session.owner);
  if (changetype<usize>(transaction) == 0) return transaction;
  const account = accountAt(session.line);
  session.dialog.localSequence++;
  session.dialog.beginRequest(Method.Prack, account.local, account.displayName, transaction.branch, BRANCH_LENGTH);
  session.dialog.destination(account.hop, destination);
  return transaction;
}

/** Nothing depends on the answer, but for a challenge of our own hop. */
export function handlePrackResponse(
  transaction: Transaction, event: TransactionEvent, response: Message, source: Endpoint, now: f64,
): void {
  const session = sessionOfOwner(transaction.owner);
  if (changetype<usize>(session) == 0 || event != TransactionEvent.Failure) return;
  const account = accountAt(session.line);
  if (!takeChallenge(account, response, source, session.challenges)) return;
  session.challenges++;
  const next = beginPrack(session);
  if (changetype<usize>(next) == 0) return;
  out.copyFields(refusedRequest(), Header.RAck).body(0, 0);
  putCredentials(account);
  startClient(next, destination, now);
}

// An INVITE of the far end

/**
 * Ends the provisional response to `invite` in `out` as one that waits for its PRACK (§3); without an offer in the
 * INVITE the first one brings ours.
 */
export function putReliable(session: Session, invite: Message, now: f64): void {
  session.localReliable = session.localReliable == 0 ? (random32() & 0x3fffffff) + 1 : session.localReliable + 1;
  out.headerText(Header.Require, "100rel").headerNumber(Header.RSeq, session.localReliable);
  if (hasDescription(invite) || session.hasMedia) {
    out.body(0, 0);
  } else {
    putOffer(session);
    session.awaitsAnswer = true;
  }
  session.awaitsPrack = true;
  session.interval = T1;
  session.timers.set(SessionTimer.Retransmit, now + T1);
  session.timers.set(SessionTimer.GiveUp, now + T1_64);
  session.settle();
}

/** §3: T1 doubles, and nothing caps it. */
export function repeatReliable(session: Session, now: f64): void {
  session.interval *= 2;
  session.timers.set(SessionTimer.Retransmit, now + session.interval);
  session.settle();
  if (isTransaction(session.transaction)) transactionAt(session.transaction).sendResponse();
}

/** PRACK in a transaction of its own (§3). */
export function handlePrack(
  session: Session, transaction: Transaction, request: Message, source: Endpoint, now: f64,
): SessionEvent {
  const isAnswer = session.awaitsAnswer && session.state == SessionState.Incoming;
  const status = isOfReliable(session, request) ? takeDescription(session, request, isAnswer) : 481;
  beginResponse(request, source, status, session.dialog.localTag.at, session.dialog.localTag.length);
  if (status == 200 && !isAnswer && hasDescription(request)) putAnswer(session, request);
  else out.body(0, 0);
  if (!respond(transaction, status, now)) closeTransaction(transaction);
  if (status == 481) return SessionEvent.None;
  session.awaitsPrack = false;
  return session.state == SessionState.Incoming ? goOn(session, isAnswer, status, now) : SessionEvent.None;
}

/** RAck = response-num LWS CSeq-num LWS Method (§7.2), all three of the response that waits. */
function isOfReliable(session: Session, request: Message): bool {
  const field = request.first(Header.RAck);
  if (changetype<usize>(field) == 0 || !session.awaitsPrack) return false;
  const end = field.value + <usize>field.valueLength;
  const digits = countDigits(field.value, field.valueLength);
  const number = skipSpace(field.value + <usize>digits, end);
  const numberDigits = countDigits(number, <i32>(end - number));
  const method = skipSpace(number + <usize>numberDigits, end);
  return parseDecimal(field.value, digits) == <i64>session.localReliable &&
    parseDecimal(number, numberDigits) == <i64>session.inviteSequence &&
    equals(method, <i32>(end - method), "INVITE");
}

/** §5: the answer to the offer of our response, or an offer of its own. The status to answer with. */
function takeDescription(session: Session, request: Message, isAnswer: bool): i32 {
  session.isMediaNew = false;
  if (isAnswer) return takeAnswer(session, request) ? 200 : 488;
  if (!hasDescription(request)) return 200;
  const status = refusalOfOffer(session);
  return status != 0 ? status : takeOffer(session, request) ? 200 : 488;
}

/** The INVITE still waits for its final response: §3 may have held a 2xx back. */
function goOn(session: Session, isAnswer: bool, status: i32, now: f64): SessionEvent {
  session.timers.stop(SessionTimer.GiveUp);
  session.timers.set(SessionTimer.Retransmit, now + RINGING_INTERVAL);
  session.settle();
  session.awaitsAnswer = false;
  if (isAnswer && status != 200) { // our offer has failed, and there is no other
    const event = raise(SessionEvent.Ended, session, status);
    rejectInvite(session, status, now);
    return event;
  }
  const event = session.isMediaNew ? raise(SessionEvent.MediaChanged, session) : SessionEvent.None;
  if (!session.isAccepted || acceptInvite(session, now)) return event;
  return raise(SessionEvent.Ended, session, 503);
}
