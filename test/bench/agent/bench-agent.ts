// The user agent of the adapter as a module of its own: it rings and answers every call at once. Compiled by agent.mjs
// from a copy of assembly/ with the limits of a gateway, in build/bench/agent/.

import { resetActions } from "../../../assembly/abi/action";
import { resetCounters } from "../../../assembly/abi/counters";
import { ENDPOINT_SIZE, Endpoint, Transport, endpointAt } from "../../../assembly/abi/endpoint";
import { reserve } from "../../../assembly/base/arena";
import { buffersSize, buffersUsed, setupBuffers } from "../../../assembly/base/buffers";
import { seedRandom } from "../../../assembly/base/random";
import { setupHashKey } from "../../../assembly/base/sip-hash";
import {
  ADAPTER_BUFFERS_1024, ADAPTER_BUFFERS_2048, ADAPTER_BUFFERS_4096, ADAPTER_BUFFERS_512, ADAPTER_TRANSACTIONS,
  SIP_DATAGRAM_SIZE,
} from "../../../assembly/limits";
import { accountAt } from "../../../assembly/sip/account";
import { setupCharacters } from "../../../assembly/sip/characters";
import { setupHeaders } from "../../../assembly/sip/header";
import { setupTransactions, transactionsSize, transactionsUsed } from "../../../assembly/sip/transaction/table";
import {
  SessionEvent, answer, eventSession, handleSip, handleTimeout as handleUserAgentTimeout, nextTimeout as userAgentNextTimeout,
  sendRinging, setupUserAgent, userAgentSize,
} from "../../../assembly/sip/user-agent";

export { pollAction } from "../../../assembly/abi/action";
export { panicLine } from "../../../assembly/abi/panic";
export { buffersUsed, transactionsUsed };

const rxDatagram: usize = memory.data(SIP_DATAGRAM_SIZE + 16, 16);
const rxSource: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const seed: usize = memory.data(32, 16);
const user: usize = memory.data(16, 16);

export function rxDatagramPointer(): usize { return rxDatagram; }
export function rxSourcePointer(): usize { return changetype<usize>(rxSource); }
/** Up to 16 bytes of the name that is called. */
export function userPointer(): usize { return user; }

@inline function aligned(at: usize): usize { return (at + 15) & ~15; }

/** An agent at the port of 127.0.0.1, called by a hop of the same address; rxSource tells the address. */
export function start(userLength: i32, port: i32): void {
  const transactions = transactionsSize(ADAPTER_TRANSACTIONS);
  const buffers = buffersSize(ADAPTER_BUFFERS_512, ADAPTER_BUFFERS_1024, ADAPTER_BUFFERS_2048, ADAPTER_BUFFERS_4096);
  let at = reserve(transactions + buffers + userAgentSize() + 64);
  resetActions();
  resetCounters();
  setupCharacters();
  setupHeaders();
  seedRandom(seed);
  setupHashKey();
  setupTransactions(at, ADAPTER_TRANSACTIONS);
  at = aligned(at + <usize>transactions);
  setupBuffers(at, ADAPTER_BUFFERS_512, ADAPTER_BUFFERS_1024, ADAPTER_BUFFERS_2048, ADAPTER_BUFFERS_4096);
  setupUserAgent(aligned(at + <usize>buffers));
  rxSource.port = <u16>port;
  rxSource.transport = <u8>Transport.Udp;
  const account = accountAt(0);
  account.user.set(user, userLength);
  account.domain.set(user, userLength);
  account.settleSecret();
  account.hop.copyFrom(rxSource);
  account.local.copyFrom(rxSource);
  account.media.copyFrom(rxSource);
}

export function handleDatagram(length: i32, now: f64): void { handle(handleSip(rxDatagram, length, rxSource, now), now); }

/** Does what is due. */
export function handleTimeout(now: f64): void {
  while (userAgentNextTimeout() <= now) handle(handleUserAgentTimeout(now), now);
}

export function nextTimeout(): f64 { return userAgentNextTimeout(); }

function handle(event: SessionEvent, now: f64): void {
  if (event != SessionEvent.Incoming) return;
  const session = eventSession;
  sendRinging(session, now);
  answer(session, now);
}
