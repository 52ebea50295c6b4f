// Where a line and a SIP session meet: what the phone's user does becomes orders to the user agent, what the far end does becomes
// tones, ringing and sound. One call a line.

import { Report, pushReport } from "../abi/action";
import { SrtpUse } from "../abi/settings";
import { Law } from "../audio/g711";
import { MAX_LINES } from "../limits";
import { LineEvent } from "../line/event-queue";
import { LINE_SIZE, Line, LineState, lineAt } from "../line/line";
import { RTP_STREAM_SIZE, RtpStream, rtpStreamAt } from "../rtp/stream";
import { tagSizeOf } from "../sdp/crypto";
import { Law as PayloadLaw } from "../sdp/local-media";
import { NegotiationResult } from "../sdp/negotiation";
import { accountAt } from "../sip/account";
import { reasonPhrase } from "../sip/status";
import {
  SessionEvent, answer, eventLine, eventOther, eventSession, eventStatus, hangUp, invite, offerResult, refusalStatus, reject, sendRinging,
  sessionAt,
} from "../sip/user-agent";
import { NEVER } from "../time/timer-table";
import { passDigit, takeDigit } from "./digits";
import { LINE_SOUND_SIZE, LineSound } from "./line-sound";
import { showMailbox } from "./mailbox";
import { beginReport, endReport } from "./report-text";
import { finishTransfer, followFormer, handleFormer, leaveFormer, replace, returnToFormer } from "./transfer";

/** Numbers are part of the ABI: append, never reorder. */
export const enum CallState {
  Idle,
  /** INVITE sent, nothing heard. */
  Calling,
  /** The far end rings. */
  Ringing,
  /** Sound before the answer. */
  Early,
  /** This phone rings. */
  Incoming,
  Active,
}

export const NO_SESSION: i32 = -1;

/** How long a caller hears nothing, and how long ringback, before the call is given up. */
const CALLING_LIMIT: f64 = 180000;
const RINGING_LIMIT: f64 = 300000;

const SOUND: usize = 48;

@unmanaged
export class Call {
  /** When this state began. */
  since: f64 = 0;
  private giveUpAt: f64 = 0;
  /** How long the phone rings before the caller is told. */
  ringTimeout: f64 = 0;
  state: CallState = CallState.Idle;
  index: i32 = 0;
  /** Digits of a call go by INFO, not as telephone events. */
  sendsInfo: bool = false;
  session: i32 = NO_SESSION;
  /** The session whose far end has sent us to that of `session`, which is not answered yet. */
  former: i32 = NO_SESSION;

  @inline get line(): Line { return lineAt(lines + <usize>this.index * LINE_SIZE); }
  @inline get stream(): RtpStream { return rtpStreamAt(streams + <usize>this.index * RTP_STREAM_SIZE); }
  @inline get sound(): LineSound { return changetype<LineSound>(changetype<usize>(this) + SOUND); }
  @inline get nextTimeout(): f64 { return min(this.giveUpAt, this.line.nextTimeout()); }
  @inline get isIdle(): bool { return this.state == CallState.Idle; }

  setup(index: i32): void {
    this.index = index;
    this.ringTimeout = 60000;
    this.line.setup(index);
    this.stream.setup(index);
    this.sound.setup();
    this.enter(CallState.Idle, 0);
    this.session = NO_SESSION;
    this.former = NO_SESSION;
  }

  // What the phone does

  handleLoop(closed: bool, at: f64, now: f64): void { this.handleLine(this.line.handleLoop(closed, at, now), now); }

  handleLoss(at: f64, now: f64): void { this.handleLine(this.line.handleLoss(at, now), now); }

  handleTimeout(now: f64): void {
    this.handleLine(this.line.handleTimeout(now), now);
    if (this.giveUpAt <= now) this.giveUp(now);
  }

  /** Nobody answers. RFC 3261 §13.3.1.1 leaves to the called phone how long it may ring, §13.2.2 to the caller how long it waits. */
  private giveUp(now: f64): void {
    const session = this.session;
    const isIncoming = this.state == CallState.Incoming;
    if (this.former != NO_SESSION) {
      hangUp(session, now);
      this.tell(Report.CallFailed, session, 408);
      returnToFormer(this, now);
      return;
    }
    this.end(now);
    if (isIncoming) {
      this.line.stopRinging(now);
      reject(session, 480, now);
    } else {
      hangUp(session, now);
      this.line.startCongestion(now);
    }
    this.tell(Report.CallFailed, session, isIncoming ? 480 : 408);
  }

  handleLine(event: LineEvent, now: f64): void {
    for (; event != LineEvent.None; event = this.line.pollEvent()) {
      switch (event) {
        case LineEvent.Dialled: this.place(now); break;
        case LineEvent.Answered: this.pickUp(now); break;
        case LineEvent.OnHook: this.putDown(now); break;
        case LineEvent.Digit: passDigit(this, now); break;
      }
    }
  }

  private place(now: f64): void {
    const number = this.line.number;
    this.session = invite(this.index, number.at, number.length, now);
    if (this.session == NO_SESSION) {
      beginReport().value(number).text(": ").decimal(refusalStatus).text(" ").text(reasonPhrase(refusalStatus));
      endReport(Report.CallFailed, this.index, refusalStatus);
      this.line.startCongestion(now);
      return;
    }
    beginReport().value(number);
    endReport(Report.CallStarted, this.index);
    this.enter(CallState.Calling, now);
  }

  private pickUp(now: f64): void {
    if (this.state != CallState.Incoming) return;
    if (!answer(this.session, now)) {
      this.end(now);
      this.line.startCongestion(now);
      return;
    }
    this.talk(now);
  }

  private putDown(now: f64): void {
    if (!this.isIdle) this.abandon(now);
  }

  /** Ends the call from our side, whatever its state. */
  abandon(now: f64): void {
    const session = this.session;
    const wasRinging = this.state == CallState.Incoming;
    this.end(now);
    if (wasRinging) this.line.stopRinging(now);
    if (session == NO_SESSION) return;
    this.tell(Report.CallEnded, session, 0);
    hangUp(session, now);
  }

  // What the far end does

  handleSession(event: SessionEvent, now: f64): void {
    switch (event) {
      case SessionEvent.Progress: this.showProgress(now); break;

      case SessionEvent.EarlyMedia:
        this.startMedia(now);
        if (eventStatus != 180) this.line.startSilence(now);
        if (this.state != CallState.Early) this.enter(CallState.Early, now);
        this.showProgress(now);
        break;

      case SessionEvent.Answered:
        leaveFormer(this, now);
        this.talk(now);
        this.line.showAnswer();
        break;

      case SessionEvent.Confirmed:
      case SessionEvent.MediaChanged:
        if (this.state == CallState.Active) this.startMedia(now);
        break;

      case SessionEvent.Failed: this.fail(now); break;
      case SessionEvent.Ended: this.finish(now); break;
      case SessionEvent.Digit: takeDigit(this, now); break;
      case SessionEvent.Referred: followFormer(this, now); break;
      case SessionEvent.Transferred: finishTransfer(this, now); break;
      case SessionEvent.TransferFailed: this.tell(Report.TransferFailed, this.session, eventStatus); break;
      case SessionEvent.TransferProgress: this.tell(Report.TransferProgress, this.session, eventStatus); break;
    }
  }

  /** A new call for this line. Busy is whoever holds the handset or talks already. */
  handleIncoming(session: i32, now: f64): void {
    const caller = sessionAt(session);
    if (this.isIdle) this.line.callerId.setCaller(caller.remoteUser, caller.remoteDisplayName, caller.isPrivate);
    if (!this.isIdle || !this.line.ring(now, this.line.ringFor(caller.remoteUser, eventStatus))) {
      reject(session, 486, now);
      return;
    }
    this.session = session;
    this.enter(CallState.Incoming, now);
    this.giveUpAt = now + this.ringTimeout;
    sendRinging(session, now);
    beginReport().value(caller.remoteUser).text(" ").value(caller.remoteDisplayName);
    endReport(Report.CallIncoming, this.index);
  }

  /** RFC 3960 §3.2: a 180 is ringback of our own, unless the far end lets us hear its own. */
  private showProgress(now: f64): void {
    if (eventStatus != 180) return;
    if (this.state == CallState.Calling) this.enter(CallState.Ringing, now);
    else if (this.state != CallState.Early || this.isHearing) return;
    if (this.line.state == LineState.Ringback) return;
    this.line.startRingback(now);
    pushReport(Report.CallRinging, this.index);
  }

  @inline get isHearing(): bool { return this.stream.packetsReceived > 0; }

  private talk(now: f64): void {
    this.enter(CallState.Active, now);
    this.line.startTalking(now);
    this.startMedia(now);
    this.tell(Report.CallAnswered, this.session, 200);
  }

  private fail(now: f64): void {
    const session = this.session;
    const status = eventStatus;
    if (this.former != NO_SESSION) {
      this.tell(Report.CallFailed, session, status);
      returnToFormer(this, now);
      return;
    }
    this.end(now);
    this.tell(Report.CallFailed, session, status);
    if (status == 486 || status == 600) this.line.startBusy(now);
    else this.line.startCongestion(now);
  }

  private finish(now: f64): void {
    const wasRinging = this.state == CallState.Incoming;
    const session = this.session;
    this.end(now);
    this.tell(Report.CallEnded, session, 0);
    if (wasRinging) this.line.stopRinging(now);
    else this.line.disconnect(now);
  }

  end(now: f64): void {
    this.stopMedia(now);
    if (this.former != NO_SESSION) {
      hangUp(this.session, now); // in this order the former far end still hears of it
      hangUp(this.former, now);
    }
    this.former = NO_SESSION;
    this.session = NO_SESSION;
    this.enter(CallState.Idle, now);
  }

  /** For the stream's reports. */
  measureEcho(): void {
    if (this.stream.isRunning) this.stream.echoReturnLoss = this.sound.echoReturnLoss;
  }

  stopMedia(now: f64): void {
    if (!this.stream.isRunning) return;
    this.measureEcho();
    this.stream.stop(now);
    pushReport(Report.MediaStopped, this.index);
  }

  enter(state: CallState, now: f64): void {
    this.state = state;
    this.since = now;
    this.giveUpAt = state == CallState.Calling ? now + CALLING_LIMIT : state == CallState.Ringing ? now + RINGING_LIMIT : NEVER;
  }

  /** A call did not even ring: for want of an agreement on SRTP, that is worth a word. */
  tellRefusal(session: i32): void {
    if (offerResult != NegotiationResult.NoProtection) return;
    const local = sessionAt(session).local;
    beginReport().value(sessionAt(session).remoteUser).text(
      local.srtp == SrtpUse.Required ? ": it offers no SRTP that we know, and this line requires it"
        : local.srtp == SrtpUse.Off ? ": it wants SRTP, which is off on this line"
        : ": it wants an SRTP that we do not know",
    );
    endReport(Report.CallRefused, this.index, eventStatus);
  }

  /** Starts the stream as offer and answer say, or changes the one that runs. */
  startMedia(now: f64): void {
    const session = sessionAt(this.session);
    const media = session.media;
    const own = accountAt(this.index).media;
    const stream = this.stream;
    if (!media.accepted) return;
    const law = media.law == PayloadLaw.Pcma ? Law.A : Law.Mu;
    if (stream.isRunning) {
      stream.updateRemote(law, media.eventPayloadType, media.remote, media.remoteRtcp, own, now);
    } else {
      stream.start(law, media.eventPayloadType, media.remote, media.remoteRtcp, own, now);
      pushReport(Report.MediaStarted, this.index);
    }
    stream.setPayloadTypes(media.payloadType, media.receivePayloadType, media.receiveEventPayloadType);
    stream.setDirection(media.sends, media.receives);
    stream.reportsMetrics = media.wantsMetrics;
    const suite = media.cryptoSuite;
    stream.protection.start(tagSizeOf(suite), sessionAt(this.session).local.keyOf(suite), media.cryptoKey);
  }

  /** `<peer>`, with the status when there is one. */
  tell(report: Report, session: i32, status: i32): void {
    const text = beginReport().value(sessionAt(session).remoteUser);
    if (status >= 300 || report == Report.TransferProgress) text.text(": ").decimal(status).text(" ").text(reasonPhrase(status));
    if (status == 488 && sessionAt(session).local.srtp == SrtpUse.Required) text.text("; this line requires SRTP");
    endReport(report, this.index, status);
  }
}

export const CALL_SIZE: i32 = <i32>SOUND + LINE_SOUND_SIZE;

let calls: usize = 0;
let lines: usize = 0;
let streams: usize = 0;

/** Bytes of memory for all lines, their streams and their calls. */
export const CALLS_SIZE: i32 = MAX_LINES * (CALL_SIZE + LINE_SIZE + RTP_STREAM_SIZE);

export function setupCalls(at: usize): void {
  if (offsetof<Call>() > SOUND) ERROR("a line's sound follows at SOUND");
  lines = at;
  streams = lines + <usize>(MAX_LINES * LINE_SIZE);
  calls = streams + <usize>(MAX_LINES * RTP_STREAM_SIZE);
  for (let line = 0; line < MAX_LINES; line++) callAt(line).setup(line);
}

@inline export function callAt(line: i32): Call { return changetype<Call>(calls + <usize>(line * CALL_SIZE)); }

/** Brings an event of the user agent to its line. */
export function handleSessionEvent(event: SessionEvent, now: f64): void {
  if (event == SessionEvent.None) return;
  const call = callAt(eventLine);
  if (event == SessionEvent.Incoming) call.handleIncoming(eventSession, now);
  else if (event == SessionEvent.MessagesWaiting) showMailbox(call, now);
  else if (event == SessionEvent.Replacing) replace(call, eventSession, eventOther, now);
  else if (event == SessionEvent.Refused) call.tellRefusal(eventSession);
  else if (call.session == eventSession) call.handleSession(event, now);
  else if (call.former == eventSession) handleFormer(call, event, now);
}

export function callsNextTimeout(): f64 {
  let soonest = NEVER;
  for (let line = 0; line < MAX_LINES; line++) {
    const call = callAt(line);
    soonest = min(soonest, min(call.nextTimeout, call.stream.nextTimeout));
  }
  return soonest;
}

/** One due thing of one line. */
export function handleCallTimeout(now: f64): void {
  for (let line = 0; line < MAX_LINES; line++) {
    const call = callAt(line);
    if (call.nextTimeout <= now) {
      call.handleTimeout(now);
      return;
    }
    if (call.stream.nextTimeout <= now) {
      call.measureEcho();
      call.stream.handleTimeout(now);
      return;
    }
  }
}
