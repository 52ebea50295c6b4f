// Bodies for the specs of session descriptions.

import { Endpoint } from "../../../assembly/abi/endpoint";
import { parseAddress, writeAddress } from "../../../assembly/base/address";
import { equals } from "../../../assembly/base/literal";
import { SESSION_DESCRIPTION_SIZE, SessionDescription } from "../../../assembly/sdp/description";
import { parseDescription } from "../../../assembly/sdp/parser";
import { put } from "../base/support";

export const BODY_SIZE: i32 = 4096;
/** What stands before the media lines of a usual phone. */
export const HEAD: string =
  "v=0\r\no=alice 2890844526 2890844527 IN IP4 host.example.com\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

export const session = changetype<SessionDescription>(memory.data(SESSION_DESCRIPTION_SIZE, 16));
export const body = memory.data(BODY_SIZE, 16);
const addressText = memory.data(64, 16);

export function parse(text: string): bool { return parseDescription(body, put(body, text), session); }

/** `endpoint` is `address`:`port`. */
export function isEndpoint(endpoint: Endpoint, address: string, port: i32): bool {
  const length = <i32>(writeAddress(addressText, endpoint) - addressText);
  return endpoint.isSet && equals(addressText, length, address) && <i32>endpoint.port == port;
}

export function setEndpoint(endpoint: Endpoint, address: string, port: i32): void {
  endpoint.clear();
  assert(parseAddress(addressText, put(addressText, address), endpoint));
  endpoint.port = <u16>port;
}
