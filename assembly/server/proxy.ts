// The stateful proxy, requests: RFC 3261 §16.2 to §16.6. Responses and ends are in proxy-responses.ts. Nothing is
// relayed for strangers: a request is either on a route that we made for its dialog, or its sender has proven to be a
// user and it goes to another user.

import { Report, pushReport } from "../abi/action";
import { Counter, count } from "../abi/counters";
import { ENDPOINT_SIZE, Endpoint, Transport, endpointAt } from "../abi/endpoint";
import { writeHex } from "../base/hex";
import { sipHash } from "../base/sip-hash";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { Method } from "../sip/method";
import { beginAnswer, sendAnswer, sendOnce } from "../sip/stateless";
import { indexOfTransaction, openServer, transactionAt } from "../sip/transaction/table";
import { BRANCH_LENGTH } from "../sip/transaction/transaction";
import { Scheme, Uri, uriAt } from "../sip/uri";
import { hasToTag, out, writePlainResponse } from "../sip/writer";
import { Owner, refuse, refuseExtensions, refuseFull, refuseStateless, sendBack } from "./answers";
import { authenticate, challenge } from "./authentication";
import { failure, forkOn, forward } from "./forking";
import { Forwarding, armForwarding, closeForwarding, indexOfForwarding, openForwarding } from "./forwarding";
import { firstBinding } from "./location";
import { note } from "./notes";
import { beginRequest, finishRequest, isLoop, markBranch, maxBreadth, maxForwards } from "./passing";
import { redirect } from "./redirect";
import {
  hasMoreRoutes, isNextHopFlow, isOnOurRoute, nextHop, settleRoutes, takeRoutes, targetAt, targetLength,
} from "./routes";
import { isKnownScheme, isLocalEndpoint, isOurs, localFor } from "./settings";
import { LOCKED, NOBODY, findUserOf, userAt } from "./users";

const uri: Uri = uriAt(memory.data(64, 16));
const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const ackBranch: usize = memory.data(BRANCH_LENGTH + 1, 16);
const ackBytes: usize = memory.data(16, 16);

/** What passes through us, and what ends here. Others pass as well: a proxy needs to know no method (§16.3). */
const ALLOWED: string =
  "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, MESSAGE, INFO, UPDATE, PRACK, SUBSCRIBE, NOTIFY, REFER, PUBLISH";

/** A request other than REGISTER, ACK and CANCEL that no transaction knew. */
export function handleRequest(request: Message, source: Endpoint, now: f64): void {
  const status = validate(request, source);
  if (status == 420) refuseExtensions(request, source, Header.ProxyRequire, "");
  else if (status != 0) refuseStateless(request, source, status);
  else if (isOnOurRoute) followRoute(request, source, now);
  else if (isForServer(request)) answerOptions(request, source);
  else routeToUser(request, source, now);
}

/** §16.3 and §16.4. Returns 0 or what to refuse with. */
function validate(request: Message, source: Endpoint): i32 {
  if (!isKnownScheme(request.uri.scheme)) return 416;
  if (isInsecure(request, source)) return 403;
  if (maxForwards(request) == 0 && !isForServer(request)) return 483;
  if (isLoop(request)) return 482;
  if (request.has(Header.ProxyRequire)) return 420;
  if (maxBreadth(request) == 0 && request.method != Method.Ack && !isForServer(request)) return 440;
  return takeRoutes(request) ? 0 : 400;
}

/** RFC 3261 §26.2.2: what is for a sips URI comes and goes by TLS; that is one way of it. */
@inline function isInsecure(request: Message, peer: Endpoint): bool {
  return request.uri.scheme == Scheme.Sips && peer.transport != Transport.Tls;
}

/** OPTIONS for the server itself: its Request-URI names nobody at it (§11). */
function isForServer(request: Message): bool {
  return request.method == Method.Options && request.uri.userLength == 0 && isOurs(request.uri);
}

function answerOptions(request: Message, source: Endpoint): void {
  beginAnswer(request, source, 200)
    .headerText(Header.Allow, ALLOWED)
    .headerText(Header.Accept, "application/sdp").headerText(Header.Supported, "path").body(0, 0);
  sendAnswer(request, source);
}

/** Inside a dialog, along the route that we made for it. */
function followRoute(request: Message, source: Endpoint, now: f64): void {
  destination.copyFrom(nextHop);
  if (isLocalEndpoint(destination)) {
    refuseStateless(request, source, 482);
    return;
  }
  if (isInsecure(request, destination)) {
    refuseStateless(request, source, 480);
    return;
  }
  settleRoutes();
  const forwarding = begin(request, source, now);
  if (changetype<usize>(forwarding) == 0) return;
  forward(
    forwarding, request, source, destination, 0, targetAt, targetLength, isNextHopFlow, maxBreadth(request), now,
  );
  finishStart(forwarding, request, source, now);
}

/** Outside a dialog: from a user, who proves it, to a user. */
function routeToUser(request: Message, source: Endpoint, now: f64): void {
  const caller = authenticate(request, Header.ProxyAuthorization, source, now);
  if (caller == LOCKED) return;
  if (caller == NOBODY) {
    challenge(request, source, Header.ProxyAuthenticate, now);
    return;
  }
  if (!isOurs(request.fromUri) || findUserOf(request.fromUri) != caller || hasMoreRoutes()) {
    refuse(request, source, 403, now);
    return;
  }
  uri.parse(targetAt, targetLength);
  if (!isOurs(uri)) {
    // §21.4.5: not a domain that we serve. Inside a dialog its end is what the sender has to know.
    refuse(request, source, hasToTag(request) ? 481 : 404, now);
    return;
  }
  const callee = findUserOf(uri);
  if (callee == NOBODY) {
    const isSecure = request.uri.scheme == Scheme.Sips; // other servers are known by sip URIs
    if (hasToTag(request) || isSecure || !redirect(request, source, uri, now)) refuse(request, source, 404, now);
  } else if (changetype<usize>(firstBinding(callee)) == 0) {
    refuse(request, source, 480, now);
  } else {
    forkToUser(request, source, caller, callee, now);
  }
}

/** To the user's contacts of highest q, then to the others. */
function forkToUser(request: Message, source: Endpoint, caller: i32, callee: i32, now: f64): void {
  const forwarding = begin(request, source, now);
  if (changetype<usize>(forwarding) == 0) return;
  if (request.method == Method.Invite) reportCall(caller, callee);
  settleRoutes();
  forwarding.callee = callee;
  forkOn(forwarding, request, source, now);
  finishStart(forwarding, request, source, now);
}

/** "caller callee" */
function reportCall(caller: i32, callee: i32): void {
  count(Counter.CallsRouted);
  const text = note();
  text.value(userAt(caller).name).text(" ").value(userAt(callee).name);
  pushReport(Report.CallRouted, -1, text.start, text.length);
}

/** Opens the server side; an INVITE is answered 100 at once (§16.2). Null, and answered, when there is no room. */
function begin(request: Message, source: Endpoint, now: f64): Forwarding {
  const forwarding = openForwarding(request.method == Method.Invite);
  if (changetype<usize>(forwarding) == 0) {
    refuseFull(request, source);
    return forwarding;
  }
  const server = openServer(request, source, Owner.Forwarding, indexOfForwarding(forwarding));
  if (changetype<usize>(server) == 0) {
    closeForwarding(forwarding);
    refuseFull(request, source);
    return changetype<Forwarding>(0);
  }
  forwarding.server = indexOfTransaction(server);
  if (forwarding.isInvite) {
    writePlainResponse(request, source, 100, 0, 0);
    sendBack(server, 100, now);
  }
  return forwarding;
}

/** The branches are on their way; or there is none, and the request is refused. */
function finishStart(forwarding: Forwarding, request: Message, source: Endpoint, now: f64): void {
  const server = transactionAt(forwarding.server);
  // what an answer needs stands in the branches as well
  if (!forwarding.isHunting) server.dropRequest();
  if (forwarding.branches > 0) {
    if (forwarding.isInvite) armForwarding(forwarding);
    return;
  }
  if (failure == 503) {
    closeForwarding(forwarding);
    refuseFull(request, source);
    return;
  }
  count(Counter.SipRefused);
  beginAnswer(request, source, failure);
  if (failure == 480) out.headerText(Header.Warning, '380 tipring "SIPS Not Allowed"'); // RFC 5630 §5.3
  out.body(0, 0);
  sendBack(server, failure, now);
  closeForwarding(forwarding);
}

/**
 * The ACK of a 2xx: no transaction of ours, so it goes its route without state (§16.11), its branch made from the one
 * it came with.
 */
export function handleAck(request: Message, source: Endpoint): void {
  // The ACK of a refusal that we gave without state ends here.
  if (validate(request, source) != 0 || !isOnOurRoute || isLocalEndpoint(nextHop)) return;
  destination.copyFrom(nextHop);
  const local = localFor(destination);
  if (changetype<usize>(local) == 0) return;
  settleRoutes();
  const top = request.first(Header.Via);
  const hash = sipHash(top.value, top.valueLength, 6);
  store<u64>(ackBytes, hash);
  store<u64>(ackBytes, sipHash(ackBytes, 8, 7), 8);
  writeBranch(ackBytes);
  markBranch(ackBranch, request);
  beginRequest(request, source, local, ackBranch, targetAt, targetLength);
  finishRequest(request, 0, maxBreadth(request));
  sendOnce(destination);
}

/** BRANCH_LENGTH bytes from twelve. */
function writeBranch(bytes: usize): void {
  store<u32>(ackBranch, 0x4768397a); // z9hG
  store<u32>(ackBranch, 0x004b6234, 4); // 4bK
  writeHex(ackBranch + 7, bytes, 12);
}
