// Placing a call: RFC 3261 §13.2, its end before the answer §9.1, forked answers §13.2.2.4.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { copyBytes } from "../base/bytes";
import { writeText } from "../base/literal";
import { writeRandomHex } from "../base/random";
import { Account, accountAt } from "./account";
import { putCredentials, takeChallenge } from "./credentials";
import { DIALOG_SIZE, Dialog, DialogState, hasSameToTag } from "./dialog/dialog";
import { Header } from "./header";
import { Message } from "./message";
import { Method } from "./method";
import { Owner, Session, SessionState, SessionTimer, closeSession, lineOfOwner, sessionOfOwner } from "./session";
import { sendBye, sendByeOf } from "./session-end";
import { SessionEvent, raise, raiseResponse } from "./session-event";
import { hasDescription, putOffer, takeAnswer } from "./session-media";
import { sendOnce } from "./stateless";
import { T1_64 } from "./timers";
import {
  closeTransaction, indexOfTransaction, isTransaction, openClient, startClient, storedRequest, transactionAt,
} from "./transaction/table";
import { BRANCH_LENGTH, Transaction, TransactionEvent } from "./transaction/transaction";
import { ALLOWED, out } from "./writer";

const branch: usize = memory.data(BRANCH_LENGTH, 16);
const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const fork: Dialog = changetype<Dialog>(memory.data(DIALOG_SIZE, 16));

/** Calls `number` for the session's line. False when the request could not be sent, and the session is gone. */
export function startInvite(session: Session, numberAt: usize, numberLength: i32, now: f64): bool {
  const account = accountAt(session.line);
  const dialog = session.dialog;
  dialog.startClient();
  // To and Request-URI are alike: both through `out`, for the escapes
  out.begin().text("sip:").userPart(numberAt, numberLength).text("@").value(account.domain);
  const fits = dialog.remoteUri.set(out.start, out.length) && session.remoteUser.set(numberAt, numberLength);
  out.begin().text("sip:").value(account.user).text("@").value(account.domain);
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
  dialog.routes.clear();
  dialog.remoteTarget.set(dialog.remoteUri.at, dialog.remoteUri.length);

  const transaction = openClient(Method.Invite, Owner.Session, session.owner);
  if (changetype<usize>(transaction) == 0) return false;
  dialog.beginRequest(Method.Invite, account.local, account.displayName, transaction.branch, BRANCH_LENGTH);
  account.putContact().line().headerText(Header.Allow, ALLOWED);
  putOffer(session);
  if (isAnswer) putCredentials(account);
  if (!startClient(transaction, account.hop, now)) return false;
  session.transaction = indexOfTransaction(transaction);
  session.state = SessionState.Calling;
  return true;
}

/** What came of the INVITE's transaction. `response` is meaningless for Timeout. */
export function handleInviteResponse(
  transaction: Transaction, event: TransactionEvent, response: Message, source: Endpoint, now: f64,
): SessionEvent {
  const session = sessionOfOwner(transaction.owner);
  const isCurrent = changetype<usize>(session) != 0 && session.transaction == indexOfTransaction(transaction);
  if (event == TransactionEvent.Success) {
    if (!isCurrent || session.state > SessionState.Cancelling) {
      handleFurtherSuccess(transaction, response, now);
      return SessionEvent.None;
    }
    return handleSuccess(session, transaction, response, now);
  }
  if (!isCurrent) return SessionEvent.None;
  if (event == TransactionEvent.Provisional) return handleProvisional(session, response, now);
  if (event == TransactionEvent.Failure) return handleFailure(session, response, source, now);
  return SessionEvent.None;
}

/** Timer B: nobody has answered at all. */
export function handleInviteTimeout(session: Session): SessionEvent {
  const event = raise(SessionEvent.Failed, session, 408);
  closeSession(session);
  return event;
}

function handleProvisional(session: Session, response: Message, now: f64): SessionEvent {
  if (session.state == SessionState.Cancelling) {
    if (!session.isCancelSent) sendCancel(session, now);
    return SessionEvent.None;
  }
  session.state = SessionState.Proceeding;
  if (response.status == 100) return SessionEvent.None;
  session.dialog.setResponse(response, DialogState.Early); // one without a Contact is no dialog yet, and still rings
  const hasMedia = hasDescription(response) && takeAnswer(session, response);
  return raiseResponse(hasMedia ? SessionEvent.EarlyMedia : SessionEvent.Progress, session, response);
}

function handleFailure(session: Session, response: Message, source: Endpoint, now: f64): SessionEvent {
  if (session.state != SessionState.Cancelling &&
      takeChallenge(accountAt(session.line), response, source, session.challenges)) {
    session.challenges++;
    session.dialog.localSequence++;
    if (sendInvite(session, true, now)) return SessionEvent.None;
  }
  const event = raiseResponse(SessionEvent.Failed, session, response);
  closeSession(session);
  return event;
}

function handleSuccess(session: Session, transaction: Transaction, response: Message, now: f64): SessionEvent {
  const isDialog = session.dialog.setResponse(response, DialogState.Confirmed);
  session.dialog.state = DialogState.Confirmed;
  acknowledge(session, transaction);
  session.timers.stop(SessionTimer.GiveUp);
  session.settle();
  const hasMedia = hasDescription(response) ? takeAnswer(session, response) : session.hasMedia;
  // §9.1: the answer has crossed our CANCEL. §13.2.2.4: an answer that we can do nothing with is thanked for and ended.
  if (session.isReleased || !isDialog || !hasMedia) {
    const event = raise(SessionEvent.Failed, session, isDialog ? 488 : 500);
    sendBye(session, now);
    return event;
  }
  session.state = SessionState.Confirmed;
  session.startedAt = now;
  return raiseResponse(SessionEvent.Answered, session, response);
}

/**
 * §13.2.2.4: a request of the dialog with the INVITE's number and credentials. It takes the INVITE's place in the
 * transaction.
 */
function acknowledge(session: Session, transaction: Transaction): void {
  const account = accountAt(session.line);
  writeAck(session.dialog, account, storedRequest(transaction));
  session.dialog.destination(account.hop, transaction.endpoint);
  if (out.length > 0 && transaction.keepRequest(out.start, out.length)) transaction.sendRequest();
  else sendOnce(transaction.endpoint); // each repeated 2xx will come here again
}

function writeAck(dialog: Dialog, account: Account, model: Message): void {
  writeRandomHex(writeText(branch, "z9hG4bK"), BRANCH_LENGTH - 7);
  dialog.beginRequest(Method.Ack, account.local, account.displayName, branch, BRANCH_LENGTH);
  out.copyFields(model, Header.Authorization).copyFields(model, Header.ProxyAuthorization).body(0, 0);
}

/**
 * A 2xx after the first: the same again, for which the ACK goes out again; or of another phone, which is thanked and
 * sent away.
 */
function handleFurtherSuccess(transaction: Transaction, response: Message, now: f64): void {
  const model = storedRequest(transaction);
  if (model.method == Method.Ack && hasSameToTag(model, response)) {
    transaction.sendRequest();
    return;
  }
  const session = sessionOfOwner(transaction.owner);
  if (changetype<usize>(session) != 0 && session.state == SessionState.Confirmed &&
      session.dialog.isOfResponse(response)) {
    acknowledge(session, transaction);
    return;
  }
  const account = accountAt(lineOfOwner(transaction.owner));
  fork.reset();
  if (!fork.setOwnRequest(model) || !fork.setResponse(response, DialogState.Confirmed)) return;
  writeAck(fork, account, model);
  fork.destination(account.hop, destination);
  sendOnce(destination);
  fork.localSequence++;
  sendByeOf(fork, account, Owner.None, 0, now);
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
