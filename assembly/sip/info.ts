// Digits in the middle of a call by INFO: application/dtmf-relay and application/dtmf, which no RFC describes and many
// gateways send. RFC 6086 for what becomes of every other INFO: we take no Info Package.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { indexOfByte } from "../base/bytes";
import { NOT_A_NUMBER, parseDecimal, writeDecimal } from "../base/decimal";
import { equalsIgnoreCase, writeText } from "../base/literal";
import { accountAt } from "./account";
import { TOKEN, countClass, skipSpace } from "./characters";
import { putCredentials, takeChallenge } from "./credentials";
import { isOfType } from "./field-value";
import { Header } from "./header";
import { Message } from "./message";
import { Method } from "./method";
import { Owner, Session, SessionState, sessionOfOwner } from "./session";
import { SessionEvent, raise } from "./session-event";
import { refusedRequest, closeTransaction, openClient, respond, startClient } from "./transaction/table";
import { BRANCH_LENGTH, Transaction, TransactionEvent } from "./transaction/transaction";
import { beginResponse, out } from "./writer";

/** ms. A digit that says nothing of its length, and the longest that is believed. */
const USUAL_DURATION: i32 = 160;
const LONGEST_DURATION: i64 = 5000;

const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const body: usize = memory.data(64, 16);
const SIGNAL = "Signal=";

// What the body read last says.
let digit: i32 = 0;
let duration: i32 = 0;

/** INFO in a transaction of its own, its number already found to be next. */
export function handleInfo(
  session: Session, transaction: Transaction, request: Message, source: Endpoint, now: f64,
): SessionEvent {
  digit = 0;
  duration = USUAL_DURATION;
  const status = statusOfInfo(request);
  beginResponse(request, source, status, session.dialog.localTag.at, session.dialog.localTag.length);
  if (status == 469) out.headerText(Header.RecvInfo, "");
  if (status == 415) out.headerText(Header.Accept, "application/dtmf-relay, application/dtmf");
  out.body(0, 0);
  if (!respond(transaction, status, now)) {
    closeTransaction(transaction);
    return SessionEvent.None;
  }
  if (digit <= 0 || session.state != SessionState.Confirmed) return SessionEvent.None;
  return raise(SessionEvent.Digit, session, digit, duration);
}

function statusOfInfo(request: Message): i32 {
  if (request.has(Header.InfoPackage)) return 469; // §4.2.2
  if (request.bodyLength == 0) return 200;
  const end = request.bodyAt + <usize>request.bodyLength;
  if (isOfType(request, "application", "dtmf")) readDigit(request.bodyAt, end);
  else if (isOfType(request, "application", "dtmf-relay")) readRelay(request.bodyAt, end);
  else return 415;
  return digit >= 0 ? 200 : 400;
}

/** One of 0-9 * # A-D, or what their events' numbers are; 0 for a flash, which is none; -1 for nonsense. */
function readDigit(at: usize, end: usize): void {
  at = skipSpace(at, end);
  digit = -1;
  if (at >= end) return;
  const byte = load<u8>(at);
  const upper = byte >= 0x61 ? byte - 0x20 : byte;
  const length = countClass(at, end, TOKEN);
  if (length > 1) {
    const event = parseDecimal(at, length, 16);
    if (event == 10) digit = 0x2a;
    else if (event == 11) digit = 0x23;
    else if (event >= 12 && event < 16) digit = 0x41 + <i32>event - 12;
    else if (event == 16 || equalsIgnoreCase(at, length, "hf")) digit = 0;
  } else if ((upper >= 0x30 && upper <= 0x39) || (upper >= 0x41 && upper <= 0x44) || upper == 0x2a || upper == 0x23) {
    digit = upper;
  }
}

/** Lines `Signal=5` and `Duration=160`. */
function readRelay(at: usize, end: usize): void {
  digit = -1;
  while (at < end) {
    const length = indexOfByte(at, <i32>(end - at), 0x0a);
    const stop = length < 0 ? end : at + <usize>length;
    const nameLength = countClass(at, stop, TOKEN);
    const equal = skipSpace(at + <usize>nameLength, stop);
    if (equal < stop && load<u8>(equal) == 0x3d) {
      const value = skipSpace(equal + 1, stop);
      if (equalsIgnoreCase(at, nameLength, "signal")) {
        readDigit(value, stop);
      } else if (equalsIgnoreCase(at, nameLength, "duration")) {
        const ms = parseDecimal(value, countClass(value, stop, TOKEN));
        if (ms != NOT_A_NUMBER && ms > 0) duration = <i32>min<i64>(ms, LONGEST_DURATION);
      }
    }
    at = stop + 1;
  }
}

// Digits of ours

/** Sends a digit to the far end of an answered call. */
export function sendInfo(session: Session, ascii: i32, now: f64): void {
  if (session.state != SessionState.Confirmed || session.isReleased) return;
  session.challenges = 0;
  const transaction = begin(session);
  if (changetype<usize>(transaction) == 0) return;
  if (session.refusesRelay) {
    store<u8>(body, <u8>ascii);
    out.headerText(Header.ContentType, "application/dtmf").body(body, 1);
  } else {
    const signal = writeText(body, SIGNAL);
    store<u8>(signal, <u8>ascii);
    const end = writeText(writeDecimal(writeText(signal + 1, "\r\nDuration="), USUAL_DURATION), "\r\n");
    out.headerText(Header.ContentType, "application/dtmf-relay").body(body, <i32>(end - body));
  }
  startClient(transaction, destination, now);
}

function begin(session: Session): Transaction {
  const transaction = openClient(Method.Info, Owner.Session, session.owner);
  if (changetype<usize>(transaction) == 0) return transaction;
  const account = accountAt(session.line);
  session.dialog.localSequence++;
  session.dialog.beginRequest(Method.Info, account.local, account.displayName, transaction.branch, BRANCH_LENGTH);
  session.dialog.destination(account.hop, destination);
  return transaction;
}

/**
 * A far end that refuses the one form gets the other, for the rest of the call. Our own hop may challenge in a call that we
 * placed.
 */
export function handleInfoResponse(
  transaction: Transaction, event: TransactionEvent, response: Message, source: Endpoint, now: f64,
): void {
  const session = sessionOfOwner(transaction.owner);
  if (changetype<usize>(session) == 0 || event != TransactionEvent.Failure) return;
  if (response.status == 415 && isOfType(refusedRequest(), "application", "dtmf-relay")) {
    session.refusesRelay = true;
    sendInfo(session, load<u8>(refusedRequest().bodyAt + <usize>SIGNAL.length), now);
    return;
  }
  if (session.isIncoming) return;
  const account = accountAt(session.line);
  if (session.state != SessionState.Confirmed ||
      !takeChallenge(account, response, source, session.challenges)) return;
  session.challenges++;
  const before = refusedRequest();
  const next = begin(session);
  if (changetype<usize>(next) == 0) return;
  out.copyFields(before, Header.ContentType).body(before.bodyAt, before.bodyLength);
  putCredentials(account);
  startClient(next, destination, now);
}
