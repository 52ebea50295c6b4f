// Parameters of a URI or a header field: *( SEMI name [ EQUAL value ] ). RFC 3261 §25.1 generic-param, uri-parameter.

import { equalsIgnoreCase } from "../base/literal";
import { LIST_END, NAME_END, VALUE_END, findClass, skipQuoted, skipSpace } from "./characters";

/** Value of the parameter read last; empty for a flag such as `lr`. A quoted value keeps its quotes. */
export let parameterAt: usize = 0;
export let parameterLength: i32 = 0;

let nameAt: usize = 0;
let nameLength: i32 = 0;

/** `at` stands on a semicolon. Reads what follows; address after it, 0 when a quote does not close. */
export function readParameter(at: usize, end: usize): usize {
  nameAt = skipSpace(at + 1, end);
  at = findClass(nameAt, end, NAME_END);
  nameLength = <i32>(at - nameAt);
  parameterAt = at;
  parameterLength = 0;
  at = skipSpace(at, end);
  if (at >= end || load<u8>(at) != 0x3d) return at;
  parameterAt = skipSpace(at + 1, end);
  const isQuoted = parameterAt < end && load<u8>(parameterAt) == 0x22;
  const valueEnd = isQuoted ? skipQuoted(parameterAt, end) : findClass(parameterAt, end, VALUE_END);
  if (valueEnd == 0) return 0;
  parameterLength = <i32>(valueEnd - parameterAt);
  return skipSpace(valueEnd, end);
}

/** The parameter read last has that name (lower case). */
@inline export function isParameter(name: string): bool { return equalsIgnoreCase(nameAt, nameLength, name); }

/**
 * Finds parameter `name` (lower case) in `;a=b;c;d="e"`. False when it is not there.
 * The value is left in parameterAt and parameterLength.
 */
export function findParameter(at: usize, length: i32, name: string): bool {
  const end = at + <usize>length;
  at = skipSpace(at, end);
  while (at < end && load<u8>(at) == 0x3b) {
    at = readParameter(at, end);
    if (at == 0) return false;
    if (isParameter(name)) return true;
  }
  return false;
}

/**
 * Address after the parameters that start at `at`: at a comma outside quotes, or at `end`. 0 when a quote does not
 * close.
 */
export function endOfParameters(at: usize, end: usize): usize {
  at = findClass(at, end, LIST_END);
  while (at < end && load<u8>(at) == 0x22) {
    at = skipQuoted(at, end);
    if (at == 0) return 0;
    at = findClass(at, end, LIST_END);
  }
  return at;
}
