// One binding request at a time, and what comes of it: RFC 8489 §6.2.1 (retransmission), §6.3.3 (its answer). Only who
// was asked may answer, and only with the id that the question had.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { random32 } from "../base/random";
import { NEVER } from "../time/timer-table";
import {
  STUN_ID_SIZE, STUN_REQUEST_SIZE, StunKind, isTransaction, parseStun, readMappedAddress, unknownCount,
  writeBindingRequest,
} from "./message";

export const enum StunEvent {
  /** Nothing that concerns anybody else. */
  None,
  /** `request` wants to be sent to `server`. */
  Send,
  /** `mapped` holds where the server sees us. */
  Answered,
  /** Nobody has answered, or the answer was no. */
  Failed,
}

/** ms, §6.2.1: the first wait, doubled with each request; so many requests; the last one is waited for sixteen times the first. */
const FIRST_WAIT: f64 = 500;
const MOST_REQUESTS: i32 = 7;
const LAST_WAIT: f64 = 16 * FIRST_WAIT;

const FIXED_SIZE: i32 = 16;
const SERVER: i32 = FIXED_SIZE;
const MAPPED: i32 = SERVER + ENDPOINT_SIZE;
const REQUEST: i32 = MAPPED + ENDPOINT_SIZE;

export const STUN_CLIENT_SIZE: i32 = (REQUEST + STUN_REQUEST_SIZE + 7) & ~7;

@unmanaged
export class StunClient {
  /** When the next request is due, or the last one has waited long enough. */
  deadline: f64 = 0;
  private requests: i32 = 0;

  @inline private field(offset: i32): usize { return changetype<usize>(this) + <usize>offset; }
  @inline get server(): Endpoint { return endpointAt(this.field(SERVER)); }
  /** Not set before the first answer. */
  @inline get mapped(): Endpoint { return endpointAt(this.field(MAPPED)); }
  /** STUN_REQUEST_SIZE bytes, the same for each copy. */
  @inline get request(): usize { return this.field(REQUEST); }
  @inline get isAsking(): bool { return this.deadline != NEVER; }
  @inline private get id(): usize { return this.request + 8; }

  reset(): void {
    if (<i32>offsetof<StunClient>() > FIXED_SIZE) ERROR("the endpoints stand behind the fields");
    memory.fill(changetype<usize>(this), 0, STUN_CLIENT_SIZE);
    this.deadline = NEVER;
  }

  /** Asks `server`, at the next handleTimeout(). What was asked before is not waited for any more. */
  ask(server: Endpoint, now: f64): void {
    this.server.copyFrom(server);
    for (let index: usize = 0; index < <usize>STUN_ID_SIZE; index += 4) store<u32>(this.id + index, random32());
    writeBindingRequest(this.request, this.id);
    this.requests = 0;
    this.deadline = now;
  }

  stop(): void { this.deadline = NEVER; }

  handleTimeout(now: f64): StunEvent {
    if (this.requests == MOST_REQUESTS) {
      this.deadline = NEVER;
      return StunEvent.Failed;
    }
    this.requests++;
    this.deadline = now + (this.requests == MOST_REQUESTS ? LAST_WAIT : FIRST_WAIT * <f64>(1 << (this.requests - 1)));
    return StunEvent.Send;
  }

  handleMessage(at: usize, length: i32, source: Endpoint): StunEvent {
    if (!this.isAsking || !source.sameHost(this.server) || source.port != this.server.port) return StunEvent.None;
    const kind = parseStun(at, length);
    if ((kind != StunKind.Response && kind != StunKind.ErrorResponse) || !isTransaction(this.id)) return StunEvent.None;
    this.deadline = NEVER;
    if (kind == StunKind.ErrorResponse || unknownCount > 0 || !readMappedAddress(this.mapped)) return StunEvent.Failed;
    this.mapped.transport = this.server.transport;
    return StunEvent.Answered;
  }
}

@inline export function stunClientAt(address: usize): StunClient { return changetype<StunClient>(address); }
