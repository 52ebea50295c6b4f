// Keeps the connections alive that our registrars reach us by (datagrams apart): RFC 5626 §3.5.1 and §4.4.1. Two line ends go out now and
// then, and one comes back. Not every registrar answers: only one that has done so before is missed.

import { ENDPOINT_SIZE, Endpoint, Transport, endpointAt } from "../abi/endpoint";
import { randomUnit } from "../base/random";
import { MAX_LINES } from "../limits";
import { NEVER } from "../time/timer-table";
import { accountAt } from "./account";
import {
  datagramKeepAlivesNextTimeout, handleDatagramKeepAliveTimeout, keepDatagramsAlive, setupDatagramKeepAlives,
  stopDatagramKeepAlive,
} from "./datagram-keep-alive";
import { closeFlow } from "./framing";
import { outboundAt } from "./outbound";
import { sendSip } from "./transaction/transaction";

@unmanaged
class KeepAlive {
  /** When the next ping goes out, or the answer to the last one is missed. */
  deadline: f64 = 0;
  /** Nobody wants the connection after that. */
  wantedUntil: f64 = 0;
  /** ms, the longest between two. */
  interval: f64 = 0;
  /** A ping of this connection was answered. */
  isAnswering: bool = false;
  isAwaited: bool = false;

  /** The connection; its flow is 0 when the record is free. */
  @inline get peer(): Endpoint { return endpointAt(changetype<usize>(this) + <usize>FIXED_SIZE); }
}

const FIXED_SIZE: i32 = 32;
const KEEP_ALIVE_SIZE: i32 = FIXED_SIZE + ENDPOINT_SIZE;
/** ms. §4.4.1: at the longest, when the registrar has not said; an answer takes no longer than 10 s. */
const USUAL_INTERVAL: f64 = 120_000;
const ANSWER_TIME: f64 = 10_000;

const ping: usize = memory.data<u8>([0x0d, 0x0a, 0x0d, 0x0a]);
const records: usize = memory.data(KEEP_ALIVE_SIZE * MAX_LINES, 16);

@inline function recordAt(index: i32): KeepAlive {
  return changetype<KeepAlive>(records + <usize>(index * KEEP_ALIVE_SIZE));
}

export function setupKeepAlives(): void {
  if (<i32>offsetof<KeepAlive>() > FIXED_SIZE) ERROR("the peer stands behind the fields");
  for (let index = 0; index < MAX_LINES; index++) free(recordAt(index));
  setupDatagramKeepAlives();
}

/** The record of a flow, or null; with flow 0 a free one. */
function find(flow: u32): KeepAlive {
  for (let index = 0; index < MAX_LINES; index++) {
    if (recordAt(index).peer.flow == flow) return recordAt(index);
  }
  return changetype<KeepAlive>(0);
}

function free(record: KeepAlive): void {
  memory.fill(changetype<usize>(record), 0, KEEP_ALIVE_SIZE);
  record.deadline = NEVER;
}

/** A line has registered at `peer`: what leads to it stays open until then, pinged as often as the registrar wants. */
export function keepFlow(line: i32, peer: Endpoint, until: f64, now: f64): void {
  const outbound = outboundAt(line), usual = <f64>accountAt(line).keepAlive * 1000;
  stopDatagramKeepAlive(line);
  if (peer.flow != 0) {
    keepAlive(peer, outbound.flowTimer, until, now);
  } else if (usual > 0 && peer.transport == Transport.Udp) {
    keepDatagramsAlive(line, peer, outbound.flowTimer > 0 ? outbound.flowTimer : usual, outbound.isKept, until, now);
  }
}

/** Whoever is registered by that connection wants to be reached by it until then. `interval` in ms, 0 for the usual one. */
function keepAlive(peer: Endpoint, interval: f64, until: f64, now: f64): void {
  let record = find(peer.flow);
  if (changetype<usize>(record) == 0) {
    record = find(0);
    if (changetype<usize>(record) == 0) return;
    free(record);
    record.peer.copyFrom(peer);
    record.interval = interval > 0 ? interval : USUAL_INTERVAL;
    record.deadline = nextPing(record, now);
  }
  record.wantedUntil = max(record.wantedUntil, until);
}

function nextPing(record: KeepAlive, now: f64): f64 { return now + record.interval * (0.8 + 0.2 * randomUnit()); }

export function forgetKeepAlive(flow: u32): void {
  const record = find(flow);
  if (flow != 0 && changetype<usize>(record) != 0) free(record);
}

/** A line end alone came over that flow. */
export function handlePong(flow: u32, now: f64): void {
  const record = find(flow);
  if (changetype<usize>(record) == 0 || !record.isAwaited) return;
  record.isAwaited = false;
  record.isAnswering = true;
  record.deadline = nextPing(record, now);
}

export function keepAliveNextTimeout(): f64 {
  let soonest = datagramKeepAlivesNextTimeout();
  for (let index = 0; index < MAX_LINES; index++) soonest = min(soonest, recordAt(index).deadline);
  return soonest;
}

/** Runs one due record. False when none is due. */
export function handleKeepAliveTimeout(now: f64): bool {
  for (let index = 0; index < MAX_LINES; index++) {
    const record = recordAt(index);
    if (record.deadline > now) continue;
    if (record.wantedUntil <= now) {
      free(record);
    } else if (!record.isAwaited) {
      sendSip(ping, 4, record.peer);
      record.isAwaited = true;
      record.deadline = now + ANSWER_TIME;
    } else if (record.isAnswering) {
      const flow = record.peer.flow;
      free(record);
      closeFlow(flow);
    } else {
      record.isAwaited = false;
      record.deadline = nextPing(record, now - ANSWER_TIME);
    }
    return true;
  }
  return handleDatagramKeepAliveTimeout(now);
}
