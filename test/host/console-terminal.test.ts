// Line editing, history, Tab and ? as seen on a screen.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { LINE_LENGTH_MAX } from "../../host/console/session.ts";
import { Terminal, type TerminalOptions } from "../../host/console/terminal.ts";
import { ConsoleBox } from "../support/console-box.ts";
import { ConsoleWire } from "../support/console-wire.ts";

const PROMPT = "ata> ";
const UP = "\x1b[A";
const LEFT = "\x1b[D";

let box: ConsoleBox;
let wire: ConsoleWire;
let terminal: Terminal;

function connect(options: TerminalOptions = { greeting: "on Enter" }, columns?: number): void {
  wire = new ConsoleWire(columns);
  terminal = new Terminal(box, wire, wire, options);
}

async function logIn(columns?: number): Promise<void> {
  connect({ greeting: "on Enter" }, columns);
  wire.type("\r");
  await wire.sees(PROMPT);
}

beforeEach(() => {
  box = new ConsoleBox();
});
afterEach(() => terminal.close());

test("a terminal is silent until Enter, then tells what it is and how to get help", async () => {
  connect();
  terminal.notice("a log line");
  wire.type("AT+GMI show line?\t\x03\x04 noise");
  wire.type("\r\n");
  await wire.sees(PROMPT);
  assert.equal(wire.screen.text, "\ntipring 0.1.0 on board simulator\n? for help\nata>");
});

test("a command's answer stands below it, and every line feed has its carriage return", async () => {
  await logIn();
  wire.type("sh ver\r");
  await wire.sees("up        1:02:05");
  await wire.sees(PROMPT);
  assert.match(wire.screen.text, /ata> sh ver\nprogram {3}tipring 0\.1\.0\ncore ABI {2}1\n/);
  assert.doesNotMatch(wire.raw, /(?<!\r)\n/);
});

for (const [name, enter] of [
  ["CR", "\r"],
  ["LF", "\n"],
  ["CR LF", "\r\n"],
] as const) {
  test(`Enter may be sent as ${name}`, async () => {
    await logIn();
    for (const part of `phone 1 lift${enter}phone 1 hang${enter}`) wire.type(part);
    wire.type("wait x\r");
    await wire.sees("error: ");
    assert.deepEqual(box.orders, ["phone 1 lift", "phone 1 hang"]);
    assert.equal(wire.screen.text.split(PROMPT.trim()).length - 1, 4); // one more would be an empty line run
  });
}

test("the arrow keys bring back earlier lines and move within one", async () => {
  await logIn();
  wire.type("phone 1 flash\r");
  await wire.sees(PROMPT);
  wire.type(`${UP}\r`);
  await wire.sees(PROMPT);
  wire.type(`phone 1 ft${LEFT}li\r`);
  await wire.sees("error: ");
  wire.type(`${UP}${LEFT}${LEFT}\x7f\x0b\x7flift\r`);
  await wire.sees("lift\r\n");
  await wire.sees(PROMPT);
  assert.deepEqual(box.orders, ["phone 1 flash", "phone 1 flash", "phone 1 lift"]);
});

test("Tab completes what is unique and lists what is not", async () => {
  await logIn();
  wire.type("sh\t");
  await wire.sees("show ");
  wire.type("lo\t");
  await wire.sees("log ");
  wire.type("\r");
  await wire.sees("the log is empty");
  wire.type("show c\t");
  wire.type("\t");
  await wire.sees("config");
  assert.match(wire.screen.text, /call +config/);
});

test("? tells what may come next and leaves the line as it was", async () => {
  await logIn();
  wire.type("phone 1 mode ?");
  await wire.sees("dial with a rotary dial");
  await wire.sees("mode ");
  assert.match(
    wire.screen.text,
    /ata> phone 1 mode \?\n {2}dtmf {3}dial with tones\n {2}pulse {2}dial with a rotary dial\nata> phone 1 mode$/,
  );
  wire.type("pulse\r");
  await wire.sees(PROMPT);
  assert.deepEqual(box.orders, ["phone 1 mode pulse"]);
});

test("? is a question mark inside quotes", async () => {
  await logIn();
  wire.type('set line 1 display "who?"\r');
  await wire.sees("ata*> ");
  assert.deepEqual(box.config.compare(), ["+ line 1 display who?"]);
});

test("^C throws the line away", async () => {
  await logIn();
  wire.type("phone 1 lift\x03");
  await wire.sees("^C");
  wire.type("\rphone 1 hang\r");
  await wire.sees("phone 1 hang");
  await wire.sees(PROMPT);
  assert.deepEqual(box.orders, ["phone 1 hang"]);
});

test("^Z rings the bell, and neither stops the program nor touches the line", async () => {
  await logIn();
  const listeners = process.listenerCount("SIGCONT");
  wire.type("phone 1\x1a lift\r");
  await wire.sees(" lift");
  await wire.sees(PROMPT);
  assert.deepEqual(box.orders, ["phone 1 lift"]);
  assert.equal(wire.screen.bells, 1);
  assert.equal(process.listenerCount("SIGCONT"), listeners); // readline listens when it is about to stop the process
});

test("^D and exit log out, and the next Enter logs in again with no history", async () => {
  await logIn();
  for (const bye of ["\x04", "exit\r"]) {
    wire.type("phone 1 flash\r");
    await wire.sees(PROMPT);
    wire.type(bye);
    await wire.sees("logged out");
    const before = wire.raw;
    wire.type("show version");
    assert.equal(wire.raw, before);
    wire.type("\r");
    await wire.sees("? for help");
    await wire.sees(PROMPT);
    wire.type(`${UP}\r`);
    await wire.sees(PROMPT);
  }
  assert.deepEqual(box.orders, ["phone 1 flash", "phone 1 flash"]);
});

test("^D in the middle of a line deletes the character under the cursor", async () => {
  await logIn();
  wire.type(`phone 1 lifft${LEFT}${LEFT}\x04\r`);
  await wire.sees(PROMPT);
  assert.deepEqual(box.orders, ["phone 1 lift"]);
});

test("noise on the line is dropped: 0xFF, NUL, broken UTF-8, C1 controls, unknown and broken escape sequences", async () => {
  await logIn();
  const noise: (string | number[])[] = [
    [0xff, 0x00, 0xff],
    "phone",
    [0xc3],
    " 1",
    [0x80, 0xfe, 0xc2, 0x9b],
    "\x1b[?1;2c\x1b[200~\x1b[9999",
    "\x1b\x1b[Z \x1b",
    [0x06, 0x1c, 0x1d, 0x11, 0x13, 0x12],
    "lift\x1b[",
  ];
  for (const part of noise) wire.type(typeof part === "string" ? part : Uint8Array.from(part));
  wire.type("\r");
  await wire.sees("lift");
  await wire.sees(PROMPT);
  assert.deepEqual(box.orders, ["phone 1 lift"]);
});

test("letters beyond ASCII arrive whole, though their bytes come one by one", async () => {
  await logIn();
  for (const byte of Buffer.from('set name "Zoë 电话"\r')) wire.type(Uint8Array.of(byte));
  await wire.sees("ata*> ");
  assert.deepEqual(box.config.compare(), ["+ name Zoë 电话"]);
});

test("a line of 2,000 characters is refused, and the next one works", async () => {
  await logIn();
  wire.type(`set name ${"x".repeat(2000)}\rphone 1 lift\r`);
  await wire.sees(`the line is too long; allowed: ${LINE_LENGTH_MAX} characters`);
  await wire.sees("phone 1 lift");
  await wire.sees(PROMPT);
  assert.deepEqual(box.orders, ["phone 1 lift"]);
  assert.equal(box.config.isChanged, false);
  assert.equal(wire.screen.bells, 1);
});

test("a line of 1,000 characters is taken, on a narrow terminal too", async () => {
  await logIn(40);
  const line = `set ${"x".repeat(LINE_LENGTH_MAX - 4)}`;
  wire.type(`${line}\r`);
  await wire.sees("ata*> ");
  assert.equal(box.config.compare()[0]!.length, LINE_LENGTH_MAX - 2);
});

test("a pasted block runs line by line in order, Tabs in it are blanks, and a slow command holds the rest back", async () => {
  await logIn();
  const lines = Array.from({ length: 200 }, (_, index) => `phone\t1 dial ${index}`);
  wire.type(`${lines.slice(0, 100).join("\r")}\rwait 5\r${lines.slice(100).join("\r")}\r`);
  await wire.sees("dial 99");
  await wire.sees("wait 5");
  await new Promise(setImmediate);
  assert.equal(box.orders.length, 100);
  box.clock.advance(5000);
  await wire.sees("dial 199");
  await wire.sees(PROMPT);
  assert.deepEqual(
    box.orders,
    lines.map((line) => line.replace("\t", " ")),
  );
});

test("^C ends a running command and drops what was typed ahead", async () => {
  await logIn();
  wire.type("wait 3000\rphone 1 lift\r");
  await new Promise(setImmediate);
  wire.type("\x03");
  await wire.sees(PROMPT);
  wire.type("phone 1 hang\r");
  await wire.sees("phone 1 hang");
  await wire.sees(PROMPT);
  assert.deepEqual(box.orders, ["phone 1 hang"]);
});

test("the log line that comes while a command is typed stands above it", async () => {
  await logIn();
  wire.type(`show ver${LEFT}`);
  terminal.notice("first\nsecond");
  assert.match(wire.screen.text, /\nfirst\nsecond\nata> show ver$/);
  assert.equal(wire.screen.cursorColumn, "ata> show ve".length);
  wire.type("\r");
  await wire.sees("core ABI");
});

test("output does not tear a line that fills several rows", async () => {
  await logIn(20);
  const line = "set name abcdefghijklmnopqrstuvwxyz0123456789";
  wire.type(line);
  for (let count = 1; count <= 3; count++) terminal.notice(`notice ${count}`);
  const rows = `ata> ${line}`.match(/.{1,20}/g)!.join("\n");
  assert.ok(wire.screen.text.endsWith(`notice 1\nnotice 2\nnotice 3\n${rows}`), wire.screen.text);
  wire.type(`${LEFT.repeat(30)}!`);
  terminal.notice("notice 4");
  wire.type("\r");
  await wire.sees("ata*> ");
  assert.deepEqual(box.config.compare(), ["+ name abcdef!ghijklmnopqrstuvwxyz0123456789"]);
});

test("text from the network cannot steer the terminal", async () => {
  await logIn();
  terminal.notice("INVITE \x1b[2J\x9b2J\x07\r\u202e");
  assert.ok(wire.raw.includes("INVITE .[2J.2J...\r\n"), JSON.stringify(wire.raw));
});

test("monitor sip goes on until a key; a letter begins the next command", async () => {
  await logIn();
  for (const [key, rest] of [
    ["\r", "phone 1 lift\r"],
    ["p", "hone 1 lift\r"],
    ["\x03", "phone 1 lift\r"],
    [UP, "\x15phone 1 lift\r"],
  ] as const) {
    box.orders.length = 0;
    wire.type("monitor sip\r");
    await wire.sees("any key ends");
    box.tellSip("phone1", "server", "INVITE 102");
    await wire.sees("INVITE 102");
    assert.equal(box.sipListeners.size, 1);
    wire.type(key);
    await wire.sees(PROMPT);
    assert.equal(box.sipListeners.size, 0);
    wire.type(rest);
    await wire.sees("phone 1 lift");
    await wire.sees(PROMPT);
    assert.deepEqual(box.orders, ["phone 1 lift"], JSON.stringify(key));
  }
});

test("monitor sip on draws above the line that is being typed", async () => {
  await logIn();
  wire.type("monitor sip on\r");
  await wire.sees("monitor stop ends");
  await wire.sees(PROMPT);
  wire.type("phone 1 li");
  box.tellSip("phone1", "server", "INVITE 102");
  assert.match(wire.screen.text, /time +phone1 +server\n \+0\.000 +\|-+ INVITE 102 -+>\|\nata> phone 1 li$/);
  wire.type("ft\r");
  await wire.sees(PROMPT);
  assert.deepEqual(box.orders, ["phone 1 lift"]);
  wire.type("\x04");
  await wire.sees("logged out");
  assert.equal(box.sipListeners.size, 0);
});

test("TERM=dumb of the program's own terminal does not reach the far end", async () => {
  const { TERM } = process.env;
  process.env.TERM = "dumb";
  try {
    await logIn();
    assert.equal(process.env.TERM, "dumb");
    wire.type("phone 1 flash\r");
    await wire.sees(PROMPT);
    wire.type(`${UP}\r`);
    await wire.sees(PROMPT);
    wire.type("ph\t");
    await wire.sees("phone ");
    terminal.notice("a log line");
    assert.match(wire.screen.text, /\na log line\nata> phone$/);
    assert.equal(box.orders.length, 2);
  } finally {
    if (TERM === undefined) delete process.env.TERM;
    else process.env.TERM = TERM;
  }
});

test("a far end that does not read is not drowned: messages are left out, counted, and commands wait", async () => {
  await logIn();
  const release: (() => void)[] = [];
  wire._write = (chunk: Buffer, _encoding: BufferEncoding, done: () => void) => {
    release.push(() => {
      wire.raw += chunk.toString();
      done();
    });
  };
  for (let count = 0; count < 5000; count++) terminal.notice("x".repeat(70));
  assert.ok(wire.writableLength < 100_000, `${wire.writableLength} bytes wait`);
  wire.type("phone 1 lift\r");
  await new Promise(setImmediate);
  assert.deepEqual(box.orders, []);
  while (release.length > 0) {
    for (const done of release.splice(0)) done();
    await new Promise(setImmediate);
  }
  assert.deepEqual(box.orders, ["phone 1 lift"]);
  terminal.notice("last");
  while (release.length > 0) for (const done of release.splice(0)) done();
  assert.match(wire.raw, /\[\d+ messages left out: the line was busy\]\r\nlast/);
});

test("a closed terminal hears nothing, says nothing and lets go of what it watched", async () => {
  await logIn();
  wire.type("monitor sip\r");
  await wire.sees("any key ends");
  const before = wire.raw;
  terminal.close();
  terminal.close();
  terminal.notice("late");
  wire.type("\rshow version\r");
  assert.equal(wire.raw, before);
  assert.equal(box.sipListeners.size, 0);
});
