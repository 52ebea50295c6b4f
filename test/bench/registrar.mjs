// Registrations at the built-in server under sipp: challenge and proof, and refreshes with a nonce that is known.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram } from "./measure.mjs";
import { startKamailio, startNpmSip, startTipring, USERS } from "./server/subjects.mjs";
import { load } from "./sipp.mjs";

export const title = "registrations with digest under sipp on the same machine; processor time of one";

/** The server keeps each answer for 32 s (Timer J): three times as many fill its buffers. */
const COUNT = 3000;
const AT_ONCE = 16;
/** Registrations of again.xml beyond the one of once.xml. */
const REFRESHES = 4;

async function measure(subject, folder) {
  const users = join(folder, "users.txt");
  const lines = Array.from(
    { length: USERS },
    (_, index) => `u${index};[authentication username=u${index} password=secret-u${index}]`,
  );
  writeFileSync(users, ["SEQUENTIAL", ...lines].join("\n"));
  const common = {
    folder,
    pid: subject.pid,
    port: subject.port,
    rate: 100_000,
    atOnce: AT_ONCE,
    args: ["-inf", users],
  };
  const round = (scenario, calls) =>
    load({ ...common, scenario: `test/bench/registrar/${scenario}.xml`, name: `${subject.name} ${scenario}`, calls });
  await round("once", COUNT / 5);
  const once = await round("once", COUNT);
  const again = await round("again", COUNT);
  return {
    name: subject.name,
    whole: once.each,
    refresh: (again.each - once.each) / REFRESHES,
    failed: once.failed + again.failed,
  };
}

export async function run() {
  if (!hasProgram("sipp"))
    return [{ what: "registrations", value: "not measured: sipp is not installed (Debian: sip-tester)" }];
  const folder = mkdtempSync(join(tmpdir(), "tipring-bench-"));
  const [results, missing] = [[], []];
  try {
    for (const start of [startTipring, startKamailio, startNpmSip]) {
      const subject = await start();
      if (subject.missing) {
        missing.push(subject);
        continue;
      }
      try {
        results.push(await measure(subject, folder));
      } finally {
        await subject.stop();
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const [ours, ...others] = results;
  const row = (what, goal, value) => {
    const beside = others.map((each) => ({ name: each.name, value: value(each), ratio: value(ours) / value(each) }));
    return { what, value: value(ours), unit: "us", goal, beside: [...beside, ...missing] };
  };
  return [
    row("REGISTER, 401, REGISTER with proof, 200", "<= 20", ({ whole }) => whole),
    row("refresh: REGISTER with proof, 200", "<= 15", ({ refresh }) => refresh),
    {
      what: "that failed, all of them together",
      value: results.reduce((sum, { failed }) => sum + failed, 0),
      goal: "0",
    },
  ];
}
