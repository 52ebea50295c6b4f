// The branches of a request: RFC 3261 §16.6, steps 1 to 10. Contacts of equal q are asked at the same time, those of lower
// q when all of them have refused or have rung for long enough.

import { ENDPOINT_SIZE, Endpoint, Transport, endpointAt } from "../abi/endpoint";
import { copyBytes } from "../base/bytes";
import { Text } from "../base/text";
import { CONTACT_SIZE, MAX_BRANCHES } from "../limits";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { NameAddr, nameAddrAt } from "../sip/name-addr";
import { indexOfTransaction, openClient, startClient } from "../sip/transaction/table";
import { Scheme, Uri, uriAt } from "../sip/uri";
import { out } from "../sip/writer";
import { Owner } from "./answers";
import { Forwarding, indexOfForwarding } from "./forwarding";
import { Binding, firstBinding, nextBinding } from "./location";
import { beginRequest, finishRequest, formsDialog, innerOf, markBranch, maxBreadth } from "./passing";
import { writeRecordRoutes } from "./route-token";
import { hasStream, localFor, timerC } from "./settings";
import { NOBODY } from "./users";

const uri: Uri = uriAt(memory.data(64, 16));
const address: NameAddr = nameAddrAt(memory.data(64, 16));
const SIP_COLON: u32 = 0x3a706973;
const plain: usize = memory.data(CONTACT_SIZE, 16);
const literal: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

/** Why the last branch could not be started, for an answer. */
export let failure: i32 = 0;

/**
 * Asks the callee's next contacts: those of the highest q that were not asked, as far as there are branches for them.
 * The routes of the request are settled. Without a branch afterwards, there was no way to any of them.
 */
export function forkOn(forwarding: Forwarding, request: Message, source: Endpoint, now: f64): void {
  forwarding.forgetBranches();
  let binding = firstNotAsked(forwarding);
  while (changetype<usize>(binding) != 0 && forwarding.branches == 0) {
    if (binding.q < <i32>forwarding.q) forwarding.asked = 0;
    forwarding.q = <i16>binding.q;
    const most = min(MAX_BRANCHES, maxBreadth(request));
    const breadth = maxBreadth(request) / max(1, min(most, countEqual(binding)));
    for (let room = most; room > 0 && changetype<usize>(binding) != 0 && binding.q == <i32>forwarding.q; room--) {
      forwarding.asked++;
      askContact(forwarding, request, source, binding, breadth, now);
      binding = nextBinding(binding);
    }
  }
  if (changetype<usize>(binding) == 0) forwarding.callee = NOBODY;
}

/** Contacts come in the order of their q; some may have come or gone since the last were asked. */
function firstNotAsked(forwarding: Forwarding): Binding {
  let binding = firstBinding(forwarding.callee);
  let asked = <i32>forwarding.asked;
  while (changetype<usize>(binding) != 0) {
    if (binding.q < <i32>forwarding.q || (binding.q == <i32>forwarding.q && asked-- <= 0)) break;
    binding = nextBinding(binding);
  }
  return binding;
}

/** Contacts from here on that have the same q. */
function countEqual(first: Binding): i32 {
  let count = 0;
  for (let binding = first; changetype<usize>(binding) != 0 && binding.q == first.q; binding = nextBinding(binding)) {
    count++;
  }
  return count;
}

function askContact(
  forwarding: Forwarding, request: Message, source: Endpoint, binding: Binding, breadth: i32, now: f64,
): void {
  const contact = binding.contact;
  const isFlow = !isAt(contact.at, contact.length, binding.source);
  const length = lengthWithoutHeaders(contact);
  const isSecureContact = uri.scheme == Scheme.Sips;
  let at = contact.at;
  if (request.uri.scheme == Scheme.Sips) {
    // RFC 5630 §5.3: to nobody who has not asked for it
    if (!isSecureContact || binding.source.transport != Transport.Tls) {
      failure = 480;
      return;
    }
  } else if (isSecureContact) {
    at = plainUri(contact.at, length);
  }
  forward(
    forwarding, request, source, binding.source, binding.path, at, length - <i32>(at != contact.at), isFlow, breadth, now,
  );
}

/** RFC 5630 §5.3: who was called by a sip URI sees one, though his contact is a sips URI. */
function plainUri(at: usize, length: i32): usize {
  store<u32>(plain, SIP_COLON);
  copyBytes(plain + 4, at + 5, length - 5);
  return plain;
}

/** §16.6 step 1: header fields of a contact are not for the Request-URI. */
function lengthWithoutHeaders(contact: Text): i32 {
  return uri.parse(contact.at, contact.length) && uri.headersAt != 0 ? <i32>(uri.headersAt - 1 - contact.at)
    : contact.length;
}

/** A contact names the very address and port that its messages come from. */
function isAt(contactAt: usize, contactLength: i32, source: Endpoint): bool {
  literal.clear();
  literal.transport = <u8>Transport.Udp;
  return uri.parse(contactAt, contactLength) && uri.address(literal) && literal.equals(source);
}

/**
 * The way back to the caller is its flow, unless its Contact is where it is, or another proxy stands between (its
 * Record-Route).
 */
function needsCallerFlow(request: Message, source: Endpoint): bool {
  const contact = request.first(Header.Contact);
  if (changetype<usize>(contact) == 0 || request.has(Header.RecordRoute)) return false;
  return !address.parse(contact.value, contact.valueLength) || !isAt(address.uriAt, address.uriLength, source);
}

/**
 * Sends the request to `destination`, and from there along `path`, on one more branch; `isFlow` when the callee is reached
 * nowhere else.
 */
export function forward(
  forwarding: Forwarding, request: Message, source: Endpoint, destination: Endpoint, path: u16, uriAt: usize,
  uriLength: i32, isFlow: bool, breadth: i32, now: f64,
): void {
  const local = localFor(destination);
  if (changetype<usize>(local) == 0) {
    failure = 500;
    return;
  }
  const client = openClient(request.method, Owner.Forwarding, indexOfForwarding(forwarding));
  if (changetype<usize>(client) == 0) {
    failure = 503;
    return;
  }
  markBranch(client.branch, request);
  beginRequest(request, source, local, client.branch, uriAt, uriLength);
  if (formsDialog(request)) {
    const inner = innerOf(source, local);
    writeRecordRoutes(request, inner, local, source, needsCallerFlow(request, source), destination, isFlow);
  }
  finishRequest(request, path, breadth);
  failure = out.length == 0 ? 513 : 503;
  // who sits behind a NAT is reached by the way that it came by, and no other
  const mayStream = !isFlow && hasStream(destination);
  if (startClient(client, destination, now, mayStream)) forwarding.addBranch(indexOfTransaction(client), now + timerC);
}
