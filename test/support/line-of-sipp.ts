// A box with one line, 101, whose server is SIPp.

import type { TestContext } from "node:test";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import type { Telephone } from "../../host/phone/telephone.ts";
import { LiveBox, type LiveLine } from "./live-box.ts";
import { Sipp, type SippOptions } from "./sipp.ts";
import type { Step } from "./sipp-script.ts";

export interface LineOfSipp {
  live: LiveBox;
  phone: Telephone;
  /** Starts SIPp where the line's server would be, so its calls are let in. */
  sipp: (steps: readonly Step[], options?: Partial<SippOptions>) => Promise<Sipp>;
}

export async function lineOfSipp(t: TestContext, line: Partial<LiveLine> = {}): Promise<LineOfSipp> {
  const port = await freeUdpPorts(1);
  const live = await LiveBox.start(t, {
    lines: [{ user: "101", registrar: `127.0.0.1:${port}`, register: false, ...line }],
  });
  const sipp = (steps: readonly Step[], { keys = {}, ...options }: Partial<SippOptions> = {}) =>
    Sipp.start(t, steps, { port, remotePort: live.sipPort, keys: { user: "101", ...keys }, ...options });
  return { live, phone: live.phone(1), sipp };
}
