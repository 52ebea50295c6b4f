// Which servers a line's registrar has, as the core tells it: assembly/sip/server-report.ts.

import { ServerReportAt, TRANSPORTS } from "./adapter-abi.ts";
import type { Core } from "./core.ts";
import { ENDPOINT_SIZE, hostPortOf, portOf, transportOf } from "./endpoint.ts";
import type { RegistrationStatus } from "./status.ts";

/** `UDP 192.0.2.1:5060`; empty when it is not set. */
function serverText(endpoint: Uint8Array): string {
  return portOf(endpoint, 0) === 0 ? "" : `${TRANSPORTS[transportOf(endpoint, 0)]} ${hostPortOf(endpoint, 0)}`;
}

export function registrarServers(core: Core, line: number, now: number): Pick<RegistrationStatus, "inUse" | "avoided"> {
  const report = core.report("serverReport", line, now);
  if (!report) return { inUse: "", avoided: [] };
  const avoided: string[] = [];
  for (let index = 0; index < report.i32(ServerReportAt.count); index++) {
    const at = ServerReportAt.servers + index * ServerReportAt.size;
    if (report.f64(at + ENDPOINT_SIZE) > now) avoided.push(serverText(report.bytes(at, ENDPOINT_SIZE)));
  }
  return { inUse: serverText(report.bytes(ServerReportAt.inUse, ENDPOINT_SIZE)), avoided };
}
