// The configuration that the simulator begins with: two telephones and an echo test at the built-in server, all on this machine.

import { parseConfig } from "./check.ts";
import { newPassword } from "./password.ts";
import type { Config } from "./types.ts";

/** Where the simulator listens. The defaults are those of the schema; a test takes free ones. */
export interface SimulatorOptions {
  readonly sip?: number;
  readonly rtp?: number;
  readonly server?: number;
  /** How many telephones: 1 or 2, which is the default. */
  readonly phones?: number;
}

/** The TOML text, with new passwords each time. */
export function simulatorText(options: SimulatorOptions = {}): string {
  const user = (name: string, display: string): string =>
    `[[server.user]]\nname = "${name}"\npassword = "${newPassword()}"\ndisplay = "${display}"\n`;
  const line = (name: string, display: string, phone: string): string =>
    `[[line]]\nuser = "${name}"\ndisplay = "${display}"\nphone = "${phone}"\n`;
  const second = (text: string): string => (options.phones === 1 ? "" : `${text}\n`);
  return `# tipring on the simulator board. The console changes it too: set, show | compare, commit.
# Every key, its range and its default: host/config/config.schema.json, or ? on the console.

[system]
hostname = "tipring"
country = "US"

[sip]
# The adapter: this machine only. Sound uses two ports a line from rtp_port on.
bind = "127.0.0.1"
port = ${options.sip ?? 5070}
rtp_port = ${options.rtp ?? 16384}

[server]
# The built-in server, so that the phones can call each other with nothing else installed.
enabled = true
bind = "127.0.0.1"
port = ${options.server ?? 5060}

# Passwords were made for this file by the operating system's random generator.
${user("101", "Phone 1")}
${second(user("102", "Phone 2"))}${user("600", "Echo test")}
# The lines register as the users of the same name. Three digits beginning with 1 to 7 are dialled at once.
${line("101", "Phone 1", "socket")}dial_plan = "([1-7]xx|[089]x.|*xx.)"

${second(`${line("102", "Phone 2", "socket")}dial_plan = "([1-7]xx|[089]x.|*xx.)"\n`)}# Answers, and plays back what it hears.
${line("600", "Echo test", "echo")}`;
}

/** The same, checked and filled in. */
export const simulatorConfig = (options: SimulatorOptions = {}): Config =>
  parseConfig(simulatorText(options), "simulator");
