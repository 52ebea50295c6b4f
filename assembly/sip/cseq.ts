// CSeq: 1*DIGIT LWS Method. RFC 3261 §20.16. The number is below 2**31 (§8.1.1.5).

import { NOT_A_NUMBER, countDigits, parseDecimal } from "../base/decimal";
import { TOKEN, isAll, skipSpace } from "./characters";

/** What parseCSeq read last. */
export let cseqNumber: u32 = 0;
export let cseqMethodAt: usize = 0;
export let cseqMethodLength: i32 = 0;

export function parseCSeq(at: usize, length: i32): bool {
  const end = at + <usize>length;
  const digits = countDigits(at, length);
  const number = parseDecimal(at, digits, 0x7fffffff);
  if (number == NOT_A_NUMBER) return false;
  const method = skipSpace(at + <usize>digits, end);
  if (method == at + <usize>digits) return false;
  cseqNumber = <u32>number;
  cseqMethodAt = method;
  cseqMethodLength = <i32>(end - method);
  return isAll(method, cseqMethodLength, TOKEN);
}
