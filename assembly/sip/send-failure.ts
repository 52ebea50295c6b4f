// A message that the host could not send, its connection refused or gone: RFC 3261 §8.1.3.1 for requests, §18.2.2 for
// responses, §18.1.1 for what was only too long for a datagram.

import { Endpoint, Transport } from "../abi/endpoint";
import { Header } from "./header";
import { Message } from "./message";
import { sendOnce } from "./stateless";
import { clientOfRequest, failClient, restartClient } from "./transaction/table";
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
    client.endpoint.transport = <u8>Transport.Udp;
  } else if (client.endpoint.flow == 0 || !findTarget(message, client.endpoint)) {
    failClient(client);
    return client;
  }
  restartClient(client, now);
  return NONE;
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
