// The registration of each line: RFC 3261 §10.2, digest §22, back-off after RFC 5626 §4.5.

import { Report, pushReport } from "../abi/action";
import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { writeText } from "../base/literal";
import { randomUnit, random32, writeRandomHex } from "../base/random";
import { MAX_LINES } from "../limits";
import { NEVER } from "../time/timer-table";
import { accountAt } from "./account";
import { forgetRealms, putCredentials, putKeptCredentials, takeChallenge } from "./credentials";
import { stopDatagramKeepAlive } from "./datagram-keep-alive";
import { DIGEST_CHALLENGE_SIZE, DigestChallenge } from "./digest/challenge";
import { secondsOf } from "./field-value";
import { Header } from "./header";
import { keepFlow } from "./keep-alive";
import { Message } from "./message";
import { Method } from "./method";
import { forgive } from "./locate/blacklist";
import { betterServerAt, leaveServer, settleAt } from "./next-hop";
import { outboundAt, retryAfter } from "./outbound";
import { Owner } from "./session";
import { reasonPhrase } from "./status";
import { subscriptionAt } from "./subscription";
import { indexOfTransaction, openClient, startClient } from "./transaction/table";
import { BRANCH_LENGTH, Transaction, TransactionEvent } from "./transaction/transaction";
import { out } from "./writer";

export const enum RegistrationState {
  Idle,
  /** REGISTER is out. */
  Registering,
  Registered,
  /** It failed; the next try is at `deadline`. */
  Waiting,
  /** The REGISTER that withdraws us is out. */
  Unregistering,
}

/** ms, RFC 5626 §4.5: what each failure in a row doubles, and the longest pause. */
const RETRY_BASE: f64 = 30_000;
const RETRY_LONGEST: f64 = 1_800_000;
/** ms. The registrar knows us and does not want us. */
const RETRY_FORBIDDEN: f64 = 1_200_000;
/** ms. A registrar that restarts loses all its connections at once. */
const RECONNECT_SOONEST: f64 = 500;
const RECONNECT_SPREAD: f64 = 4000;
/** ms. How long after its pause a better server is asked again: all lines of a site have left it together. */
const RETURN_SPREAD: f64 = 5000;
const REASON_SIZE: i32 = 64;
const ID_SIZE: i32 = 32;
const TAG_SIZE: i32 = 16;

const FIXED_SIZE: i32 = 72;
const ID_AT: i32 = FIXED_SIZE;
const TAG_AT: i32 = ID_AT + ID_SIZE;
const REASON_AT: i32 = TAG_AT + TAG_SIZE;
const SERVER_AT: i32 = REASON_AT + REASON_SIZE;
const CHALLENGE_AT: i32 = SERVER_AT + ENDPOINT_SIZE;
const REGISTRATION_SIZE: i32 = (CHALLENGE_AT + DIGEST_CHALLENGE_SIZE + 7) & ~7;

@unmanaged
export class Registration {
  /** When the next REGISTER is due: a refresh or another try. */
  deadline: f64 = 0;
  /** How long the registrar keeps our contact. In the past when it has none. */
  registeredUntil: f64 = 0;
  state: RegistrationState = RegistrationState.Idle;
  line: i32 = 0;
  /** The status that the last REGISTER got, 0 before the first. */
  status: i32 = 0;
  private transaction: i32 = 0;
  private sequence: u32 = 0;
  private challenges: i32 = 0;
  /** Failures in a row. */
  private failures: i32 = 0;
  /** Seconds that the registrar wants at least (423), 0 when it has not said. */
  private minExpires: i32 = 0;
  /** Seconds asked for with the REGISTER under way. */
  private asked: i32 = 0;
  /** The connection that the registrar answered by, 0 for datagrams. */
  private flow: u32 = 0;
  /** The log has last been told that we are registered. */
  private isAnnounced: bool = false;
  /** Somebody wants us registered. */
  private isWanted: bool = false;

  @inline private field(offset: i32): usize { return changetype<usize>(this) + <usize>offset; }
  /** The one answered last: the next REGISTER answers it without being asked. */
  @inline private get challenge(): DigestChallenge { return changetype<DigestChallenge>(this.field(CHALLENGE_AT)); }

  /** Where REGISTER went last: on the way back to a better server not yet where calls go. */
  @inline private get server(): Endpoint { return endpointAt(this.field(SERVER_AT)); }

  /** A fresh Call-ID: it stays the same for every REGISTER of this start (§10.2.4). */
  reset(line: i32): void {
    if (<i32>offsetof<Registration>() > FIXED_SIZE) ERROR("a Registration's texts stand behind its fields");
    memory.fill(changetype<usize>(this), 0, REGISTRATION_SIZE);
    this.deadline = NEVER;
    this.line = line;
    this.transaction = -1;
    this.sequence = random32() & 0xffff;
    this.challenge.clear();
    writeRandomHex(this.field(ID_AT), ID_SIZE);
    writeRandomHex(this.field(TAG_AT), TAG_SIZE);
  }

  isRegistered(now: f64): bool { return this.registeredUntil > now; }

  /** Registers now, or once the withdrawal under way is through. */
  start(now: f64): void {
    this.isWanted = true;
    this.failures = 0;
    if (!this.isBusy) this.register(now);
  }

  /** Withdraws our contact. A REGISTER under way is waited for: two at a time would race (§10.2). */
  stop(now: f64): void {
    this.isWanted = false;
    if (!this.isBusy) this.withdraw(now);
  }

  /** The registrar is not ours any more: what it still says is not answered, and nothing is kept of it. */
  forget(): void {
    this.isWanted = false;
    this.state = RegistrationState.Idle;
    this.transaction = -1;
    this.registeredUntil = 0;
    this.deadline = NEVER;
    this.isAnnounced = false;
    this.minExpires = 0;
    this.server.clear();
    this.challenge.clear();
    forgetRealms(accountAt(this.line));
    accountAt(this.line).seen.clear();
    stopDatagramKeepAlive(this.line);
    outboundAt(this.line).reset();
    subscriptionAt(this.line).forget();
  }

  @inline private get isBusy(): bool {
    return this.state == RegistrationState.Registering || this.state == RegistrationState.Unregistering;
  }

  private register(now: f64): void {
    const account = accountAt(this.line);
    if (!account.hop.isSet && !account.registrarHost.isEmpty) {
      this.state = RegistrationState.Waiting; // for handleLocated()
      this.deadline = NEVER;
      return;
    }
    this.state = RegistrationState.Registering;
    this.challenges = 0;
    this.server.copyFrom(account.targets.count == 0 ? account.hop : account.targets.choose(now));
    const expires = max(account.expires, this.minExpires);
    if (!account.isUsable || !this.send(expires, false, now)) this.fail(503, now);
  }

  private withdraw(now: f64): void {
    const wasRegistered = this.isRegistered(now);
    this.state = RegistrationState.Unregistering;
    this.challenges = 0;
    if (!wasRegistered || !this.send(0, false, now)) this.finish(now);
  }

  /** `isAnswer` to the challenge that was taken. */
  private send(expires: i32, isAnswer: bool, now: f64): bool {
    const account = accountAt(this.line);
    const transaction = openClient(Method.Register, Owner.Registration, this.line);
    if (changetype<usize>(transaction) == 0) return false;
    this.asked = expires;
    this.deadline = NEVER;
    account.local.transport = this.server.transport;
    out.begin().text("REGISTER ");
    account.putDomain().text(" SIP/2.0\r\n")
      .via(account.local, transaction.branch, BRANCH_LENGTH).headerText(Header.MaxForwards, "70");
    out.header(Header.From).displayName(account.displayName).text("<");
    account.putAddress().text(">;tag=").span(this.field(TAG_AT), TAG_SIZE).line();
    out.header(Header.To).text("<");
    account.putAddress().text(">").line();
    out.header(Header.CallId).span(this.field(ID_AT), ID_SIZE).line()
      .header(Header.CSeq).decimal(++this.sequence).text(" REGISTER").line();
    outboundAt(this.line).putContact(account, expires);
    out.body(0, 0);
    if (isAnswer) putCredentials(account, this.challenge);
    else if (this.challenge.isSet) putKeptCredentials(account, this.challenge);
    account.local.transport = account.hop.transport;
    transaction.hasOthers = account.targets.count > 1;
    if (!startClient(transaction, this.server, now)) return false;
    this.transaction = indexOfTransaction(transaction);
    return true;
  }

  /** What came of a REGISTER. `response` is meaningless for Timeout. */
  handleResponse(
    transaction: Transaction, event: TransactionEvent, response: Message, source: Endpoint, now: f64,
  ): void {
    if (this.transaction != indexOfTransaction(transaction)) return;
    const isFinal = event == TransactionEvent.Success || event == TransactionEvent.Failure;
    if (!isFinal && event != TransactionEvent.Timeout) return;
    this.transaction = -1;
    if (this.isLost(event, response)) {
      if (this.sendElsewhere(event, response, now)) return;
    } else {
      forgive(this.server);
    }
    if (event == TransactionEvent.Failure && this.answerChallenge(response, source, now)) return;
    this.status = event == TransactionEvent.Timeout ? transaction.status : response.status;
    if (this.state == RegistrationState.Unregistering) this.finish(now);
    else if (event == TransactionEvent.Success) this.succeed(response, source, now);
    else if (event == TransactionEvent.Timeout) this.fail(transaction.status, now);
    else this.handleFailure(response, now);
  }

  /** RFC 3263 §4.3: the server is not there, or can't serve. */
  private isLost(event: TransactionEvent, response: Message): bool {
    return event == TransactionEvent.Timeout || (event == TransactionEvent.Failure && response.status == 503);
  }

  /** The same to the next server of the registrar. False when there is none, or we are leaving anyway. */
  private sendElsewhere(event: TransactionEvent, response: Message, now: f64): bool {
    const pause = event == TransactionEvent.Failure ? retryAfter(response) : 0;
    const next = leaveServer(this.line, this.server, pause, now);
    if (changetype<usize>(next) == 0 || !this.isWanted) return false;
    this.server.copyFrom(next);
    this.challenges = 0;
    return this.send(this.asked, false, now);
  }

  private answerChallenge(response: Message, source: Endpoint, now: f64): bool {
    if (!takeChallenge(accountAt(this.line), response, source, this.challenges)) {
      if (response.status == 401 || response.status == 407) this.challenge.clear();
      return false;
    }
    this.challenges++;
    return this.send(this.asked, true, now);
  }

  private succeed(response: Message, source: Endpoint, now: f64): void {
    this.flow = source.flow;
    this.takeNextNonce(response);
    const account = accountAt(this.line), outbound = outboundAt(this.line);
    const granted = <f64>outbound.takeGranted(account, response, this.asked) * 1000;
    this.failures = 0;
    if (granted == 0) {
      this.fail(response.status, now);
      return;
    }
    this.registeredUntil = now + granted;
    this.state = RegistrationState.Registered;
    // between half and nine tenths of the time, so that the lines of a site do not all come at once
    this.deadline = now + granted * (0.5 + 0.4 * randomUnit());
    settleAt(this.line, this.server);
    const better = betterServerAt(account, this.server, now) + RETURN_SPREAD * randomUnit();
    this.deadline = min(this.deadline, better);
    if (outbound.take(account, response, source)) this.deadline = now;
    if (!this.isAnnounced) pushReport(Report.Registered, this.line, 0, 0, granted / 1000);
    this.isAnnounced = true;
    keepFlow(this.line, source, this.registeredUntil, now);
    if (this.isWanted) subscriptionAt(this.line).start(now);
    else this.withdraw(now);
  }

  /** RFC 7616 §3.5: it saves the next REGISTER a challenge. */
  private takeNextNonce(response: Message): void {
    const info = response.first(Header.AuthenticationInfo);
    if (changetype<usize>(info) != 0 && this.challenge.isSet) {
      this.challenge.takeNextNonce(info.value, info.valueLength);
    }
  }

  private handleFailure(response: Message, now: f64): void {
    if (response.status == 423) {
      const wanted = secondsOf(response, Header.MinExpires);
      if (wanted > this.asked) {
        this.minExpires = wanted;
        this.challenges = 0;
        if (this.send(wanted, false, now)) return;
      }
    }
    if (outboundAt(this.line).takeRefusal(response.status) && this.send(this.asked, false, now)) return;
    const pause = response.status == 403 || response.status == 404 ? RETRY_FORBIDDEN : 0;
    this.failAfter(response.status, max(pause, retryAfter(response)), response.reasonAt, response.reasonLength, now);
  }

  private fail(status: i32, now: f64): void {
    const reason = this.field(REASON_AT);
    this.failAfter(status, 0, reason, <i32>(writeText(reason, reasonPhrase(status)) - reason), now);
  }

  /** `pause` in ms; 0 for the usual one, which doubles. */
  private failAfter(status: i32, pause: f64, reasonAt: usize, reasonLength: i32, now: f64): void {
    if (!this.isWanted) {
      this.finish(now);
      return;
    }
    if (pause == 0) {
      pause = RETRY_BASE;
      for (let failure = 0; failure <= this.failures && pause < RETRY_LONGEST; failure++) pause *= 2;
      // so that a site does not come back in step after a power cut
      pause = min(pause, RETRY_LONGEST) * (0.5 + 0.5 * randomUnit());
    }
    this.failures++;
    this.isAnnounced = false;
    this.status = status;
    this.state = RegistrationState.Waiting;
    this.deadline = now + pause;
    const reason = this.field(REASON_AT);
    const length = min(reasonLength, REASON_SIZE);
    memory.copy(reason, reasonAt, <usize>length);
    pushReport(Report.RegistrationFailed, this.line, reason, length, <f64>status);
  }

  /** Nothing of ours is left at the registrar, as far as we can tell. */
  private finish(now: f64): void {
    const wasRegistered = this.isRegistered(now);
    this.state = RegistrationState.Idle;
    this.transaction = -1;
    this.registeredUntil = 0;
    forgetRealms(accountAt(this.line));
    outboundAt(this.line).reset();
    stopDatagramKeepAlive(this.line);
    this.deadline = NEVER;
    this.isAnnounced = false;
    if (wasRegistered) pushReport(Report.Unregistered, this.line);
    if (this.isWanted) this.register(now);
  }

  /** RFC 5626 §4.4: a call could come by that connection only. */
  handleFlowClosed(flow: u32, now: f64): void {
    if (this.flow == flow) this.handleFlowLost(now);
  }

  /** The same, or a NAT has moved us. */
  handleFlowLost(now: f64): void {
    if (this.state != RegistrationState.Registered) return;
    this.flow = 0;
    this.deadline = min(this.deadline, now + RECONNECT_SOONEST + RECONNECT_SPREAD * randomUnit());
  }

  /** The registrar's servers are known: perhaps for the first time, perhaps others than they were. */
  handleLocated(now: f64): void {
    if (!this.isWanted) return;
    const account = accountAt(this.line);
    if (this.isBusy || account.targets.indexOf(this.server) >= 0) return;
    this.deadline = now;
  }

  /**
   * Nobody finds us at `server` any more. REGISTER goes out at once: before the call that found it out, which may be for
   * another line of ours.
   */
  handleServerLost(server: Endpoint, now: f64): void {
    if (this.state != RegistrationState.Registered || !this.server.equals(server)) return;
    outboundAt(this.line).routes.clear(); // they lead through it
    this.register(now);
  }

  handleTimeout(now: f64): void {
    this.deadline = NEVER;
    if (this.isWanted) this.register(now);
  }
}

let registrations: usize = 0;

/** Bytes of memory for the registrations of all lines. */
export const REGISTRATIONS_SIZE: i32 = REGISTRATION_SIZE * MAX_LINES;

export function setupRegistrations(at: usize): void {
  registrations = at;
  for (let line = 0; line < MAX_LINES; line++) registrationAt(line).reset(line);
}

@inline export function registrationAt(line: i32): Registration {
  return changetype<Registration>(registrations + <usize>(line * REGISTRATION_SIZE));
}

export function registrationsNextTimeout(): f64 {
  let soonest = NEVER;
  for (let line = 0; line < MAX_LINES; line++) soonest = min(soonest, registrationAt(line).deadline);
  return soonest;
}

/** Runs one due registration. False when none is due. */
export function handleRegistrationTimeout(now: f64): bool {
  for (let line = 0; line < MAX_LINES; line++) {
    if (registrationAt(line).deadline > now) continue;
    registrationAt(line).handleTimeout(now);
    return true;
  }
  return false;
}
