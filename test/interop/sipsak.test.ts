// sipsak asks adapter and server what they can, and registers.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { atEnd } from "../support/at-end.ts";
import { LiveBox, PATIENCE, scratchFolder } from "../support/live-box.ts";
import { isMissing, Program } from "../support/programs.ts";

const skip = isMissing("sipsak");
const PASSWORDS = { 101: "of-the-phone", 401: "of-sipsak" };

/** Runs it to its end. Ports stand in -p: of a port in the URI this version (0.9.8.1) loses the last digit. */
async function sipsak(
  t: TestContext,
  port: number,
  uri: string,
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  const all = ["-p", `127.0.0.1:${port}`, "-s", uri, "-vvv", ...args];
  const program = await Program.start("sipsak", all, scratchFolder(t, "sipsak"));
  atEnd(t, () => program.stop());
  const code = await program.ends(PATIENCE);
  return { code, output: program.output };
}

const start = (t: TestContext) => LiveBox.start(t, { lines: [{ user: "101" }], users: PASSWORDS });

test("sipsak asks the adapter for its abilities: OPTIONS is answered 200 with Allow", { skip }, async (t) => {
  const live = await start(t);
  const { code, output } = await sipsak(t, live.sipPort, "sip:101@127.0.0.1");
  assert.equal(code, 0, output);
  assert.match(output, /SIP\/2\.0 200 OK/);
  assert.match(output, /^Allow: .*INVITE/m);
});

test("sipsak asks the adapter for a line that it has not: 404", { skip }, async (t) => {
  const live = await start(t);
  const { output } = await sipsak(t, live.sipPort, "sip:999@127.0.0.1");
  assert.match(output, /SIP\/2\.0 404 /);
});

test("sipsak asks the server for its abilities: 200", { skip }, async (t) => {
  const live = await start(t);
  const { code, output } = await sipsak(t, live.serverPort, "sip:127.0.0.1");
  assert.equal(code, 0, output);
  assert.match(output, /SIP\/2\.0 200 OK/);
});

test("sipsak registers with the server by password, and is found there", { skip }, async (t) => {
  const live = await start(t);
  const args = ["-U", "-i", "-x", "300", "-u", "401", "-C", "sip:401@127.0.0.1:9"];
  const refused = await sipsak(t, live.serverPort, "sip:401@127.0.0.1", ...args, "-a", "a guess");
  assert.notEqual(refused.code, 0, refused.output);
  const { code, output } = await sipsak(t, live.serverPort, "sip:401@127.0.0.1", ...args, "-a", PASSWORDS[401]);
  assert.equal(code, 0, output);
  const binding = live.box.server()?.bindings.find(({ addressOfRecord }) => addressOfRecord === "sip:401@127.0.0.1");
  assert.equal(binding?.contact, "sip:401@127.0.0.1:9");
});
