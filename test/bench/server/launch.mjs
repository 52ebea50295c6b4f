// The built-in server alone in a process, so that its processor time is its own: node launch.mjs PORT [USERS]. Prints "ready"; ends on SIGTERM.

import { randomBytes } from "node:crypto";
import { systemClock } from "../../../build/js/host/clock.js";
import { parseConfig } from "../../../build/js/host/config/check.js";
import { Log } from "../../../build/js/host/log.js";
import { UdpSocket } from "../../../build/js/host/net/udp.js";
import { readModule } from "../../../build/js/host/paths.js";
import { SipServer } from "../../../build/js/host/server.js";

const user = (name) => `[[server.user]]\nname = "${name}"\npassword = "secret-${name}"\n`;
const more = Array.from({ length: Number(process.argv[3] ?? 0) }, (_, index) => user(`u${index}`)).join("");
const config = parseConfig(
  `[system]\nlog_level = "error"\n[server]\nenabled = true\nbind = "127.0.0.1"\nport = ${process.argv[2]}\n${user(101)}${user(102)}${more}`,
  "bench",
);
const server = await SipServer.start({
  config,
  clock: systemClock,
  log: new Log(systemClock, { level: "error" }),
  wasm: readModule("server"),
  openUdp: UdpSocket.open,
  seed: () => randomBytes(32),
});
process.on("SIGTERM", () => void server.stop().then(() => process.exit(0)));
console.log("ready");
