// Two phones whose server is Kamailio: they prove who they are, and call each other through it.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { reallyHeard } from "../../host/sound/listen.ts";
import { startKamailio, USERS } from "../support/kamailio.ts";
import { LiveBox } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { voice1, voice2 } from "../support/voices.ts";

const skip = isMissing("kamailio");
/** A second and a half of each voice is enough to know it by. */
const WORDS = [voice1.subarray(0, 12_000), voice2.subarray(0, 12_000)] as const;

/** 300 ms. */
const PAUSE = new Int16Array(2400);
const PASSWORDS = USERS.map(({ password }) => password);

async function startBoth(t: TestContext, algorithm: "MD5" | "SHA-256", passwords: readonly string[]) {
  const port = await freeUdpPorts(1);
  await startKamailio(t, { port, algorithm });
  const registrar = `127.0.0.1:${port}`;
  const lines = passwords.map((password, index) => ({ user: `10${index + 1}`, password, registrar }));
  return LiveBox.start(t, { lines });
}

/** Line 1 calls line 2. */
async function call(live: LiveBox): Promise<void> {
  await live.dial(1, "102");
  await live.answer(2);
  await live.report(1, Report.CallAnswered);
}

test("two lines register with Kamailio (MD5), call through it and hear each other", { skip }, async (t) => {
  const live = await startBoth(t, "MD5", PASSWORDS);
  const [one, two] = [live.phone(1), live.phone(2)];
  await call(live);
  await Promise.all([one.play(WORDS[0]), two.play(WORDS[1])]);
  // What was said last is on its way
  await Promise.all([one.play(PAUSE), two.play(PAUSE)]);
  for (const [who, heard, spoken] of [
    ["phone 1", one.heard, WORDS[1]],
    ["phone 2", two.heard, WORDS[0]],
  ] as const) {
    const verdict = reallyHeard(heard.samples(), spoken);
    assert.ok(verdict.heard, `${who}: ${verdict.reason}`);
  }
  await live.hang(2);
  await live.isLeft(1);
});

test("two lines register with Kamailio (SHA-256) and call through it; the caller hangs up", { skip }, async (t) => {
  const live = await startBoth(t, "SHA-256", PASSWORDS);
  await call(live);
  await live.hang(1);
  await live.isLeft(2);
});

test("a line calls a number that Kamailio does not know: 404", { skip }, async (t) => {
  const live = await startBoth(t, "MD5", PASSWORDS.slice(0, 1));
  await live.dial(1, "199");
  const { value } = await live.report(1, Report.CallFailed);
  assert.equal(value, 404);
  await live.hang(1);
});
