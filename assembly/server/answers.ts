// Responses of the server itself. What costs a stranger nothing to ask for is answered without state, as RFC 3261 §8.2.7 describes;
// everything else runs in a server transaction.

import { Counter, count } from "../abi/counters";
import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { copyBytes } from "../base/bytes";
import { writeHex } from "../base/hex";
import { sipHash } from "../base/sip-hash";
import { SIP_MESSAGE_SIZE, STATELESS_SLOTS } from "../limits";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { Method } from "../sip/method";
import { openServer, respond } from "../sip/transaction/table";
import { sendSip } from "../sip/transaction/transaction";
import { Via, responseDestination, viaAt } from "../sip/via";
import { Writer, beginResponse, out } from "../sip/writer";

/** Whose a transaction is. */
export const enum Owner {
  /** Runs to its end by itself. */
  Nobody,
  /** `owner` is the index of a forwarding. */
  Forwarding,
}

/** How long a client that found us full is asked to wait, in seconds. */
const RETRY_AFTER: i32 = 5;
const TAG_LENGTH: i32 = 16;

const via: Via = viaAt(memory.data(64, 16));
const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const tag: usize = memory.data(TAG_LENGTH, 16);
const tagBytes: usize = memory.data(8, 8);
let slots: usize = 0;
let nextSlot: i32 = 0;

export const ANSWERS_SIZE: i32 = STATELESS_SLOTS * SIP_MESSAGE_SIZE;

export function setupAnswers(at: usize): void {
  slots = at;
  nextSlot = 0;
}

/** Sends what stands in `out`, kept only until its slot comes round. */
export function sendOut(to: Endpoint): void {
  if (out.length == 0) return;
  nextSlot = (nextSlot + 1) % STATELESS_SLOTS;
  const slot = slots + <usize>(nextSlot * SIP_MESSAGE_SIZE);
  copyBytes(slot, out.start, out.length);
  sendSip(slot, out.length, to);
}

/** Begins a response in `out`. Its To tag is a keyed hash of the request (§8.2.7): every copy of the request gets the same. */
export function beginAnswer(request: Message, source: Endpoint, status: i32): Writer {
  const top = request.first(Header.Via);
  const callId = request.first(Header.CallId);
  store<u64>(tagBytes, sipHash(callId.value, callId.valueLength, sipHash(top.value, top.valueLength, 3)));
  writeHex(tag, tagBytes, TAG_LENGTH >> 1);
  return beginResponse(request, source, status, tag, TAG_LENGTH);
}

/** Sends the response in `out` and forgets it. */
export function answerStateless(request: Message, source: Endpoint): void {
  const top = request.first(Header.Via);
  via.parse(top.value, top.valueLength);
  responseDestination(via, source, destination);
  sendOut(destination);
}

export function refuseStateless(request: Message, source: Endpoint, status: i32): void {
  count(Counter.SipRefused);
  beginAnswer(request, source, status).body(0, 0);
  answerStateless(request, source);
}

/** The tables are full. */
export function refuseFull(request: Message, source: Endpoint): void {
  count(Counter.SipRefused);
  beginAnswer(request, source, 503).headerNumber(Header.RetryAfter, RETRY_AFTER).body(0, 0);
  answerStateless(request, source);
}

/** Sends the response in `out` in a transaction of its own. */
export function answer(request: Message, source: Endpoint, status: i32, now: f64): void {
  const transaction = openServer(request, source, Owner.Nobody, -1);
  if (changetype<usize>(transaction) == 0) {
    refuseFull(request, source);
    return;
  }
  transaction.dropRequest();
  respond(transaction, status, now);
}

/** A refusal of somebody we know. */
export function refuse(request: Message, source: Endpoint, status: i32, now: f64): void {
  count(request.method == Method.Invite ? Counter.CallsRefused : Counter.SipRefused);
  beginAnswer(request, source, status).body(0, 0);
  answer(request, source, status, now);
}
