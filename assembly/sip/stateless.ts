// Messages that no transaction keeps: answers given without state (RFC 3261 §8.2.7) and the ACK of a 2xx that nobody
// waited for.

import { Endpoint } from "../abi/endpoint";
import { copyBytes } from "../base/bytes";
import { writeHex } from "../base/hex";
import { sipHash } from "../base/sip-hash";
import { SIP_MESSAGE_SIZE } from "../limits";
import { Header } from "./header";
import { Message } from "./message";
import { sendSip } from "./transaction/transaction";
import { Via, responseDestination } from "./via";
import { Writer, beginResponse, out } from "./writer";

/** A slot comes round again after this many messages: more than one drain of the actions can leave unread. */
const SLOTS: i32 = 16;
const TAG_SIZE: i32 = 16;

const via: Via = changetype<Via>(memory.data(64, 16));
const tag: usize = memory.data(TAG_SIZE, 16);
const tagBytes: usize = memory.data(8, 8);
const destination: Endpoint = changetype<Endpoint>(memory.data(32, 16));

let slots: usize = 0;
let nextSlot: i32 = 0;

/** Bytes of memory for the slots. */
export const STATELESS_SIZE: i32 = SLOTS * SIP_MESSAGE_SIZE;

export function setupStateless(at: usize): void {
  slots = at;
  nextSlot = 0;
}

/** Sends the message in `out`, once. What did not fit is not sent. */
export function sendOnce(to: Endpoint): void {
  if (out.length == 0) return;
  const slot = slots + <usize>(nextSlot * SIP_MESSAGE_SIZE);
  nextSlot = (nextSlot + 1) % SLOTS;
  copyBytes(slot, out.start, out.length);
  sendSip(slot, out.length, to);
}

/** Begins an answer without state in `out`. Every copy of the request gets the same tag (§8.2.7). */
export function beginAnswer(request: Message, source: Endpoint, status: i32, reason: string = ""): Writer {
  store<u64>(tagBytes, hashOf(request, Header.From, hashOf(request, Header.CallId, 0)));
  writeHex(tag, tagBytes, 8);
  return beginResponse(request, source, status, tag, TAG_SIZE, reason);
}

function hashOf(request: Message, header: Header, chain: u64): u64 {
  const field = request.first(header);
  return changetype<usize>(field) == 0 ? chain : sipHash(field.value, field.valueLength, chain);
}

/** Sends the answer in `out` to where `request` wants it. */
export function sendAnswer(request: Message, source: Endpoint): void {
  const top = request.first(Header.Via);
  if (!via.parse(top.value, top.valueLength)) return;
  responseDestination(via, source, destination);
  sendOnce(destination);
}

/** A whole answer without more than its mandatory fields. */
export function answerOnce(request: Message, source: Endpoint, status: i32, reason: string = ""): void {
  beginAnswer(request, source, status, reason).body(0, 0);
  sendAnswer(request, source);
}

/** The request says where an answer goes: a malformed one may not. What else it lacks, the answer lacks too. */
export function isAnswerable(request: Message): bool {
  const top = request.first(Header.Via);
  return changetype<usize>(top) != 0 && via.parse(top.value, top.valueLength);
}
