// What the four transaction machines share: one record, its messages, its way out. RFC 3261 §17.
// A machine is a class over this record (invite-client.ts and so on); the table (table.ts) finds records and runs their
// timers.

import { ActionKind, pushAction } from "../../abi/action";
import { Counter, count } from "../../abi/counters";
import { ENDPOINT_SIZE, Endpoint, Transport } from "../../abi/endpoint";
import { putBuffer, takeBuffer } from "../../base/buffers";
import { copyBytes } from "../../base/bytes";
import { TimerTable } from "../../time/timer-table";
import { Method } from "../method";
import { Writer } from "../writer";

export const enum Role { None, InviteClient, NonInviteClient, InviteServer, NonInviteServer }

/** The states of figures 5 to 8 and of RFC 6026. Each machine uses those of its own figure. */
export const enum State { Idle, Calling, Trying, Proceeding, Completed, Accepted, Confirmed, Terminated }

/** What a machine tells its user, the layer that RFC 3261 calls the TU. */
export const enum TransactionEvent {
  None,
  /** A 1xx. */
  Provisional,
  /** A 2xx. To an INVITE more than one may come (forking). */
  Success,
  /** A final response of 300 or more. */
  Failure,
  /**
   * Timer B or F: no final response, and `status` is 408; or the request could not be sent, and it is 503 (§8.1.3.1). For a
   * server INVITE, Timer H: no ACK.
   */
  Timeout,
  /** The ACK of a final response other than 2xx. */
  Acknowledged,
  /** The record is gone after this input. */
  Terminated,
}

/** Each machine has at most this many timers. */
const TIMERS: i32 = 4;
/** "z9hG4bK" and 24 hexadecimal digits. */
export const BRANCH_LENGTH: i32 = 31;

@unmanaged
export class Transaction {
  protected timer0: f64 = 0;
  protected timer1: f64 = 0;
  protected timer2: f64 = 0;
  protected timer3: f64 = 0;
  /** Time to the next retransmission but one. */
  protected interval: f64 = 0;
  key: u64 = 0;
  /** Next record of the same bucket. */
  nextInBucket: usize = 0;
  /**
   * The message that is retransmitted, and a server's request until its final response is sent; 0 when there is none.
   */
  request: usize = 0;
  requestLength: i32 = 0;
  response: usize = 0;
  responseLength: i32 = 0;
  role: Role = Role.None;
  state: State = State.Idle;
  method: Method = Method.Other;
  /** Last status code received or sent. */
  status: i32 = 0;
  /** Whose it is: the TU's own numbers. */
  ownerKind: i32 = 0;
  owner: i32 = 0;
  /** Too long for a datagram, so a stream is tried first (§18.1.1). */
  isTooLong: bool = false;
  /** There are other servers for it: it is worth to know that nobody is where it goes. */
  hasOthers: bool = false;
  /** A client's: the connection it was sent by ended, and it was sent once more by another one. */
  isSentAgain: bool = false;
  /** A client's: no connection is left to wait at. */
  isLost: bool = false;
  /** A client's: it is in the table's list of those that wait at a connection, between these. */
  isListed: bool = false;
  listNext: usize = 0;
  listPrevious: usize = 0;

  @inline protected get timers(): TimerTable { return changetype<TimerTable>(changetype<usize>(this)); }
  /** Where the request goes, or came from. */
  @inline get endpoint(): Endpoint { return changetype<Endpoint>(changetype<usize>(this) + offsetof<Transaction>()); }
  /** Where responses go: RFC 3261 §18.2.2. Servers only. */
  @inline get destination(): Endpoint {
    return changetype<Endpoint>(changetype<usize>(this) + offsetof<Transaction>() + ENDPOINT_SIZE);
  }
  /** A client's branch, BRANCH_LENGTH bytes. */
  @inline get branch(): usize { return changetype<usize>(this) + offsetof<Transaction>() + ENDPOINT_SIZE * 2; }

  /** TCP and TLS: no retransmissions, and no waiting for stray copies. */
  @inline get isReliable(): bool { return this.endpoint.transport > <u8>Transport.Udp; }
  @inline get isInvite(): bool { return this.role == Role.InviteClient || this.role == Role.InviteServer; }
  @inline get isServer(): bool { return this.role >= Role.InviteServer; }
  @inline nextTimeout(): f64 { return this.timers.next(TIMERS); }

  open(role: Role, method: Method, ownerKind: i32, owner: i32): void {
    memory.fill(changetype<usize>(this), 0, TRANSACTION_SIZE);
    this.timers.stopAll(TIMERS);
    this.role = role;
    this.method = method;
    this.ownerKind = ownerKind;
    this.owner = owner;
  }

  /** Gives the buffers back. */
  close(): void {
    this.dropRequest();
    this.dropResponse();
    this.role = Role.None;
  }

  dropRequest(): void {
    if (this.request != 0) putBuffer(this.request);
    this.request = 0;
    this.requestLength = 0;
  }

  dropResponse(): void {
    if (this.response != 0) putBuffer(this.response);
    this.response = 0;
    this.responseLength = 0;
  }

  /** Keeps a copy of a request. False when no buffer is free. */
  keepRequest(at: usize, length: i32): bool {
    const buffer = takeBuffer(length);
    if (buffer == 0) return false;
    this.dropRequest();
    copyBytes(buffer, at, length);
    this.request = buffer;
    this.requestLength = length;
    return true;
  }

  /** Keeps a copy of the response in `writer`. False when nothing was written or no buffer is free. */
  keepResponse(writer: Writer): bool {
    const buffer: usize = writer.length == 0 ? 0 : takeBuffer(writer.length);
    if (buffer == 0) return false;
    this.dropResponse();
    copyBytes(buffer, writer.start, writer.length);
    this.response = buffer;
    this.responseLength = writer.length;
    return true;
  }

  sendRequest(): void {
    if (this.request != 0) sendSip(this.request, this.requestLength, this.endpoint);
  }

  sendResponse(): void {
    if (this.response != 0) sendSip(this.response, this.responseLength, this.destination);
  }

  stopTimers(): void { this.timers.stopAll(TIMERS); }

  protected retransmitRequest(): void {
    count(Counter.SipRetransmissionOut);
    if (this.request != 0) sendSip(this.request, this.requestLength, this.endpoint, this.hasOthers);
  }

  terminate(event: TransactionEvent): TransactionEvent {
    this.timers.stopAll(TIMERS);
    this.state = State.Terminated;
    return event;
  }
}

/** A record, its two endpoints and its branch. */
export const TRANSACTION_SIZE: i32 = 208;

/**
 * Orders one SIP message out. The payload stays where it is for as long as its owner lives. Nothing goes to a hop that
 * is still looked for.
 */
export function sendSip(payload: usize, length: i32, endpoint: Endpoint, isDoubted: bool = false): void {
  if (<i32>offsetof<Transaction>() + 2 * ENDPOINT_SIZE + BRANCH_LENGTH > TRANSACTION_SIZE) {
    ERROR("TRANSACTION_SIZE is too small");
  }
  if (!endpoint.isSet) return;
  const action = pushAction(ActionKind.SendSip, -1);
  action.payload = payload;
  action.length = length;
  action.endpoint.copyFrom(endpoint);
  action.code = isDoubted ? 1 : 0;
  count(Counter.DatagramsOut);
}
