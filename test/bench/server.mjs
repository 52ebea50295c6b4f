// The built-in server as a proxy under sipp: INVITE with digest, 100, 180, 200, ACK, BYE, 200.

import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeUdpPorts } from "../../build/js/host/net/free-ports.js";
import { Child, cpuSeconds, hasProgram, memoryOf, pause, progress } from "./measure.mjs";
import { startKamailio, startTipring } from "./server/subjects.mjs";
import { User } from "./server/user.mjs";
import { load, startSipp } from "./sipp.mjs";

export const title = "calls through the built-in server, digest and all, under sipp on the same machine";

const FIXED_RATE = 200;
const FIXED_CALLS = 2000;
const AT_ONCE = 16;
const SATURATED_CALLS = 8000;

async function callThrough(subject, { folder, ports, caller, name, calls, rate, atOnce }) {
  const credentials = join(folder, `${name}.txt`);
  writeFileSync(credentials, ["SEQUENTIAL", ...(await caller.callCredentials("102", calls))].join("\n"));
  return load({
    ...{ folder, pid: subject.pid, port: subject.port, calls, rate, atOnce },
    name: `${subject.name} ${name}`,
    scenario: "test/bench/server/caller.xml",
    args: ["-s", "102", "-inf", credentials, "-p", String(ports.caller)],
  });
}

/** Datagrams that the server sends for one call: INVITE, 100, 180, 200, ACK, BYE, 200. It receives one less. */
const SENT_PER_CALL = 7;
/** Bytes of a usual one of them. */
const DATAGRAM_SIZE = 600;

/** Processor time, in microseconds, that a Node program which only sends datagrams back takes for as many as a call has. */
async function floor(port, datagrams, rate, atOnce) {
  const echo = new Child(process.execPath, ["test/bench/server/floor.mjs", String(port)]);
  const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
  try {
    await echo.nextLine();
    const bytes = Buffer.alloc(DATAGRAM_SIZE, "x");
    let [sent, back] = [0, 0];
    const send = () => {
      sent++;
      socket.send(bytes, port, "127.0.0.1");
    };
    const round = (count) =>
      new Promise((resolve) => {
        [sent, back] = [0, 0];
        const due = () => Math.min(count, Math.floor(((performance.now() - started) / 1000) * rate) + 1, back + atOnce);
        const started = performance.now();
        const timer = setInterval(() => {
          while (sent < due()) send();
        }, 1);
        socket.removeAllListeners("message").on("message", () => {
          if (++back === count) {
            clearInterval(timer);
            resolve();
          } else if (sent < due()) {
            send();
          }
        });
      });
    await round(3000);
    const before = cpuSeconds(echo.pid);
    await round(datagrams);
    return ((cpuSeconds(echo.pid) - before) / datagrams) * SENT_PER_CALL * 1e6;
  } finally {
    socket.close();
    await echo.stop();
  }
}

/** Two users of the server call each other; what that costs the server. */
async function measure(subject, folder) {
  const first = await freeUdpPorts(2);
  const ports = { callee: first, caller: first + 1 };
  let callee;
  try {
    await new User("102", "secret-102", ports.callee, subject.port).register();
    const caller = new User("101", "secret-101", ports.caller, subject.port);
    const answering = join(process.cwd(), "test/bench/server/callee.xml");
    callee = startSipp(folder, ["-sf", answering, "-p", String(ports.callee)]);
    await pause(500);
    const common = { folder, ports, caller };
    await callThrough(subject, { ...common, name: "warm-up", calls: 1500, rate: 500, atOnce: AT_ONCE });
    const fixed = await callThrough(subject, {
      ...common,
      name: "fixed",
      calls: FIXED_CALLS,
      rate: FIXED_RATE,
      atOnce: 1000,
    });
    const full = await callThrough(subject, {
      ...common,
      name: "saturated",
      calls: SATURATED_CALLS,
      rate: 100_000,
      atOnce: AT_ONCE,
    });
    return { name: subject.name, fixed, full, memory: memoryOf(subject.pid).resident / 1e6 };
  } finally {
    callee?.child.kill("SIGKILL");
    await subject.stop();
  }
}

export async function run() {
  if (!hasProgram("sipp"))
    return [{ what: "calls a second", value: "not measured: sipp is not installed (Debian: sip-tester)" }];
  const folder = mkdtempSync(join(tmpdir(), "tipring-bench-"));
  try {
    const ours = await measure(await startTipring(), folder);
    const kamailio = await startKamailio();
    const theirs = kamailio.missing ? kamailio : await measure(kamailio, folder);
    progress("Node alone, sending back as many datagrams");
    const port = await freeUdpPorts(1);
    const fixedFloor = await floor(port, 7000, FIXED_RATE * SENT_PER_CALL, 1000);
    const fullFloor = await floor(port, 50_000, Number.POSITIVE_INFINITY, AT_ONCE);
    const row = (what, goal, of, least) => {
      const value = ours[of].each;
      const beside = [{ name: "Node sending as many datagrams back", value: least, ratio: value / least }];
      if (theirs.missing) beside.push(theirs);
      else beside.push({ name: theirs.name, value: theirs[of].each, ratio: value / theirs[of].each });
      return { what: `processor time of a call, ${what}`, value, unit: "us", goal, beside };
    };
    return [
      row(`${FIXED_RATE} calls a second`, "", "fixed", fixedFloor),
      row(`${AT_ONCE} at once`, "<= Kamailio", "full", fullFloor),
      { what: `calls a second, ${AT_ONCE} at once, sipp included`, value: ours.full.successful / ours.full.seconds },
      { what: "core of the server in use meanwhile", value: (100 * ours.full.cpu) / ours.full.seconds, unit: "%" },
      { what: "calls that failed", value: ours.fixed.failed + ours.full.failed, goal: "0" },
      { what: "resident memory afterwards", value: ours.memory, unit: "MB" },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
