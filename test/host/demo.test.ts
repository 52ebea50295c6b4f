// The demonstration as a user starts it, over real sockets and in real time: half a minute, with the machine to itself (test/run.mjs).

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { tipring } from "../support/tipring-program.ts";

/** What was promised to whoever tries it. */
const LIMIT = 60_000;
const folder = mkdtempSync(join(tmpdir(), "tipring-demo-"));
after(() => rmSync(folder, { recursive: true }));

test("demo: two calls without hands, judged on the samples; its files, and its recordings replay", async () => {
  const out = join(folder, "demo");
  const { code, out: said, error } = await tipring(["demo", "--out", out], LIMIT);
  assert.equal(code, 0, `${said}\n${error}`);
  for (const words of [
    "INVITE 102",
    "INVITE 600",
    "phone 1 heard phone 2",
    "phone 2 heard phone 1",
    "phone 2 heard itself",
  ])
    assert.ok(said.includes(words), `${words} in ${said}`);
  assert.match(said, /off-hook to dial tone heard +\d+\.\d ms/);
  assert.match(said, /sent +\d+ +received +\d+ +lost \d+ +late \d+ +jitter \d+\.\d\d ms/);
  assert.doesNotMatch(said, /FAIL/);
  for (const name of ["phone1-heard.wav", "phone2-heard.wav"]) {
    const wav = readFileSync(join(out, name));
    assert.equal(wav.toString("latin1", 0, 4), "RIFF");
    assert.ok(wav.length > 44 + 2 * 8000 * 3, `${name}: ${wav.length} bytes are more than three seconds`);
  }
  for (const name of ["adapter", "server"]) {
    const path = join(out, `${name}.tipring`);
    assert.ok(existsSync(path));
    const again = await tipring(["replay", path]);
    assert.equal(again.code, 0, again.error);
  }
});
