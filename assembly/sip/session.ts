// An INVITE session: RFC 3261 §13. This file is the record and the pool; session-client.ts places calls, session-server.ts takes them,
// session-end.ts ends them.

import { Endpoint } from "../abi/endpoint";
import { Pool } from "../base/pool";
import { Text, textAt } from "../base/text";
import { MAX_LINES, MAX_SESSIONS, SETTING_SIZE } from "../limits";
import { TimerHeap } from "../time/timer-heap";
import { NEVER, TimerTable } from "../time/timer-table";
import { DIALOG_SIZE, Dialog } from "./dialog/dialog";

/** What happened to a session. After Failed and Ended the session is gone. Orders that the caller gives cause no event. */
export const enum SessionEvent {
  None,
  /** An INVITE for a line of ours: ring, or reject. */
  Incoming,
  /** 180 or another provisional response without media; eventStatus says which. */
  Progress,
  /** A provisional response with an answer: what the far end sends is to be heard. */
  EarlyMedia,
  /** The far end has answered our INVITE; media is agreed. */
  Answered,
  /** The far end has acknowledged our answer. */
  Confirmed,
  /** Our INVITE found nobody: eventStatus and the reason say why. */
  Failed,
  /** The far end, or a network that lost it, ended the session; before our answer: the caller gave up. */
  Ended,
  /** The far end changed its media in a session that goes on: hold, resume, another address. */
  MediaChanged,
}

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
}

export const enum SessionTimer {
  /** 100 Trying, if nothing else was said (§17.2.1). */
  Trying,
  /** The 2xx again (§13.3.1.4); while ringing, the provisional response again, so that no proxy gives up (§13.3.1.1). */
  Retransmit,
  /** No ACK, or no end to a cancelled INVITE, within 64*T1. */
  GiveUp,
  Count,
}

/** What is agreed of the media, sdp/negotiation.ts's record. */
const MEDIA_AT: i32 = 128;
const MEDIA_SIZE: i32 = 128;
const NAME_SIZE: i32 = SETTING_SIZE + 1;
const DISPLAY_AT: i32 = MEDIA_AT + MEDIA_SIZE;
const USER_AT: i32 = DISPLAY_AT + 4 + NAME_SIZE;
const DIALOG_AT: i32 = USER_AT + 4 + NAME_SIZE;
const SESSION_SIZE: i32 = (DIALOG_AT + DIALOG_SIZE + 7) & ~7;

@unmanaged
export class Session {
  private timer0: f64 = 0;
  private timer1: f64 = 0;
  private timer2: f64 = 0;
  /** When it was answered; NEVER before. */
  startedAt: f64 = 0;
  /** Time to the next retransmission of the 2xx. */
  interval: f64 = 0;
  state: SessionState = SessionState.Idle;
  line: i32 = 0;
  /** Counts the users of the record, so that a late transaction does not reach the wrong one. */
  generation: i32 = 0;
  /** Index of the INVITE's transaction, -1 when it has ended. */
  transaction: i32 = 0;
  /** CSeq number of the INVITE whose ACK is sent or awaited. */
  inviteSequence: u32 = 0;
  /** Times that the request under way was answered with a challenge. */
  challenges: i32 = 0;
  /** Version of the session description that we sent last (RFC 3264 §8). */
  version: u32 = 0;
  /** The far end placed the call. */
  isIncoming: bool = false;
  /** Our 2xx carried an offer: the ACK must answer it. */
  awaitsAnswer: bool = false;
  /** `media` holds what is agreed. */
  hasMedia: bool = false;
  /** Hung up or rejected here: nobody waits for its events any more. */
  isReleased: bool = false;

  @inline private get base(): usize { return changetype<usize>(this); }
  @inline get timers(): TimerTable { return changetype<TimerTable>(this.base); }
  @inline get dialog(): Dialog { return changetype<Dialog>(this.base + DIALOG_AT); }
  /** The far end's display name without quotes and escapes; empty when it gave none. */
  @inline get remoteDisplayName(): Text { return textAt(this.base + DISPLAY_AT); }
  /** The user part of the far end's URI without escapes: the number. */
  @inline get remoteUser(): Text { return textAt(this.base + USER_AT); }
  @inline get index(): i32 { return pool.indexOf(this.base); }
}

const NONE: Session = changetype<Session>(0);

const pool: Pool = changetype<Pool>(memory.data(32, 16));
const heap: TimerHeap = changetype<TimerHeap>(memory.data(32, 16));

/** Bytes of memory for all sessions. */
@inline export function sessionsSize(): i32 {
  return MAX_SESSIONS * SESSION_SIZE + TimerHeap.tableSize(MAX_SESSIONS) + Pool.linksSize(MAX_SESSIONS);
}

export function setupSessions(at: usize): void {
  if (<i32>offsetof<Session>() > MEDIA_AT) ERROR("a Session's texts stand behind its fields");
  const timers = at + <usize>(MAX_SESSIONS * SESSION_SIZE);
  heap.setup(timers, MAX_SESSIONS);
  pool.setup(at, SESSION_SIZE, timers + <usize>TimerHeap.tableSize(MAX_SESSIONS), MAX_SESSIONS);
  memory.fill(at, 0, <usize>(MAX_SESSIONS * SESSION_SIZE));
}

@inline export function sessionAt(index: i32): Session { return changetype<Session>(pool.at(index)); }
@inline export function sessionsUsed(): i32 { return pool.used; }
