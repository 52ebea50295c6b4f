// An INVITE session: RFC 3261 §13. This file is the record and the pool; session-client.ts places calls, session-
// server.ts takes them, session-change.ts changes them, session-end.ts ends them, session-media.ts speaks of media.

import { indexOfByte } from "../base/bytes";
import { hexValue } from "../base/hex";
import { startsWithIgnoreCase } from "../base/literal";
import { Pool } from "../base/pool";
import { random32 } from "../base/random";
import { Text, textAt } from "../base/text";
import { MAX_SESSIONS, SETTING_SIZE } from "../limits";
import { LOCAL_MEDIA_SIZE, LocalMedia, NO_PAYLOAD_TYPE } from "../sdp/local-media";
import { MEDIA_CHOICE_SIZE, MediaChoice } from "../sdp/negotiation";
import { TimerHeap } from "../time/timer-heap";
import { NEVER, TimerTable } from "../time/timer-table";
import { accountAt } from "./account";
import { callerField, isCallerPrivate } from "./caller-identity";
import { DIALOG_SIZE, Dialog } from "./dialog/dialog";
import { Header } from "./header";
import { controlPort, mediaPlace } from "./media-place";
import { Message } from "./message";
import { NameAddr } from "./name-addr";
import { Uri } from "./uri";

/** RFC 3261 §13 and §15. */
export const enum SessionState {
  Idle,
  /** Our INVITE is out, nothing has come back. */
  Calling,
  /** A provisional response to our INVITE. */
  Proceeding,
  /** Our INVITE is given up: CANCEL is sent or waits for a provisional response (§9.1). */
  Cancelling,
  /** An INVITE of the far end waits for our final response. */
  Incoming,
  /** Our 2xx waits for its ACK. */
  Answered,
  /** Both sides know of each other. */
  Confirmed,
  /** Our BYE is out. */
  Terminating,
  /** The call is over; the far end is still told what comes of its REFER (RFC 5057 §4). */
  Notifying,
}

export const enum SessionTimer {
  /** 100 Trying, if nothing else was said (§17.2.1). */
  Trying,
  /**
   * The 2xx again (§13.3.1.4); while ringing, the provisional response again, so that no proxy gives up (§13.3.1.1).
   */
  Retransmit,
  /** No ACK, no PRACK, or no end to a cancelled INVITE, within 64*T1. */
  GiveUp,
  /** The wait before another re-INVITE or UPDATE: §14.1, and what else was no answer. */
  Change,
  /** We are to give a sign of life: RFC 4028 §10. */
  Refresh,
  /** The far end has given none. */
  Expire,
  /** A transfer has come to its end, and a far end that should have left is still there; or nothing comes of it. */
  Transfer,
  Count,
}

/** What the transactions of this module belong to: Transaction.ownerKind. */
export const enum Owner {
  None,
  /** `owner` is Session.owner. */
  Session,
  /** `owner` is the line. */
  Registration,
  Subscription,
  /** A MESSAGE of ours: the line, and how often it was challenged. */
  Message,
}

/** How far our own REFER has got. */
export const enum Transfer {
  None,
  /** REFER is out. */
  Asking,
  /** The far end has agreed, and tells by NOTIFY what comes of it. */
  Accepted,
}

/** Sessions that a line may have at once, those that take leave aside: one talks, one waits. */
const SESSIONS_OF_LINE: i32 = 2;

const LOCAL_AT: i32 = 224;
const MEDIA_AT: i32 = (LOCAL_AT + LOCAL_MEDIA_SIZE + 7) & ~7;
const NAME_SIZE: i32 = SETTING_SIZE + 1;
const DISPLAY_AT: i32 = (MEDIA_AT + MEDIA_CHOICE_SIZE + 3) & ~3;
const USER_AT: i32 = DISPLAY_AT + 4 + NAME_SIZE;
const DIALOG_AT: i32 = USER_AT + 4 + NAME_SIZE;
const TARGETS_AT: i32 = (DIALOG_AT + DIALOG_SIZE + 3) & ~3;
/** RFC 3261 §8.1.3.4: URIs to try one after the other. */
const TARGETS_SIZE: i32 = 1020;
const SESSION_SIZE: i32 = (TARGETS_AT + 4 + TARGETS_SIZE + 7) & ~7;

const address: NameAddr = changetype<NameAddr>(memory.data(64, 16));
const uri: Uri = changetype<Uri>(memory.data(64, 16));

@unmanaged
export class Session {
  private timer0: f64 = 0;
  private timer1: f64 = 0;
  private timer2: f64 = 0;
  private timer3: f64 = 0;
  private timer4: f64 = 0;
  private timer5: f64 = 0;
  private timer6: f64 = 0;
  /** When it was answered; NEVER before. */
  startedAt: f64 = 0;
  /** Time to the next retransmission of the 2xx, or of a reliable provisional response. */
  interval: f64 = 0;
  /** Hash of the description that we sent last. */
  descriptionHash: u64 = 0;
  /** Hash of the tag of the phone that `media` is agreed with for certain, before it answers; 0 while none is. */
  sureTag: u64 = 0;
  state: SessionState = SessionState.Idle;
  line: i32 = 0;
  /** Counts the users of the record, so that a late transaction does not reach the wrong one. */
  private generation: i32 = 0;
  /** Index of the transaction of the INVITE, or of our BYE; -1 when it has ended. */
  transaction: i32 = 0;
  /** Index of the transaction of our re-INVITE or UPDATE; -1 while none is under way. */
  change: i32 = 0;
  /** CSeq number of the far end's INVITE, whose ACK or PRACK is awaited. */
  inviteSequence: u32 = 0;
  /** RFC 3262 §7.1: RSeq of the reliable provisional response that came, or left, last; 0 before one. */
  remoteReliable: u32 = 0;
  localReliable: u32 = 0;
  /** RFC 4028: seconds between two signs of life, 0 without a timer; and what the far end wants them to be at least. */
  refreshInterval: i32 = 0;
  leastInterval: i32 = 0;
  /** Times that the request under way was sent back, to be sent again with what it lacked. */
  challenges: i32 = 0;
  /** Where in `targets` the one being tried ends, and how many there are. */
  targetEnd: i32 = 0;
  targetCount: i32 = 0;
  /** Media lines of the description that the far end sent last. */
  remoteMediaCount: i32 = 0;
  /** The session whose far end asked for this call, by its owner number; 0 when nobody did or it has been told all. */
  referrer: i32 = 0;
  /** CSeq number of the far end's REFER, and of ours: the id of its subscription (RFC 3515 §2.4.6). */
  referralSequence: u32 = 0;
  transferSequence: u32 = 0;
  /** What came of the call that the far end asked for, and what it was told last: status codes, 0 without a REFER. */
  referralStatus: i32 = 0;
  notifiedStatus: i32 = 0;
  /** Index of the transaction of our NOTIFY, and of our REFER; -1 while none is under way. */
  notify: i32 = 0;
  refer: i32 = 0;
  transfer: Transfer = Transfer.None;
  /** The far end does not want us to know who it is. */
  isPrivate: bool = false;
  /** The far end placed the call. */
  isIncoming: bool = false;
  /** Our 2xx waits for its ACK. */
  awaitsAck: bool = false;
  /** Our offer is not answered yet; the ACK or PRACK must when a response carried it. */
  awaitsAnswer: bool = false;
  /** The far end's offer is not answered yet. */
  owesAnswer: bool = false;
  /** The INVITE wants its provisional responses reliable; one of them waits for its PRACK. */
  isReliable: bool = false;
  awaitsPrack: bool = false;
  /** The call is taken here; its 2xx waits for the answer in a PRACK (RFC 3262 §3). */
  isAccepted: bool = false;
  /** We refresh, not the far end. */
  isRefresher: bool = false;
  /** It is time to. */
  isRefreshDue: bool = false;
  /** Our re-INVITE is out. */
  isReinviting: bool = false;
  /** The far end takes digits by INFO as application/dtmf alone. */
  refusesRelay: bool = false;
  /** The far end takes UPDATE. */
  takesUpdate: bool = false;
  /** The far end is to be held; is held, as agreed; would be held by the re-INVITE that is out. */
  wantsHold: bool = false;
  isHolding: bool = false;
  offersHold: bool = false;
  /** `media` holds what is agreed. */
  hasMedia: bool = false;
  /** The last offer or answer of the far end changed `media`. */
  isMediaNew: bool = false;
  /** The far end has sent a REFER before the one that counts now. */
  hasOlderReferral: bool = false;
  /** CANCEL is sent. */
  isCancelSent: bool = false;
  /** Hung up or rejected here: nobody waits for its events any more. */
  isReleased: bool = false;

  @inline private get base(): usize { return changetype<usize>(this); }
  @inline get timers(): TimerTable { return changetype<TimerTable>(this.base); }
  @inline get dialog(): Dialog { return changetype<Dialog>(this.base + DIALOG_AT); }
  /** Redirected URIs with a space after each: tried, the one being tried, and to be tried. */
  @inline get targets(): Text { return textAt(this.base + TARGETS_AT); }
  /** What our descriptions say. */
  @inline get local(): LocalMedia { return changetype<LocalMedia>(this.base + LOCAL_AT); }
  /** What offer and answer agreed on: worth reading when hasMedia. */
  @inline get media(): MediaChoice { return changetype<MediaChoice>(this.base + MEDIA_AT); }
  /** The far end's display name without quotes and escapes; empty when it gave none. */
  @inline get remoteDisplayName(): Text { return textAt(this.base + DISPLAY_AT); }
  /** The user part of the far end's URI without escapes: the number. */
  @inline get remoteUser(): Text { return textAt(this.base + USER_AT); }
  /** A 2xx has answered the INVITE. */
  @inline get isEstablished(): bool {
    return this.state == SessionState.Answered || this.state == SessionState.Confirmed;
  }
  @inline get index(): i32 { return pool.indexOf(this.base); }
  /** The number that its transactions know it by. */
  @inline get owner(): i32 { return (this.generation << 16) | (this.line << 8) | this.index; }

  open(line: i32): void {
    const generation = (this.generation + 1) & 0x7fff;
    memory.fill(this.base, 0, LOCAL_AT);
    this.timers.stopAll(SessionTimer.Count);
    this.startedAt = NEVER;
    this.line = line;
    this.generation = generation;
    this.transaction = -1;
    this.change = -1;
    this.notify = -1;
    this.refer = -1;
    const account = accountAt(line);
    this.local.reset(<u64>(random32() >> 1), account.codecs, account.srtp);
    if (account.isInband) this.local.eventPayloadType = NO_PAYLOAD_TYPE;
    this.local.endpoint.copyFrom(mediaPlace(line));
    this.local.controlPort = controlPort(line);
    this.media.reset();
    this.remoteDisplayName.setup(NAME_SIZE);
    this.remoteUser.setup(NAME_SIZE);
    this.targets.setup(TARGETS_SIZE);
    this.dialog.reset();
  }

  /** Who the far end is. `isTrusted`: the INVITE comes from where we register. */
  setRemoteIdentity(request: Message, isTrusted: bool): void {
    const field = callerField(request, isTrusted, accountAt(this.line).callerIdSource);
    this.isPrivate = isCallerPrivate(request);
    if (!address.parse(field.value, field.valueLength)) return;
    setDisplayName(this.remoteDisplayName, address.displayAt, address.displayLength);
    if (uri.parse(address.uriAt, address.uriLength)) setUnescaped(this.remoteUser, uri.userAt, uri.userLength);
    else if (startsWithIgnoreCase(address.uriAt, address.uriLength, "tel:")) {
      const length = indexOfByte(address.uriAt, address.uriLength, 0x3b); // RFC 3966 §3: parameters follow the number
      setUnescaped(this.remoteUser, address.uriAt + 4, (length < 0 ? address.uriLength : length) - 4);
    }
  }

  /** Moves the deadline to where the timers are. After every change of a timer. */
  settle(): void { heap.set(this.index, this.timers.next(SessionTimer.Count)); }
}

/** Takes quotes and escapes off; what does not fit is cut. */
function setDisplayName(text: Text, at: usize, length: i32): void {
  text.clear();
  const isQuoted = length >= 2 && load<u8>(at) == 0x22;
  const end = isQuoted ? at + <usize>length - 1 : at + <usize>length;
  if (isQuoted) at++;
  for (; at < end; at++) {
    if (isQuoted && load<u8>(at) == 0x5c && at + 1 < end) at++;
    text.append(load<u8>(at));
  }
}

/** Takes the escapes of a URI off; what does not fit is cut. */
export function setUnescaped(text: Text, at: usize, length: i32): void {
  text.clear();
  const end = at + <usize>length;
  for (; at < end; at++) {
    const byte = load<u8>(at);
    if (byte == 0x25 && end - at > 2) {
      text.append(<u8>((hexValue(load<u8>(at, 1)) << 4) | hexValue(load<u8>(at, 2))));
      at += 2;
    } else {
      text.append(byte);
    }
  }
}

const NONE: Session = changetype<Session>(0);

const pool: Pool = changetype<Pool>(memory.data(32, 16));
const heap: TimerHeap = changetype<TimerHeap>(memory.data(32, 16));

/** Bytes of memory for all sessions. */
@inline export function sessionsSize(): i32 {
  return MAX_SESSIONS * SESSION_SIZE + TimerHeap.tableSize(MAX_SESSIONS) + Pool.linksSize(MAX_SESSIONS);
}

export function setupSessions(at: usize): void {
  if (<i32>offsetof<Session>() > LOCAL_AT) ERROR("what is agreed stands behind a Session's fields");
  const timers = at + <usize>(MAX_SESSIONS * SESSION_SIZE);
  memory.fill(at, 0, <usize>(MAX_SESSIONS * SESSION_SIZE));
  heap.setup(timers, MAX_SESSIONS);
  pool.setup(at, SESSION_SIZE, timers + <usize>TimerHeap.tableSize(MAX_SESSIONS), MAX_SESSIONS);
}

@inline export function sessionAt(index: i32): Session { return changetype<Session>(pool.at(index)); }
@inline export function isSession(index: i32): bool { return index >= 0 && index < MAX_SESSIONS && pool.isUsed(index); }
@inline export function sessionsUsed(): i32 { return pool.used; }
@inline export function sessionsNextTimeout(): f64 { return heap.nextTimeout; }

/** The session that is due at `now`, or null. */
export function dueSession(now: f64): Session {
  const index = heap.due(now);
  return index < 0 ? NONE : sessionAt(index);
}

/** The line has room for one session more; `isInPlace` of one that it has. */
export function hasRoom(line: i32, isInPlace: bool = false): bool {
  let count = 0;
  for (let index = 0; index < MAX_SESSIONS; index++) {
    if (pool.isUsed(index) && sessionAt(index).line == line && !sessionAt(index).isReleased) count++;
  }
  return count < SESSIONS_OF_LINE + (isInPlace ? 1 : 0);
}

/** An Idle session with a fresh tag, or null when there is none. */
export function openSession(line: i32): Session {
  const session = changetype<Session>(pool.take());
  if (changetype<usize>(session) != 0) session.open(line);
  return session;
}

/** Gives the record back. Its texts stay readable until the next input; its transactions go on by themselves. */
export function closeSession(session: Session): void {
  session.state = SessionState.Idle;
  session.timers.stopAll(SessionTimer.Count);
  session.settle();
  pool.put(changetype<usize>(session));
}

/** The session that a transaction's owner number means, or null when that one is gone. */
export function sessionOfOwner(owner: i32): Session {
  const index = owner & 0xff;
  return isSession(index) && sessionAt(index).owner == owner ? sessionAt(index) : NONE;
}

/** The line of that session, which may be gone. */
@inline export function lineOfOwner(owner: i32): i32 { return (owner >> 8) & 0xff; }

/** §12.2.2: the session whose dialog a request of the far end belongs to, or null. */
export function sessionOfRequest(request: Message): Session {
  for (let index = 0; index < MAX_SESSIONS; index++) {
    if (pool.isUsed(index) && sessionAt(index).dialog.isOfRequest(request)) return sessionAt(index);
  }
  return NONE;
}

/** The session of a line with that dialog, or null. RFC 3891 §3: an empty tag may be written as "0". */
export function sessionOfDialog(
  line: i32, callIdAt: usize, callIdLength: i32, localTagAt: usize, localTagLength: i32, remoteTagAt: usize,
  remoteTagLength: i32,
): Session {
  for (let index = 0; index < MAX_SESSIONS; index++) {
    if (!pool.isUsed(index) || sessionAt(index).line != line) continue;
    const dialog = sessionAt(index).dialog;
    if (!dialog.callId.equals(callIdAt, callIdLength) || !dialog.localTag.equals(localTagAt, localTagLength)) continue;
    const isNoTag = remoteTagLength == 1 && load<u8>(remoteTagAt) == 0x30;
    if (dialog.remoteTag.equals(remoteTagAt, remoteTagLength) || (isNoTag && dialog.remoteTag.isEmpty)) {
      return sessionAt(index);
    }
  }
  return NONE;
}

/** §8.2.2.2: an INVITE that came before by another way, its session still there. */
export function isMerged(invite: Message): bool {
  for (let index = 0; index < MAX_SESSIONS; index++) {
    if (!pool.isUsed(index) || !sessionAt(index).isIncoming) continue;
    const dialog = sessionAt(index).dialog;
    if (dialog.hasCallId(invite) && dialog.isFromPeer(invite) && dialog.remoteSequence == invite.sequence) return true;
  }
  return false;
}
