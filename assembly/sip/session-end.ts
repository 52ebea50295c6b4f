// The end of a session: RFC 3261 §15, both ways.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { Account, accountAt } from "./account";
import { putCredentials, takeChallenge } from "./credentials";
import { Dialog } from "./dialog/dialog";
import { Message } from "./message";
import { Method } from "./method";
import { Owner, Session, SessionState, SessionTimer, Transfer, closeSession, sessionOfOwner } from "./session";
import { indexOfTransaction, openClient, startClient } from "./transaction/table";
import { BRANCH_LENGTH, Transaction, TransactionEvent } from "./transaction/transaction";
import { out } from "./writer";

const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

/**
 * Sends BYE and waits for its answer; the session is no longer anybody's. When BYE cannot be sent the session is gone
 * at once.
 */
export function sendBye(session: Session, now: f64): void {
  session.isReleased = true;
  session.state = SessionState.Terminating;
  session.awaitsAck = false;
  session.transfer = Transfer.None;
  session.timers.stopAll(SessionTimer.Count);
  session.settle();
  session.challenges = 0;
  sendByeAgain(session, false, now);
}

function sendByeAgain(session: Session, isAnswer: bool, now: f64): void {
  session.dialog.localSequence++;
  session.transaction = sendByeOf(session.dialog, accountAt(session.line), Owner.Session, session.owner, now, isAnswer);
  if (session.transaction < 0) closeSession(session);
}

/**
 * BYE with the number that the dialog holds; `isAnswer` to the challenge that was taken. Returns the transaction's
 * index, -1 when it could not be sent.
 */
export function sendByeOf(
  dialog: Dialog, account: Account, ownerKind: Owner, owner: i32, now: f64, isAnswer: bool = false,
): i32 {
  const transaction = openClient(Method.Bye, ownerKind, owner);
  if (changetype<usize>(transaction) == 0) return -1;
  dialog.beginRequest(Method.Bye, account.local, account.displayName, transaction.branch, BRANCH_LENGTH);
  out.body(0, 0);
  if (isAnswer) putCredentials(account);
  dialog.destination(account.hop, destination);
  return startClient(transaction, destination, now) ? indexOfTransaction(transaction) : -1;
}

/**
 * Whatever comes back, the session ends; only a challenge of our own hop is worth another BYE. And only in a call that
 * we placed: else whoever rings us could have our password's digest by a challenge that the hop passes on.
 */
export function handleByeResponse(
  transaction: Transaction, event: TransactionEvent, response: Message, source: Endpoint, now: f64,
): void {
  const session = sessionOfOwner(transaction.owner);
  if (changetype<usize>(session) == 0 || session.transaction != indexOfTransaction(transaction)) return;
  if (event == TransactionEvent.Failure && !session.isIncoming &&
      takeChallenge(accountAt(session.line), response, source, session.challenges)) {
    session.challenges++;
    sendByeAgain(session, true, now);
  } else if (event == TransactionEvent.Failure || event == TransactionEvent.Success) {
    closeSession(session);
  }
}
