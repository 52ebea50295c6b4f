// Who may ask us something outside a dialog, for which line, and whether we understand it: RFC 3261 §8.2.

import { Endpoint, Transport } from "../abi/endpoint";
import { indexOfByte } from "../base/bytes";
import { equals, equalsIgnoreCase } from "../base/literal";
import { MAX_LINES, SIP_MESSAGE_SIZE } from "../limits";
import { accountAt } from "./account";
import { VALUE_END, findClass, skipSpace } from "./characters";
import { Header } from "./header";
import { refusalOfMessage } from "./instant-message";
import { Message } from "./message";
import { refusalOfSummary } from "./message-waiting";
import { Method } from "./method";
import { requiresUnknown } from "./option-tags";
import { endOfParameters, findParameter, parameterAt, parameterLength } from "./parameters";
import { hasDescription } from "./session-media";
import { Scheme, Uri } from "./uri";
import { hasToTag } from "./writer";

/** The source is the hop of one of our accounts. Everybody else is a stranger, who gets no answer at all. */
export function isKnownHop(source: Endpoint): bool {
  for (let line = 0; line < MAX_LINES; line++) {
    const account = accountAt(line);
    if (account.isUsable && account.isHop(source)) return true;
  }
  return false;
}

/** RFC 3261 §26.2.2: a sips URI by TLS, to the last hop. */
function isReachedRightly(uri: Uri, source: Endpoint): bool {
  return uri.scheme == Scheme.Sip || (uri.scheme == Scheme.Sips && source.transport == Transport.Tls);
}

/**
 * The line whose Contact the Request-URI is, told to its hop only; without a registration the account's own user will
 * do, and always for OPTIONS, which rings nothing. -1 when it is nobody's.
 */
export function lineOfRequest(request: Message, source: Endpoint): i32 {
  const uri = request.uri;
  if (!isReachedRightly(uri, source)) return -1;
  for (let line = 0; line < MAX_LINES; line++) {
    const account = accountAt(line);
    if (!account.isUsable || !account.isHop(source)) continue;
    if (account.isContactUser(uri.userAt, uri.userLength)) return line;
    if (account.register && request.method != Method.Options) continue;
    if (account.user.equals(uri.userAt, uri.userLength)) return line;
  }
  return -1;
}

/**
 * The status that the checks of §8.2.1 to §8.2.3 refuse a request with, before anybody looks for its line; 0 when it is
 * fine.
 */
export function refusalOf(request: Message, source: Endpoint, isInDialog: bool): i32 {
  if (!isInDialog) {
    const status = statusWithoutDialog(request);
    if (status != 0) return status;
  }
  if (!isInDialog && !isReachedRightly(request.uri, source)) return 416;
  if (<i32>(request.bodyAt - request.at) + request.bodyLength > SIP_MESSAGE_SIZE) return 513;
  if (requiresUnknown(request)) return 420;
  if (request.method == Method.Message) return refusalOfMessage(request);
  if (request.method != Method.Invite && request.method != Method.Update && request.method != Method.Prack) return 0;
  if (request.bodyLength > 0 && !isReadable(request)) return 415;
  return request.has(Header.Accept) && !acceptsDescription(request) ? 406 : 0;
}

/** The status for what means a dialog, of which there is none; 0 for what does not. */
function statusWithoutDialog(request: Message): i32 {
  switch (request.method) {
    case Method.Invite:
    case Method.Options:
    case Method.Message: return 0;
    case Method.Notify: return hasToTag(request) ? 481 : refusalOfSummary(request);
    case Method.Subscribe: return 489; // nobody can watch us
    case Method.Other: return 501;
    case Method.Refer: return 403; // only who talks to us may ask us to call somebody
    case Method.Bye:
    case Method.Prack:
    case Method.Info:
    case Method.Update: return 481;
    default: return 405;
  }
}

/** §20.1: a session description is among what the sender takes as a body. */
function acceptsDescription(request: Message): bool {
  for (let field = request.first(Header.Accept); changetype<usize>(field) != 0; field = request.next(field)) {
    const end = field.value + <usize>field.valueLength;
    for (let at = field.value; at < end; at++) {
      at = skipSpace(at, end);
      const stop = findClass(at, end, VALUE_END);
      const length = <i32>(stop - at);
      if (equalsIgnoreCase(at, length, "application/sdp") || equalsIgnoreCase(at, length, "application/*") ||
          equals(at, length, "*/*")) return true;
      at = endOfParameters(stop, end);
      if (at == 0) return false;
    }
  }
  return false;
}

/** A body that we can read, or may leave unread (§20.11: handling=optional). */
function isReadable(request: Message): bool {
  const encoding = request.first(Header.ContentEncoding);
  const isPlain = changetype<usize>(encoding) == 0 ||
    equalsIgnoreCase(encoding.value, encoding.valueLength, "identity");
  return (isPlain && hasDescription(request)) || isOptional(request);
}

function isOptional(request: Message): bool {
  const field = request.first(Header.ContentDisposition);
  if (changetype<usize>(field) == 0) return false;
  const semicolon = indexOfByte(field.value, field.valueLength, 0x3b);
  return semicolon >= 0 && findParameter(field.value + <usize>semicolon, field.valueLength - semicolon, "handling") &&
    equalsIgnoreCase(parameterAt, parameterLength, "optional");
}
