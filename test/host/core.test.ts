// The one file that knows a core's memory: versions that do not fit, traps that become errors with a line, borders of the regions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { COUNTERS, TextSetting } from "../../host/adapter-abi.ts";
import { ABI_VERSION, Core, CoreMismatchError, type CoreObserver, CorePanicError, Input } from "../../host/core.ts";
import { Transport } from "../../host/endpoint.ts";
import { readModule } from "../../host/paths.ts";

const PANIC_LINE = 77;

/** The smallest module that a Core takes: everything is empty, and a timeout traps. WebAssembly Core Specification 2.0 §5.5. */
function trappingModule(abiVersion: number): Uint8Array<ArrayBuffer> {
  const vector = (items: readonly number[][]) => [items.length, ...items.flat()];
  const section = (id: number, content: number[]) => [
    id,
    (content.length & 127) | 128,
    content.length >> 7,
    ...content,
  ];
  const name = (text: string) => [text.length, ...Buffer.from(text)];
  const [f64, i32, end] = [0x7c, 0x7f, 0x0b];
  const [nothing, zero, trap] = [0, 1, 2];
  const functions: [string, number][] = [
    ["reset", nothing],
    ["handleTimeout", trap],
    ...["seedPointer", "textPointer", "textCapacity", "rxDatagramPointer", "rxDatagramCapacity", "rxSourcePointer"].map(
      (text): [string, number] => [text, zero],
    ),
  ];
  const globals: [string, number][] = [
    ["ABI_VERSION", abiVersion],
    ["panicLine", PANIC_LINE],
  ];
  const exported = [
    [...name("memory"), 2, 0],
    ...globals.map(([text], index) => [...name(text), 3, index]),
    ...functions.map(([text, index]) => [...name(text), 0, index]),
  ];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      vector([
        [0x60, 1, f64, 0],
        [0x60, 0, 1, i32],
      ]),
    ),
    ...section(3, [3, 0, 1, 0]),
    ...section(5, vector([[1, 1, 1]])),
    ...section(6, vector(globals.map(([, value]) => [i32, 0, 0x41, ...signed(value), end]))),
    ...section(7, vector(exported)),
    ...section(
      10,
      vector([
        [2, 0, end],
        [4, 0, 0x41, 0, end],
        [3, 0, 0x00, end],
      ]),
    ),
  ]);
}

/** §5.2.2: a small number, signed, in two bytes. */
const signed = (value: number): number[] => [(value & 127) | 128, value >> 7];

test("a module of another ABI is refused, and both numbers are told", () => {
  assert.throws(
    () => new Core(trappingModule(ABI_VERSION + 1), "adapter.wasm"),
    (error) =>
      error instanceof CoreMismatchError &&
      error.message === `adapter.wasm speaks ABI ${ABI_VERSION + 1}, this host ABI ${ABI_VERSION}: rebuild`,
  );
});

test("what is no module is refused before anything runs", () => {
  assert.throws(() => new Core(new Uint8Array(100), "adapter.wasm"), WebAssembly.CompileError);
});

test("a trap in the core is a CorePanicError that tells the source line", () => {
  const core = new Core(trappingModule(ABI_VERSION), "adapter.wasm");
  assert.throws(
    () => core.handleTimeout(1),
    (error) =>
      error instanceof CorePanicError &&
      error.message.startsWith(`the core failed at source line ${PANIC_LINE}: `) &&
      error.cause instanceof WebAssembly.RuntimeError,
  );
});

test("a mistake of an observer is not taken for the core's", () => {
  const core = new Core(readModule("adapter"), "adapter.wasm", 8);
  core.observer = {
    input() {
      throw new TypeError("a bug of the host");
    },
    action() {},
    frame() {},
  };
  assert.throws(() => core.handleTimeout(1), TypeError);
});

test("texts, datagrams and lines beyond their borders are refused or dropped, and the core goes on", () => {
  const core = new Core(readModule("adapter"), "adapter.wasm", 8);
  core.reset(new Uint8Array(32), 1);
  assert.equal(core.configureText(TextSetting.User, 0, "x".repeat(100_000)), -1);
  assert.equal(core.configureText(TextSetting.User, 8, "101"), -1);
  assert.equal(core.configureText(TextSetting.User, -1, "101"), -1);
  assert.equal(core.configureText(999, 0, "101"), -1);
  assert.equal(core.configureNumber(999, 0, 1), -1);
  assert.equal(core.configureNumber(1, 0, Number.NaN), -1);
  core.handleDatagram(new Uint8Array(70_000), 70_000, "192.0.2.1", 5060, Transport.Udp, 2);
  for (const line of [-1, 8, 2 ** 31 - 1]) {
    core.handleRtp(line, new Uint8Array(172), 172, "192.0.2.1", 4000, 3);
    core.handleLoop(line, true, 3, 3);
    core.handleFrame(line, 3);
    core.registerLine(line, 3);
    assert.equal(core.testLine(line, 1, 3), -1);
  }
  core.drain(() => assert.fail("nothing was ordered"));
  assert.equal(core.configureText(TextSetting.User, 0, "101"), 0);
  assert.equal(core.counter(COUNTERS.indexOf("datagramsIn")), 0);
});

test("the server has no lines: what belongs to them does nothing there", () => {
  const core = new Core(readModule("server"), "server.wasm");
  core.reset(new Uint8Array(32), 1);
  core.start(1);
  core.handleFrame(0, 1);
  core.handleLoop(0, true, 1, 1);
  core.handleRtp(0, new Uint8Array(12), 12, "192.0.2.1", 4000, 1);
  core.stop(2);
  assert.equal(core.testLine(0, 1, 2), -1);
  assert.equal(core.report("lineReport", 0), undefined);
  core.drain(() => assert.fail("nothing was ordered"));
});

test("every input passes the observer, with all that a replay needs", () => {
  const core = new Core(readModule("adapter"), "adapter.wasm", 8);
  const seen: string[] = [];
  const kinds = Object.entries(Input);
  const observer: CoreObserver = {
    input(kind, now, index, value, source, payload) {
      const name = kinds.find(([, number]) => number === kind)?.[0];
      seen.push(
        `${name} ${now} ${index} ${value} ${source ? [...source.subarray(0, 4)].join(".") : "-"} ${payload.length}`,
      );
    },
    action() {},
    frame(samples) {
      seen.push(`frame ${samples.length}`);
    },
  };
  core.observer = observer;
  core.reset(new Uint8Array(32), 5);
  core.configureText(TextSetting.User, 3, "é");
  core.configureNumber(2, 1, 1);
  core.configureEndpoint(3, 1, "192.0.2.1", 5060);
  core.handleDatagram(new Uint8Array(40), 30, "192.0.2.9", 5060, Transport.Udp, 6);
  core.handleRtp(2, new Uint8Array(172), 172, "192.0.2.8", 4000, 7.5);
  core.handleRtcp(2, new Uint8Array(60), 60, "192.0.2.8", 4001, 8);
  core.handleLoop(4, true, 8.25, 9);
  core.handleLoop(4, false, 9.25, 10);
  core.handleLoss(4, 10.25, 10.5);
  core.handleFrame(4, 11);
  core.handleTimeout(12);
  core.testLine(5, 0, 13);
  assert.deepEqual(seen, [
    "Reset 5 0 0 - 32",
    "ConfigureText 0 3 1 - 2",
    "ConfigureNumber 0 1 2 - 8",
    "ConfigureEndpoint 0 1 3 - 24",
    "Datagram 6 0 0 192.0.2.9 30",
    "Rtp 7.5 2 0 192.0.2.8 172",
    "Rtcp 8 2 0 192.0.2.8 60",
    "LoopClosed 9 4 8.25 - 0",
    "LoopOpen 10 4 9.25 - 0",
    "LoopLoss 10.5 4 10.25 - 0",
    "Frame 11 4 0 - 320",
    "frame 320",
    "Timeout 12 0 0 - 0",
    "Test 13 5 0 - 0",
  ]);
});
