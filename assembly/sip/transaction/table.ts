// All transactions of a module: found by key, run by one heap of timers. RFC 3261 §17.1.3 and §17.2.3 say what belongs
// to what. A message comes in by match(), a new request by openServer(); a request goes out by openClient() and
// start().

import { Counter, count } from "../../abi/counters";
import { Endpoint, Transport } from "../../abi/endpoint";
import { clearTable } from "../../base/bytes";
import { writeText } from "../../base/literal";
import { Pool } from "../../base/pool";
import { writeRandomHex } from "../../base/random";
import { sipHash } from "../../base/sip-hash";
import { TimerHeap } from "../../time/timer-heap";
import { NEVER } from "../../time/timer-table";
import { Header } from "../header";
import { MESSAGE_SIZE, Message, messageAt } from "../message";
import { Method } from "../method";
import { parameterAt, parameterLength } from "../parameters";
import { parseMessage } from "../parser";
import { responseDestination } from "../via";
import { out, transportName } from "../writer";
import { list, resetList, unlist } from "./at-connection";
import { InviteClient } from "./invite-client";
import { InviteServer } from "./invite-server";
import { NonInviteClient } from "./non-invite-client";
import { NonInviteServer } from "./non-invite-server";
import { BRANCH_LENGTH, Role, State, TRANSACTION_SIZE, Transaction, TransactionEvent } from "./transaction";

const NONE: Transaction = changetype<Transaction>(0);

/** §18.1.1: what is longer may be too long for the path. */
const LONGEST_DATAGRAM: i32 = 1300;

const pool: Pool = changetype<Pool>(memory.data(32, 16));
const heap: TimerHeap = changetype<TimerHeap>(memory.data(32, 16));
const stored: Message = messageAt(memory.data(MESSAGE_SIZE, 16));

let buckets: usize = 0;
let bucketMask: i32 = 0;

/** What the last match() or handleTimeout() caused. */
export let event: TransactionEvent = TransactionEvent.None;

/** Hash buckets: a power of two, at least one a transaction. */
@inline function bucketCount(capacity: i32): i32 { return 1 << (32 - clz(capacity - 1)); }

/** Bytes of memory for that many transactions. */
@inline export function transactionsSize(capacity: i32): i32 {
  return capacity * TRANSACTION_SIZE + Pool.linksSize(capacity) + TimerHeap.tableSize(capacity) +
    (bucketCount(capacity) << 2);
}

export function setupTransactions(at: usize, capacity: i32): void {
  if (offsetof<Pool>() > 32 || offsetof<TimerHeap>() > 32) ERROR("pool and heap have 32 bytes each");
  const links = at + <usize>(capacity * TRANSACTION_SIZE);
  const timers = links + <usize>Pool.linksSize(capacity);
  pool.setup(at, TRANSACTION_SIZE, links, capacity);
  heap.setup(timers, capacity);
  buckets = timers + <usize>TimerHeap.tableSize(capacity);
  bucketMask = bucketCount(capacity) - 1;
  clearTable(buckets, <usize>bucketCount(capacity) << 2);
  resetList();
}

@inline export function transactionsUsed(): i32 { return pool.used; }
@inline export function transactionsNextTimeout(): f64 { return heap.nextTimeout; }
@inline export function transactionAt(index: i32): Transaction { return changetype<Transaction>(pool.at(index)); }
@inline export function indexOfTransaction(transaction: Transaction): i32 {
  return pool.indexOf(changetype<usize>(transaction));
}

/** The record with that index is in use: an owner that kept an index asks before it touches the record. */
export function isTransaction(index: i32): bool { return index >= 0 && index < pool.capacity && pool.isUsed(index); }

// Keys. Two sides never meet: a client's key starts from 1, a server's from 2.

function methodKey(method: Method, at: usize, length: i32, chain: u64): u64 {
  // §17.2.3: an ACK belongs to the INVITE's transaction
  if (method == Method.Ack || method == Method.Invite) return chain ^ 1;
  return sipHash(at, length, chain);
}

function clientKey(branch: usize, length: i32, message: Message): u64 {
  return methodKey(message.method, message.methodAt, message.methodLength, sipHash(branch, length, 1));
}

/** §17.2.3: branch, sent-by and method; for a branch of RFC 2543, what that RFC compared. */
function serverKey(message: Message): u64 {
  const via = message.via;
  let key: u64;
  if (via.isRfc3261) {
    key = sipHash(via.branchAt, via.branchLength, 2);
    key = sipHash(via.hostAt, via.hostLength, key) ^ <u64>via.port;
  } else {
    const callId = message.first(Header.CallId);
    const top = message.first(Header.Via);
    key = sipHash(callId.value, callId.valueLength, 2) ^ <u64>message.sequence;
    if (message.from.hasParameter("tag")) key = sipHash(parameterAt, parameterLength, key);
    key = sipHash(message.uriAt, message.uriLength, key);
    key = sipHash(top.value, top.valueLength, key);
  }
  return methodKey(message.method, message.methodAt, message.methodLength, key);
}

function find(key: u64): Transaction {
  let transaction = changetype<Transaction>(load<usize>(buckets + <usize>((<i32>key & bucketMask) << 2)));
  while (changetype<usize>(transaction) != 0 && transaction.key != key) {
    transaction = changetype<Transaction>(transaction.nextInBucket);
  }
  return transaction;
}

function link(transaction: Transaction, key: u64): void {
  const bucket = buckets + <usize>((<i32>key & bucketMask) << 2);
  transaction.key = key;
  transaction.nextInBucket = load<usize>(bucket);
  store<usize>(bucket, changetype<usize>(transaction));
}

function unlink(transaction: Transaction): void {
  if (transaction.key == 0) return;
  let at = buckets + <usize>((<i32>transaction.key & bucketMask) << 2);
  while (load<usize>(at) != changetype<usize>(transaction)) {
    at = load<usize>(at) + offsetof<Transaction>("nextInBucket");
  }
  store<usize>(at, transaction.nextInBucket);
}

function take(role: Role, method: Method, ownerKind: i32, owner: i32): Transaction {
  const transaction = changetype<Transaction>(pool.take());
  if (changetype<usize>(transaction) == 0) count(Counter.SipTransactionsFull);
  else transaction.open(role, method, ownerKind, owner);
  return transaction;
}

/** Ends a transaction at once and gives everything back. */
export function closeTransaction(transaction: Transaction): void {
  heap.set(indexOfTransaction(transaction), NEVER);
  unlink(transaction);
  unlist(transaction);
  transaction.close();
  pool.put(changetype<usize>(transaction));
}

/** Moves the record's deadline, or gives the record back when its machine has ended. */
function settle(transaction: Transaction): void {
  if (transaction.state == State.Terminated) closeTransaction(transaction);
  else heap.set(indexOfTransaction(transaction), transaction.nextTimeout());
}

// Clients

/**
 * A client transaction with a fresh branch, or null when the table is full. Write the request with that branch, then
 * start().
 */
export function openClient(method: Method, ownerKind: i32, owner: i32): Transaction {
  const role = method == Method.Invite ? Role.InviteClient : Role.NonInviteClient;
  const transaction = take(role, method, ownerKind, owner);
  if (changetype<usize>(transaction) != 0) writeRandomHex(writeText(transaction.branch, "z9hG4bK"), BRANCH_LENGTH - 7);
  return transaction;
}

/**
 * Sends the request in `out` and starts the machine. False, and the transaction is closed, when the request did not fit
 * or no buffer is free. A CANCEL carries the branch of the INVITE that it cancels (§9.1): copy it over the fresh one
 * before writing. `mayStream`: a request that is too long for a datagram may try a stream (§18.1.1).
 */
export function startClient(transaction: Transaction, destination: Endpoint, now: f64, mayStream: bool = true): bool {
  transaction.endpoint.copyFrom(destination);
  if (out.length == 0 || !transaction.keepRequest(out.start, out.length) ||
      !parseMessage(stored, transaction.request, transaction.requestLength)) {
    closeTransaction(transaction);
    return false;
  }
  link(transaction, clientKey(transaction.branch, BRANCH_LENGTH, stored));
  if (mayStream && destination.transport == Transport.Udp && out.length > LONGEST_DATAGRAM) {
    transaction.isTooLong = true;
    transaction.endpoint.transport = <u8>Transport.Tcp;
  }
  start(transaction, now);
  return true;
}

/** The Via in `stored` says how the request goes now: all names of transports are of one length. */
function start(transaction: Transaction, now: f64): void {
  if (stored.via.transportLength == 3) writeText(stored.via.transportAt, transportName(transaction.endpoint.transport));
  if (transaction.isReliable) list(transaction);
  if (transaction.role == Role.InviteClient) changetype<InviteClient>(transaction).start(now);
  else changetype<NonInviteClient>(transaction).start(now);
  settle(transaction);
}

/** The client transaction whose request `message` is, or null: ACK of a 2xx, or one that has ended. */
export function clientOfRequest(message: Message): Transaction {
  return find(clientKey(message.via.branchAt, message.via.branchLength, message));
}

/** Sends a request that has no final answer yet once more, to where its endpoint leads now. */
export function restartClient(transaction: Transaction, now: f64): void {
  transaction.stopTimers();
  storedRequest(transaction);
  start(transaction, now);
}

/** A request that could not be sent, by whatever way: §8.1.3.1. The caller tells the owner, then calls afterTimeout(). */
export function failClient(transaction: Transaction): void {
  event = transaction.terminate(TransactionEvent.Timeout);
  transaction.status = 503;
}

/** The connection that its answer would come by is gone, and there is no other: it ends with the next timeout. */
export function expireClient(transaction: Transaction, now: f64): void {
  transaction.isLost = true;
  if (transaction.role == Role.InviteClient) changetype<InviteClient>(transaction).expire(now);
  else changetype<NonInviteClient>(transaction).expire(now);
  settle(transaction);
}

/** An INVITE that has only provisional responses so far times out like one that has none, counted from now. */
export function limitClient(transaction: Transaction, now: f64): void {
  changetype<InviteClient>(transaction).limit(now);
  settle(transaction);
}

/**
 * The request that a client sent, or a server received, parsed again. Valid until the next call; null fields once it is
 * given back.
 */
export function storedRequest(transaction: Transaction): Message {
  parseMessage(stored, transaction.request, transaction.requestLength);
  return stored;
}

/** The response that a server sent last, parsed again. Valid until the next call; null fields before there is one. */
export function storedResponse(transaction: Transaction): Message {
  parseMessage(stored, transaction.response, transaction.responseLength);
  return stored;
}

/**
 * The request that the 401, 407 or 415 just matched refuses. It is given back already, so it is to be read before the next
 * request is kept.
 */
@inline export function refusedRequest(): Message { return stored; }

/**
 * §17.1.1.3: the ACK of a failed INVITE goes the INVITE's way, with its Via, Route, From, Call-ID and number, and the
 * response's To.
 */
function writeAck(invite: Message, response: Message): void {
  out.begin().requestLine("ACK", invite.uriAt, invite.uriLength);
  const top = invite.first(Header.Via);
  out.header(Header.Via).span(top.value, top.valueLength).line()
    .headerText(Header.MaxForwards, "70")
    .copyFields(invite, Header.Route).copyFields(invite, Header.From).copyFields(response, Header.To)
    .copyFields(invite, Header.CallId).header(Header.CSeq).decimal(invite.sequence).text(" ACK").line().body(0, 0);
}

// Servers

/**
 * A server transaction for a request that match() did not know; null when the table or the buffers are full (answer 503
 * without state). `source` is where the request came from.
 */
export function openServer(message: Message, source: Endpoint, ownerKind: i32, owner: i32): Transaction {
  const isInvite = message.method == Method.Invite;
  const transaction = take(isInvite ? Role.InviteServer : Role.NonInviteServer, message.method, ownerKind, owner);
  if (changetype<usize>(transaction) == 0) return NONE;
  if (!transaction.keepRequest(message.at, <i32>(message.bodyAt - message.at) + message.bodyLength)) {
    count(Counter.SipTransactionsFull);
    closeTransaction(transaction);
    return NONE;
  }
  transaction.endpoint.copyFrom(source);
  link(transaction, serverKey(message));
  responseDestination(message.via, source, transaction.destination);
  if (isInvite) changetype<InviteServer>(transaction).start();
  else changetype<NonInviteServer>(transaction).start();
  return transaction;
}

/** The machine is not past a response of that status (§17.2). */
export function takesResponse(transaction: Transaction, status: i32): bool {
  return transaction.role == Role.InviteServer ? changetype<InviteServer>(transaction).takes(status)
    : changetype<NonInviteServer>(transaction).takesResponse;
}

/** Sends the response in `out`. False when it did not fit, no buffer is free, or the machine is past it. */
export function respond(transaction: Transaction, status: i32, now: f64): bool {
  if (!takesResponse(transaction, status) || !transaction.keepResponse(out)) return false;
  if (transaction.role == Role.InviteServer) changetype<InviteServer>(transaction).respond(status, now);
  else changetype<NonInviteServer>(transaction).respond(status, now);
  settle(transaction);
  return true;
}

/** The INVITE that a CANCEL means (§9.2): same key but for the method. Null when there is none. */
export function cancelledInvite(cancel: Message): Transaction {
  const method = cancel.method;
  cancel.method = Method.Invite;
  const invite = find(serverKey(cancel));
  cancel.method = method;
  return invite;
}

// Inputs

/**
 * The transaction that a parsed message from `source` belongs to, run through its machine; `event` says what came of it. Null for a
 * response that nobody waits for, and for a request that is new: ACK of a 2xx among them.
 */
export function match(message: Message, source: Endpoint, now: f64): Transaction {
  event = TransactionEvent.None;
  return message.isRequest ? matchRequest(message, source, now) : matchResponse(message, now);
}

function matchRequest(message: Message, source: Endpoint, now: f64): Transaction {
  const transaction = find(serverKey(message));
  if (changetype<usize>(transaction) == 0) return NONE;
  // the first connection is gone, and it waits at another one
  if (source.flow != 0 && source.sameHost(transaction.destination)) transaction.destination.copyFrom(source);
  if (transaction.role == Role.InviteServer) {
    const invite = changetype<InviteServer>(transaction);
    if (message.method == Method.Ack) {
      if (invite.state == State.Accepted) return NONE; // the ACK of a 2xx is the TU's
      event = invite.handleAck(now);
    } else {
      event = invite.handleRequest();
    }
  } else {
    event = changetype<NonInviteServer>(transaction).handleRequest();
  }
  settle(transaction);
  return transaction;
}

function matchResponse(message: Message, now: f64): Transaction {
  const via = message.via;
  const transaction = find(clientKey(via.branchAt, via.branchLength, message));
  if (changetype<usize>(transaction) == 0 || via.branchLength == 0) {
    count(Counter.SipUnmatchedResponse);
    return NONE;
  }
  if (message.status == 401 || message.status == 407 || message.status == 415) storedRequest(transaction);
  if (transaction.role == Role.InviteClient) {
    event = changetype<InviteClient>(transaction).handleResponse(message.status, now);
    if (event == TransactionEvent.Failure) acknowledge(transaction, message);
  } else {
    event = changetype<NonInviteClient>(transaction).handleResponse(message.status, now);
  }
  settle(transaction);
  return transaction;
}

/** The ACK takes the INVITE's place: it is all that is retransmitted from now on. */
function acknowledge(transaction: Transaction, response: Message): void {
  writeAck(storedRequest(transaction), response);
  if (out.length > 0 && transaction.keepRequest(out.start, out.length)) {
    changetype<InviteClient>(transaction).acknowledge();
  } else {
    transaction.dropRequest(); // never the INVITE again
  }
}

/**
 * Runs one due timer. Returns its transaction, still in place, with what happened in `event`, or null when none is due.
 * The caller tells the owner and then calls afterTimeout().
 */
export function handleTransactionTimeout(now: f64): Transaction {
  event = TransactionEvent.None;
  const index = heap.due(now);
  if (index < 0) return NONE;
  const transaction = transactionAt(index);
  switch (transaction.role) {
    case Role.InviteClient: event = changetype<InviteClient>(transaction).handleTimeout(now); break;
    case Role.NonInviteClient: event = changetype<NonInviteClient>(transaction).handleTimeout(now); break;
    case Role.InviteServer: event = changetype<InviteServer>(transaction).handleTimeout(now); break;
    default: event = changetype<NonInviteServer>(transaction).handleTimeout(now); break;
  }
  if (event == TransactionEvent.Timeout) {
    transaction.status = transaction.isLost ? 503 : 408;
    count(Counter.SipTransactionTimeout);
  }
  return transaction;
}

/** Gives the record of handleTransactionTimeout() back if its machine has ended, else moves its deadline. */
@inline export function afterTimeout(transaction: Transaction): void { settle(transaction); }
