// The console in a terminal and on a pipe.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { startStdioConsole } from "../../host/console/stdio.ts";
import { ConsoleBox } from "../support/console-box.ts";
import { ConsoleWire } from "../support/console-wire.ts";
import { within } from "../support/deadline.ts";

const LIMIT = 5000;

let box: ConsoleBox;
let wire: ConsoleWire & { isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };
let ended: Promise<void>;
let isEnded: boolean;

function start() {
  isEnded = false;
  let resolve: () => void;
  ended = new Promise((done) => {
    resolve = done;
  });
  const onEnd = () => {
    assert.equal(isEnded, false, "onEnd is called once");
    isEnded = true;
    resolve();
  };
  return startStdioConsole(box, { input: wire, output: wire, onEnd });
}

beforeEach(() => {
  box = new ConsoleBox();
  wire = new ConsoleWire();
});

test("commands through a pipe run in order, answers only come back, and the end of input ends", async () => {
  start();
  wire.type("phone 1 lift\nwait 1\nphone 1 dial 102\n\n# a comment\nshow log\nshw\nphone 1 hang");
  wire.push(null);
  await new Promise(setImmediate);
  assert.deepEqual(box.orders, ["phone 1 lift"]);
  box.clock.advance(1000);
  await within(ended, LIMIT, "the end");
  assert.deepEqual(box.orders, ["phone 1 lift", "phone 1 dial 102", "phone 1 hang"]);
  const [first, second, rest] = wire.raw.split("\n");
  assert.equal(first, "the log is empty");
  assert.match(second!, /^error: unknown word "shw"; allowed: show/);
  assert.equal(rest, "");
});

test("exit in a script ends it: what follows does not run", async () => {
  start();
  wire.type("exit\nphone 1 lift\n");
  await within(ended, LIMIT, "the end");
  assert.deepEqual(box.orders, []);
});

test("a script's line that is too long is refused, and the next one runs", async () => {
  start();
  wire.type(`set name ${"x".repeat(2000)}\nphone 1 lift\n`);
  wire.push(null);
  await within(ended, LIMIT, "the end");
  assert.match(wire.raw, /^error: the line is too long; allowed: 1000 characters/);
  assert.deepEqual(box.orders, ["phone 1 lift"]);
  assert.equal(box.config.isChanged, false);
});

test("monitor sip in a script draws until the end", async () => {
  start();
  wire.type("monitor sip\nphone 1 lift\n");
  await wire.sees("monitor stop ends");
  box.tellSip("phone1", "server", "INVITE 102");
  await wire.sees("INVITE 102");
  wire.push(null);
  await within(ended, LIMIT, "the end");
  assert.equal(box.sipListeners.size, 0);
});

test("a terminal gets a banner and a prompt at once, raw mode while it lasts, and ^D ends", async () => {
  const modes: boolean[] = [];
  wire.isTTY = true;
  wire.setRawMode = (isRaw) => modes.push(isRaw);
  const { TERM } = process.env;
  process.env.TERM = "xterm";
  const handle = start();
  if (TERM === undefined) delete process.env.TERM;
  else process.env.TERM = TERM;
  await wire.sees("ata> ");
  wire.type("phone 1 li");
  await wire.sees("li");
  handle.notice("a log line");
  assert.match(wire.screen.text, /\na log line\nata> phone 1 li$/);
  wire.type("\x03\x04");
  await within(ended, LIMIT, "the end");
  assert.deepEqual(modes, [true, false]);
});

test("a dumb terminal gets plain lines without escape sequences", async () => {
  wire.isTTY = true;
  const { TERM } = process.env;
  process.env.TERM = "dumb";
  const handle = start();
  if (TERM === undefined) delete process.env.TERM;
  else process.env.TERM = TERM;
  wire.type("show log\n");
  await wire.sees("the log is empty\n");
  assert.ok(!wire.raw.includes("\x1b"));
  handle.close();
  handle.close();
  assert.equal(isEnded, false);
});
