// The subscription of each line to its own mailbox: RFC 6665 §4.1 with the package message-summary of RFC 3842.

import { Report, pushReport } from "../abi/action";
import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { indexOfByte } from "../base/bytes";
import { NOT_A_NUMBER, parseDecimal } from "../base/decimal";
import { equalsIgnoreCase, writeText } from "../base/literal";
import { randomUnit } from "../base/random";
import { MAX_LINES } from "../limits";
import { NEVER } from "../time/timer-table";
import { accountAt } from "./account";
import { putCredentials, takeChallenge } from "./credentials";
import { DIALOG_SIZE, Dialog, DialogState, Sequence } from "./dialog/dialog";
import { MOST_SECONDS, isFirstToken, secondsOf } from "./field-value";
import { Header } from "./header";
import { Field, Message } from "./message";
import { refusalOfSummary, takeSummary } from "./message-waiting";
import { Method } from "./method";
import { putDialogContact, retryAfter, setOutboundRoutes } from "./outbound";
import { answerKept } from "./outside-dialog";
import { findParameter, parameterAt, parameterLength } from "./parameters";
import { Owner } from "./session";
import { SessionEvent } from "./session-event";
import { reasonPhrase } from "./status";
import { T1_64 } from "./timers";
import { indexOfTransaction, openClient, startClient } from "./transaction/table";
import { BRANCH_LENGTH, Transaction, TransactionEvent } from "./transaction/transaction";
import { out } from "./writer";

export const enum SubscriptionState {
  Idle,
  /** SUBSCRIBE is out, the first or a refresh. */
  Subscribing,
  /** It goes on until `deadline`, and is refreshed then. */
  Active,
  /** It failed or was ended; the next try is at `deadline`, which may be never. */
  Waiting,
  /** The SUBSCRIBE that ends it is out. */
  Ending,
}

/** Seconds that we ask for. */
const USUAL_SECONDS: i32 = 3600;
/** ms. The first pause after a failure, doubled by each one more, and the longest: also when nobody knows the package. */
const RETRY_FIRST: f64 = 30_000;
const RETRY_LONGEST: f64 = 3_600_000;
/** ms before a subscription that the registrar has only moved is renewed (RFC 6665 §4.1.3: deactivated, timeout). */
const RENEW_AFTER: f64 = 1000;

const FIXED_SIZE: i32 = 48;
const SUBSCRIPTION_SIZE: i32 = (FIXED_SIZE + DIALOG_SIZE + 7) & ~7;

const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const reason: usize = memory.data(64, 16);

@unmanaged
export class Subscription {
  /** When the next SUBSCRIBE is due. */
  deadline: f64 = 0;
  state: SubscriptionState = SubscriptionState.Idle;
  private line: i32 = 0;
  private transaction: i32 = 0;
  private challenges: i32 = 0;
  /** Failures in a row. */
  private failures: i32 = 0;
  /** Seconds that the registrar wants at least (423), and that were asked for last. */
  private minExpires: i32 = 0;
  private asked: i32 = 0;
  /** A NOTIFY has come in this dialog. */
  private isNotified: bool = false;
  /** Somebody wants it, also while the one before is being ended. */
  private isWanted: bool = false;

  @inline private get dialog(): Dialog { return changetype<Dialog>(changetype<usize>(this) + FIXED_SIZE); }

  reset(line: i32): void {
    if (<i32>offsetof<Subscription>() > FIXED_SIZE) ERROR("a Subscription's dialog stands behind its fields");
    memory.fill(changetype<usize>(this), 0, SUBSCRIPTION_SIZE);
    this.line = line;
    this.forget();
  }

  /** Nothing is kept of it, and nobody told. */
  forget(): void {
    this.state = SubscriptionState.Idle;
    this.deadline = NEVER;
    this.transaction = -1;
    this.failures = 0;
    this.minExpires = 0;
    this.dialog.reset();
  }

  /** Subscribes, where the account wants that and it has not been done. */
  start(now: f64): void {
    this.isWanted = accountAt(this.line).subscribes;
    if (this.isWanted && this.state == SubscriptionState.Idle) this.subscribe(now);
  }

  /** Ends it. */
  stop(now: f64): void {
    this.isWanted = false;
    const isUp = this.state == SubscriptionState.Active;
    if (!isUp || !this.send(0, false, now)) this.forget();
    else this.state = SubscriptionState.Ending;
  }

  /** In a dialog of its own, to our own address-of-record (RFC 3842 §4.1). */
  private subscribe(now: f64): void {
    const account = accountAt(this.line);
    const dialog = this.dialog;
    dialog.reset();
    dialog.startClient();
    out.begin();
    account.putAddress();
    dialog.localUri.set(out.start, out.length);
    dialog.remoteUri.set(out.start, out.length);
    dialog.remoteTarget.set(out.start, out.length);
    setOutboundRoutes(dialog, this.line);
    this.isNotified = false;
    this.request(now);
  }

  private request(now: f64): void {
    this.challenges = 0;
    this.state = SubscriptionState.Subscribing;
    const isSent = accountAt(this.line).isUsable && this.send(max(USUAL_SECONDS, this.minExpires), false, now);
    if (!isSent) this.fail(503, 0, now);
  }

  /** `isAnswer` to the challenge that was taken. */
  private send(expires: i32, isAnswer: bool, now: f64): bool {
    const account = accountAt(this.line);
    const transaction = openClient(Method.Subscribe, Owner.Subscription, this.line);
    if (changetype<usize>(transaction) == 0) return false;
    this.asked = expires;
    this.deadline = NEVER;
    this.dialog.localSequence++;
    this.dialog.beginRequest(Method.Subscribe, account.local, account.displayName, transaction.branch, BRANCH_LENGTH);
    putDialogContact(this.line, account.isSecure).line().headerText(Header.Event, "message-summary")
      .headerText(Header.Accept, "application/simple-message-summary").headerNumber(Header.Expires, expires).body(0, 0);
    if (isAnswer) putCredentials(account);
    if (this.dialog.state == DialogState.None) destination.copyFrom(account.hop);
    else this.dialog.destination(account.hop, destination);
    if (!startClient(transaction, destination, now)) return false;
    this.transaction = indexOfTransaction(transaction);
    return true;
  }

  /** What came of a SUBSCRIBE. `response` is meaningless for Timeout. */
  handleResponse(
    transaction: Transaction, event: TransactionEvent, response: Message, source: Endpoint, now: f64,
  ): void {
    if (this.transaction != indexOfTransaction(transaction) || event == TransactionEvent.Provisional) return;
    this.transaction = -1;
    if (event == TransactionEvent.Failure && this.sendAnother(response, source, now)) return;
    if (this.state == SubscriptionState.Ending) this.finish(now);
    else if (event == TransactionEvent.Success) this.succeed(response, now);
    else if (event == TransactionEvent.Failure) this.handleFailure(response, now);
    else this.fail(408, 0, now);
  }

  /** With what it lacked: credentials, or a longer time (RFC 6665 §4.1.2.1: 423). */
  private sendAnother(response: Message, source: Endpoint, now: f64): bool {
    if (takeChallenge(accountAt(this.line), response, source, this.challenges)) {
      this.challenges++;
      return this.send(this.asked, true, now);
    }
    const wanted = response.status == 423 ? secondsOf(response, Header.MinExpires) : -1;
    if (wanted <= this.asked || this.asked == 0) return false;
    this.minExpires = wanted;
    this.challenges = 0;
    return this.send(wanted, false, now);
  }

  private finish(now: f64): void {
    this.forget();
    if (this.isWanted) this.start(now);
  }

  private succeed(response: Message, now: f64): void {
    const said = secondsOf(response, Header.Expires);
    const granted = said < 0 ? this.asked : said;
    if (this.dialog.state == DialogState.None) this.dialog.setResponse(response, DialogState.Confirmed);
    if (granted == 0) {
      this.fail(response.status, 0, now);
      return;
    }
    this.asked = granted;
    this.state = SubscriptionState.Active;
    // §4.1.2.4, Timer N: a subscription that nobody tells anything of is none
    this.deadline = this.isNotified ? renewalAt(granted, now) : now + T1_64;
  }

  private handleFailure(response: Message, now: f64): void {
    const pause = retryAfter(response);
    switch (response.status) {
      case 481: // §4.1.2.2: the registrar has forgotten it
        this.fail(481, this.isNotified ? RENEW_AFTER : pause, now);
        break;
      case 403: case 404: case 405: case 489: case 501: case 603:
        this.fail(response.status, max(RETRY_LONGEST, pause), now);
        break;
      default: this.fail(response.status, pause, now);
    }
  }

  /** `pause` in ms; 0 for the usual one, which doubles. */
  private fail(status: i32, pause: f64, now: f64): void {
    if (this.failures == 0 && pause != RENEW_AFTER) {
      const length = <i32>(writeText(reason, reasonPhrase(status)) - reason);
      pushReport(Report.SubscriptionFailed, this.line, reason, length, status);
    }
    if (pause == 0) {
      pause = RETRY_FIRST;
      for (let failure = 0; failure < this.failures && pause < RETRY_LONGEST; failure++) pause *= 2;
      pause = min(pause, RETRY_LONGEST) * (0.8 + 0.4 * randomUnit());
    }
    this.failures++;
    this.wait(now + pause);
  }

  private wait(until: f64): void {
    this.state = SubscriptionState.Waiting;
    this.deadline = until;
    this.transaction = -1;
    this.dialog.reset();
  }

  handleTimeout(now: f64): void {
    this.deadline = NEVER;
    if (this.state == SubscriptionState.Waiting) this.subscribe(now);
    else if (this.isNotified) this.request(now);
    else this.fail(408, 0, now);
  }

  // NOTIFY

  /** §4.1.2.4: it may come before the answer to the SUBSCRIBE, and makes the dialog then. */
  isOfNotify(request: Message): bool {
    if (this.state == SubscriptionState.Idle || this.state == SubscriptionState.Waiting) return false;
    const dialog = this.dialog;
    if (!dialog.hasCallId(request) || !dialog.isToUs(request)) return false;
    return dialog.state == DialogState.None || dialog.isFromPeer(request);
  }

  handleNotify(request: Message, source: Endpoint, now: f64): SessionEvent {
    const dialog = this.dialog;
    const isNew = dialog.state == DialogState.None;
    const state = request.first(Header.SubscriptionState);
    const isLate = !isNew && dialog.takeSequence(request) == Sequence.Late;
    const refusal = isLate ? 500 : changetype<usize>(state) == 0 ? 400 : refusalOfSummary(request);
    if (!answerKept(request, source, refusal == 0 ? 200 : refusal, now) || refusal != 0) return SessionEvent.None;
    if (isNew && dialog.setPeer(request)) dialog.state = DialogState.Confirmed;
    if (this.state == SubscriptionState.Ending) return SessionEvent.None;
    this.isNotified = true;
    this.failures = 0;
    if (isFirstToken(state, "terminated")) this.handleEnd(state, now);
    else if (this.state == SubscriptionState.Active) this.deadline = renewalAt(secondsLeft(state, this.asked), now);
    return takeSummary(request, this.line);
  }

  /** §4.1.3: whether to come again, and when. */
  private handleEnd(state: Field, now: f64): void {
    const why = parametersAt(state);
    const length = <i32>(state.value + <usize>state.valueLength - why);
    const seconds = findParameter(why, length, "retry-after") ? parseDecimal(parameterAt, parameterLength) : -1;
    const hasReason = findParameter(why, length, "reason");
    if (hasReason && (isReason("rejected") || isReason("noresource") || isReason("invariant"))) {
      this.wait(NEVER);
    } else if (hasReason && (isReason("deactivated") || isReason("timeout"))) {
      this.wait(now + RENEW_AFTER);
    } else if (seconds != NOT_A_NUMBER) {
      this.wait(now + <f64>min<i64>(max<i64>(seconds, 1), MOST_SECONDS) * 1000);
    } else {
      this.wait(now + RETRY_FIRST);
    }
  }
}

/** Of the parameter found last. */
function isReason(name: string): bool { return equalsIgnoreCase(parameterAt, parameterLength, name); }

function parametersAt(field: Field): usize {
  const semicolon = indexOfByte(field.value, field.valueLength, 0x3b);
  return field.value + <usize>(semicolon < 0 ? field.valueLength : semicolon);
}

/** §4.1.3: `active;expires=N` may make it shorter. */
function secondsLeft(state: Field, asked: i32): i32 {
  const at = parametersAt(state);
  if (!findParameter(at, <i32>(state.value + <usize>state.valueLength - at), "expires")) return asked;
  const seconds = parseDecimal(parameterAt, parameterLength);
  return seconds == NOT_A_NUMBER ? asked : <i32>min<i64>(seconds, MOST_SECONDS);
}

/** Between half and nine tenths of the time, so that the lines of a site do not all come at once. */
function renewalAt(seconds: i32, now: f64): f64 {
  return now + max(<f64>seconds * 1000 * (0.5 + 0.4 * randomUnit()), RENEW_AFTER);
}

let subscriptions: usize = 0;

/** Bytes of memory for the subscriptions of all lines. */
export const SUBSCRIPTIONS_SIZE: i32 = SUBSCRIPTION_SIZE * MAX_LINES;

export function setupSubscriptions(at: usize): void {
  subscriptions = at;
  for (let line = 0; line < MAX_LINES; line++) subscriptionAt(line).reset(line);
}

@inline export function subscriptionAt(line: i32): Subscription {
  return changetype<Subscription>(subscriptions + <usize>(line * SUBSCRIPTION_SIZE));
}

export function subscriptionsNextTimeout(): f64 {
  let soonest = NEVER;
  for (let line = 0; line < MAX_LINES; line++) soonest = min(soonest, subscriptionAt(line).deadline);
  return soonest;
}

/** Runs one due subscription. False when none is due. */
export function handleSubscriptionTimeout(now: f64): bool {
  for (let line = 0; line < MAX_LINES; line++) {
    if (subscriptionAt(line).deadline > now) continue;
    subscriptionAt(line).handleTimeout(now);
    return true;
  }
  return false;
}

/** The line whose subscription a NOTIFY inside a dialog belongs to, or -1. */
export function lineOfNotify(request: Message): i32 {
  if (request.method != Method.Notify) return -1;
  for (let line = 0; line < MAX_LINES; line++) {
    if (subscriptionAt(line).isOfNotify(request)) return line;
  }
  return -1;
}
