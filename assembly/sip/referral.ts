// The far end sends us to somebody else: REFER received (RFC 3515 §2.4), with Refer-Sub (RFC 4488) and Referred-By
// (RFC 3892). What comes of the call that it asks for goes back by NOTIFY. Sending REFER is in transfer.ts.
// Our policy: only the far end of an answered call may ask, only for somebody whom our own registrar can reach, by our
// own account, and for one call at a time.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { sameSpanIgnoreCase } from "../base/bytes";
import { writeDecimal } from "../base/decimal";
import { equals, equalsIgnoreCase, writeText } from "../base/literal";
import { Text, textAt } from "../base/text";
import { MAX_DIGITS } from "../limits";
import { Account, accountAt } from "./account";
import { putCredentials, takeChallenge } from "./credentials";
import { isFirstToken } from "./field-value";
import { Header } from "./header";
import { Message } from "./message";
import { Method } from "./method";
import { NameAddr } from "./name-addr";
import { putDialogContact } from "./outbound";
import { parameterAt, parameterLength } from "./parameters";
import { isReplaces } from "./replaces";
import {
  Owner, Session, SessionState, SessionTimer, closeSession, hasRoom, openSession, sessionOfOwner, setUnescaped,
} from "./session";
import { startInvite } from "./session-client";
import { SessionEvent, raise } from "./session-event";
import { reasonPhrase } from "./status";
import {
  refusedRequest, closeTransaction, indexOfTransaction, openClient, respond, startClient,
} from "./transaction/table";
import { BRANCH_LENGTH, Transaction, TransactionEvent } from "./transaction/transaction";
import { Scheme, Uri } from "./uri";
import { beginResponse, out } from "./writer";

/** How long a far end that has been told of its success may take to say BYE. */
const LEAVING_TIME: f64 = 5000;
/** Seconds that a call may ring, and a little more: so long the far end hears from us. */
const SUBSCRIPTION_SECONDS: i32 = 600;
const VALUE_SIZE: i32 = 508;
const FRAGMENT_SIZE: i32 = 64;

const address: NameAddr = changetype<NameAddr>(memory.data(64, 16));
const uri: Uri = changetype<Uri>(memory.data(64, 16));
const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const literal: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const fragment: usize = memory.data(FRAGMENT_SIZE, 16);

// What the REFER that came last wants, until the next input.
const number: Text = textAt(memory.data(4 + MAX_DIGITS, 16));
const replaces: Text = textAt(memory.data(4 + VALUE_SIZE, 16));
let referredByAt: usize = 0;
let referredByLength: i32 = 0;

/** REFER in a transaction of its own, its number already found to be next. */
export function handleRefer(
  session: Session, transaction: Transaction, request: Message, source: Endpoint, now: f64,
): SessionEvent {
  const status = statusOfRefer(session, request, source);
  const isTold = !refusesSubscription(request);
  beginResponse(request, source, status, session.dialog.localTag.at, session.dialog.localTag.length);
  if (status == 202) putDialogContact(session.line, session.dialog.isSecure).line();
  if (status == 202 && !isTold) out.headerText(Header.ReferSub, "false");
  out.body(0, 0);
  if (!respond(transaction, status, now)) {
    closeTransaction(transaction);
    return SessionEvent.None;
  }
  if (status != 202) return SessionEvent.None;
  session.hasOlderReferral = session.referralSequence != 0;
  session.referralSequence = request.sequence;
  session.referralStatus = 0;
  session.notifiedStatus = 0;
  if (isTold) tell(session, 100, now);
  return raise(SessionEvent.Referred, session);
}

function statusOfRefer(session: Session, request: Message, source: Endpoint): i32 {
  const field = request.first(Header.ReferTo);
  if (changetype<usize>(field) == 0 || request.isRepeated(Header.ReferTo)) return 400; // §2.4.2: exactly one
  const end = field.value + <usize>field.valueLength;
  if (!address.parse(field.value, field.valueLength) || address.next != end) return 400;
  if (!uri.parse(address.uriAt, address.uriLength) && uri.scheme != Scheme.Other) return 400;
  const account = accountAt(session.line);
  if (session.state != SessionState.Confirmed || session.isReleased || !isFromFarEnd(session, account, source)) {
    return 403;
  }
  if (isPending(session)) return 491;
  return takeTarget(request, account);
}

/** It comes from where our own requests in this dialog go. */
function isFromFarEnd(session: Session, account: Account, source: Endpoint): bool {
  session.dialog.destination(account.hop, destination);
  return source.sameHost(account.hop) || source.sameHost(destination);
}

/** The far end of `session` waits to hear what came of its REFER. */
@inline function isPending(session: Session): bool {
  return session.referralStatus != 0 && (session.referralStatus < 200 || session.notify >= 0);
}

/** RFC 4488 §4. */
function refusesSubscription(request: Message): bool {
  return isFirstToken(request.first(Header.ReferSub), "false");
}

/** Takes whom to call from `uri`, the Refer-To. The status to answer with. */
function takeTarget(request: Message, account: Account): i32 {
  number.setup(MAX_DIGITS);
  replaces.setup(VALUE_SIZE);
  if (uri.scheme == Scheme.Tel) {
    setUnescaped(number, uri.userAt, uri.userLength);
    dropSeparators();
  } else {
    const isRead = uri.scheme == Scheme.Sip || (uri.scheme == Scheme.Sips && account.isSecure);
    if (!isRead || !isOurs(account)) return 403;
    if (uri.hasParameter("method") && !equals(parameterAt, parameterLength, "INVITE")) return 403;
    setUnescaped(number, uri.userAt, uri.userLength);
    if (!takeReplaces()) return 400;
  }
  if (number.isEmpty || uri.userLength > MAX_DIGITS) return 403;
  const field = request.first(Header.ReferredBy);
  const isUsable = changetype<usize>(field) != 0 && !request.isRepeated(Header.ReferredBy) &&
    address.parse(field.value, field.valueLength);
  referredByAt = isUsable ? field.value : 0;
  referredByLength = isUsable ? field.valueLength : 0;
  return 202;
}

/** The host of `uri` is our own domain or the hop itself: nobody else's server is called for a far end. */
function isOurs(account: Account): bool {
  if (isHost(account.domain) || isHost(account.registrarHost)) return true;
  literal.clear();
  return uri.address(literal) && literal.sameHost(account.hop);
}

function isHost(name: Text): bool { return sameSpanIgnoreCase(uri.hostAt, uri.hostLength, name.at, name.length); }

/** RFC 3966 §5.1.1: visual separators are for people. */
function dropSeparators(): void {
  let length: usize = 0;
  for (let index: usize = 0; index < <usize>number.length; index++) {
    const byte = load<u8>(number.at + index);
    if (byte == 0x2d || byte == 0x2e || byte == 0x28 || byte == 0x29) continue;
    store<u8>(number.at + length++, byte);
  }
  number.length = <u16>length;
}

/**
 * RFC 3515 §2.1: of the header fields that a Refer-To may carry along, only a Replaces is ours to take over. False when
 * it makes no sense.
 */
function takeReplaces(): bool {
  let at = uri.headersAt;
  const end = at + <usize>uri.headersLength;
  while (at < end) {
    let stop = at;
    while (stop < end && load<u8>(stop) != 0x26) stop++;
    let value = at;
    while (value < stop && load<u8>(value) != 0x3d) value++;
    if (equalsIgnoreCase(at, <i32>(value - at), "replaces")) {
      const length = <i32>(stop - value) - 1;
      if (length < 1 || length > VALUE_SIZE || !replaces.isEmpty) return false;
      setUnescaped(replaces, value + 1, length);
      if (!isPlain(replaces) || !isReplaces(replaces.at, replaces.length)) return false;
    }
    at = stop + 1;
  }
  return true;
}

/** What was escaped must not end a line of ours. */
function isPlain(text: Text): bool {
  for (let index: usize = 0; index < <usize>text.length; index++) {
    const byte = load<u8>(text.at + index);
    if (byte < 0x21 || byte > 0x7e) return false;
  }
  return true;
}

/**
 * Calls whom the REFER that `session` just took names. The new session's index, or -1 when that could not be: the far
 * end is told in either case.
 */
export function follow(session: Session, now: f64): i32 {
  const account = accountAt(session.line);
  if (account.isUsable && hasRoom(session.line, true)) {
    const next = openSession(session.line);
    if (changetype<usize>(next) != 0) {
      next.referrer = session.owner;
      if (startInvite(next, number.at, number.length, now)) return next.index;
    }
  }
  decline(session, 503, now);
  return -1;
}

/** What the INVITE that a REFER asked for says besides: as the REFER wants it, or as the INVITE before. */
export function putReferral(session: Session): void {
  if (session.state != SessionState.Idle) {
    const before = refusedRequest();
    out.copyFields(before, Header.ReferredBy).copyFields(before, Header.Replaces).copyFields(before, Header.Require);
    return;
  }
  out.header(Header.ReferredBy);
  if (referredByLength > 0) out.span(referredByAt, referredByLength).line();
  else out.text("<").value(sessionOfOwner(session.referrer).dialog.remoteUri).text(">").line();
  if (replaces.isEmpty) return;
  out.header(Header.Replaces).value(replaces).line().headerText(Header.Require, "replaces");
}

/** The call that the far end asked for is not made, or has ended as `status` says. */
export function decline(session: Session, status: i32, now: f64): void { tell(session, status, now); }

/** The call `session`, asked for by another's far end, has got as far as `status` says. */
export function reportReferral(session: Session, status: i32, now: f64): void {
  const referrer = sessionOfOwner(session.referrer);
  if (status >= 200) session.referrer = 0;
  if (changetype<usize>(referrer) != 0) tell(referrer, status, now);
}

/** The far end is not needed any more: it may say BYE itself, and we do when it does not. */
export function retire(session: Session, now: f64): void {
  session.isReleased = true;
  session.timers.set(SessionTimer.Transfer, now + LEAVING_TIME);
  session.settle();
}

/** The call is over by the far end's BYE. True when its REFER is not: RFC 5057 §4, each use of a dialog has its own end. */
export function outliveCall(session: Session): bool {
  if (!isPending(session)) return false;
  session.isReleased = true;
  session.state = SessionState.Notifying;
  session.timers.stopAll(SessionTimer.Count);
  session.settle();
  return true;
}

// NOTIFY: one at a time, the newest status; what came between two is not missed

function tell(session: Session, status: i32, now: f64): void {
  if (session.notifiedStatus == 0 && status != 100) return; // RFC 4488: nobody listens
  if (session.referralStatus >= 200 || session.state == SessionState.Terminating) return;
  session.referralStatus = status;
  if (session.notify >= 0 || session.notifiedStatus == status) return;
  session.challenges = 0;
  sendNotify(session, false, now);
}

function sendNotify(session: Session, isAnswer: bool, now: f64): void {
  const status = session.referralStatus;
  session.notifiedStatus = status;
  const transaction = openClient(Method.Notify, Owner.Session, session.owner);
  if (changetype<usize>(transaction) != 0) {
    const account = accountAt(session.line);
    session.dialog.localSequence++;
    session.dialog.beginRequest(Method.Notify, account.local, account.displayName, transaction.branch, BRANCH_LENGTH);
    putDialogContact(session.line, session.dialog.isSecure).line().header(Header.Event).text("refer");
    if (session.hasOlderReferral) out.text(";id=").decimal(session.referralSequence);
    out.line().header(Header.SubscriptionState);
    if (status < 200) out.text("active;expires=").decimal(SUBSCRIPTION_SECONDS).line();
    else out.text("terminated;reason=noresource").line();
    putFragment(status);
    if (isAnswer) putCredentials(account);
    session.dialog.destination(account.hop, destination);
    if (startClient(transaction, destination, now)) session.notify = indexOfTransaction(transaction);
  }
  if (session.notify < 0) endSubscription(session);
}

/** RFC 3420: the status line of what the far end would like to have seen. */
function putFragment(status: i32): void {
  const reason = writeDecimal(writeText(fragment, "SIP/2.0 "), status);
  const end = writeText(writeText(writeText(reason, " "), reasonPhrase(status)), "\r\n");
  out.headerText(Header.ContentType, "message/sipfrag;version=2.0").body(fragment, <i32>(end - fragment));
}

export function handleNotifyResponse(
  session: Session, event: TransactionEvent, response: Message, source: Endpoint, now: f64,
): void {
  if (event == TransactionEvent.Provisional) return;
  session.notify = -1;
  if (session.state == SessionState.Terminating) return;
  if (event == TransactionEvent.Success) {
    if (session.notifiedStatus != session.referralStatus) sendNotify(session, false, now);
    else if (session.referralStatus >= 200) endSubscription(session);
    return;
  }
  // in a call that was placed to us, whoever rings could have our password's digest: as for BYE
  const isAnswer = event == TransactionEvent.Failure && !session.isIncoming &&
    takeChallenge(accountAt(session.line), response, source, session.challenges);
  if (isAnswer) {
    session.challenges++;
    sendNotify(session, true, now);
  } else {
    endSubscription(session); // §2.4.6: who does not take it does not want more
  }
}

/** Nobody is told any more. */
function endSubscription(session: Session): void {
  session.referralStatus = 0;
  session.notifiedStatus = 0;
  if (session.state == SessionState.Notifying) closeSession(session);
}

