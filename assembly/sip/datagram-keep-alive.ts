// Keeps the way open by which a registrar's datagrams reach us through a NAT: RFC 5626 §3.5.2 and §4.4.2. A registrar
// that keeps flows is asked by STUN where it sees us: another place than before, or no answer, and the flow is lost.
// Every other one gets two line ends, which nobody answers: STUN is not for those who have not said that they know it.

import { Counter, count } from "../abi/counters";
import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { randomUnit } from "../base/random";
import { MAX_LINES } from "../limits";
import { STUN_CLIENT_SIZE, StunClient, StunEvent, stunClientAt } from "../stun/client";
import { STUN_REQUEST_SIZE } from "../stun/message";
import { NEVER } from "../time/timer-table";
import { registrationAt } from "./registration";
import { sendSip } from "./transaction/transaction";

const FIXED_SIZE: i32 = 32;
const PEER_AT: i32 = FIXED_SIZE;
const PLACE_AT: i32 = PEER_AT + ENDPOINT_SIZE;
const CLIENT_AT: i32 = PLACE_AT + ENDPOINT_SIZE;
const RECORD_SIZE: i32 = CLIENT_AT + STUN_CLIENT_SIZE;

@unmanaged
class DatagramKeepAlive {
  nextAt: f64 = 0;
  /** Nobody wants the flow after that. */
  wantedUntil: f64 = 0;
  /** ms, the longest. */
  interval: f64 = 0;
  asksByStun: bool = false;
  /** The peer has answered before. */
  isAnswering: bool = false;

  @inline private field(offset: i32): usize { return changetype<usize>(this) + <usize>offset; }
  @inline get peer(): Endpoint { return endpointAt(this.field(PEER_AT)); }
  /** Where the peer saw us last; not set before it has said so. */
  @inline get place(): Endpoint { return endpointAt(this.field(PLACE_AT)); }
  @inline get client(): StunClient { return stunClientAt(this.field(CLIENT_AT)); }
  @inline get deadline(): f64 { return min(this.nextAt, this.client.deadline); }

  stop(): void {
    memory.fill(changetype<usize>(this), 0, RECORD_SIZE);
    this.nextAt = NEVER;
    this.client.reset();
  }

  schedule(now: f64): void { this.nextAt = now + this.interval * (0.8 + 0.2 * randomUnit()); }
}

const ping: usize = memory.data<u8>([0x0d, 0x0a, 0x0d, 0x0a]);
const records: usize = memory.data(RECORD_SIZE * MAX_LINES, 16);

@inline function recordAt(line: i32): DatagramKeepAlive {
  return changetype<DatagramKeepAlive>(records + <usize>(line * RECORD_SIZE));
}

export function setupDatagramKeepAlives(): void {
  if (<i32>offsetof<DatagramKeepAlive>() > FIXED_SIZE) ERROR("the endpoints stand behind the fields");
  for (let line = 0; line < MAX_LINES; line++) recordAt(line).stop();
}

/** The line has registered at `peer`, and wants to be reached until then. `interval` in ms. */
export function keepDatagramsAlive(
  line: i32, peer: Endpoint, interval: f64, asksByStun: bool, until: f64, now: f64,
): void {
  const record = recordAt(line);
  const isAnswering = record.isAnswering && record.peer.equals(peer);
  record.stop();
  record.peer.copyFrom(peer);
  record.interval = interval;
  record.asksByStun = asksByStun;
  record.isAnswering = isAnswering;
  record.wantedUntil = until;
  record.schedule(now);
}

export function stopDatagramKeepAlive(line: i32): void { recordAt(line).stop(); }

/** A STUN message of whoever. */
export function handleStun(at: usize, length: i32, source: Endpoint, now: f64): void {
  for (let line = 0; line < MAX_LINES; line++) {
    const record = recordAt(line);
    const event = record.client.handleMessage(at, length, source);
    if (event == StunEvent.None) continue;
    if (event == StunEvent.Answered) take(line, now);
    else record.asksByStun = false;
    return;
  }
  count(Counter.SipMalformed);
}

function take(line: i32, now: f64): void {
  const record = recordAt(line), mapped = record.client.mapped;
  record.isAnswering = true;
  if (!record.place.isSet) record.place.copyFrom(mapped);
  else if (!record.place.equals(mapped)) registrationAt(line).handleFlowLost(now);
}

export function datagramKeepAlivesNextTimeout(): f64 {
  let soonest = NEVER;
  for (let line = 0; line < MAX_LINES; line++) soonest = min(soonest, recordAt(line).deadline);
  return soonest;
}

/** Runs one due record. False when none is due. */
export function handleDatagramKeepAliveTimeout(now: f64): bool {
  for (let line = 0; line < MAX_LINES; line++) {
    const record = recordAt(line);
    if (record.deadline > now) continue;
    if (record.wantedUntil <= now) record.stop();
    else if (record.client.deadline <= now) handleClient(line, now);
    else send(record, now);
    return true;
  }
  return false;
}

function handleClient(line: i32, now: f64): void {
  const record = recordAt(line), client = record.client;
  if (client.handleTimeout(now) == StunEvent.Send) {
    sendSip(client.request, STUN_REQUEST_SIZE, record.peer);
  } else if (record.isAnswering) {
    record.isAnswering = false;
    registrationAt(line).handleFlowLost(now);
  } else {
    record.asksByStun = false;
  }
}

function send(record: DatagramKeepAlive, now: f64): void {
  record.schedule(now);
  if (!record.asksByStun) sendSip(ping, 4, record.peer);
  else if (!record.client.isAsking) record.client.ask(record.peer, now);
}
