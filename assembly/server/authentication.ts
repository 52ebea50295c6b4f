// Who sent a request: digest credentials against the users. RFC 3261 §22, RFC 7616, RFC 8760 for algorithms side by
// side.

import { Counter, count } from "../abi/counters";
import { Endpoint } from "../abi/endpoint";
import { MAX_NONCES } from "../limits";
import { DigestAlgorithm, Qop } from "../sip/digest/hash";
import { writeChallenge } from "../sip/digest/challenge";
import { NONCE_LENGTH, NonceCounts, NonceState, checkNonce, writeNonce } from "../sip/digest/nonce";
import { DIGEST_RESPONSE_SIZE, DigestResponse } from "../sip/digest/response";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { beginAnswer, sendAnswer } from "../sip/stateless";
import { Uri, uriAt } from "../sip/uri";
import { out } from "../sip/writer";
import { forgiveGuesser, handleGuess, isLockedOut } from "./guessers";
import { isFlowOf } from "./location";
import { isOffered, isOurHost, nonceLifetime, offeredAlgorithm, realm } from "./settings";
import { LOCKED, NOBODY, findUser, stranger, userAt } from "./users";

const credentials = changetype<DigestResponse>(memory.data(DIGEST_RESPONSE_SIZE, 16));
const counts = changetype<NonceCounts>(memory.data(16, 16));
const nonce: usize = memory.data(NONCE_LENGTH, 16);
const requestUri: Uri = uriAt(memory.data(64, 16));
const digestUri: Uri = uriAt(memory.data(64, 16));
let isStale: bool = false;

@inline export function authenticationSize(): i32 { return NonceCounts.tableSize(MAX_NONCES); }

export function setupAuthentication(at: usize): void {
  if (offsetof<NonceCounts>() > 16) ERROR("the table of nonce counts has 16 bytes");
  counts.setup(at, MAX_NONCES);
}

/**
 * The user whose password the sender has shown to know by the credentials in `header`; NOBODY: then challenge; LOCKED:
 * then say nothing. A name that is no user's costs as much time as one that is, and is answered alike.
 */
export function authenticate(request: Message, header: Header, source: Endpoint, now: f64): i32 {
  isStale = false;
  if (!findCredentials(request, header)) return NOBODY;
  // RFC 7616 §3.3: a nonce that is not good asks for another try, whatever the proof is worth. So nobody learns from an
  // old nonce whether a password is right, and nobody can fail in the name of an address that is not his.
  isStale = checkNonce(credentials.nonce.at, credentials.nonce.length, now, nonceLifetime, source.address) !=
    NonceState.Valid;
  if (isStale) return NOBODY;

  const name = credentials.username;
  const index = findUser(name.at, name.length);
  const isOwnFlow = index != NOBODY && isFlowOf(index, source);
  if (!isOwnFlow && isLockedOut(source, name.at, name.length, now)) {
    count(Counter.GuessesDropped);
    return LOCKED;
  }
  const user = index != NOBODY && userAt(index).hasSecret(credentials.algorithm) ? userAt(index) : stranger();
  const isProof = credentials.isProofOfHA1(
    user.secret(credentials.algorithm), request.methodAt, request.methodLength, request.bodyAt, request.bodyLength,
  );
  if (!isProof || user == stranger() || !isForThisRequest(request)) {
    count(Counter.AuthenticationFailed);
    handleGuess(source, name.at, name.length, now);
    return NOBODY;
  }
  forgiveGuesser(source, name.at, name.length, now);
  // RFC 7616 §5.4: a client of the time before qop counts nothing, so each of its nonces is good once.
  const use: u32 = credentials.qop != Qop.None ? credentials.nonceCount : 1;
  isStale = !counts.accept(credentials.nonce.at, use);
  return isStale ? NOBODY : index;
}

/** The first credentials for our realm. */
function findCredentials(request: Message, header: Header): bool {
  for (let field = request.first(header); changetype<usize>(field) != 0; field = request.next(field)) {
    if (credentials.parse(field.value, field.valueLength) && isOurRealm()) return isOffered(credentials.algorithm);
  }
  return false;
}

@inline function isOurRealm(): bool { return credentials.realm.equals(realm.at, realm.length); }

/** A field of credentials is for us and goes no further (RFC 3261 §22.3). */
export function isOurCredentials(at: usize, length: i32): bool { return credentials.parse(at, length) && isOurRealm(); }

/** RFC 7616 §3.4.6: the digest's URI is the request's, or at least names this server, as some clients do. */
function isForThisRequest(request: Message): bool {
  if (!digestUri.parse(credentials.uri.at, credentials.uri.length)) return false;
  if (digestUri.userLength == 0 && isOurHost(digestUri.hostAt, digestUri.hostLength, digestUri.port)) return true;
  return requestUri.parse(request.uriAt, request.uriLength) && digestUri.sameResource(requestUri);
}

/** Answers 401 or 407 without state: `header` is WWW-Authenticate or Proxy-Authenticate. */
export function challenge(request: Message, source: Endpoint, header: Header, now: f64): void {
  beginAnswer(request, source, header == Header.WwwAuthenticate ? 401 : 407);
  writeNonce(nonce, now, source.address);
  for (let place = 0; offeredAlgorithm(place) != DigestAlgorithm.Unsupported; place++) {
    writeChallengeField(header, offeredAlgorithm(place));
  }
  out.body(0, 0);
  sendAnswer(request, source);
}

function writeChallengeField(header: Header, algorithm: DigestAlgorithm): void {
  out.header(header);
  const end = writeChallenge(out.at, out.end, realm.at, realm.length, nonce, NONCE_LENGTH, algorithm, isStale);
  if (end == 0) out.isFull = true;
  else out.at = end;
  out.line();
}
