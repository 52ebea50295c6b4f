// What the core asks the host to do, as a ring of fixed records in linear memory.

import { MAX_ACTIONS } from "../limits";
import { Counter, count } from "./counters";
import { ENDPOINT_SIZE, Endpoint } from "./endpoint";

/** Numbers are part of the ABI: append, never reorder. */
export const enum ActionKind {
  None,
  /**
   * payload, length, endpoint: one SIP message. Over TCP or TLS the endpoint's flow says by which connection; 0 is one to
   * that address, opened if there is none. What cannot be sent comes back by handleSendFailure(). code 1: nobody has
   * answered it so far; if the network knows that nobody is there, that counts as not sent.
   */
  SendSip,
  /** line, payload, length, endpoint: one RTP packet from the line's media port. */
  SendRtp,
  /** line, payload, length, endpoint: one RTCP packet from the line's media port + 1. */
  SendRtcp,
  /** line, code 1 or 0: start or stop calling handleFrame for the line. */
  SetAudio,
  /** line, code 1 or 0, value: ringing voltage on the loop, frequency in Hz. */
  SetRing,
  /** line, code 1 when tip and ring are reversed. */
  SetPolarity,
  /** line, code 1 feeds the loop, 0 drops its current. */
  SetLoopCurrent,
  /** payload, length: a name; value: a RecordType; code: the number that handleResolved() answers with its records. */
  Resolve,
  /** line or -1, code a Report, payload and length its text: what the log and the console tell. */
  Report,
  /** endpoint's flow: a stream connection to close. The host answers with handleFlowClosed(). */
  CloseFlow,
  /** endpoint, payload, length: the name that the certificate of whoever is there must be for (RFC 5922). */
  ExpectName,
}

/** What a Report action says. Numbers are part of the ABI. */
export const enum Report {
  None,
  OffHook,
  OnHook,
  Flash,
  Digit,
  Dialled,
  CallStarted,
  CallRinging,
  CallIncoming,
  CallAnswered,
  CallEnded,
  CallFailed,
  Registered,
  RegistrationFailed,
  Unregistered,
  Howler,
  MediaStarted,
  MediaStopped,
  BindingAdded,
  BindingRemoved,
  CallRouted,
  AuthenticationFailed,
  BindingRefreshed,
  /** An address, or a user's name from it, has guessed too often: "name address seconds". */
  LockedOut,
  /** The far end of a call sends this line to somebody else. */
  Referred,
  /** This line sends the far end of its call to somebody else: asked, told how that fares, done or not. */
  TransferStarted,
  TransferProgress,
  Transferred,
  TransferFailed,
  /** Somebody has taken the far end's place in a call. */
  CallReplaced,
  /** Nobody knows an address for the name of the line's registrar. */
  NameUnknown,
  /** The line's requests go to another server of its registrar's name: "address:port". */
  ServerChanged,
  /** A server is left alone for a while: "address:port"; value: for how many seconds. */
  ServerAvoided,
  /** A call that did not ring, from whom and why: "user: words". */
  CallRefused,
  /** A text has come: "whom: text". One of ours has been taken, or has not: "whom: status". */
  MessageReceived,
  MessageSent,
  MessageFailed,
  /** The far end has sent a digit by INFO. */
  DigitReceived,
  /** What waits in the mailbox: "2 new, 8 old"; the value is 1 while something does. */
  MessagesWaiting,
  /** The registrar does not tell of the mailbox. */
  SubscriptionFailed,
  /** Where the line's sound is seen from outside: "address:port". The STUN server does not say so. */
  MediaMapped,
  StunFailed,
  /** A fax machine or a modem has been heard, by which of its signals: from now on its sound passes as it is. */
  MachineHeard,
}

const ACTION_SIZE: i32 = 32 + ENDPOINT_SIZE;

@unmanaged
export class Action {
  kind: i32 = 0;
  line: i32 = 0;
  code: i32 = 0;
  length: i32 = 0;
  payload: usize = 0;
  private reserved: i32 = 0;
  value: f64 = 0;
  @inline get endpoint(): Endpoint { return changetype<Endpoint>(changetype<usize>(this) + offsetof<Action>()); }
}

const ring: usize = memory.data(ACTION_SIZE * MAX_ACTIONS, 16);
/** What a full ring hands out instead: written by the caller, read by nobody. */
const overflow: usize = memory.data(ACTION_SIZE, 16);
let readAt: u32 = 0;
let writeAt: u32 = 0;

@inline function recordAt(index: u32): Action {
  return changetype<Action>(ring + <usize>(index & (MAX_ACTIONS - 1)) * ACTION_SIZE);
}

/** An order for the host. A full ring is a counted drop: every sender of SIP retransmits, every frame has a successor. */
export function pushAction(kind: ActionKind, line: i32): Action {
  if (offsetof<Action>() != 32) ERROR("Action is part of the ABI: 32 bytes and an endpoint");
  let action: Action;
  if (writeAt - readAt >= <u32>MAX_ACTIONS) {
    count(Counter.ActionsDropped);
    action = changetype<Action>(overflow);
  } else {
    action = recordAt(writeAt++);
  }
  memory.fill(changetype<usize>(action), 0, ACTION_SIZE);
  action.kind = kind;
  action.line = line;
  return action;
}

/** Address of the next action, 0 once drained. */
export function pollAction(): usize {
  if (readAt == writeAt) return 0;
  return changetype<usize>(recordAt(readAt++));
}

export function resetActions(): void {
  readAt = 0;
  writeAt = 0;
}

/** Orders one switch of a line: SetAudio, SetRing, SetPolarity or SetLoopCurrent. */
export function pushSwitch(kind: ActionKind, line: i32, on: bool, value: f64 = 0): void {
  const action = pushAction(kind, line);
  action.code = on ? 1 : 0;
  action.value = value;
}

/** Tells the log. `payload` must stay in place until the ring comes round. */
export function pushReport(report: Report, line: i32, payload: usize = 0, length: i32 = 0, value: f64 = 0): void {
  const action = pushAction(ActionKind.Report, line);
  action.code = report;
  action.payload = payload;
  action.length = length;
  action.value = value;
}
