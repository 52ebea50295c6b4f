// The SIP parser alone, as a module: one call a message, every typed value of the common header fields read. And the same with the
// session description, and with the message written again.
// Compiled by parser.mjs with the release options of the server.

export { panicLine } from "../../../assembly/abi/panic";
import { SESSION_DESCRIPTION_SIZE, SessionDescription } from "../../../assembly/sdp/description";
import { parseDescription } from "../../../assembly/sdp/parser";
import { equalsIgnoreCase } from "../../../assembly/base/literal";
import { setupCharacters } from "../../../assembly/sip/characters";
import { Header, setupHeaders } from "../../../assembly/sip/header";
import { MESSAGE_SIZE, Message, messageAt } from "../../../assembly/sip/message";
import { NameAddr, nameAddrAt } from "../../../assembly/sip/name-addr";
import { parameterLength } from "../../../assembly/sip/parameters";
import { parseMessage } from "../../../assembly/sip/parser";
import { Uri, uriAt } from "../../../assembly/sip/uri";
import { Via, viaAt } from "../../../assembly/sip/via";
import { out } from "../../../assembly/sip/writer";

const REGION_SIZE: i32 = 65536;
const region: usize = memory.data(REGION_SIZE + 16, 16);
const message: Message = messageAt(memory.data(MESSAGE_SIZE, 16));
const nameAddr: NameAddr = nameAddrAt(memory.data(64, 16));
const uri: Uri = uriAt(memory.data(64, 16));
const via: Via = viaAt(memory.data(64, 16));
const description = changetype<SessionDescription>(memory.data(SESSION_DESCRIPTION_SIZE, 16));

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
  sum += message.first(Header.CallId).valueLength + max(message.maxForwards, 0);
  if (message.has(Header.ContentLength)) sum += message.bodyLength;
  return sum + (message.has(Header.ContentType) ? message.first(Header.ContentType).valueLength : 0);
}

/** parse(), and of a session description each stream's port and number of formats. */
export function describe(length: i32): i32 {
  let sum = parse(length);
  if (sum < 0 || message.bodyLength == 0 || !isDescription()) return sum;
  if (!parseDescription(message.bodyAt, message.bodyLength, description)) return -1;
  for (let index = 0; index < description.mediaCount; index++) {
    const media = description.media(index);
    sum += media.port + media.formatCount;
  }
  return sum;
}

function isDescription(): bool {
  const type = message.first(Header.ContentType);
  return changetype<usize>(type) != 0 && equalsIgnoreCase(type.value, type.valueLength, "application/sdp");
}

/** parse(), and writes the message again, field by field. -1 when it did not fit. */
export function rewrite(length: i32): i32 {
  const sum = parse(length);
  if (sum < 0) return sum;
  out.begin();
  if (message.isRequest) {
    out.span(message.methodAt, message.methodLength).text(" ").span(message.uriAt, message.uriLength).text(" SIP/2.0").line();
  } else {
    out.text("SIP/2.0 ").decimal(message.status).text(" ").span(message.reasonAt, message.reasonLength).line();
  }
  for (let index = 0; index < message.fieldCount; index++) {
    const field = message.field(index);
    if (field.header == <u8>Header.ContentLength) continue;
    out.span(field.name, field.nameLength).text(": ").span(field.value, field.valueLength).line();
  }
  out.body(message.bodyAt, message.bodyLength);
  return out.length > 0 ? sum : -1;
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
