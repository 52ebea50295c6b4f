// Whom a call is from: what the network vouches for (P-Asserted-Identity, RFC 3325 §9.1; Remote-Party-ID, which many
// servers still send instead), else what the caller says of itself. Who wishes to stay unknown does: RFC 3323 §4.

import { CallerIdSource } from "../abi/settings";
import { equalsIgnoreCase } from "../base/literal";
import { TOKEN, countClass, skipSpace } from "./characters";
import { Header } from "./header";
import { Field, Message } from "./message";
import { NameAddr } from "./name-addr";
import { parameterAt, parameterLength } from "./parameters";

const remoteParty: NameAddr = changetype<NameAddr>(memory.data(64, 16));

/** The field that says who calls. `isTrusted`: the request comes from where we register. */
export function callerField(request: Message, isTrusted: bool, source: CallerIdSource): Field {
  const from = request.first(Header.From);
  if (!isTrusted || source == CallerIdSource.From || isCallerPrivate(request)) return from;
  const asserted = request.first(Header.PAssertedIdentity);
  if (changetype<usize>(asserted) != 0 && source != CallerIdSource.RemotePartyId) return asserted;
  const remote = request.first(Header.RemotePartyId);
  return changetype<usize>(remote) != 0 && source != CallerIdSource.AssertedIdentity ? remote : from;
}

/** The caller's identity is not for the called. */
export function isCallerPrivate(request: Message): bool {
  for (let field = request.first(Header.Privacy); changetype<usize>(field) != 0; field = request.next(field)) {
    const end = field.value + <usize>field.valueLength;
    for (let at = field.value; at < end; at++) {
      at = skipSpace(at, end);
      const length = countClass(at, end, TOKEN);
      if (isHiding(at, length)) return true;
      at = skipSpace(at + <usize>length, end);
    }
  }
  const remote = request.first(Header.RemotePartyId);
  if (changetype<usize>(remote) != 0 && remoteParty.parse(remote.value, remote.valueLength) &&
    remoteParty.hasParameter("privacy") && isHidden(parameterAt, parameterLength)) return true;
  const host = request.fromUri;
  return equalsIgnoreCase(host.hostAt, host.hostLength, "anonymous.invalid");
}

/** A priv-value that asks for it; `header` and `session` go with it, and the network sees to them. */
function isHiding(at: usize, length: i32): bool {
  return equalsIgnoreCase(at, length, "id") || equalsIgnoreCase(at, length, "user") ||
    equalsIgnoreCase(at, length, "header") || equalsIgnoreCase(at, length, "session");
}

/** Of Remote-Party-ID. */
function isHidden(at: usize, length: i32): bool {
  return equalsIgnoreCase(at, length, "full") || equalsIgnoreCase(at, length, "uri");
}
