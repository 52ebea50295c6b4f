// A core that fails is our bug, and no phone's end: ports fall silent, a fresh core registers, whoever holds a handset gets dial tone, and
// the recording of what led to it is kept. On virtual time, with the real modules; the failure is put in front of the core.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Core, CorePanicError } from "../../host/core.ts";
import { replay } from "../../host/replay.ts";
import { builtModule, VirtualBox } from "../support/virtual-box.ts";

const folder = mkdtempSync(join(tmpdir(), "tipring-supervision-"));
after(() => rmSync(folder, { recursive: true }));

/** From now on the core fails at its next input, whatever that is, as a failed assertion inside it does. */
function breakCore(core: Core): void {
  core.input = () => {
    throw new CorePanicError("the core failed at source line 123: unreachable");
  };
}

function replays(path: string, name: "adapter" | "server"): number {
  const core = new Core(builtModule(name, "release"), `${name}.wasm`, name === "adapter" ? 8 : 0);
  const result = replay(readFileSync(path), core);
  assert.equal(result.difference, undefined, path);
  return result.inputs;
}

test("the adapter's core fails: bells stop, lines register again, handsets that are off get dial tone, the recording is kept", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 31, phones: 4, recordings: folder });
  await virtual.connect(1, 2);
  await virtual.call(3, "104");
  await virtual.rings(4);
  const { adapter } = virtual.box;
  const failed = adapter.core;
  breakCore(failed);
  virtual.until(() => adapter.failures === 1, 100, "the failure");

  assert.notEqual(adapter.core, failed);
  assert.ok(!virtual.phone(4).isRinging, "the bell is silent at once");
  assert.deepEqual(virtual.logged("core")[0], "error: the core failed at source line 123: unreachable");
  assert.ok(existsSync(join(folder, "adapter.tipring")));

  for (const line of [1, 2, 3]) await virtual.hears(line, "dial");
  virtual.until(() => virtual.areAllRegistered, 10_000, "the registration of every line");
  assert.equal(virtual.state(4), "idle");
  assert.deepEqual(virtual.box.calls(), []);
  assert.equal(adapter.failures, 1);

  for (const line of [1, 2, 3]) virtual.phone(line).hang();
  await virtual.pass(1000);
  await virtual.connect(4, 1);
  for (const line of [1, 4]) virtual.phone(line).hang();
  await virtual.pass(2000);
  await virtual.stop();
  assert.ok(replays(join(folder, "adapter.tipring"), "adapter") > 100);
  assert.ok(replays(join(folder, "adapter.tipring.1"), "adapter") > 100);
});

test("the adapter's core fails again and again: each time a fresh one takes over", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 32 });
  const { adapter } = virtual.box;
  virtual.phone(1).lift();
  for (let failures = 1; failures <= 5; failures++) {
    await virtual.hears(1, "dial");
    breakCore(adapter.core);
    virtual.until(() => adapter.failures === failures, 100, `failure ${failures}`);
  }
  await virtual.hears(1, "dial");
  virtual.phone(1).hang();
  virtual.until(() => virtual.areAllRegistered, 10_000, "the registration of every line");
  await virtual.connect(1, 2);
});

test("the echo test is there again after the core has failed in its call", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 33 });
  const talks = () =>
    virtual.until(() => virtual.isTalking(1) && virtual.isTalking(3), 10_000, "the echo test's answer");
  await virtual.call(1, "600");
  talks();
  breakCore(virtual.box.adapter.core);
  await virtual.hears(1, "dial");
  virtual.phone(1).hang();
  await virtual.run(
    new Promise<void>((resolve) => {
      const look = () => (virtual.state(3) === "idle" ? resolve() : void virtual.clock.setTimeout(look, 100));
      look();
    }),
    120_000,
  );
  await virtual.call(1, "600");
  talks();
});

test("the server's core fails: a call that is up goes on, the lines register again, the next call goes through", async () => {
  const recordings = join(folder, "server");
  mkdirSync(recordings);
  const virtual = await VirtualBox.startRegistered({ seed: 34, phones: 4, recordings });
  await virtual.connect(1, 2);
  const server = virtual.box.sipServer!;
  const failed = server.core;
  breakCore(failed);
  await virtual.lift(3);
  await virtual.dial(3, "104");
  virtual.until(() => server.failures === 1, 5000, "the failure");
  assert.notEqual(server.core, failed);
  assert.match(virtual.logged("server").join("\n"), /error: the core failed at source line 123/);

  await virtual.pass(5000);
  assert.ok(virtual.isTalking(1) && virtual.isTalking(2), "the call goes on");
  assert.equal(virtual.box.server()?.bindings.length, 5);
  virtual.phone(3).hang();
  await virtual.pass(40_000);
  await virtual.connect(3, 4);
  for (const line of [1, 2, 3, 4]) virtual.phone(line).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
  await virtual.stop();
  replays(join(recordings, "server.tipring"), "server");
  replays(join(recordings, "server.tipring.1"), "server");
});

test("a core that fails again at once waits longer each time, and no more than five recordings are kept", async () => {
  const directory = mkdtempSync(join(folder, "again-"));
  const virtual = await VirtualBox.startRegistered({ seed: 36, recordings: directory });
  const { adapter } = virtual.box;
  const waits: number[] = [];
  for (let failures = 1; failures <= 9; failures++) {
    const failed = adapter.core;
    breakCore(failed);
    virtual.phone(1).lift();
    virtual.until(() => adapter.failures === failures, 60_000, `failure ${failures}`);
    const failedAt = virtual.clock.now();
    virtual.until(() => adapter.core !== failed, 100_000, `the restart after failure ${failures}`);
    waits.push(Math.round((virtual.clock.now() - failedAt) / 1000));
    virtual.phone(1).hang();
    await virtual.pass(2000);
  }
  assert.deepEqual(waits, [0, 1, 2, 4, 8, 16, 32, 60, 60]);
  await virtual.stop();
  assert.deepEqual(
    readdirSync(directory)
      .filter((name) => name.startsWith("adapter"))
      .sort(),
    ["adapter.tipring", ...[1, 2, 3, 4].map((number) => `adapter.tipring.${number}`)],
  );
});

test("a core that ran for long before it failed is replaced at once", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 37 });
  const { adapter } = virtual.box;
  for (let failures = 1; failures <= 3; failures++) {
    const failed = adapter.core;
    breakCore(failed);
    virtual.phone(1).lift();
    virtual.until(() => adapter.failures === failures, 60_000, `failure ${failures}`);
    assert.notEqual(adapter.core, failed);
    virtual.phone(1).hang();
    await virtual.pass(2000);
    virtual.clock.advance(600_000);
  }
  virtual.until(() => virtual.areAllRegistered, 10_000, "the registration of every line");
});
