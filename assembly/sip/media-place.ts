// Where a STUN server sees the line's sound come from: RFC 8489, and what our descriptions say of it (RFC 8866 §5.7, RFC
// 3605). Asked from the very ports of RTP and RTCP, all the time, so that a NAT on the way keeps them open.

import { ActionKind, Report, pushAction, pushReport } from "../abi/action";
import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { MAX_LINES } from "../limits";
import { STUN_CLIENT_SIZE, StunClient, StunEvent, stunClientAt } from "../stun/client";
import { STUN_REQUEST_SIZE, looksLikeStun } from "../stun/message";
import { NEVER } from "../time/timer-table";
import { accountAt } from "./account";
import { reportEndpoint } from "./next-hop";

/** NATs forget what is silent for 30 s. */
const INTERVAL: f64 = 25000;
/** Of each line: that of its RTP port, then that of its RTCP port. */
const CLIENTS: i32 = 2 * MAX_LINES;

const clients: usize = memory.data(CLIENTS * STUN_CLIENT_SIZE, 16);
const server: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const before: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
let nextAt: f64 = NEVER;
/** The server's silence is reported. */
let isSilent: bool = false;

@inline function clientAt(index: i32): StunClient {
  return stunClientAt(clients + <usize>(index * STUN_CLIENT_SIZE));
}

/** Nobody is asked any more, or not yet, and no place is known. */
export function resetMediaPlaces(): void {
  nextAt = NEVER;
  isSilent = false;
  for (let index = 0; index < CLIENTS; index++) clientAt(index).reset();
}

/** Asks there from now on, or from the next time on. */
export function setStunServer(endpoint: Endpoint): void {
  server.copyFrom(endpoint);
  if (nextAt == NEVER) nextAt = 0;
}

/** What the line's descriptions say of its RTP. */
export function mediaPlace(line: i32): Endpoint {
  const mapped = clientAt(2 * line).mapped;
  return mapped.isSet ? mapped : accountAt(line).media;
}

/** The port of its RTCP where that is not the next one, else 0. */
export function controlPort(line: i32): u16 {
  const media = clientAt(2 * line).mapped, control = clientAt(2 * line + 1).mapped;
  return media.isSet && control.sameHost(media) && control.port != media.port + 1 ? control.port : 0;
}

export function mediaPlacesNextTimeout(): f64 {
  let soonest = nextAt;
  for (let index = 0; index < CLIENTS; index++) soonest = min(soonest, clientAt(index).deadline);
  return soonest;
}

/** Runs what is due. */
export function handleMediaPlaceTimeout(now: f64): void {
  const isRound = nextAt <= now;
  if (isRound) nextAt = now + INTERVAL;
  for (let index = 0; index < CLIENTS; index++) {
    const client = clientAt(index), line = index >> 1;
    if (isRound && !client.isAsking && accountAt(line).media.isSet) client.ask(server, now);
    if (client.deadline > now) continue;
    if (client.handleTimeout(now) == StunEvent.Send) {
      const action = pushAction(index & 1 ? ActionKind.SendRtcp : ActionKind.SendRtp, line);
      action.payload = client.request;
      action.length = STUN_REQUEST_SIZE;
      action.endpoint.copyFrom(client.server);
    } else {
      forget(index);
    }
  }
}

/** A datagram at the RTP port of the line, or at its RTCP port. True when it is the answer that we wait for. */
export function handleMediaStun(line: i32, isControl: i32, at: usize, length: i32, source: Endpoint): bool {
  const index = 2 * line + isControl, client = clientAt(index);
  if (!looksLikeStun(at, length)) return false; // RFC 7983 §7
  before.copyFrom(client.mapped);
  const event = client.handleMessage(at, length, source);
  if (event == StunEvent.None) return false;
  if (event == StunEvent.Failed) {
    forget(index);
  } else if (!isControl) {
    isSilent = false;
    if (!client.mapped.equals(before)) reportEndpoint(Report.MediaMapped, line, client.mapped, 0);
  }
  return true;
}

function forget(index: i32): void {
  clientAt(index).mapped.clear();
  if (isSilent || index & 1) return;
  isSilent = true;
  pushReport(Report.StunFailed, -1);
}
