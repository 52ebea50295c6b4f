// Registrations at the built-in server under sipp: challenge and proof, and refreshes with a nonce that is known.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authorize } from "../../build/js/test/support/digest-client.js";
import { BenchPhone, DOMAIN, ServerBench } from "../../build/js/test/support/server-bench.js";
import { hasProgram } from "./measure.mjs";
import { startFloor, startKamailio, startNpmSip, startTipring, USERS } from "./server/subjects.mjs";
import { load } from "./sipp.mjs";

export const title = "registrations with digest under sipp on the same machine; processor time of one";

/** The server keeps each answer to a user for 32 s (Timer J), 26,000 with these: half as many again would fill its buffers. */
const COUNT = 3000;
const AT_ONCE = 16;
/** Until compilers have done their work. */
const WARM_UP = 8000;
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
  await round("once", WARM_UP);
  const once = await round("once", COUNT);
  const again = await round("again", COUNT);
  return {
    name: subject.name,
    whole: once.each,
    refresh: (again.each - once.each) / REFRESHES,
    failed: once.failed + again.failed,
  };
}

const GUESSES = 2000;

/**
 * What an answer to a wrong password takes in the module, at best, for a name that is a user's and for one that is nobody's: who
 * measures it learns nothing when they are the same.
 */
function guessRow() {
  const bench = new ServerBench("release");
  const least = { 101: Number.POSITIVE_INFINITY, 199: Number.POSITIVE_INFINITY };
  let host = 0;
  for (let round = 0; round < GUESSES; round++) {
    for (const name of ["101", "199"]) {
      const phone = new BenchPhone(bench, name, `10.9.${++host >> 8}.${host & 255}:5060`);
      phone.send(phone.registerText([]));
      const proof = authorize(phone.challenge(phone.takeOne()), name, "wrong", "REGISTER", `sip:${DOMAIN}`);
      const text = phone.registerText([["Authorization", proof]]);
      const start = performance.now();
      phone.send(text);
      least[name] = Math.min(least[name], performance.now() - start);
      phone.takeOne();
      bench.reports.length = 0;
    }
  }
  const [user, nobody] = [least[101] * 1000, least[199] * 1000];
  const beside = [{ name: "a name that is nobody's", value: nobody, ratio: user / nobody }];
  return { what: "answer to a wrong password for a user's name", value: user, unit: "us", beside };
}

export async function run() {
  if (!hasProgram("sipp"))
    return [{ what: "registrations", value: "not measured: sipp is not installed (Debian: sip-tester)" }];
  const folder = mkdtempSync(join(tmpdir(), "tipring-bench-"));
  const [results, missing] = [[], []];
  try {
    for (const start of [startTipring, startFloor, startKamailio, startNpmSip]) {
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
    guessRow(),
    {
      what: "that failed, all of them together",
      value: results.reduce((sum, { failed }) => sum + failed, 0),
      goal: "0",
    },
  ];
}
