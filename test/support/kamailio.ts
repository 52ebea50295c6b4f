// Kamailio as registrar and proxy of 101 and 102, by UDP, TCP or TLS: test/interop/kamailio.cfg.

import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { atEnd } from "./at-end.ts";
import type { Certificate } from "./certificates.ts";
import { PATIENCE, scratchFolder } from "./live-box.ts";
import { fillTemplate, isMissing, Program } from "./programs.ts";

const LIBRARIES = "/usr/lib";
const TLS_MODULE = "kamailio/modules/tls.so";
const SHARED_MEGABYTES = "32";
const PRIVATE_MEGABYTES = "4";
/** As kamailio.cfg has them. */
export const USERS = ["101", "102"].map((user) => ({ user, password: `password of ${user}` }));

export interface KamailioOptions {
  port: number;
  address?: string;
  realm?: string;
  algorithm?: "MD5" | "SHA-256";
  transport?: "udp" | "tcp" | "tls";
  /** What it proves itself with by TLS. */
  certificate?: Certificate;
}

/** Why a test that needs Kamailio with TLS is skipped; false when it can run. */
export function isTlsMissing(): string | false {
  const isHere = readdirSync(LIBRARIES).some((machine) => existsSync(join(LIBRARIES, machine, TLS_MODULE)));
  if (process.env.CI === "true" || isHere) return isMissing("kamailio") || isMissing("openssl");
  return "Kamailio's TLS is not here: apt-get install kamailio-tls-modules";
}

function streamsOf({ transport = "udp", certificate }: KamailioOptions): string {
  if (transport === "udp") return "disable_tcp=yes";
  if (transport === "tcp") return "tcp_children=1";
  return `
tcp_children=1
enable_tls=yes
loadmodule "tls.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "${certificate?.certificate}")
modparam("tls", "private_key", "${certificate?.key}")`;
}

/** Resolves when it listens. It may be stopped and started again. */
export async function startKamailio(t: TestContext, options: KamailioOptions): Promise<Program> {
  const { port, address = "127.0.0.1", realm = "kamailio.test", algorithm = "MD5", transport = "udp" } = options;
  const folder = scratchFolder(t, "kamailio");
  const words = { port: `${port}`, address, realm, algorithm, transport, streams: streamsOf(options) };
  writeFileSync(join(folder, "cfg"), fillTemplate("kamailio.cfg", words));
  const memory = ["-m", SHARED_MEGABYTES, "-M", PRIVATE_MEGABYTES];
  const kamailio = await Program.start(
    "kamailio",
    ["-DD", "-E", "-f", "cfg", "-Y", folder, "-P", join(folder, "pid"), ...memory],
    folder,
  );
  atEnd(t, () => kamailio.stop());
  await kamailio.listensOn(port, PATIENCE, transport === "udp" ? "udp" : "tcp");
  return kamailio;
}
