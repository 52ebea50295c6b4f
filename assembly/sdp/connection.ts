// Where a session description says its writer listens: RFC 8866 §5.7.

import { Endpoint, Family } from "../abi/endpoint";
import { isUnspecified, parseAddress } from "../base/address";
import { Connection } from "./description";
import { isWordIgnoreCase, nextWord, wordAt, wordLength } from "./words";

/** Reads nettype, addrtype and address. Missing when a word is. Sets address and family of `into`, or clears it. */
export function parseConnection(into: Endpoint): Connection {
  if (!nextWord()) return Connection.Missing;
  let known = isWordIgnoreCase("in");
  if (!nextWord()) return Connection.Missing;
  const family = isWordIgnoreCase("ip4") ? Family.V4 : isWordIgnoreCase("ip6") ? Family.V6 : Family.None;
  if (!nextWord()) return Connection.Missing;
  known = known && parseAddress(wordAt, wordLength, into) && into.family == <u8>family && !isGroup(into);
  if (known && !isUnspecified(into)) return Connection.Usable;
  into.clear();
  return known ? Connection.Hold : Connection.Unusable;
}

/** Multicast, or beyond: a call goes to one phone. */
function isGroup(endpoint: Endpoint): bool {
  const first = load<u8>(endpoint.address);
  return endpoint.family == <u8>Family.V4 ? first >= 224 : first == 0xff;
}
