// Sending the far end to somebody else: REFER, RFC 3515 §2.4.1, blind or with Replaces to a call of ours that is up
// (attended transfer, RFC 5589 §7). What comes of it is told by NOTIFY. REFER received is in referral.ts.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { countDigits, parseDecimal } from "../base/decimal";
import { startsWith } from "../base/literal";
import { accountAt } from "./account";
import { putCredentials, takeChallenge } from "./credentials";
import { isFirstToken, isOfType } from "./field-value";
import { Header } from "./header";
import { Field, Message } from "./message";
import { Method } from "./method";
import { putDialogContact } from "./outbound";
import { findParameter, parameterAt, parameterLength } from "./parameters";
import { putEscapedReplaces } from "./replaces";
import { Owner, Session, SessionState, SessionTimer, Transfer } from "./session";
import { sendBye } from "./session-end";
import { SessionEvent, raise } from "./session-event";
import {
  refusedRequest, closeTransaction, indexOfTransaction, openClient, respond, startClient,
} from "./transaction/table";
import { BRANCH_LENGTH, Transaction, TransactionEvent } from "./transaction/transaction";
import { Uri } from "./uri";
import { beginResponse, out } from "./writer";

/** How long the far end may take to reach somebody, and how long it may when our phone is hung up meanwhile. */
const PATIENCE: f64 = 300_000;
const PATIENCE_WHEN_LEFT: f64 = 60_000;

const uri: Uri = changetype<Uri>(memory.data(64, 16));
const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

// Our REFER

/**
 * Sends the far end of an answered call to a number of our own domain; where `target` is a session, to its far end, in
 * its place. 0, or the status that says why not.
 */
export function startTransfer(
  session: Session, target: Session, numberAt: usize, numberLength: i32, now: f64,
): i32 {
  if (session.state != SessionState.Confirmed || session.isReleased) return 481;
  if (session.transfer != Transfer.None) return 491;
  session.challenges = 0;
  const transaction = begin(session);
  if (changetype<usize>(transaction) == 0) return 503;
  out.header(Header.ReferTo).text("<");
  if (changetype<usize>(target) == 0) {
    accountAt(session.line).putNumber(numberAt, numberLength);
  } else {
    putRemoteUri(target);
    out.text("?Replaces=");
    putEscapedReplaces(out, target.dialog);
  }
  out.text(">").line();
  out.header(Header.ReferredBy).text("<").value(session.dialog.localUri).text(">").line().body(0, 0);
  return send(session, transaction, now) ? 0 : 503;
}

/** Whom the far end of `target` is known as, without what a URI of its own would put into a request. */
function putRemoteUri(target: Session): void {
  const text = target.dialog.remoteUri;
  const isWithHeaders = uri.parse(text.at, text.length) && uri.headersAt != 0;
  out.span(text.at, isWithHeaders ? <i32>(uri.headersAt - text.at) - 1 : <i32>text.length);
}

function begin(session: Session): Transaction {
  const transaction = openClient(Method.Refer, Owner.Session, session.owner);
  if (changetype<usize>(transaction) == 0) return transaction;
  const account = accountAt(session.line);
  session.dialog.localSequence++;
  session.dialog.beginRequest(Method.Refer, account.local, account.displayName, transaction.branch, BRANCH_LENGTH);
  putDialogContact(session.line, session.dialog.isSecure).line();
  return transaction;
}

function send(session: Session, transaction: Transaction, now: f64): bool {
  session.dialog.destination(accountAt(session.line).hop, destination);
  if (!startClient(transaction, destination, now)) return false;
  session.refer = indexOfTransaction(transaction);
  session.transfer = Transfer.Asking;
  session.transferSequence = session.dialog.localSequence;
  session.timers.set(SessionTimer.Transfer, now + PATIENCE);
  session.settle();
  return true;
}

/** What came of the transaction that `session.refer` names. */
export function handleReferResponse(
  session: Session, event: TransactionEvent, response: Message, source: Endpoint, now: f64,
): SessionEvent {
  if (event == TransactionEvent.Provisional) return SessionEvent.None;
  session.refer = -1;
  if (session.transfer == Transfer.None) return SessionEvent.None; // a NOTIFY has overtaken it
  if (event == TransactionEvent.Success) {
    session.transfer = Transfer.Accepted;
    // RFC 4488 §4: it will tell us nothing
    return isFirstToken(response.first(Header.ReferSub), "false") ? finish(session, 200, now) : SessionEvent.None;
  }
  // in a call that was placed to us, whoever rings could have our password's digest: as for BYE
  const isAnswer = event == TransactionEvent.Failure && !session.isIncoming &&
    takeChallenge(accountAt(session.line), response, source, session.challenges);
  if (isAnswer && sendAgain(session, now)) return SessionEvent.None;
  return finish(session, event == TransactionEvent.Failure ? response.status : 408, now);
}

function sendAgain(session: Session, now: f64): bool {
  session.challenges++;
  const transaction = begin(session);
  if (changetype<usize>(transaction) == 0) return false;
  out.copyFields(refusedRequest(), Header.ReferTo).copyFields(refusedRequest(), Header.ReferredBy).body(0, 0);
  putCredentials(accountAt(session.line));
  return send(session, transaction, now);
}

/** The transfer has come to its end, well or not. Without a phone that waits for it our part of the call ends, too. */
function finish(session: Session, status: i32, now: f64): SessionEvent {
  session.transfer = Transfer.None;
  session.timers.stop(SessionTimer.Transfer);
  session.settle();
  if (session.isReleased) {
    sendBye(session, now);
    return SessionEvent.None;
  }
  return raise(status < 300 ? SessionEvent.Transferred : SessionEvent.TransferFailed, session, status);
}

/** The phone is hung up. True when the session has to live on, until the far end has found whom it was sent to. */
export function awaitsTransfer(session: Session, now: f64): bool {
  if (session.transfer == Transfer.None) return false;
  session.isReleased = true;
  session.timers.set(SessionTimer.Transfer, now + PATIENCE_WHEN_LEFT);
  session.settle();
  return true;
}

/** The far end has told us nothing more of our REFER, or has not left after its own. */
export function handleTransferTimeout(session: Session, now: f64): SessionEvent {
  return finish(session, 408, now);
}

// What it brings about

/** NOTIFY in a transaction of its own, its number already found to be next. */
export function handleNotify(
  session: Session, transaction: Transaction, request: Message, source: Endpoint, now: f64,
): SessionEvent {
  const status = statusOfNotify(session, request);
  beginResponse(request, source, status, session.dialog.localTag.at, session.dialog.localTag.length);
  if (status == 415) out.headerText(Header.Accept, "message/sipfrag");
  if (status == 489) out.headerText(Header.AllowEvents, "refer");
  out.body(0, 0);
  if (!respond(transaction, status, now)) {
    closeTransaction(transaction);
    return SessionEvent.None;
  }
  if (status != 200) return SessionEvent.None;
  const told = statusInFragment(request);
  if (told >= 200) return finish(session, told, now);
  if (isFirstToken(request.first(Header.SubscriptionState), "terminated")) return finish(session, 408, now);
  return told == 0 ? SessionEvent.None : raise(SessionEvent.TransferProgress, session, told);
}

function statusOfNotify(session: Session, request: Message): i32 {
  const event = request.first(Header.Event);
  if (changetype<usize>(event) == 0 || !request.has(Header.SubscriptionState)) return 400; // RFC 6665 §4.1.3
  if (!isFirstToken(event, "refer")) return 489;
  if (session.transfer == Transfer.None || !isOfOurRefer(session, event)) return 481;
  return request.bodyLength == 0 || isOfType(request, "message", "sipfrag") ? 200 : 415;
}

/** RFC 3515 §2.4.6: an id is the number of the REFER. */
function isOfOurRefer(session: Session, event: Field): bool {
  const parameters = event.value + 5, length = event.valueLength - 5;
  return !findParameter(parameters, length, "id") ||
    parseDecimal(parameterAt, parameterLength) == <i64>session.transferSequence;
}

/** The status line that a body of message/sipfrag (RFC 3420) begins with; 0 when there is none. */
function statusInFragment(request: Message): i32 {
  if (request.bodyLength < 11 || !startsWith(request.bodyAt, request.bodyLength, "SIP/2.0 ")) return 0;
  if (countDigits(request.bodyAt + 8, request.bodyLength - 8) != 3) return 0;
  const status = <i32>parseDecimal(request.bodyAt + 8, 3);
  return status >= 100 && status < 700 ? status : 0;
}
