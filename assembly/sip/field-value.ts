// What a header field's value begins with, whatever its parameters: a media type, an event package, a number.

import { NOT_A_NUMBER, countDigits, parseDecimal } from "../base/decimal";
import { equalsIgnoreCase } from "../base/literal";
import { TOKEN, countClass } from "./characters";
import { Header } from "./header";
import { Field, Message } from "./message";

/** `token` is in lower case. A field that is not there has no value. */
export function isFirstToken(field: Field, token: string): bool {
  if (changetype<usize>(field) == 0) return false;
  const length = countClass(field.value, field.value + <usize>field.valueLength, TOKEN);
  return equalsIgnoreCase(field.value, length, token);
}

/** The body is of that media type (RFC 3261 §20.15), both words in lower case. */
export function isOfType(message: Message, type: string, subtype: string): bool {
  const field = message.first(Header.ContentType);
  if (!isFirstToken(field, type)) return false;
  const end = field.value + <usize>field.valueLength;
  const slash = field.value + <usize>type.length;
  if (slash >= end || load<u8>(slash) != 0x2f) return false;
  return equalsIgnoreCase(slash + 1, countClass(slash + 1, end, TOKEN), subtype);
}

/** Who asks for more than a day has made a mistake. */
export const MOST_SECONDS: i64 = 86_400;

/** The seconds that a header field begins with; -1 when there are none. */
export function secondsOf(message: Message, header: Header): i32 {
  const field = message.first(header);
  if (changetype<usize>(field) == 0) return -1;
  const seconds = parseDecimal(field.value, countDigits(field.value, field.valueLength));
  return seconds == NOT_A_NUMBER ? -1 : <i32>min<i64>(seconds, MOST_SECONDS);
}
