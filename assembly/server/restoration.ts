// Bindings that the host kept while the server was down, taken back one by one. What binding-report.ts hands out comes
// in here again. A REGISTER from before the restart carries a nonce that is no longer ours, so Call-ID and CSeq (RFC
// 3261 §10.3 step 7) are left to the first REGISTER after it.

import { Endpoint, Transport } from "../abi/endpoint";
import { CONTACT_SIZE } from "../limits";
import { Scheme, Uri, uriAt } from "../sip/uri";
import { addBinding, arrangeBinding, findBinding, setPath } from "./location";
import { given, pathsFree, readPathText } from "./path";
import { maximumExpires } from "./settings";
import { NOBODY, findUser } from "./users";

const HIGHEST_Q: i32 = 1000;
const uri: Uri = uriAt(memory.data(64, 16));

/**
 * `at` has the user's name, a space, and the contact's URI, for some another space and the Path; `q` is in thousandths,
 * `lifetime` the milliseconds that are left. Returns 0, or -1 and nothing has changed: a user that is not known, a contact
 * or Path that no REGISTER could have brought, a time that is over, a connection (it has not outlived the restart), or
 * no room.
 */
export function restore(at: usize, length: i32, source: Endpoint, q: i32, lifetime: f64, now: f64): i32 {
  let nameLength = 0;
  while (nameLength < length && load<u8>(at + <usize>nameLength) != 0x20) nameLength++;
  const contactAt = at + <usize>(nameLength + 1), restLength = length - nameLength - 1;
  let contactLength = 0;
  while (contactLength < restLength && load<u8>(contactAt + <usize>contactLength) != 0x20) contactLength++;
  if (contactLength <= 0 || contactLength > CONTACT_SIZE) return -1;
  if (!uri.parse(contactAt, contactLength) || uri.scheme != Scheme.Sip) return -1;
  if (q < 0 || q > HIGHEST_Q || !(lifetime > 0)) return -1;
  if (!source.isSet || source.port == 0 || source.transport != <u8>Transport.Udp) return -1;
  const pathAt = contactAt + <usize>(contactLength + 1);
  if (!readPathText(pathAt, max(0, restLength - contactLength - 1), source)) return -1;
  if (!given.isEmpty && pathsFree() == 0) return -1;
  const user = findUser(at, nameLength);
  if (user == NOBODY || changetype<usize>(findBinding(user, uri)) != 0) return -1;

  const binding = addBinding(user);
  if (changetype<usize>(binding) == 0) return -1;
  binding.contact.set(contactAt, contactLength);
  binding.source.copyFrom(source);
  setPath(binding);
  binding.q = <i16>q;
  // A clock that was set back while we were down must not make it live longer than any registration may.
  binding.expiresAt = now + Math.min(lifetime, <f64>maximumExpires * 1000);
  arrangeBinding(binding, true);
  return 0;
}
