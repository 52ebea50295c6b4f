// What becomes of a datagram, and of a deadline: RFC 3261 §18 to the transactions (§17), and from there to the
// registrar or the proxy.

import { Counter, count } from "../abi/counters";
import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { SIP_DATAGRAM_SIZE, SIP_MESSAGE_SIZE } from "../limits";
import {
  Frame, closeFlow, forgetFlow, frameAt, frameLength, frameTaken, framingNextTimeout, handleFramingTimeout, parseFault,
  takeFrame,
} from "../sip/framing";
import { MESSAGE_SIZE, Message, messageAt } from "../sip/message";
import { Method } from "../sip/method";
import { parseMessage } from "../sip/parser";
import { handleConnectionLost, handleSendFailure } from "../sip/send-failure";
import { isAnswerable } from "../sip/stateless";
import {
  afterTimeout, event, handleTransactionTimeout, match, transactionsNextTimeout,
} from "../sip/transaction/table";
import { TransactionEvent, sendSip } from "../sip/transaction/transaction";
import { looksLikeStun } from "../stun/message";
import { answerStun, stunAnswerAt, stunAnswerLength } from "../stun/server";
import { refuseStateless } from "./answers";
import { forwardingsNextTimeout } from "./forwarding";
import { handleLocationTimeout, leaveFlow, locationNextTimeout } from "./location";
import { isForOthers } from "./passing";
import { handleAck, handleRequest } from "./proxy";
import { handleCancel, handleEnd, handleForwardingTimeout, handleResponse } from "./proxy-responses";
import { handleRegister } from "./registrar";

/** The parser looks ahead by up to 16 bytes. */
const LOOK_AHEAD: i32 = 16;

/** The host writes a datagram here, and where it came from. */
export const rxDatagram: usize = memory.data(SIP_DATAGRAM_SIZE + 1 + LOOK_AHEAD, 16);
export const rxSource: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

const message: Message = messageAt(memory.data(MESSAGE_SIZE, 16));

/** One datagram of `length` bytes. */
export function dispatchDatagram(length: i32, now: f64): void {
  if (length < 0 || length > SIP_DATAGRAM_SIZE || !rxSource.isSet) return;
  if (looksLikeStun(rxDatagram, length)) answerBinding(length, now);
  else dispatch(rxDatagram, length, now);
}

/** RFC 5626 §8: a phone behind a NAT looks whether it is still seen at the same address. */
function answerBinding(length: i32, now: f64): void {
  count(Counter.SipKeepAlive);
  if (answerStun(rxDatagram, length, rxSource, now)) sendSip(stunAnswerAt, stunAnswerLength, rxSource);
}

function dispatch(at: usize, length: i32, now: f64): void {
  count(Counter.DatagramsIn);
  if (!parseMessage(message, at, length)) refuseMalformed();
  else if (message.isResponse) takeResponse(now);
  else takeRequest(now);
}

/** Bytes of a stream connection; returns how many of them are done with. */
export function dispatchStream(length: i32, now: f64): i32 {
  if (length < 0 || length > SIP_DATAGRAM_SIZE || !rxSource.isSet) return length;
  const frame = takeFrame(rxSource, rxDatagram, length, now);
  if (frame == Frame.Message) {
    dispatch(frameAt, frameLength, now);
  } else if (frame == Frame.Fault) {
    parseFault(message);
    refuseMalformed();
    closeFlow(rxSource.flow);
  }
  return frameTaken;
}

/** What came of a SendSip action that could not be carried out; rxSource is where it should have gone. */
export function dispatchSendFailure(length: i32, now: f64): void {
  if (length < 0 || length > SIP_DATAGRAM_SIZE || !parseMessage(message, rxDatagram, length)) return;
  const client = handleSendFailure(message, rxSource, now);
  if (changetype<usize>(client) == 0) return;
  handleEnd(client, event, now);
  afterTimeout(client);
}

/** The connection that rxSource names has ended. */
export function dispatchFlowClosed(now: f64): void {
  forgetFlow(rxSource.flow);
  leaveFlow(rxSource.flow);
  handleConnectionLost(rxSource, now);
}

function refuseMalformed(): void {
  if (message.refusal == 0) {
    count(Counter.SipKeepAlive);
    return;
  }
  count(Counter.SipMalformed);
  // Nothing ever answers a response or an ACK.
  if (!message.isRequest || message.method == Method.Ack || !isAnswerable(message)) return;
  refuseStateless(message, rxSource, message.refusal);
}

function takeResponse(now: f64): void {
  // All that we send for others has their Via below ours; only our CANCELs are ours alone.
  if (message.method != Method.Cancel && !isForOthers(message)) {
    count(Counter.SipMalformed);
    return;
  }
  const client = match(message, rxSource, now);
  if (changetype<usize>(client) != 0) handleResponse(client, event, message, now);
}

function takeRequest(now: f64): void {
  if (changetype<usize>(match(message, rxSource, now)) != 0) return;
  if (<i32>(message.bodyAt - message.at) + message.bodyLength > SIP_MESSAGE_SIZE) {
    if (message.method != Method.Ack) refuseStateless(message, rxSource, 513);
    return;
  }
  switch (message.method) {
    case Method.Ack: handleAck(message, rxSource); break;
    case Method.Cancel: handleCancel(message, rxSource, now); break;
    case Method.Register: handleRegister(message, rxSource, now); break;
    default: handleRequest(message, rxSource, now);
  }
}

export function soonestTimeout(): f64 {
  const others = min(locationNextTimeout(), framingNextTimeout());
  return min(transactionsNextTimeout(), min(forwardingsNextTimeout(), others));
}

/** Runs one thing that is due. */
export function runTimeout(now: f64): void {
  if (transactionsNextTimeout() <= now) {
    const transaction = handleTransactionTimeout(now);
    if (event == TransactionEvent.Timeout || event == TransactionEvent.Terminated) handleEnd(transaction, event, now);
    afterTimeout(transaction);
  } else if (forwardingsNextTimeout() <= now) {
    handleForwardingTimeout(now);
  } else if (locationNextTimeout() <= now) {
    handleLocationTimeout(now);
  } else {
    handleFramingTimeout(now);
  }
}
