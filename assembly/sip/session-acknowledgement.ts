// The ACK of a 2xx to an INVITE of ours: RFC 3261 §13.2.2.4. It answers again each time that the 2xx comes again.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { writeText } from "../base/literal";
import { writeRandomHex } from "../base/random";
import { Account, accountAt } from "./account";
import { DIALOG_SIZE, Dialog, DialogState, hasSameToTag } from "./dialog/dialog";
import { Header } from "./header";
import { Message } from "./message";
import { Method } from "./method";
import { Owner, Session, SessionState, lineOfOwner, sessionOfOwner } from "./session";
import { sendByeOf } from "./session-end";
import { putAnswer } from "./session-media";
import { sendOnce } from "./stateless";
import { storedRequest } from "./transaction/table";
import { BRANCH_LENGTH, Transaction } from "./transaction/transaction";
import { hasToTag, out } from "./writer";

const NOTHING: Message = changetype<Message>(0);

const branch: usize = memory.data(BRANCH_LENGTH, 16);
const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const fork: Dialog = changetype<Dialog>(memory.data(DIALOG_SIZE, 16));

/**
 * A request of the dialog with the INVITE's number and credentials, which takes the INVITE's place in the transaction.
 * `offer` is the 2xx whose offer, taken already, it answers.
 */
export function acknowledge(session: Session, transaction: Transaction, offer: Message = NOTHING): void {
  const account = accountAt(session.line);
  beginAck(session.dialog, account, storedRequest(transaction));
  if (changetype<usize>(offer) == 0) out.body(0, 0);
  else putAnswer(session, offer);
  session.dialog.destination(account.hop, transaction.endpoint);
  if (out.length > 0 && transaction.keepRequest(out.start, out.length)) transaction.sendRequest();
  else sendOnce(transaction.endpoint); // each repeated 2xx will come here again
}

function beginAck(dialog: Dialog, account: Account, model: Message): void {
  writeRandomHex(writeText(branch, "z9hG4bK"), BRANCH_LENGTH - 7);
  const last = dialog.localSequence; // a PRACK or a BYE has moved it on since the INVITE
  dialog.localSequence = model.sequence;
  dialog.beginRequest(Method.Ack, account.local, account.displayName, branch, BRANCH_LENGTH);
  dialog.localSequence = last;
  out.copyFields(model, Header.Authorization).copyFields(model, Header.ProxyAuthorization);
}

/**
 * A 2xx after the first: the same again, for which the ACK goes out again; or of another phone, which is thanked and
 * sent away.
 */
export function handleFurtherSuccess(transaction: Transaction, response: Message, now: f64): void {
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
  const isReinvite = model.method == Method.Invite && hasToTag(model);
  fork.reset();
  if (!fork.setOwnRequest(model) || !fork.setResponse(response, DialogState.Confirmed)) return;
  beginAck(fork, account, model);
  out.body(0, 0);
  fork.destination(account.hop, destination);
  sendOnce(destination);
  if (isReinvite) return; // its session has said BYE already
  fork.localSequence++;
  sendByeOf(fork, account, Owner.None, 0, now);
}
