// REGISTER. Read RFC 3261 §10.3 first: the steps stand here in its order.

import { Counter, count } from "../abi/counters";
import { Endpoint, Transport } from "../abi/endpoint";
import { NOT_A_NUMBER, countDigits, parseDecimal } from "../base/decimal";
import { equals } from "../base/literal";
import { sipHash } from "../base/sip-hash";
import { CONTACT_SIZE, MAX_BINDINGS, MAX_CONTACTS } from "../limits";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { NameAddr, nameAddrAt } from "../sip/name-addr";
import { hasToken, visitOthers } from "../sip/option-tags";
import { parameterAt, parameterLength } from "../sip/parameters";
import { WHOLE, parseQ } from "../sip/q-value";
import { beginAnswer } from "../sip/stateless";
import { Scheme, Uri, uriAt } from "../sip/uri";
import { out } from "../sip/writer";
import { answer, refuse, refuseExtension, refuseExtensions, refuseFull, refuseStateless } from "./answers";
import { authenticate, challenge } from "./authentication";
import {
  addBinding, bindingsUsed, findBinding, findFlow, firstBinding, nextBinding, placeBinding, removeBinding, removeBindings,
  setPath,
} from "./location";
import { firstHop, given, pathsFree, readPath } from "./path";
import { defaultExpires, isKnownScheme, isOurs, maximumExpires, minimumExpires } from "./settings";
import { LOCKED, NOBODY, findUserOf } from "./users";

/** Option tags that a REGISTER may require. */
const EXTENSIONS: string = "path";

const uri: Uri = uriAt(memory.data(64, 16));
const contact: NameAddr = nameAddrAt(memory.data(64, 16));

let user: i32 = NOBODY;
let callId: u64 = 0;

/** A REGISTER that no transaction knew. */
export function handleRegister(request: Message, source: Endpoint, now: f64): void {
  if (!isOurs(request.uri)) {
    refuseStateless(request, source, 404);
    return;
  }
  if (request.uri.scheme == Scheme.Sips && source.transport != Transport.Tls) {
    refuseStateless(request, source, 403);
    return;
  }
  if (visitOthers(request, Header.Require, EXTENSIONS, false) > 0) {
    refuseExtensions(request, source, Header.Require, EXTENSIONS);
    return;
  }
  // RFC 3327 §5.3: so the phone learns what a proxy does to its REGISTER
  if (request.has(Header.Path) && !hasToken(request, Header.Supported, "path")) {
    refuseExtension(request, source, "path");
    return;
  }
  if (!isWellFormed(request)) {
    refuseStateless(request, source, 400);
    return;
  }
  user = authenticate(request, Header.Authorization, source, now);
  if (user == LOCKED) return;
  if (user == NOBODY) {
    challenge(request, source, Header.WwwAuthenticate, now);
    return;
  }

  const status = register(request, source, now);
  if (status == 200) {
    beginAnswer(request, source, 200).copyFields(request, Header.Path);
    writeBindings(now);
    out.body(0, 0);
    answer(request, source, 200, now);
    return;
  }
  count(Counter.RegistrationsRefused);
  if (status == 423) {
    beginAnswer(request, source, 423).headerNumber(Header.MinExpires, minimumExpires).body(0, 0);
    answer(request, source, 423, now);
  } else if (status == 503) {
    count(Counter.BindingsFull);
    refuseFull(request, source);
  } else {
    refuse(request, source, status, now);
  }
}

/** What no proof could mend: the address-of-record is a SIP URI (§10.2), a Contact an address. */
function isWellFormed(request: Message): bool {
  if (request.toUri.scheme != Scheme.Sip && request.toUri.scheme != Scheme.Sips) return false;
  for (let field = request.first(Header.Contact); changetype<usize>(field) != 0; field = request.next(field)) {
    const end = field.value + <usize>field.valueLength;
    for (let at = field.value; at < end; at = contact.next) {
      if (!contact.parse(at, <i32>(end - at))) return false;
    }
  }
  return true;
}

/** Steps 4 to 7. All contacts are taken or none; returns the status to answer with. */
function register(request: Message, source: Endpoint, now: f64): i32 {
  if (!isOfUser(request.fromUri) || !isOfUser(request.toUri)) return 403;
  const pathStatus = readPath(request, source);
  if (pathStatus != 200) return pathStatus;
  const field = request.first(Header.CallId);
  callId = sipHash(field.value, field.valueLength);
  if (!request.has(Header.Contact)) return 200;
  if (isStar(request)) return removeAll(request);
  const status = check(request, source);
  if (status == 200) update(request, source, now);
  return status;
}

/** The address-of-record is the user's. */
function isOfUser(address: Uri): bool { return isOurs(address) && findUserOf(address) == user; }

function isStar(request: Message): bool {
  const field = request.first(Header.Contact);
  return contact.parse(field.value, field.valueLength) && equals(contact.uriAt, contact.uriLength, "*");
}

/** Step 6: `*` stands alone, and only to remove. */
function removeAll(request: Message): i32 {
  const field = request.first(Header.Contact);
  if (request.isRepeated(Header.Contact) || contact.next < field.value + <usize>field.valueLength) return 400;
  const expires = request.first(Header.Expires);
  if (changetype<usize>(expires) == 0 || parseDecimal(expires.value, expires.valueLength) != 0) return 400;
  for (let binding = firstBinding(user); changetype<usize>(binding) != 0; binding = nextBinding(binding)) {
    if (binding.callId == callId && request.sequence <= binding.sequence) return 500;
  }
  removeBindings(user);
  return 200;
}

/** Step 7 without its effects. */
function check(request: Message, source: Endpoint): i32 {
  let contacts = 0, added = 0, paths = 0;
  for (let field = request.first(Header.Contact); changetype<usize>(field) != 0; field = request.next(field)) {
    const end = field.value + <usize>field.valueLength;
    for (let at = field.value; at < end; at = contact.next) {
      if (++contacts > MAX_CONTACTS || !readContact(at, end) || !isFitting(source)) return 400;
      const seconds = expiresOf(request);
      if (seconds > 0 && seconds < minimumExpires) return 423;
      const former = findFlow(user, flowIdOf(request));
      const binding = changetype<usize>(former) == 0 ? findBinding(user, uri) : former;
      if (seconds > 0 && !given.isEmpty && (changetype<usize>(binding) == 0 || binding.path == 0)) paths++;
      if (changetype<usize>(binding) == 0) {
        if (seconds > 0) added++;
      } else if (binding.callId == callId && request.sequence <= binding.sequence) {
        return 500;
      }
    }
  }
  return added > MAX_BINDINGS - bindingsUsed() || paths > pathsFree() ? 503 : 200;
}

function readContact(at: usize, end: usize): bool {
  return contact.parse(at, <i32>(end - at)) && uri.parse(contact.uriAt, contact.uriLength) &&
    isKnownScheme(uri.scheme) && contact.uriLength <= CONTACT_SIZE;
}

/** RFC 5630 §5.4: a sips contact is bound only where it was told by TLS. */
function isFitting(source: Endpoint): bool { return uri.scheme != Scheme.Sips || source.transport == Transport.Tls; }

function update(request: Message, source: Endpoint, now: f64): void {
  for (let field = request.first(Header.Contact); changetype<usize>(field) != 0; field = request.next(field)) {
    const end = field.value + <usize>field.valueLength;
    for (let at = field.value; at < end; at = contact.next) {
      readContact(at, end);
      updateOne(request, source, expiresOf(request), now);
    }
  }
}

function updateOne(request: Message, source: Endpoint, seconds: i32, now: f64): void {
  const flowId = flowIdOf(request);
  let binding = findBinding(user, uri);
  const former = findFlow(user, flowId);
  if (changetype<usize>(former) != 0 && changetype<usize>(former) != changetype<usize>(binding)) {
    // the phone has another contact than before, by the same way
    if (changetype<usize>(binding) != 0) removeBinding(binding);
    binding = former;
  }
  const isNew = changetype<usize>(binding) == 0;
  if (seconds == 0) {
    if (!isNew) removeBinding(binding);
    return;
  }
  if (isNew) binding = addBinding(user);
  if (changetype<usize>(binding) == 0) return;
  binding.contact.set(contact.uriAt, contact.uriLength);
  binding.source.copyFrom(given.isEmpty ? source : firstHop);
  setPath(binding);
  binding.callId = callId;
  binding.flowId = flowId;
  binding.sequence = request.sequence;
  binding.q = <i16>(contact.hasParameter("q") ? parseQ(parameterAt, parameterLength) : WHOLE);
  binding.expiresAt = now + <f64>seconds * 1000;
  placeBinding(binding, isNew);
}

/**
 * RFC 5626 §6: which flow of which phone the contact just read is, 0 when it does not say, or when it has come by another
 * proxy, whose flow it would be.
 */
function flowIdOf(request: Message): u64 {
  if (request.isRepeated(Header.Via) || request.has(Header.Path) || !contact.hasParameter("reg-id")) return 0;
  const flow = sipHash(parameterAt, parameterLength);
  return contact.hasParameter("+sip.instance") ? sipHash(parameterAt, parameterLength, flow) | 1 : 0;
}

/** What the contact asks for, in seconds, at most what we grant. */
function expiresOf(request: Message): i32 {
  if (contact.hasParameter("expires")) return parseExpires(parameterAt, parameterLength);
  const field = request.first(Header.Expires);
  return changetype<usize>(field) == 0 ? defaultExpires : parseExpires(field.value, field.valueLength);
}

/** §20.19: up to 2**32 - 1. Something that is no number counts as nothing said. */
function parseExpires(at: usize, length: i32): i32 {
  if (length == 0 || countDigits(at, length) != length) return defaultExpires;
  const seconds = parseDecimal(at, length);
  return seconds == NOT_A_NUMBER ? maximumExpires : <i32>min<i64>(seconds, <i64>maximumExpires);
}

/** Step 8: every binding that stands now, with the seconds that it has left. */
function writeBindings(now: f64): void {
  for (let binding = firstBinding(user); changetype<usize>(binding) != 0; binding = nextBinding(binding)) {
    out.header(Header.Contact).text("<").value(binding.contact).text(">;expires=")
      .decimal(<u64>Math.max(0, Math.ceil((binding.expiresAt - now) / 1000)));
    if (binding.q < WHOLE) {
      out.text(";q=0.").decimal(binding.q / 100).decimal(binding.q / 10 % 10).decimal(binding.q % 10);
    }
    out.line();
  }
}
