// What the console shows of a line's registrar, as one record that the host reads. Filled on demand.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { MAX_TARGETS } from "../limits";
import { NEVER } from "../time/timer-table";
import { accountAt } from "./account";
import { avoidedUntil } from "./locate/blacklist";

/** Of a server: its endpoint, and until when it is left alone (monotonic ms), in the past when it is not. */
const SERVER_SIZE: i32 = ENDPOINT_SIZE + 8;

/** Offsets are part of the ABI: append, never reorder. The servers follow, the best first. */
@unmanaged
export class ServerReport {
  count: i32 = 0;
  private reserved: i32 = 0;

  /** The one that requests go to; not set while none is known. */
  @inline get inUse(): Endpoint { return endpointAt(changetype<usize>(this) + 8); }
  @inline server(index: i32): usize {
    return changetype<usize>(this) + 8 + <usize>(ENDPOINT_SIZE + index * SERVER_SIZE);
  }
}

const report: ServerReport = changetype<ServerReport>(memory.data(8 + ENDPOINT_SIZE + MAX_TARGETS * SERVER_SIZE, 16));

export function fillServerReport(line: i32, now: f64): usize {
  const account = accountAt(line), targets = account.targets;
  report.count = targets.count;
  report.inUse.copyFrom(account.hop);
  for (let index = 0; index < targets.count; index++) {
    const at = report.server(index);
    endpointAt(at).copyFrom(targets.at(index));
    const until = avoidedUntil(targets.at(index), now);
    store<f64>(at + ENDPOINT_SIZE, until == NEVER ? -1 : until);
  }
  return changetype<usize>(report);
}
