// The stateful proxy, responses and ends: RFC 3261 §16.7 to §16.10.

import { copyBytes } from "../base/bytes";
import { Endpoint } from "../abi/endpoint";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { Method } from "../sip/method";
import { beginAnswer } from "../sip/stateless";
import { T1_64 } from "../sip/timers";
import {
  cancelledInvite, closeTransaction, openClient, startClient, storedRequest, transactionAt, indexOfTransaction,
} from "../sip/transaction/table";
import { BRANCH_LENGTH, State, Transaction, TransactionEvent } from "../sip/transaction/transaction";
import { out } from "../sip/writer";
import { Owner, answer, refuseStateless, sendBack } from "./answers";
import {
  Branch, Forwarding, NO_TRANSACTION, armForwarding, closeForwarding, dueForwarding, forwardingAt, isChallenge,
} from "./forwarding";
import { forkOn } from "./forking";
import { writeOwnResponse, writeResponse } from "./passing";
import { settleRoutes, takeRoutes } from "./routes";
import { timerC } from "./settings";

/** How long phones of one q may ring before those of the next are asked. */
const LONGEST_HUNT: f64 = 20000;

/** A response that a client transaction of ours has taken, and what came of it. */
export function handleResponse(client: Transaction, event: TransactionEvent, response: Message, now: f64): void {
  if (client.ownerKind != Owner.Forwarding) return;
  const forwarding = forwardingAt(client.owner);
  const branch = forwarding.branchOf(indexOfTransaction(client));
  if (changetype<usize>(branch) == 0) return;
  switch (event) {
    case TransactionEvent.Provisional: handleProvisional(forwarding, branch, response, now); break;
    case TransactionEvent.Success: handleSuccess(forwarding, branch, response, now); break;
    case TransactionEvent.Failure: handleFailure(forwarding, branch, response, now); break;
    default: return;
  }
  settle(forwarding);
}

function handleProvisional(forwarding: Forwarding, branch: Branch, response: Message, now: f64): void {
  if (!forwarding.isInvite) return; // RFC 4320 §4.1
  const isFirst = branch.status == 0;
  branch.status = <i16>response.status;
  if (forwarding.isStopping) {
    cancelBranch(branch, now);
    return;
  }
  // While others wait for their turn, ringing on does not prolong it.
  if (forwarding.isHunting && isFirst) branch.deadline = now + LONGEST_HUNT;
  if (response.status == 100) return;
  if (!forwarding.isHunting) branch.deadline = now + timerC;
  passOn(forwarding, response, now);
}

function handleSuccess(forwarding: Forwarding, branch: Branch, response: Message, now: f64): void {
  branch.status = <i16>response.status;
  if (!forwarding.isAnswered || forwarding.isInvite) passOn(forwarding, response, now);
  forwarding.isAnswered = true;
  transactionAt(branch.client).dropRequest();
  cancelBranches(forwarding, now);
}

/** §16.7 steps 4 to 9: the best answer of all branches goes back once each has one. */
function handleFailure(forwarding: Forwarding, branch: Branch, response: Message, now: f64): void {
  branch.status = <i16>response.status;
  if (forwarding.isAnswered) return;
  keepAnswer(forwarding, branch, response);
  if (response.status >= 600) cancelBranches(forwarding, now);
  if (!isWaiting(forwarding) && !goOn(forwarding, now)) answerBest(forwarding, response, now);
}

function keepAnswer(forwarding: Forwarding, branch: Branch, response: Message): void {
  if (response.status == 487 && branch.isCancelled && !forwarding.isCancelled) {
    // §16.8: we have stopped it ourselves, since nobody answered.
    if (forwarding.isBetter(408)) forwarding.keepBestStatus(408);
  } else if (forwarding.isBetter(response.status)) {
    // §16.7 step 6: a 503 is about that hop, not about us.
    if (response.status == 503) {
      forwarding.keepBestStatus(500);
    } else {
      writeResponse(response);
      forwarding.keepBest(response.status);
    }
  } else if (isChallenge(response.status) && isChallenge(forwarding.bestStatus)) {
    forwarding.addChallenges(response);
  }
}

/** A branch that ended without a final response. Its INVITE is still at hand. */
function handleSilence(forwarding: Forwarding, branch: Branch, client: Transaction, now: f64): void {
  // §16.9: a hop that can't be reached counts as its 503, and §16.7 step 6 makes that a 500
  const status = forwarding.isCancelled ? 487 : client.status == 503 ? 500 : 408;
  branch.status = <i16>status;
  if (forwarding.isAnswered) return;
  if (forwarding.isBetter(status)) forwarding.keepBestStatus(status);
  if (isWaiting(forwarding)) return;
  // RFC 4320 §4.2: after 64 T1 the client of anything but an INVITE has given up as well.
  const isTooLate = !forwarding.isInvite && status == 408;
  if (isTooLate || !goOn(forwarding, now)) answerBest(forwarding, storedRequest(client), now);
}

@inline function isWaiting(forwarding: Forwarding): bool {
  return forwarding.hasPending() || forwarding.server == NO_TRANSACTION;
}

/** Asks the contacts whose turn it is now. False when there are none, or nobody is to be asked any more. */
function goOn(forwarding: Forwarding, now: f64): bool {
  if (!forwarding.isHunting || forwarding.isStopping) return false;
  const server = transactionAt(forwarding.server);
  const request = storedRequest(server);
  if (!takeRoutes(request)) return false;
  settleRoutes();
  forkOn(forwarding, request, server.endpoint, now);
  if (!forwarding.isHunting) server.dropRequest();
  return forwarding.branches > 0;
}

/** No branch is left to wait for. `message` is the last one's: an answer of ours is made from it. */
function answerBest(forwarding: Forwarding, message: Message, now: f64): void {
  const status = forwarding.bestStatus;
  // RFC 4320 §4.2: for anything but an INVITE a 408 would come too late.
  if (!forwarding.isInvite && status == 408) return;
  if (!forwarding.writeBest()) writeOwnResponse(message, status);
  sendBack(transactionAt(forwarding.server), status, now);
}

function passOn(forwarding: Forwarding, response: Message, now: f64): void {
  if (forwarding.server == NO_TRANSACTION) return;
  const server = transactionAt(forwarding.server);
  writeResponse(response);
  sendBack(server, response.status, now);
  // RFC 6026 §7.1: in Accepted only the callee repeats its 2xx, so there is nothing to keep.
  if (server.state == State.Accepted) server.dropResponse();
}

/** Gives the record back once nothing more can come of it, else moves its deadline. */
function settle(forwarding: Forwarding): void {
  if (isOver(forwarding)) closeForwarding(forwarding);
  else if (forwarding.isInvite) armForwarding(forwarding);
}

function isOver(forwarding: Forwarding): bool {
  if (!forwarding.isInvite) return forwarding.isAnswered || !forwarding.hasPending();
  if (forwarding.hasPending()) return false;
  // RFC 6026 §7: after a 2xx there may come more, as long as both sides have their transactions.
  return !forwarding.isAnswered || forwarding.server == NO_TRANSACTION || !forwarding.hasClients();
}

/**
 * Stops every branch that still waits. One that has said nothing yet may not be cancelled (§9.1): it is when it does.
 */
function cancelBranches(forwarding: Forwarding, now: f64): void {
  if (!forwarding.isInvite) return;
  forwarding.isStopping = true;
  for (let index = 0; index < <i32>forwarding.branches; index++) {
    const branch = forwarding.branch(index);
    if (branch.isPending && branch.status > 0) cancelBranch(branch, now);
  }
}

/** §9.1: the CANCEL is the INVITE's twin, and after 64 T1 without an answer to the INVITE there will be none. */
function cancelBranch(branch: Branch, now: f64): void {
  if (branch.isCancelled) return;
  branch.isCancelled = true;
  branch.deadline = now + T1_64;
  const client = transactionAt(branch.client);
  const cancel = openClient(Method.Cancel, Owner.Nobody, NO_TRANSACTION);
  if (changetype<usize>(cancel) == 0) return;
  copyBytes(cancel.branch, client.branch, BRANCH_LENGTH);
  const invite = storedRequest(client);
  const top = invite.first(Header.Via);
  out.begin().requestLine("CANCEL", invite.uriAt, invite.uriLength)
    .header(Header.Via).span(top.value, top.valueLength).line()
    .headerNumber(Header.MaxForwards, 70)
    .copyFields(invite, Header.Route).copyFields(invite, Header.From).copyFields(invite, Header.To)
    .copyFields(invite, Header.CallId)
    .header(Header.CSeq).decimal(invite.sequence).text(" CANCEL").line().body(0, 0);
  startClient(cancel, client.endpoint, now);
}

/** A CANCEL that is new to us (§16.10, §9.2). */
export function handleCancel(cancel: Message, source: Endpoint, now: f64): void {
  const server = cancelledInvite(cancel);
  // Only who sent the INVITE may take it back.
  if (changetype<usize>(server) == 0 || !server.endpoint.sameHost(source)) {
    refuseStateless(cancel, source, 481);
    return;
  }
  beginAnswer(cancel, source, 200).body(0, 0);
  answer(cancel, source, 200, now);
  if (server.state != State.Proceeding || server.ownerKind != Owner.Forwarding) return;
  const forwarding = forwardingAt(server.owner);
  forwarding.isCancelled = true;
  cancelBranches(forwarding, now);
  settle(forwarding);
}

/** A transaction's timer has ended it, its record still in place. */
export function handleEnd(transaction: Transaction, event: TransactionEvent, now: f64): void {
  if (transaction.ownerKind != Owner.Forwarding) return;
  const forwarding = forwardingAt(transaction.owner);
  if (transaction.isServer) {
    forwarding.server = NO_TRANSACTION;
  } else {
    const branch = forwarding.branchOf(indexOfTransaction(transaction));
    branch.client = NO_TRANSACTION;
    if (event == TransactionEvent.Timeout) handleSilence(forwarding, branch, transaction, now);
  }
  settle(forwarding);
}

/** Timer C (§16.8), or the end of the wait for a cancelled branch: runs one that is due. */
export function handleForwardingTimeout(now: f64): void {
  const forwarding = dueForwarding(now);
  if (changetype<usize>(forwarding) == 0) return;
  const branch = forwarding.dueBranch(now);
  if (branch.isCancelled) {
    const client = transactionAt(branch.client);
    branch.client = NO_TRANSACTION;
    handleSilence(forwarding, branch, client, now);
    closeTransaction(client);
  } else {
    cancelBranch(branch, now);
  }
  settle(forwarding);
}
