// Answering digest challenges as a client: RFC 3261 §22.2 and §22.3, RFC 8760 §2.4. The arithmetic is in digest/.
// What a request was answered with before stands in that request, so no session keeps challenges.

import { Endpoint } from "../abi/endpoint";
import { copyBytes } from "../base/bytes";
import { sipHash } from "../base/sip-hash";
import { Account } from "./account";
import { DIGEST_CHALLENGE_SIZE, DigestChallenge } from "./digest/challenge";
import { Header } from "./header";
import { Field, Message } from "./message";
import { Method } from "./method";
import { refusedRequest } from "./transaction/table";
import { out } from "./writer";

/** A proxy's and the far end's, and a stale nonce of each. */
const MOST_CHALLENGES: i32 = 4;
const END_OF_HEADER: u32 = 0x0a0d0a0d;
const NONE: Field = changetype<Field>(0);

const challenge = changetype<DigestChallenge>(memory.data(DIGEST_CHALLENGE_SIZE, 16));
const other = changetype<DigestChallenge>(memory.data(DIGEST_CHALLENGE_SIZE, 16));

/** The 401 or 407 that takeChallenge() took, and the request that it refused. */
let response: Message = changetype<Message>(0);
let request: Message = changetype<Message>(0);
/** No request of this row was answered for yet: credentials that it had were from another time. */
let isFirst: bool = false;

/** Never 0. */
@inline function realmHash(challenge: DigestChallenge): u64 {
  return sipHash(challenge.realm.at, challenge.realm.length) | 1;
}

/** Once an account has registered, calls answer no other realm than it did then: whoever we call could ask. */
function isTrusted(account: Account): bool {
  if (response.method == Method.Register || (account.realm | account.proxyRealm) == 0) return true;
  const hash = realmHash(challenge);
  return hash == account.realm || hash == account.proxyRealm;
}

/** The account is to register anew, perhaps elsewhere. */
export function forgetRealms(account: Account): void {
  account.realm = 0;
  account.proxyRealm = 0;
}

/**
 * Whether there is something in a 401 or 407 to answer, with putCredentials() in the request that follows it within
 * this input. Not when it does not come from the account's own hop, when the account has no password, when its realm is
 * not one that the account registers in, or when the password was wrong. `challenges` counts the answers given before.
 */
export function takeChallenge(account: Account, refusal: Message, source: Endpoint, challenges: i32): bool {
  if (refusal.status != 401 && refusal.status != 407) return false;
  if (!account.isHop(source) || account.password.isEmpty || challenges >= MOST_CHALLENGES) return false;
  response = refusal;
  request = refusedRequest();
  isFirst = challenges == 0;
  return nextAnswerable(account, NONE, false) != NONE || nextAnswerable(account, NONE, true) != NONE;
}

@inline function asking(isProxy: bool): Header { return isProxy ? Header.ProxyAuthenticate : Header.WwwAuthenticate; }
@inline function answering(isProxy: bool): Header {
  return isProxy ? Header.ProxyAuthorization : Header.Authorization;
}

/** The first field after `field` whose challenge deserves an answer; it stands in `challenge` then. */
function nextAnswerable(account: Account, field: Field, isProxy: bool): Field {
  const header = asking(isProxy);
  field = field == NONE ? response.first(header) : response.next(field);
  while (field != NONE && !isAnswerable(account, field, isProxy)) field = response.next(field);
  return field;
}

function isAnswerable(account: Account, field: Field, isProxy: bool): bool {
  if (!challenge.parse(field.value, field.valueLength)) return false;
  if (!isTrusted(account)) return false;
  if (findRealm(response, asking(isProxy), field)) return false; // the server likes that one better
  return isFirst || !findRealm(request, answering(isProxy), NONE) ||
    (challenge.isStale && !challenge.nonce.equals(other.nonce.at, other.nonce.length));
}

/** A field before `end` is of the realm of `challenge`; it stands in `other` then. */
function findRealm(message: Message, header: Header, end: Field): bool {
  for (let field = message.first(header); field != end; field = message.next(field)) {
    if (other.parse(field.value, field.valueLength) &&
        other.realm.equals(challenge.realm.at, challenge.realm.length)) return true;
  }
  return false;
}

/**
 * Puts the answer to what takeChallenge() took into the request in `out`, which is whole but for this, and with it what
 * the refused request had for other realms (§22.3). A REGISTER's last answer is copied to `kept`.
 */
export function putCredentials(account: Account, kept: DigestChallenge = changetype<DigestChallenge>(0)): void {
  putAnswers(account, kept, true);
  putAnswers(account, kept, false);
}

function putAnswers(account: Account, kept: DigestChallenge, isProxy: bool): void {
  let field = nextAnswerable(account, NONE, isProxy);
  for (; field != NONE; field = nextAnswerable(account, field, isProxy)) putAnswer(account, challenge, isProxy, kept);
  for (field = request.first(answering(isProxy)); field != NONE; field = request.next(field)) {
    if (challenge.parse(field.value, field.valueLength) && !findRealm(response, asking(isProxy), NONE)) {
      putAnswer(account, challenge, isProxy, kept);
    }
  }
}

/** The same without having been asked: the challenge is from an earlier request. */
export function putKeptCredentials(account: Account, kept: DigestChallenge): void {
  putAnswer(account, kept, kept.isProxy, changetype<DigestChallenge>(0));
}

/** The last field of the header, since it may sign the body (RFC 7616 §3.4.3). */
function putAnswer(account: Account, challenge: DigestChallenge, isProxy: bool, kept: DigestChallenge): void {
  if (out.isFull) return;
  let uriAt = out.start;
  while (load<u8>(uriAt) != 0x20) uriAt++;
  const methodLength = <i32>(uriAt - out.start);
  let uriEnd = ++uriAt;
  while (load<u8>(uriEnd) != 0x20) uriEnd++;
  let blankLine = uriEnd;
  while (load<u32>(blankLine) != END_OF_HEADER) blankLine++;
  blankLine += 2;

  // the rest waits at the end of the room
  const restLength = <i32>(out.at - blankLine);
  out.end -= <usize>restLength;
  copyBytes(out.end, blankLine, restLength);
  out.at = blankLine;
  const user = account.authUser.isEmpty ? account.user : account.authUser;
  out.header(answering(isProxy));
  const end = challenge.writeAuthorization(
    out.at, out.end, user, account.password, out.start, methodLength, uriAt, <i32>(uriEnd - uriAt), out.end + 2,
    restLength - 2,
  );
  if (end == 0) out.isFull = true;
  else out.at = end;
  out.line();
  const rest = out.end;
  out.end += <usize>restLength;
  out.span(rest, restLength);
  if (changetype<usize>(kept) == 0) return;
  if (isProxy) account.proxyRealm = realmHash(challenge);
  else account.realm = realmHash(challenge);
  challenge.isProxy = isProxy;
  copyBytes(changetype<usize>(kept), changetype<usize>(challenge), DIGEST_CHALLENGE_SIZE);
}
