// How a phone is to ring, as its server asks: Alert-Info of RFC 3261 §20.4. The names are the trade's, `Bellcore-dr2` and
// `alert-internal`, wherever in the value they stand, and the URNs of RFC 7462.

import { isDigit } from "../base/bytes";
import { startsWithIgnoreCase } from "../base/literal";
import { Header } from "./header";
import { Message } from "./message";

const MOST: i32 = 10;

/** A ring of line/rings.ts, 1 to 10; 0 when none is asked for. An INVITE comes from the line's own server, or nobody sees it. */
export function askedRing(request: Message): i32 {
  for (let field = request.first(Header.AlertInfo); changetype<usize>(field) != 0; field = request.next(field)) {
    for (let at = field.value, left = <i32>field.valueLength; left > 0; at++, left--) {
      const ring = ringAt(at, left);
      if (ring != 0) return ring;
    }
  }
  return 0;
}

function ringAt(at: usize, left: i32): i32 {
  if (startsWithIgnoreCase(at, left, "bellcore-")) {
    const skip = startsWithIgnoreCase(at + 9, left - 9, "dr") ? 11 : startsWithIgnoreCase(at + 9, left - 9, "r") ? 10 : left;
    let ring = 0;
    for (let index = skip; index < left && ring <= MOST; index++) {
      const digit = load<u8>(at + <usize>index);
      if (!isDigit(digit)) break;
      ring = ring * 10 + digit - 48;
    }
    return ring <= MOST ? ring : 0;
  }
  if (startsWithIgnoreCase(at, left, "alert-external") || startsWithIgnoreCase(at, left, "source:external")) return 1;
  if (startsWithIgnoreCase(at, left, "alert-internal") || startsWithIgnoreCase(at, left, "source:internal")) return 3;
  if (startsWithIgnoreCase(at, left, "alert-group")) return 2;
  return startsWithIgnoreCase(at, left, "priority:high") ? 5 : 0;
}
