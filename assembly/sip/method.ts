// Methods: RFC 3261 §7.1 and the extensions that we know by name. Method names are case-sensitive.

import { equals } from "../base/literal";

export const enum Method {
  /** A token that we have no name for; the message still carries its text. */
  Other,
  Invite,
  Ack,
  Bye,
  Cancel,
  Options,
  Register,
  /** RFC 3262 */ Prack,
  /** RFC 6665 */ Subscribe,
  /** RFC 6665 */ Notify,
  /** RFC 3311 */ Update,
  /** RFC 3515 */ Refer,
  /** RFC 6086 */ Info,
  /** RFC 3428 */ Message,
  /** RFC 3903 */ Publish,
  Count,
}

const NAMES: StaticArray<string> = [
  "", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "PRACK", "SUBSCRIBE", "NOTIFY", "UPDATE", "REFER",
  "INFO", "MESSAGE", "PUBLISH",
];

@inline export function methodName(method: Method): string { return unchecked(NAMES[<i32>method]); }

export function methodOf(at: usize, length: i32): Method {
  if (length < 3 || length > 9) return Method.Other;
  for (let method = 1; method < <i32>Method.Count; method++) {
    if (equals(at, length, unchecked(NAMES[method]))) return <Method>method;
  }
  return Method.Other;
}
