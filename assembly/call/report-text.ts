// Texts of Report actions: a few places in turn, so that a text stays until the host has read its action.

import { Report, pushReport } from "../abi/action";
import { Writer } from "../sip/writer";

const SLOT_SIZE: i32 = 192;
const SLOTS: i32 = 16;

const slots: usize = memory.data(SLOT_SIZE * SLOTS, 16);
const writer: Writer = changetype<Writer>(memory.data(16, 16));
let next: i32 = 0;

/** Begins a text; endReport() sends it. What does not fit leaves the report without a text. */
export function beginReport(): Writer {
  const at = slots + <usize>(next * SLOT_SIZE);
  next = (next + 1) % SLOTS;
  return writer.beginAt(at, SLOT_SIZE);
}

export function endReport(report: Report, line: i32, value: f64 = 0): void {
  pushReport(report, line, writer.start, writer.length, value);
}
