// A message that the host could not send, its connection refused or gone, and one that waits for its answer by a
// connection that has ended: RFC 3261 §8.1.3.1 for requests, §18.2.2 for responses, §18.1.1 for what was only too long
// for a datagram.

import { Endpoint, Transport } from "../abi/endpoint";
import { Header } from "./header";
import { Message } from "./message";
import { sendOnce } from "./stateless";
import { nextAtConnection } from "./transaction/at-connection";
import { clientOfRequest, expireClient, failClient, restartClient, storedRequest } from "./transaction/table";
import { State, Transaction } from "./transaction/transaction";
import { parameterAt, parameterLength } from "./parameters";
import { transportOf, usualPort } from "./uri";
import { out } from "./writer";

const NONE: Transaction = changetype<Transaction>(0);

/**
 * `message` did not get to `endpoint`. Another way is tried when there is one. Else returns the client transaction that
 * has come to its end by it, or null when nobody waits: tell its owner of a Timeout, then call afterTimeout().
 */
export function handleSendFailure(message: Message, endpoint: Endpoint, now: f64): Transaction {
  if (message.isResponse) {
    if (endpoint.flow != 0) sendAgain(message, endpoint, message.via.port);
    return NONE;
  }
  const client = clientOfRequest(message);
  if (changetype<usize>(client) == 0) { // the ACK of a 2xx
    if (endpoint.flow != 0 && findTarget(message, endpoint)) sendAgain(message, endpoint, endpoint.port);
    return NONE;
  }
  if (client.state != State.Calling && client.state != State.Trying) return NONE;
  if (client.isTooLong && client.endpoint.transport != Transport.Udp) {
    useDatagrams(client);
  } else if (client.endpoint.flow == 0 || !findTarget(message, client.endpoint)) {
    failClient(client);
    return client;
  }
  restartClient(client, now);
  return NONE;
}

/**
 * The connection that `peer` names has ended. A request that it has carried and that has no final answer goes once more
 * by a new one, the same to whoever has seen it before; what has done so already has failed.
 */
export function handleConnectionLost(peer: Endpoint, now: f64): void {
  let client = nextAtConnection(NONE);
  for (; changetype<usize>(client) != 0; client = nextAtConnection(client)) {
    const state = client.state, way = client.endpoint;
    if (state != State.Calling && state != State.Trying && state != State.Proceeding) continue;
    if (way.flow != 0 ? way.flow != peer.flow : !way.equals(peer)) continue;
    if (client.isTooLong) {
      useDatagrams(client);
    } else if (client.isSentAgain || (way.flow != 0 && !findTarget(storedRequest(client), way))) {
      expireClient(client, now);
      continue;
    }
    client.isSentAgain = true;
    restartClient(client, now);
  }
}

@inline function useDatagrams(client: Transaction): void {
  client.endpoint.transport = <u8>Transport.Udp;
  client.endpoint.flow = 0;
}

/** By a new connection. */
function sendAgain(message: Message, endpoint: Endpoint, port: i32): void {
  endpoint.flow = 0;
  endpoint.port = <u16>(port != 0 ? port : usualPort(endpoint.transport));
  out.begin().span(message.at, message.length);
  sendOnce(endpoint);
}

/** The connection that a peer came by is gone: it may listen where the Request-URI says. */
function findTarget(request: Message, into: Endpoint): bool {
  const uri = request.uri;
  into.flow = 0;
  if (request.has(Header.Route)) return false;
  if (uri.hasParameter("transport") && transportOf(parameterAt, parameterLength) != <i32>into.transport) return false;
  return uri.address(into);
}
