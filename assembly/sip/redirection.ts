// Following a 3xx: RFC 3261 §8.1.3.4. Our policy: only what our own hop says, only to sip: URIs, only through that hop,
// no target twice, and not too many.

import { Endpoint } from "../abi/endpoint";
import { indexOfByte } from "../base/bytes";
import { accountAt } from "./account";
import { Header } from "./header";
import { Message } from "./message";
import { NameAddr } from "./name-addr";
import { parameterAt, parameterLength } from "./parameters";
import { WHOLE, parseQ } from "./q-value";
import { Session } from "./session";
import { Scheme, Uri } from "./uri";

const MOST_TARGETS: i32 = 5;
/** Contacts of one response that are looked at. */
const MOST_CONTACTS: i32 = 16;
const SPACE: u8 = 0x20;

const contact: NameAddr = changetype<NameAddr>(memory.data(64, 16));
const uri: Uri = changetype<Uri>(memory.data(64, 16));
const known: Uri = changetype<Uri>(memory.data(64, 16));

/** Span of the target to try, after findTarget(). */
export let targetAt: usize = 0;
export let targetLength: i32 = 0;

/** Adds the targets of a 300, 301 or 302 to those to try, the best first (§20.10: q). */
export function takeRedirection(session: Session, response: Message, source: Endpoint): void {
  if (response.status < 300 || response.status > 302 || !accountAt(session.line).isHop(source)) return;
  // ever further down from the best: thousandths, and within the same q the place in the message
  let q = WHOLE + 1, place = -1;
  for (let round = 0; round < MOST_CONTACTS; round++) {
    let bestQ = -1, bestPlace = -1, index = 0;
    let bestAt: usize = 0, bestLength = 0;
    for (let field = response.first(Header.Contact); changetype<usize>(field) != 0; field = response.next(field)) {
      const end = field.value + <usize>field.valueLength;
      for (let at = field.value; at < end; at = contact.next, index++) {
        if (!contact.parse(at, <i32>(end - at))) return;
        const itsQ = contact.hasParameter("q") ? parseQ(parameterAt, parameterLength) : WHOLE;
        const isBehind = itsQ < q || (itsQ == q && index > place);
        if (!isBehind || itsQ <= bestQ) continue;
        bestQ = itsQ;
        bestPlace = index;
        bestAt = contact.uriAt;
        bestLength = contact.uriLength;
      }
    }
    if (bestPlace < 0) return;
    q = bestQ;
    place = bestPlace;
    addTarget(session, bestAt, bestLength);
  }
}

/** RFC 5630 §5.1: neither from sips to sip nor the other way. Header fields that a URI would put into our request (§19.1.5) are left out. */
function addTarget(session: Session, at: usize, length: i32): void {
  if (session.targetCount >= MOST_TARGETS || !uri.parse(at, length)) return;
  if (uri.scheme != (session.dialog.isSecure ? Scheme.Sips : Scheme.Sip)) return;
  if (uri.hostLength == 0 || isKnown(session)) return;
  if (uri.headersAt != 0) length = <i32>(uri.headersAt - at) - 1;
  const targets = session.targets;
  if (<i32>targets.length + length + 1 > <i32>targets.capacity) return;
  memory.copy(targets.at + <usize>targets.length, at, <usize>length);
  targets.length += <u16>length;
  targets.append(SPACE);
  session.targetCount++;
}

/** `uri` is whom we called, or a target already. */
function isKnown(session: Session): bool {
  const dialog = session.dialog;
  if (known.parse(dialog.remoteUri.at, dialog.remoteUri.length) && known.sameResource(uri)) return true;
  const targets = session.targets;
  const end = targets.at + <usize>targets.length;
  for (let at = targets.at; at < end;) {
    const length = indexOfByte(at, <i32>(end - at), SPACE);
    if (known.parse(at, length) && known.sameResource(uri)) return true;
    at += <usize>length + 1;
  }
  return false;
}

/** Moves on to the next target; false when there is none. */
export function nextTarget(session: Session): bool {
  const targets = session.targets;
  const rest = <i32>targets.length - session.targetEnd;
  if (rest <= 0) return false;
  session.targetEnd += indexOfByte(targets.at + <usize>session.targetEnd, rest, SPACE) + 1;
  return true;
}

/** The target that nextTarget() moved to; false when the session was not redirected. */
export function findTarget(session: Session): bool {
  const end = session.targetEnd - 1;
  if (end < 0) return false;
  let start = end;
  while (start > 0 && load<u8>(session.targets.at + <usize>start - 1) != SPACE) start--;
  targetAt = session.targets.at + <usize>start;
  targetLength = end - start;
  return true;
}
