// What the user agent tells the layer above about its sessions: one event, and whom and what it is about.

import { writeText } from "../base/literal";
import { Message } from "./message";
import { Session } from "./session";
import { reasonPhrase } from "./status";

/**
 * What happened to a session. After Failed and Ended the session is gone. Orders that the caller gives cause no event.
 */
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
  /** The far end asks us to call somebody else (RFC 3515): follow, or decline. */
  Referred,
  /** The far end has reached whom we sent it to: hang up. */
  Transferred,
  /** It has not, as eventStatus says; the session goes on. */
  TransferFailed,
  /** It has got as far as eventStatus says. */
  TransferProgress,
  /** An INVITE that takes the place of the session eventOther (RFC 3891): answer and hang the other up, or reject. */
  Replacing,
  /** An INVITE for a line of ours was answered 488; the session is gone already. */
  Refused,
  /** The far end has sent a digit by INFO: eventStatus is its character, eventOther its length in ms. */
  Digit,
  /** There is news of the mailbox of eventLine (message-waiting.ts). */
  MessagesWaiting,
}

/**
 * Whom the last event is about; for Progress, EarlyMedia, Failed, Ended and what a transfer tells a status code and its reason phrase, until
 * the next input.
 */
export let eventSession: i32 = -1;
export let eventLine: i32 = -1;
/** Replacing: the other session. Digit: ms. */
export let eventOther: i32 = -1;
export let eventStatus: i32 = 0;
export let eventReasonAt: usize = 0;
export let eventReasonLength: i32 = 0;

const ownReason: usize = memory.data(64, 16);

/** Says that `event` befell `session`, unless nobody listens any more. `status` is our own, or 0. */
export function raise(event: SessionEvent, session: Session, status: i32 = 0, other: i32 = -1): SessionEvent {
  if (session.isReleased) return SessionEvent.None;
  eventSession = session.index;
  eventOther = other;
  eventLine = session.line;
  eventStatus = status;
  eventReasonAt = ownReason;
  eventReasonLength = status == 0 ? 0 : <i32>(writeText(ownReason, reasonPhrase(status)) - ownReason);
  return event;
}

/** The same for what a response said. */
export function raiseResponse(event: SessionEvent, session: Session, response: Message): SessionEvent {
  event = raise(event, session);
  eventStatus = response.status;
  eventReasonAt = response.reasonAt;
  eventReasonLength = response.reasonLength;
  return event;
}

/** Says that `event` befell a line, without any session. */
export function raiseForLine(event: SessionEvent, line: i32): SessionEvent {
  eventSession = -1;
  eventLine = line;
  return event;
}
