// set, delete, commit, rollback and compare on the real configuration store.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { ConfigStore } from "../../host/config/store.ts";
import { interpreter } from "../../host/console/commands.ts";
import { ConsoleSession } from "../../host/console/session.ts";
import { ConsoleBox } from "../support/console-box.ts";

const directory = mkdtempSync(join(tmpdir(), "tipring-console-"));
after(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
let path: string;
let box: ConsoleBox;
let session: ConsoleSession;

beforeEach(async () => {
  path = join(directory, `${files++}.toml`);
  box = new ConsoleBox();
  const initialText = () => '[[line]]\nuser = "101" # the hall\nregistrar = "127.0.0.1"\npassword = "sesame"\n';
  box.config = await ConfigStore.load(path, { initialText });
  session = new ConsoleSession(box, true, () => {});
});

test("set, compare and commit change the file and keep its comments", async () => {
  assert.equal(await session.run("set li 1 ring 30"), "");
  assert.equal(await session.run("show | compare"), "+ line 1 ring_timeout 30");
  assert.doesNotMatch(readFileSync(path, "utf8"), /ring_timeout/);
  assert.equal(await session.run("commit"), "committed");
  assert.match(readFileSync(path, "utf8"), /"101" # the hall[\s\S]*ring_timeout = 30/);
  assert.equal(await session.run("rollback 1"), "brought back as the candidate: see show | compare, then commit");
  assert.equal(await session.run("show | compare"), "- line 1 ring_timeout 30");
});

test("a value of several words needs no quotes, one with | does", async () => {
  assert.equal(await session.run("set line 1 display Front door"), "");
  assert.equal(await session.run('set line 1 dial_plan "x.|*xx"'), "");
  assert.equal(await session.run("show | compare"), '+ line 1 display "Front door"\n+ line 1 dial_plan "x.|*xx"');
});

test("what the store refuses is told by key, with what is allowed", async () => {
  assert.match(
    await session.run("set line 1 ring_timeout 700"),
    /^error: .*\n? *line\[1\]\.ring_timeout.*700.*allowed: 5 to 600/,
  );
  assert.match(await session.run("set line 1 rign_timeout 7"), /^error: rign_timeout: unknown key.*ring_timeout/);
  assert.match(await session.run("set line 1 ring_timeout"), /^error: .*value is missing/);
  assert.match(await session.run("rollback 7"), /^error: rollback 7: there is none/);
  assert.equal(box.config.isChanged, false);
});

test("no password is shown, as text or as JSON", async () => {
  assert.equal(await session.run("set line 1 password opensesame"), "");
  for (const line of ["show config", "show config candidate", "show | compare"]) {
    for (const filter of ["", " | json"]) {
      const shown = await session.run(line + filter);
      assert.ok(!shown.includes("sesame") && shown.includes("***"), shown);
    }
  }
});

test("Tab and ? know the keys, and the values of an enumeration", async () => {
  assert.deepEqual(interpreter.complete(box, "set line 1 ring"), [["ring_timeout "], "ring"]);
  assert.deepEqual(interpreter.complete(box, "set li 1 dial_mode "), [["both", "dtmf", "pulse"], ""]);
  assert.deepEqual(interpreter.complete(box, "delete line 1 "), [["user", "password", "registrar"], ""]);
  assert.match(interpreter.help(box, "set line 1 ring_timeout "), /^ {2}VALUE .*\n?.*default 60/);
  for (const line of interpreter.help(box, "set line 1 ").split("\n")) assert.ok(line.length <= 79, line);
});
