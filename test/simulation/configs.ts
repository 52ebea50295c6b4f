// How the simulated machines are configured: one server, four adapters of two lines.

import { checkConfig } from "../../host/config/check.ts";
import type { Config } from "../../host/config/types.ts";
import { ADAPTERS } from "./faults.ts";

export const SERVER = "127.0.0.1";
export const SIP_PORT = 5062;
export const LINES = 2;
/** Seconds for which a phone registers. */
export const EXPIRES = 300;

/** The machine that a fault strikes: an adapter, or the server as the one after them. */
export const addressOf = (machine: number): string => (machine === ADAPTERS ? SERVER : `127.0.0.${machine + 11}`);
export const userOf = (adapter: number, line: number): string => `${101 + adapter * LINES + line}`;
export const USERS = Array.from({ length: ADAPTERS * LINES }, (_, index) => `${101 + index}`);

function configOf(address: string, isServer: boolean, users: readonly string[]): Config {
  const account = (user: string): string => `[[server.user]]\nname = "${user}"\npassword = "password-of-${user}"\n`;
  const line = (user: string): string =>
    `[[line]]\nuser = "${user}"\nphone = "simulated"\npassword = "password-of-${user}"\nregistrar = "${SERVER}:5060"\n` +
    `expires = ${EXPIRES}\ndial_plan = "[1-7]xx"\nring_timeout = 30\n`;
  const { config, problems } = checkConfig(
    `[sip]\nbind = "${address}"\nport = ${SIP_PORT}\n[server]\nenabled = ${isServer}\nport = 5060\n${USERS.map(account).join("")}${users.map(line).join("")}`,
  );
  if (!config) throw new Error(JSON.stringify(problems));
  return config;
}

export const SERVER_CONFIG = configOf(SERVER, true, ["101"]);
export const ADAPTER_CONFIGS = Array.from({ length: ADAPTERS }, (_, adapter) =>
  configOf(addressOf(adapter), false, [userOf(adapter, 0), userOf(adapter, 1)]),
);
