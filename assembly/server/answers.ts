// Refusals and answers of the server itself. What costs a stranger nothing to ask for is answered without state (RFC
// 3261 §8.2.7); for users there is a server transaction, so that a retransmission is no second use of their
// credentials.

import { Counter, count } from "../abi/counters";
import { Endpoint } from "../abi/endpoint";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { Method } from "../sip/method";
import { visitOthers } from "../sip/option-tags";
import { answerOnce, beginAnswer, sendAnswer, sendOnce } from "../sip/stateless";
import { closeTransaction, openServer, respond, takesResponse } from "../sip/transaction/table";
import { Transaction } from "../sip/transaction/transaction";
import { out } from "../sip/writer";

/** Whose a transaction is. */
export const enum Owner {
  /** Runs to its end by itself. */
  Nobody,
  /** `owner` is the index of a forwarding. */
  Forwarding,
}

/** How long a client that found us full is asked to wait, in seconds. */
const RETRY_AFTER: i32 = 5;

export function refuseStateless(request: Message, source: Endpoint, status: i32): void {
  count(Counter.SipRefused);
  answerOnce(request, source, status);
}

/** The tables are full. */
export function refuseFull(request: Message, source: Endpoint): void {
  count(Counter.SipRefused);
  beginAnswer(request, source, 503).headerNumber(Header.RetryAfter, RETRY_AFTER).body(0, 0);
  sendAnswer(request, source);
}

/** 420: `header`, Require or Proxy-Require, lists extensions that are not `known` (§8.2.2.3, §16.3 step 5). */
export function refuseExtensions(request: Message, source: Endpoint, header: Header, known: string): void {
  count(Counter.SipRefused);
  beginAnswer(request, source, 420).header(Header.Unsupported);
  visitOthers(request, header, known, true);
  out.line().body(0, 0);
  sendAnswer(request, source);
}

/** 420: a proxy uses an extension that the sender does not support. */
export function refuseExtension(request: Message, source: Endpoint, tag: string): void {
  count(Counter.SipRefused);
  beginAnswer(request, source, 420).headerText(Header.Unsupported, tag).body(0, 0);
  sendAnswer(request, source);
}

/**
 * Sends the response in `out`. False when the transaction does not hold it: without a free buffer it goes out once all
 * the same, since somebody waits for it.
 */
export function sendBack(server: Transaction, status: i32, now: f64): bool {
  if (!takesResponse(server, status)) return false;
  if (respond(server, status, now)) return true;
  sendOnce(server.destination);
  return false;
}

/** Sends the response in `out` in a transaction of its own. */
export function answer(request: Message, source: Endpoint, status: i32, now: f64): void {
  const transaction = openServer(request, source, Owner.Nobody, -1);
  if (changetype<usize>(transaction) == 0) {
    refuseFull(request, source);
    return;
  }
  transaction.dropRequest();
  if (!sendBack(transaction, status, now)) closeTransaction(transaction); // too long to write: then there is no answer
}

/** A refusal of somebody we know. */
export function refuse(request: Message, source: Endpoint, status: i32, now: f64): void {
  count(request.method == Method.Invite ? Counter.CallsRefused : Counter.SipRefused);
  beginAnswer(request, source, status).body(0, 0);
  answer(request, source, status, now);
}
