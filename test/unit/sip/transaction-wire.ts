// The transaction table alone on the bench: no user agent above it. Time and messages by hand.

import { Endpoint, Transport, endpointAt } from "../../../assembly/abi/endpoint";
import { MESSAGE_SIZE, Message, messageAt } from "../../../assembly/sip/message";
import { Method, methodName } from "../../../assembly/sip/method";
import { parseMessage } from "../../../assembly/sip/parser";
import {
  afterTimeout, event, handleTransactionTimeout, match, openClient, openServer, respond, startClient,
  transactionsNextTimeout,
} from "../../../assembly/sip/transaction/table";
import { BRANCH_LENGTH, State, Transaction, TransactionEvent } from "../../../assembly/sip/transaction/transaction";
import { out, writePlainResponse } from "../../../assembly/sip/writer";
import { drain, hop, sent, start } from "./wire";

const message: Message = messageAt(memory.data(MESSAGE_SIZE, 16));
const buffer = memory.data(8192, 16);
const tag = memory.data<u8>([0x74]);
const local: Endpoint = endpointAt(memory.data(24, 8));
export const peer: Endpoint = endpointAt(memory.data(24, 8));

export let now: f64 = 0;
/** What every timer and input since the start caused, as the names of events with blanks between; None is left out. */
export let log: string = "";
/** Times at which something was sent, in ms, with commas. */
export let times: string = "";
let seen: i32 = 0;

export function begin(transport: Transport): void {
  start();
  peer.copyFrom(hop);
  peer.transport = <u8>transport;
  local.copyFrom(hop);
  local.transport = <u8>transport;
  now = 0;
  log = "";
  times = "";
  seen = 0;
}

function look(): void {
  drain();
  for (; seen < sent.length; seen++) times += (times.length > 0 ? "," : "") + (<i64>now).toString();
}

function nameOf(what: TransactionEvent): string {
  switch (what) {
    case TransactionEvent.Provisional: return "Provisional";
    case TransactionEvent.Success: return "Success";
    case TransactionEvent.Failure: return "Failure";
    case TransactionEvent.Timeout: return "Timeout";
    case TransactionEvent.Acknowledged: return "Acknowledged";
    case TransactionEvent.Terminated: return "Terminated";
    default: return "";
  }
}

function note(what: TransactionEvent): void {
  const name = nameOf(what);
  if (name.length > 0) log += (log.length > 0 ? " " : "") + name + "@" + (<i64>now).toString();
  look();
}

export function advanceTo(time: f64): void {
  while (transactionsNextTimeout() <= time) {
    now = transactionsNextTimeout();
    const transaction = handleTransactionTimeout(now);
    const what = event;
    afterTimeout(transaction);
    note(what);
  }
  now = time;
}

/** A client transaction whose request is on its way. */
export function client(method: Method): Transaction {
  const transaction = openClient(method, 0, 0);
  out.begin().text(methodName(method)).text(" sip:b@example.test SIP/2.0\r\n").via(local, transaction.branch,
    BRANCH_LENGTH)
    .text("Route: <sip:192.0.2.1;lr>\r\nMax-Forwards: 70\r\nFrom: <sip:a@example.test>;tag=a\r\n" +
      "To: <sip:b@example.test>\r\nCall-ID: c1\r\nCSeq: 5 ")
    .text(methodName(method)).text("\r\nSubject: x\r\n").body(0, 0);
  startClient(transaction, peer, now);
  look();
  return transaction;
}

function parse(text: string): Message {
  const length = String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, buffer);
  assert(parseMessage(message, buffer, <i32>length), "the bench writes well-formed messages");
  return message;
}

/** A message comes in; the transaction that it belongs to, or null. */
export function arrive(text: string): Transaction {
  const transaction = match(parse(text), peer, now);
  note(event);
  return transaction;
}

/** A new request comes in and gets a server transaction. */
export function serve(text: string): Transaction {
  parse(text);
  return openServer(message, peer, 0, 0);
}

/** The user's response. */
export function answerWith(transaction: Transaction, text: string, status: i32): bool {
  writePlainResponse(parse(text), peer, status, tag, 1);
  const done = respond(transaction, status, now);
  look();
  return done;
}

/** A request of the peer. */
export function requestIn(method: string, branch: string = "z9hG4bKs", more: string = ""): string {
  return method + " sip:a@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=" + branch +
    "\r\nFrom: <sip:b@example.test>;tag=b\r\nTo: <sip:a@example.test>\r\nCall-ID: c2\r\nCSeq: 9 " + method + "\r\n" +
      more + "Content-Length: 0\r\n\r\n";
}

export { State, TransactionEvent };
