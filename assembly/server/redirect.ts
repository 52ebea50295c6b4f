// The redirect server: numbers with a chosen prefix that are no user's are to be asked for elsewhere. RFC 3261 §8.3 and
// §21.3.3.

import { Endpoint } from "../abi/endpoint";
import { sameSpan } from "../base/bytes";
import { Text, textAt } from "../base/text";
import { MAX_REDIRECTS } from "../limits";
import { USER, isClass } from "../sip/characters";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { beginAnswer } from "../sip/stateless";
import { Scheme, Uri, uriAt } from "../sip/uri";
import { out } from "../sip/writer";
import { answer } from "./answers";

const PREFIX_SIZE: i32 = 31;
const TARGET_SIZE: i32 = 127;
/** Four letters, the first at the low end. */
const SIP_COLON: u32 = 0x3a706973;
const SCHEME_LENGTH: i32 = 4;
const TARGET_AT: i32 = (4 + PREFIX_SIZE + 3) & ~3;
const REDIRECT_SIZE: i32 = TARGET_AT + ((4 + TARGET_SIZE + 3) & ~3);

const redirects: usize = memory.data(REDIRECT_SIZE * MAX_REDIRECTS, 16);
const whole: Text = textAt(memory.data((4 + SCHEME_LENGTH + TARGET_SIZE + 3) & ~3, 16));
const uri: Uri = uriAt(memory.data(64, 16));

@inline function prefixAt(index: i32): Text { return textAt(redirects + <usize>(index * REDIRECT_SIZE)); }
@inline function targetAt(index: i32): Text { return textAt(redirects + <usize>(index * REDIRECT_SIZE + TARGET_AT)); }

export function resetRedirects(): void {
  whole.setup(SCHEME_LENGTH + TARGET_SIZE);
  for (let index = 0; index < MAX_REDIRECTS; index++) {
    prefixAt(index).setup(PREFIX_SIZE);
    targetAt(index).setup(TARGET_SIZE);
  }
}

/** Setters of this file return 0, the 1-based place of the error, or -1. */
export function setRedirectPrefix(index: i32, at: usize, length: i32): i32 {
  if (<u32>index >= <u32>MAX_REDIRECTS) return -1;
  for (let place = 0; place < length; place++) {
    if (!isClass(load<u8>(at + <usize>place), USER)) return place + 1;
  }
  return prefixAt(index).set(at, length) ? 0 : -1;
}

/** HOST or HOST:PORT, to be asked for the same number; or a whole SIP URI. */
export function setRedirectTarget(index: i32, at: usize, length: i32): i32 {
  if (<u32>index >= <u32>MAX_REDIRECTS || length > TARGET_SIZE) return -1;
  if (length > 0 && !isWholeUri(at, length) && !isHostPort(at, length)) return 1;
  targetAt(index).set(at, length);
  return 0;
}

function isWholeUri(at: usize, length: i32): bool {
  return uri.parse(at, length) && uri.scheme == Scheme.Sip;
}

function isHostPort(at: usize, length: i32): bool {
  store<u32>(whole.at, SIP_COLON);
  whole.length = <u16>SCHEME_LENGTH;
  for (let place = 0; place < length; place++) whole.append(load<u8>(at + <usize>place));
  return uri.parse(whole.at, whole.length) && uri.userAt == 0 && uri.parametersLength == 0 && uri.headersAt == 0;
}

/** The longest prefix of that user part that has a target, or -1. */
function findRedirect(target: Uri): i32 {
  let found = -1;
  for (let index = 0; index < MAX_REDIRECTS; index++) {
    const prefix = prefixAt(index);
    if (prefix.isEmpty || targetAt(index).isEmpty || <i32>prefix.length > target.userLength) continue;
    if (found >= 0 && prefixAt(found).length >= prefix.length) continue;
    if (sameSpan(prefix.at, prefix.length, target.userAt, prefix.length)) found = index;
  }
  return found;
}

/** Answers 302 when the number that `target` names is to be asked for elsewhere. False when it is not. */
export function redirect(request: Message, source: Endpoint, target: Uri, now: f64): bool {
  const index = findRedirect(target);
  if (index < 0) return false;
  beginAnswer(request, source, 302);
  const to = targetAt(index);
  out.header(Header.Contact).text("<");
  if (!isWholeUri(to.at, to.length)) out.text("sip:").span(target.userAt, target.userLength).text("@");
  out.value(to).text(">").line().body(0, 0);
  answer(request, source, 302, now);
  return true;
}
