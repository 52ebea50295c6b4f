// The end of a session: RFC 3261 §15, both ways.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { Account, accountAt } from "./account";
import { putCredentials, takeChallenge, takenNonce } from "./credentials";
import { Dialog } from "./dialog/dialog";
import { DIGEST_CHALLENGE_SIZE, DigestChallenge } from "./digest/challenge";
import { Message } from "./message";
import { Method } from "./method";
import { Owner, Session, SessionState, SessionTimer, closeSession, sessionOfOwner } from "./session";
import { indexOfTransaction, openClient, startClient } from "./transaction/table";
import { BRANCH_LENGTH, Transaction, TransactionEvent } from "./transaction/transaction";
import { out } from "./writer";

const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const challenge: DigestChallenge = changetype<DigestChallenge>(memory.data(DIGEST_CHALLENGE_SIZE, 16));

/**
 * Sends BYE and waits for its answer; the session is no longer anybody's. When BYE cannot be sent the session is gone
 * at once.
 */
export function sendBye(session: Session, now: f64): void {
  session.isReleased = true;
  session.state = SessionState.Terminating;
  session.awaitsAck = false;
  session.timers.stopAll(SessionTimer.Count);
  session.settle();
  session.challenges = 0;
  session.answeredNonce = 0;
  sendByeAgain(session, 0, now);
}

function sendByeAgain(session: Session, status: i32, now: f64): void {
  session.dialog.localSequence++;
  session.transaction = sendByeOf(session.dialog, accountAt(session.line), Owner.Session, session.owner, now, status);
  if (session.transaction < 0) closeSession(session);
}

/**
 * BYE with the number that the dialog holds; `status` 401 or 407 adds the answer to `challenge`. Returns the
 * transaction's index, -1 when it could not be sent.
 */
export function sendByeOf(
  dialog: Dialog, account: Account, ownerKind: Owner, owner: i32, now: f64, status: i32 = 0,
): i32 {
  const transaction = openClient(Method.Bye, ownerKind, owner);
  if (changetype<usize>(transaction) == 0) return -1;
  dialog.beginRequest(Method.Bye, account.local, account.displayName, transaction.branch, BRANCH_LENGTH);
  if (status != 0) putCredentials(challenge, account, status == 407);
  out.body(0, 0);
  dialog.destination(account.hop, destination);
  return startClient(transaction, destination, now) ? indexOfTransaction(transaction) : -1;
}

/** Whatever comes back, the session ends; only a challenge of our own hop is worth another BYE. */
export function handleByeResponse(
  transaction: Transaction, event: TransactionEvent, response: Message, source: Endpoint, now: f64,
): void {
  const session = sessionOfOwner(transaction.owner);
  if (changetype<usize>(session) == 0 || session.transaction != indexOfTransaction(transaction)) return;
  if (event == TransactionEvent.Failure &&
      takeChallenge(challenge, accountAt(session.line), response, source, session.challenges, session.answeredNonce)) {
    session.challenges++;
    session.answeredNonce = takenNonce;
    sendByeAgain(session, response.status, now);
  } else if (event == TransactionEvent.Failure || event == TransactionEvent.Success) {
    closeSession(session);
  }
}
