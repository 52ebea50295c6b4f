// The console on a serial port, over a pair of pseudo-terminals: opened, lost, opened again.

import assert from "node:assert/strict";
import { constants, openSync } from "node:fs";
import { afterEach, beforeEach, test } from "node:test";
import { ReadStream, WriteStream } from "node:tty";
import { startSerialConsole } from "../../host/console/serial.ts";
import type { ConsoleHandle } from "../../host/console/stdio.ts";
import { ConsoleBox } from "../support/console-box.ts";
import { within } from "../support/deadline.ts";
import { PtyPair, ptySkip } from "../support/pty.ts";

const LIMIT = 10_000;
const BAUD = 115_200;
const skip = ptySkip();

/** A terminal at the other end, by other means than the console's. */
interface Far {
  input: ReadStream;
  output: WriteStream;
}

let box: ConsoleBox;
let pty: PtyPair;
let handle: ConsoleHandle | undefined;
let far: Far | undefined;
let logged: string[];
let received: string;
let wake: (() => void)[];

beforeEach(() => {
  box = new ConsoleBox();
  pty = new PtyPair();
  handle = undefined;
  far = undefined;
  logged = [];
  received = "";
  wake = [];
});

afterEach(async () => {
  handle?.close();
  unplug();
  await pty.close();
});

async function until(holds: () => boolean, what: string): Promise<void> {
  const arrived = async () => {
    while (!holds()) await new Promise<void>((resolve) => wake.push(resolve));
  };
  await within(arrived(), LIMIT, () => `${what}; received ${JSON.stringify(received)}; logged ${logged.join("; ")}`);
}

function stir(): void {
  for (const resolve of wake.splice(0)) resolve();
}

function start(): void {
  const keep = (level: string) => (_area: string, message: string) => {
    logged.push(`${level} ${message}`);
    stir();
  };
  handle = startSerialConsole(box, { path: pty.near, baudRate: BAUD }, { info: keep("info"), warn: keep("warn") });
}

function plugIn(): void {
  const open = () => openSync(pty.far, constants.O_RDWR | constants.O_NOCTTY);
  far = { input: new ReadStream(open()), output: new WriteStream(open()) };
  received = "";
  for (const stream of [far.input, far.output]) stream.on("error", () => {}); // a pulled cable
  far.input.on("data", (chunk: Buffer) => {
    received += chunk;
    stir();
  });
}

function unplug(): void {
  far?.input.destroy();
  far?.output.destroy();
  far = undefined;
}

async function asks(line: string, answer: string): Promise<void> {
  received = "";
  far!.output.write(line);
  await until(() => received.includes(answer), `${JSON.stringify(answer)} after ${JSON.stringify(line)}`);
}

test("the console over a serial line: silent, log-in, a command, log-out", { skip }, async () => {
  await pty.connect();
  start();
  await until(() => logged.includes("info serial console open"), "the port to open");
  plugIn();
  await asks("noise\r", "? for help\r\n");
  assert.ok(received.startsWith("\r\ntipring 0.1.0 on board simulator"), JSON.stringify(received));
  await until(() => received.includes("ata> "), "the prompt");
  await asks("sh ver\r", "core ABI  1\r\n");
  await asks(`${"x".repeat(2000)}\r`, "the line is too long");
  await asks(Buffer.from([0xff, 0, 0xff, 0x1a, 0x0d]).toString("latin1"), "ata> ");
  await asks("\x04", "logged out\r\n");
});

test("a port that is not there yet is opened when it comes, and the wait is logged once", { skip }, async () => {
  start();
  await until(() => logged.length === 1, "the failure to be logged");
  assert.match(logged[0]!, /^warn serial console lost: .*No such file/);
  for (let tries = 0; tries < 3; tries++) {
    await until(() => box.clock.pending === 1 || retrying(), "the next try");
    box.clock.advance(30_000);
  }
  await pty.connect();
  await opens();
  assert.deepEqual(logged.slice(1), ["info serial console open"]);
  plugIn();
  await asks("\r", "? for help");
});

test("a cable pulled out while nobody types is noticed, and works again when it is back", { skip }, async () => {
  await pty.connect();
  start();
  await opens();
  plugIn();
  await asks("\r", "ata> ");
  unplug();
  await pty.disconnect();
  box.clock.advance(2000);
  await until(() => logged.some((line) => line.startsWith("warn serial console lost")), "the loss to be logged");
  await pty.connect();
  logged.length = 0;
  await opens();
  plugIn();
  far!.output.write("show version");
  await asks("\r", "? for help"); // logged out meanwhile: whoever plugs in next is somebody else
});

test("a cable pulled out while the console prints is noticed at that write", { skip }, async () => {
  await pty.connect();
  start();
  await opens();
  plugIn();
  await asks("\r", "ata> ");
  unplug();
  await pty.disconnect();
  handle!.notice("into the void");
  box.clock.advance(2000);
  await until(() => logged.some((line) => line.startsWith("warn serial console lost")), "the loss to be logged");
  assert.equal(logged.filter((line) => line.startsWith("warn")).length, 1);
});

test("closing ends everything: no timer is left, and nothing is logged", { skip }, async () => {
  await pty.connect();
  start();
  await opens();
  handle!.close();
  handle!.close();
  assert.equal(box.clock.pending, 0);
  assert.deepEqual(logged, ["info serial console open"]);
});

/** Lets virtual time pass, as far as real opening needs it, until the port is open. */
async function opens(): Promise<void> {
  while (!logged.includes("info serial console open")) {
    if (box.clock.pending > 0) box.clock.advance(30_000);
    await within(new Promise(setImmediate), LIMIT, "the event loop");
  }
}

/** A try is under way; the event loop has to turn for it. */
function retrying(): boolean {
  setImmediate(stir);
  return false;
}
