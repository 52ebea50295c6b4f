// How the simulated machines are configured: one server, four adapters of two lines, of which each hour's dice make another lot.

import { checkConfig } from "../../host/config/check.ts";
import type { Config } from "../../host/config/types.ts";
import type { Dice } from "../support/dice.ts";
import { ADAPTERS } from "./faults.ts";

export const SERVER = "127.0.0.1";
export const SIP_PORT = 5062;
const SERVER_PORT = 5060;
const TLS_PORT = 5061;
export const LINES = 2;
/** Seconds for which a phone registers. */
export const EXPIRES = 300;

/** The machine that a fault strikes: an adapter, or the server as the one after them. */
export const addressOf = (machine: number): string => (machine === ADAPTERS ? SERVER : `127.0.0.${machine + 11}`);
export const userOf = (adapter: number, line: number): string => `${101 + adapter * LINES + line}`;
export const USERS = Array.from({ length: ADAPTERS * LINES }, (_, index) => `${101 + index}`);

/** What the lines of an adapter are set to. */
interface Lot {
  readonly transport: "udp" | "tcp" | "tls";
  readonly srtp: "off" | "optional";
  /** Seconds. */
  readonly sessionTimer: number;
}

function checked(text: string): Config {
  const { config, problems } = checkConfig(text);
  if (!config) throw new Error(JSON.stringify(problems));
  return config;
}

function serverConfig(): Config {
  const account = (user: string): string => `[[server.user]]\nname = "${user}"\npassword = "password-of-${user}"\n`;
  return checked(
    `[server]\nenabled = true\nport = ${SERVER_PORT}\ntls_port = ${TLS_PORT}\n${USERS.map(account).join("")}` +
      '[tls]\ncertificate = "/tipring/server.pem"\nkey = "/tipring/server.key"\n',
  );
}

function adapterConfig(adapter: number, { transport, srtp, sessionTimer }: Lot): Config {
  const port = transport === "tls" ? TLS_PORT : SERVER_PORT;
  const line = (index: number): string => {
    const user = userOf(adapter, index);
    return (
      `[[line]]\nuser = "${user}"\npassword = "password-of-${user}"\nregistrar = "${SERVER}:${port}"\n` +
      `transport = "${transport}"\nsrtp = "${srtp}"\nsession_timer = ${sessionTimer}\n` +
      `expires = ${EXPIRES}\ndial_plan = "[1-7]xx"\nring_timeout = 30\ndial_mode = "pulse"\n`
    );
  };
  return checked(`[sip]\nbind = "${addressOf(adapter)}"\nport = ${SIP_PORT}\n${line(0)}${line(1)}`);
}

export const SERVER_CONFIG = serverConfig();

const made = new Map<string, Config>();

/** One for each adapter. */
export function adapterConfigs(dice: Dice): Config[] {
  return Array.from({ length: ADAPTERS }, (_, adapter) => {
    const lot: Lot = {
      transport: dice.pick(["udp", "udp", "tcp", "tls"]),
      srtp: dice.pick(["off", "optional"]),
      sessionTimer: dice.pick([90, 90, 300, 1800]),
    };
    const key = `${adapter} ${JSON.stringify(lot)}`;
    const config = made.get(key) ?? adapterConfig(adapter, lot);
    made.set(key, config);
    return config;
  });
}
