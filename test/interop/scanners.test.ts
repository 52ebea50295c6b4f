// SIPVicious goes over a box from another address: nothing rings, the adapter is silent, the server tells nobody from
// anybody and gives no password away, and people talk all the while.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { atEnd } from "../support/at-end.ts";
import { LiveBox, scratchFolder } from "../support/live-box.ts";
import { isMissing, Program, type ProgramName } from "../support/programs.ts";

const skip = isMissing("svmap") || isMissing("svwar") || isMissing("svcrack");
/** svwar and svcrack speak from the address that the machine chooses for them. */
const BOX = "127.0.0.2";
const SCANNER = "127.0.0.1";
/** 401 and 402 may register and do not. */
const PASSWORDS = { 101: "of-phone-1", 102: "of-phone-2", 401: "letmein", 402: "abc123" };
const METHODS = ["OPTIONS", "REGISTER", "INVITE"];
/** Python, and the 3 s in which a scanner waits for late answers. */
const LIMIT = 20_000;
const WRONG = Array.from({ length: 59 }, (_, index) => `guess${index}`);

/** Runs a scanner to its end, with a dictionary in its folder; what it printed. */
async function scan(t: TestContext, name: ProgramName, dictionary: string[], ...args: string[]): Promise<string> {
  const folder = scratchFolder(t, name);
  writeFileSync(join(folder, "dictionary"), `${dictionary.join("\n")}\n`);
  const program = await Program.start(name, ["-x", SCANNER, "-P", "5060", "-v", ...args, BOX], folder);
  atEnd(t, () => program.stop());
  await program.ends(LIMIT);
  return program.output;
}

/** The SIP messages in what a scanner printed. */
const answersIn = (output: string): string[] => output.match(/^b['"]SIP\/2\.0 .*$/gm) ?? [];

const start = (t: TestContext) =>
  LiveBox.start(t, { lines: [{ user: "101" }, { user: "102" }], users: PASSWORDS, address: BOX });

/** Phone 1 calls phone 2, which answers and hangs up. */
async function callBetweenPhones(live: LiveBox): Promise<void> {
  await live.dial(1, "102");
  await live.answer(2);
  await live.report(1, Report.CallAnswered);
  await live.hang(2);
  await live.isLeft(1);
}

/** An answer without what is new in each, and without the name that it is about. */
const plain = (answer: string): string =>
  answer
    .replace(/((?:nonce="|tag=|branch=|rport=)|(?:Call-ID|CSeq|Via): )[^"]*?(?=["\\])/g, "$1")
    .replace(/"\d+"<sip:\d+@/g, "<sip:@");

test("svmap, svwar and svcrack get nothing from the adapter and ring nothing, while its phones talk", {
  skip,
}, async (t) => {
  const live = await start(t);
  const answered: string[] = [];
  live.box.onSip(({ from, to }) => {
    if (to.startsWith(`${SCANNER}:`)) answered.push(from);
  });
  const run = (name: ProgramName, ...args: string[]) => scan(t, name, WRONG, "-p", `${live.sipPort}`, ...args);
  const maps = METHODS.map((method) => run("svmap", "-b", SCANNER, "-d", "-m", method, "-e", "101"));
  const wars = METHODS.map((method) => run("svwar", "--debug", "--force", "-m", method, "-e", "100-110"));
  const crack = run("svcrack", "-u", "101", "-d", "dictionary");
  await callBetweenPhones(live);
  for (const output of await Promise.all([...maps, ...wars, crack])) assert.deepEqual(answersIn(output), [], output);
  for (const output of await Promise.all([...wars, crack])) assert.match(output, /no server response|timed out/i);
  assert.deepEqual(answered, []);
  assert.deepEqual(live.untaken(Report.CallIncoming), [], live.story());
});

test("svwar tells no user of the server from nobody, whatever it asks with, and rings nothing", { skip }, async (t) => {
  const live = await start(t);
  // svwar gives up as soon as it sees one answer for all, so each name gets a run of its own: one is registered, one a
  // user, one nobody. Each run asks for a name out of the air as well.
  const run = (method: string, name: string) =>
    scan(t, "svwar", [], "-p", `${live.serverPort}`, "--debug", "--force", "-m", method, "-e", name);
  const wars = METHODS.map((method) => Promise.all(["101", "401", "999"].map((name) => run(method, name))));
  await callBetweenPhones(live);
  for (const outputs of await Promise.all(wars)) {
    for (const output of outputs) {
      assert.match(output, /SIP device found/);
      assert.doesNotMatch(output, /exists|Traceback/);
    }
    const answers = outputs.flatMap(answersIn);
    assert.equal(answers.length, 6, outputs.join("\n"));
    assert.deepEqual([...new Set(answers.map(plain))], [plain(answers[0] as string)]);
  }
  assert.deepEqual(live.untaken(Report.CallIncoming), [], live.story());
});

test("svcrack is locked out before it comes to the right password; the user calls all the while", {
  skip,
}, async (t) => {
  const live = await start(t);
  const crack = (user: keyof typeof PASSWORDS, before: string[], ...args: string[]) =>
    scan(
      t,
      "svcrack",
      [...before, PASSWORDS[user], ...WRONG],
      "-p",
      `${live.serverPort}`,
      "-u",
      `${user}`,
      "-d",
      "dictionary",
      ...args,
    );
  assert.match(await crack(402, []), /The password for 402 is abc123/, "it finds a password that it tries first");
  const tries = [crack(101, WRONG.slice(0, 20)), crack(401, WRONG.slice(0, 10)), crack(102, WRONG, "-m", "INVITE")];
  await callBetweenPhones(live);
  for (const output of await Promise.all(tries)) {
    assert.match(output, /found nothing/);
    assert.doesNotMatch(output, /password for|Traceback/);
  }
  const { counters } = live.box.server() ?? assert.fail("no server");
  assert.ok((counters.authenticationFailed ?? 0) <= 5 * tries.length, `${counters.authenticationFailed} looked at`);
  assert.ok((counters.guessesDropped ?? 0) > 0);
});
