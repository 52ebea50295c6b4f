// Lists of tokens: option tags in Supported, Require and Unsupported, RFC 3261 §19.2; methods in Allow, §20.5.

import { lower } from "../base/bytes";
import { equalsIgnoreCase } from "../base/literal";
import { LIST_END, VALUE_END, findClass, skipSpace } from "./characters";
import { Header } from "./header";
import { Message } from "./message";
import { out } from "./writer";

/** What a Require may ask of us: RFC 3262, RFC 4488, RFC 3891, RFC 4028. */
export const SUPPORTED: string = "100rel, norefersub, replaces, timer";

/** `list` has that token; its own stand in lower case, with a comma and a space between them. */
function isAmong(at: usize, length: i32, list: string): bool {
  for (let start = 0, stop = 0; start < list.length; start = stop + 2) {
    stop = start;
    while (stop < list.length && list.charCodeAt(stop) != 0x2c) stop++;
    if (stop - start != length) continue;
    let same = 0;
    while (same < length && <i32>lower(load<u8>(at + <usize>same)) == list.charCodeAt(start + same)) same++;
    if (same == length) return true;
  }
  return false;
}

/** `token`, in lower case, is among the values of that header field. */
export function hasToken(message: Message, header: Header, token: string): bool {
  for (let field = message.first(header); changetype<usize>(field) != 0; field = message.next(field)) {
    const end = field.value + <usize>field.valueLength;
    for (let at = skipSpace(field.value, end); at < end; at = skipSpace(at + 1, end)) {
      const stop = findClass(at, end, VALUE_END);
      if (equalsIgnoreCase(at, <i32>(stop - at), token)) return true;
      at = findClass(stop, end, LIST_END);
    }
  }
  return false;
}

/** §8.2.2.3: a Require wants something that we do not understand. */
export function requiresUnknown(request: Message): bool {
  return visitOthers(request, Header.Require, SUPPORTED, false) > 0;
}

/** The Unsupported field that a 420 names it in. */
export function putUnsupported(request: Message): void {
  out.header(Header.Unsupported);
  visitOthers(request, Header.Require, SUPPORTED, true);
  out.line();
}

/** How many tokens of that header field are not in the list, each written to `out` when asked. */
export function visitOthers(request: Message, header: Header, list: string, isWriting: bool): i32 {
  let count = 0;
  for (let field = request.first(header); changetype<usize>(field) != 0; field = request.next(field)) {
    const end = field.value + <usize>field.valueLength;
    for (let at = skipSpace(field.value, end); at < end; at = skipSpace(at + 1, end)) {
      const stop = findClass(at, end, VALUE_END);
      const length = <i32>(stop - at);
      if (length > 0 && !isAmong(at, length, list)) {
        if (isWriting) out.text(count > 0 ? ", " : "").span(at, length);
        count++;
      }
      at = findClass(stop, end, LIST_END);
    }
  }
  return count;
}
