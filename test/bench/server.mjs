// The built-in server as a proxy under sipp: INVITE with digest, 100, 180, 200, ACK, BYE, 200.

import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeUdpPorts } from "../../build/js/host/net/free-ports.js";
import { Child, cpuSeconds, hasProgram, memoryOf, pause, progress } from "./measure.mjs";
import { User } from "./server/user.mjs";

export const title = "calls through the built-in server, digest and all, under sipp on the same machine";

const FIXED_RATE = 200;
const FIXED_CALLS = 2000;
const AT_ONCE = 16;
const SATURATED_CALLS = 8000;

/** Starts sipp quietly; `ended` gives its exit code. */
function startSipp(folder, args) {
  const child = spawn("sipp", [...args, "-i", "127.0.0.1", "-nostdin", "-skip_rlimit", "-watchdog_interval", "0"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return { child, ended: new Promise((resolve) => child.on("exit", resolve)) };
}

/** The totals of the last line of a statistics file of sipp. */
function totals(path) {
  const [head, ...lines] = readFileSync(path, "latin1").trim().split("\n");
  const values = lines.at(-1).split(";");
  const column = (name) => values[head.split(";").indexOf(name)];
  return { successful: Number(column("SuccessfulCall(C)")), failed: Number(column("FailedCall(C)")) };
}

async function load({ folder, server, ports, caller, name, calls, rate, atOnce }) {
  const [statistics, credentials] = [join(folder, `${name}.csv`), join(folder, `${name}.txt`)];
  writeFileSync(credentials, ["SEQUENTIAL", ...(await caller.callCredentials("102", calls))].join("\n"));
  const [before, started] = [cpuSeconds(server.pid), performance.now()];
  const { ended } = startSipp(folder, [
    ...["-sf", join(process.cwd(), "test/bench/server/caller.xml"), "-s", "102", "-inf", credentials],
    ...["-p", String(ports.caller), "-m", String(calls), "-r", String(rate), "-l", String(atOnce)],
    ...["-trace_stat", "-stf", statistics, "-fd", "60", `127.0.0.1:${ports.server}`],
  ]);
  await ended;
  const seconds = (performance.now() - started) / 1000;
  const cpu = cpuSeconds(server.pid) - before;
  const { successful, failed } = totals(statistics);
  progress(`${name}: ${successful} calls in ${seconds.toFixed(1)} s, ${failed} failed`);
  return { successful, failed, seconds, cpu };
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

export async function run() {
  if (!hasProgram("sipp"))
    return [{ what: "calls a second", value: "not measured: sipp is not installed (Debian: sip-tester)" }];
  const folder = mkdtempSync(join(tmpdir(), "tipring-bench-"));
  const first = await freeUdpPorts(4);
  const ports = { server: first, callee: first + 1, caller: first + 2, floor: first + 3 };
  const server = new Child(process.execPath, ["test/bench/server/launch.mjs", String(ports.server)]);
  let callee;
  try {
    await server.nextLine();
    await new User("102", "secret-102", ports.callee, ports.server).register();
    const caller = new User("101", "secret-101", ports.caller, ports.server);
    callee = startSipp(folder, [
      "-sf",
      join(process.cwd(), "test/bench/server/callee.xml"),
      "-p",
      String(ports.callee),
    ]);
    await pause(500);
    const common = { folder, server, ports, caller };
    await load({ ...common, name: "warm-up", calls: 1500, rate: 500, atOnce: AT_ONCE });
    const fixed = await load({ ...common, name: "fixed", calls: FIXED_CALLS, rate: FIXED_RATE, atOnce: 1000 });
    const full = await load({ ...common, name: "saturated", calls: SATURATED_CALLS, rate: 100_000, atOnce: AT_ONCE });
    progress("Node alone, sending back as many datagrams");
    const fixedFloor = await floor(ports.floor, 7000, FIXED_RATE * SENT_PER_CALL, 1000);
    const fullFloor = await floor(ports.floor, 50_000, Number.POSITIVE_INFINITY, AT_ONCE);
    const row = (what, { cpu, successful }, least) => {
      const value = (cpu / successful) * 1e6;
      const beside = [{ name: "Node sending as many datagrams back", value: least, ratio: value / least }];
      return { what: `processor time of a call, ${what}`, value, unit: "us", beside };
    };
    return [
      row(`${FIXED_RATE} calls a second`, fixed, fixedFloor),
      row(`${AT_ONCE} at once`, full, fullFloor),
      { what: `calls a second, ${AT_ONCE} at once, sipp included`, value: full.successful / full.seconds },
      { what: "core of the server in use meanwhile", value: (100 * full.cpu) / full.seconds, unit: "%" },
      { what: "calls that failed", value: fixed.failed + full.failed, goal: "0" },
      { what: "resident memory afterwards", value: memoryOf(server.pid).resident / 1e6, unit: "MB" },
    ];
  } finally {
    callee?.child.kill("SIGKILL");
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}
