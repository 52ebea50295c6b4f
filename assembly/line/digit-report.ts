// A digit as the log tells it: of one character, in text that stays in place.

import { Report, pushReport } from "../abi/action";

/** Every digit that a phone can dial, in ASCII. */
const digits: usize = memory.data<u8>([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 42, 35, 65, 66, 67, 68]);

/** `report` is Digit or another one that tells of a digit. */
export function reportDigit(report: Report, line: i32, digit: i32): void {
  let at = digits;
  while (<i32>load<u8>(at) != digit) at++;
  pushReport(report, line, at, 1);
}
