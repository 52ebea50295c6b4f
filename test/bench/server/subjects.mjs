// Servers under test, each a process: ours and others.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeUdpPorts } from "../../../build/js/host/net/free-ports.js";
import { Child, hasProgram, pause } from "../measure.mjs";
import { User } from "./user.mjs";

/** Users of ours beside 101 and 102: u0, u1, …; the password of each is "secret-" and the name. Others take any name. */
export const USERS = 1000;

class Subject {
  constructor(name, port, child, end = () => {}) {
    Object.assign(this, { name, port, child, end });
  }

  get pid() {
    return this.child.pid;
  }

  async stop() {
    await this.child.stop();
    this.end();
  }
}

async function node(name, file, ...args) {
  const port = await freeUdpPorts(1);
  const child = new Child(process.execPath, [`test/bench/${file}`, String(port), ...args]);
  await child.nextLine();
  return new Subject(name, port, child);
}

export const startTipring = () => node("tipring", "server/launch.mjs", String(USERS));
export const startNpmSip = () => node("sip 0.0.6 (npm)", "server/registrar-sip.mjs");
export const startFloor = () => node("Node alone, with nothing understood", "agent/floor.mjs");

const PATIENCE = 50;

/** Kamailio tells nobody when it is ready: it is once it answers. */
export async function startKamailio() {
  const name = "Kamailio (Debian), one worker";
  if (!hasProgram("kamailio")) return { name, missing: "kamailio is not installed" };
  const [port, folder] = [await freeUdpPorts(2), mkdtempSync(join(tmpdir(), "tipring-kamailio-"))];
  const files = [
    "-f",
    join(process.cwd(), "test/bench/server/kamailio.cfg"),
    "-P",
    join(folder, "pid"),
    "-Y",
    folder,
    "-w",
    folder,
  ];
  const memory = ["-m", "2000", "-M", "16"];
  const child = new Child("kamailio", [...files, ...memory, "-DD", "-E", "-A", `PORT=${port}`]);
  const probe = new User("probe", "secret-probe", port + 1, port);
  for (let attempt = 0; attempt < PATIENCE; attempt++) {
    const isUp = await probe.register().then(
      () => true,
      () => false,
    );
    if (isUp) return new Subject(name, port, child, () => rmSync(folder, { recursive: true, force: true }));
    await pause(100);
  }
  await child.stop();
  throw new Error("kamailio does not answer");
}
