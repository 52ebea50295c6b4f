// What we change in a session that goes on: hold and resume by re-INVITE (RFC 3261 §14.1), signs of life by UPDATE or
// re-INVITE (RFC 4028 §10). One request at a time; what is wanted meanwhile follows it.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { randomUnit } from "../base/random";
import { Direction } from "../sdp/description";
import { accountAt } from "./account";
import { putCredentials, takeChallenge } from "./credentials";
import { Header } from "./header";
import { Message } from "./message";
import { Method } from "./method";
import { SUPPORTED, hasToken } from "./option-tags";
import { putDialogContact } from "./outbound";
import { Owner, Session, SessionState, SessionTimer } from "./session";
import { acknowledge } from "./session-acknowledgement";
import { sendBye } from "./session-end";
import { SessionEvent, raise } from "./session-event";
import { canOffer, hasDescription, putOffer, takeAnswer, takeOffer } from "./session-media";
import { putInterval, takeInterval, takeMinimum } from "./session-timer";
import { indexOfTransaction, limitClient, openClient, startClient } from "./transaction/table";
import { BRANCH_LENGTH, Transaction, TransactionEvent } from "./transaction/transaction";
import { ALLOWED, out } from "./writer";

/** Until a sign of life that was refused, or that no table had room for, is tried again. */
const RETRY_AFTER: f64 = 10_000;
/** As often as that a request may come back to be sent again. */
export const MOST_ROUNDS: i32 = 4;

const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

/** What the far end's Allow says, where it says something. */
export function takeAbilities(session: Session, message: Message): void {
  if (message.has(Header.Allow)) session.takesUpdate = hasToken(message, Header.Allow, "update");
}

/** Holds the far end, or no longer; as soon as that can be said. */
export function setHold(session: Session, isWanted: bool, now: f64): void {
  session.wantsHold = isWanted;
  sendWanted(session, now);
}

/** A sign of life is due. */
export function refreshSession(session: Session, now: f64): void {
  session.timers.stop(SessionTimer.Refresh);
  session.isRefreshDue = true;
  session.settle();
  sendWanted(session, now);
}

/** The wait before another try is over. */
export function handleChangeTimer(session: Session, now: f64): void {
  session.timers.stop(SessionTimer.Change);
  session.settle();
  sendWanted(session, now);
}

/** Sends what is wanted, unless something is under way: then this is called again when that has ended. */
export function sendWanted(session: Session, now: f64): void {
  if (session.state != SessionState.Confirmed || session.awaitsAck || session.change >= 0) return;
  if (session.timers.isRunning(SessionTimer.Change)) return;
  const isChange = session.wantsHold != session.isHolding;
  if (!isChange && !session.isRefreshDue) return;
  session.challenges = 0;
  send(session, isChange || !session.takesUpdate ? Method.Invite : Method.Update, false, now);
}

/** `isAnswer` to the challenge that was taken. */
function send(session: Session, method: Method, isAnswer: bool, now: f64): void {
  const account = accountAt(session.line);
  const dialog = session.dialog;
  const transaction = openClient(method, Owner.Session, session.owner);
  if (changetype<usize>(transaction) == 0) {
    waitFor(session, RETRY_AFTER, now);
    return;
  }
  dialog.localSequence++;
  dialog.beginRequest(method, account.local, account.displayName, transaction.branch, BRANCH_LENGTH);
  putDialogContact(session.line, session.dialog.isSecure).line().headerText(Header.Allow, ALLOWED).headerText(Header.Supported, SUPPORTED);
  putInterval(session);
  if (method == Method.Invite) putInviteBody(session);
  else out.body(0, 0);
  if (isAnswer) putCredentials(account);
  dialog.destination(account.hop, destination);
  if (startClient(transaction, destination, now)) {
    session.change = indexOfTransaction(transaction);
    session.isReinviting = method == Method.Invite;
  } else {
    settleOffer(session, false);
    waitFor(session, RETRY_AFTER, now);
  }
}

/** Our offer; where the far end once wanted more media lines than we can repeat, its own is asked for (§14.1). */
function putInviteBody(session: Session): void {
  session.offersHold = session.wantsHold;
  if (session.offersHold) {
    session.local.direction = session.isHolding || session.media.sends ? Direction.SendOnly : Direction.Inactive;
  } else {
    session.local.direction = Direction.SendRecv;
  }
  session.awaitsAnswer = canOffer(session);
  if (session.awaitsAnswer) putOffer(session);
  else out.body(0, 0);
}

/** A re-INVITE has succeeded or failed: from now on our side of the media is what is agreed. */
function settleOffer(session: Session, isAgreed: bool): void {
  session.awaitsAnswer = false;
  if (isAgreed) session.isHolding = session.offersHold;
  session.local.direction = session.isHolding ? Direction.SendOnly : Direction.SendRecv;
}

function waitFor(session: Session, duration: f64, now: f64): void {
  session.timers.set(SessionTimer.Change, now + duration);
  session.settle();
}

/** What came of the transaction that `session.change` names. */
export function handleChangeResponse(
  session: Session, transaction: Transaction, event: TransactionEvent, response: Message, source: Endpoint, now: f64,
): SessionEvent {
  if (event == TransactionEvent.Provisional) {
    if (session.isReinviting) limitClient(transaction, now);
    return SessionEvent.None;
  }
  const isReinvite = session.isReinviting;
  endChange(session);
  if (session.state != SessionState.Confirmed) { // our BYE is out
    if (isReinvite && event == TransactionEvent.Success) acknowledge(session, transaction);
    return SessionEvent.None;
  }
  if (event == TransactionEvent.Failure) return handleFailure(session, isReinvite, response, source, now);
  return handleSuccess(session, transaction, isReinvite, response, now);
}

function endChange(session: Session): void {
  session.change = -1;
  session.isReinviting = false;
}

/** The transaction has ended by itself: without an answer the far end is gone (§12.2.1.2). */
export function handleChangeEnd(session: Session, event: TransactionEvent, now: f64): SessionEvent {
  endChange(session);
  if (event != TransactionEvent.Timeout || session.state != SessionState.Confirmed) return SessionEvent.None;
  return endSession(session, 408, now);
}

/** Ends a session whose far end is lost. */
export function endSession(session: Session, status: i32, now: f64): SessionEvent {
  const event = raise(SessionEvent.Ended, session, status);
  sendBye(session, now);
  return event;
}

function handleSuccess(
  session: Session, transaction: Transaction, isReinvite: bool, response: Message, now: f64,
): SessionEvent {
  session.dialog.setRemoteTarget(response);
  takeAbilities(session, response);
  session.isMediaNew = false;
  if (isReinvite) {
    const isOffered = !session.awaitsAnswer;
    const isAgreed = isOffered
      ? hasDescription(response) && takeOffer(session, response)
      : takeAnswer(session, response);
    settleOffer(session, isAgreed);
    if (isOffered && isAgreed) acknowledge(session, transaction, response);
    else acknowledge(session, transaction);
    if (!isAgreed) return endSession(session, 488, now); // §14.1 has no other way out of half an offer
  }
  takeInterval(session, response, now);
  sendWanted(session, now);
  return session.isMediaNew ? raise(SessionEvent.MediaChanged, session) : SessionEvent.None;
}

function handleFailure(
  session: Session, isReinvite: bool, response: Message, source: Endpoint, now: f64,
): SessionEvent {
  const status = response.status;
  if (isReinvite) settleOffer(session, false);
  if (status == 408 || status == 481) return endSession(session, status, now);
  if (session.challenges < MOST_ROUNDS) {
    const method = isReinvite ? Method.Invite : Method.Update;
    // in a call that was placed to us, whoever rings could have our password's digest: as for BYE
    const isAnswer = !session.isIncoming &&
      takeChallenge(accountAt(session.line), response, source, session.challenges);
    if (isAnswer || takeMinimum(session, response)) {
      session.challenges++;
      send(session, method, isAnswer, now);
      return SessionEvent.None;
    }
  }
  if (status == 491) {
    waitFor(session, glareWait(session), now);
  } else if (!isReinvite && (status == 405 || status == 501)) {
    session.takesUpdate = false;
    sendWanted(session, now);
  } else {
    session.wantsHold = session.isHolding;
    if (session.isRefreshDue) waitFor(session, RETRY_AFTER, now);
  }
  return SessionEvent.None;
}

/** §14.1: in steps of 10 ms, 2.1 to 4 s for the side that made the Call-ID, up to 2 s for the other. */
function glareWait(session: Session): f64 {
  return session.isIncoming ? Math.floor(randomUnit() * 201) * 10 : 2100 + Math.floor(randomUnit() * 191) * 10;
}
