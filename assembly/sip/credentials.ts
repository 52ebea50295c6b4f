// Answering a digest challenge as a client: RFC 3261 §22.2 and §22.3. The arithmetic is in digest/.

import { Endpoint } from "../abi/endpoint";
import { sipHash } from "../base/sip-hash";
import { Account } from "./account";
import { DigestChallenge } from "./digest/challenge";
import { Header } from "./header";
import { Message } from "./message";
import { out } from "./writer";

/** Once with the first challenge, once more when that was only stale. */
const MOST_CHALLENGES: i32 = 2;

/**
 * Hash of the nonce of the challenge that takeChallenge() took: the caller keeps it, and no nonce is answered twice.
 */
export let takenNonce: u64 = 0;

/**
 * Takes the first challenge in a 401 or 407 that we can answer. False when it is not for us to answer: it does not come
 * from the account's own hop, the account has no password, or the password was wrong. `challenges` counts those that
 * the request under way was answered with, `answeredNonce` is the last nonce's hash.
 */
export function takeChallenge(
  challenge: DigestChallenge, account: Account, response: Message, source: Endpoint, challenges: i32,
  answeredNonce: u64,
): bool {
  if (response.status != 401 && response.status != 407) return false;
  if (!source.sameHost(account.hop) || account.password.isEmpty || challenges >= MOST_CHALLENGES) return false;
  const header = response.status == 401 ? Header.WwwAuthenticate : Header.ProxyAuthenticate;
  for (let field = response.first(header); changetype<usize>(field) != 0; field = response.next(field)) {
    if (!challenge.parse(field.value, field.valueLength)) continue;
    takenNonce = sipHash(challenge.nonce.at, challenge.nonce.length);
    return takenNonce != answeredNonce && (challenges == 0 || challenge.isStale);
  }
  return false;
}

/**
 * The credentials for the request that stands in `out` so far: its request line is read for them. `isProxy` after a
 * 407.
 */
export function putCredentials(challenge: DigestChallenge, account: Account, isProxy: bool): void {
  let uriAt = out.start;
  while (uriAt < out.at && load<u8>(uriAt) != 0x20) uriAt++;
  const methodLength = <i32>(uriAt - out.start);
  let uriEnd = ++uriAt;
  while (uriEnd < out.at && load<u8>(uriEnd) != 0x20) uriEnd++;
  const user = account.authUser.isEmpty ? account.user : account.authUser;

  out.header(isProxy ? Header.ProxyAuthorization : Header.Authorization);
  const end = challenge.writeAuthorization(
    out.at, out.end, user, account.password, out.start, methodLength, uriAt, <i32>(uriEnd - uriAt),
  );
  if (end == 0) out.isFull = true;
  else out.at = end;
  out.line();
}
