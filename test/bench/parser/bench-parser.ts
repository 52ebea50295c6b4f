// The SIP parser alone, as a module: one call a message, every typed value of the common header fields read.
// Compiled by parser.mjs with the release options of the adapter.

export { panicLine } from "../../../assembly/abi/panic";
import { parseDecimal } from "../../../assembly/base/decimal";
import { setupCharacters } from "../../../assembly/sip/characters";
import { Header, setupHeaders } from "../../../assembly/sip/header";
import { MESSAGE_SIZE, Message, messageAt } from "../../../assembly/sip/message";
import { NameAddr, nameAddrAt } from "../../../assembly/sip/name-addr";
import { parameterLength } from "../../../assembly/sip/parameters";
import { parseMessage } from "../../../assembly/sip/parser";
import { Uri, uriAt } from "../../../assembly/sip/uri";
import { Via, viaAt } from "../../../assembly/sip/via";

const REGION_SIZE: i32 = 65536;
const region: usize = memory.data(REGION_SIZE + 16, 16);
const message: Message = messageAt(memory.data(MESSAGE_SIZE, 16));
const nameAddr: NameAddr = nameAddrAt(memory.data(64, 16));
const uri: Uri = uriAt(memory.data(64, 16));
const via: Via = viaAt(memory.data(64, 16));

export function regionPointer(): usize { return region; }
export function regionCapacity(): i32 { return REGION_SIZE; }

export function setup(): void {
  setupCharacters();
  setupHeaders();
}

/**
 * Reads the message of `length` bytes in the region. The sum of numbers and lengths that README.md lists, -1 when it was refused.
 * What the parser has read for its own checks is taken from the message.
 */
export function parse(length: i32): i32 {
  if (!parseMessage(message, region, length)) return -1;
  let sum = message.isRequest ? sizeOfUri(message.uri) : message.status;
  sum += <i32>message.sequence + message.methodLength;
  sum += readVias() + readContacts();
  sum += message.from.displayLength + sizeOfUri(message.fromUri) + sizeOfTag(message.from);
  sum += message.to.displayLength + sizeOfUri(message.toUri) + sizeOfTag(message.to);
  sum += message.first(Header.CallId).valueLength + number(Header.MaxForwards) + number(Header.ContentLength);
  return sum + (message.has(Header.ContentType) ? message.first(Header.ContentType).valueLength : 0);
}

function sizeOfUri(uri: Uri): i32 { return uri.userLength + uri.hostLength + uri.port; }
function sizeOfTag(address: NameAddr): i32 { return address.hasParameter("tag") ? parameterLength : 0; }

function sizeOfVia(via: Via): i32 { return via.transportLength + via.hostLength + via.port + via.branchLength; }

function readVias(): i32 {
  let sum = sizeOfVia(message.via);
  let at = message.via.next;
  for (let field = message.first(Header.Via); changetype<usize>(field) != 0;) {
    const end = field.value + <usize>field.valueLength;
    for (; at < end; at = via.next) {
      if (!via.parse(at, <i32>(end - at))) return sum;
      sum += sizeOfVia(via);
    }
    field = message.next(field);
    if (changetype<usize>(field) != 0) at = field.value;
  }
  return sum;
}

function readContacts(): i32 {
  let sum = 0;
  for (let field = message.first(Header.Contact); changetype<usize>(field) != 0; field = message.next(field)) {
    const end = field.value + <usize>field.valueLength;
    for (let at = field.value; at < end; at = nameAddr.next) {
      if (!nameAddr.parse(at, <i32>(end - at))) return sum;
      sum += nameAddr.displayLength;
      if (uri.parse(nameAddr.uriAt, nameAddr.uriLength)) sum += sizeOfUri(uri);
    }
  }
  return sum;
}

function number(header: Header): i32 {
  const field = message.first(header);
  return changetype<usize>(field) == 0 ? 0 : <i32>parseDecimal(field.value, field.valueLength);
}
