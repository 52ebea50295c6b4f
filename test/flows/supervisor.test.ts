// The core fails, which is our bug: what was recorded is kept, the phones are quiet, a fresh core registers and they work again.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Core, CorePanicError } from "../../host/core.ts";
import { replay } from "../../host/replay.ts";
import { builtModule, VirtualBox } from "../support/virtual-box.ts";

/** Makes the next frame the core's last one. */
function breakCore(core: Core): void {
  core.handleFrame = () => {
    throw new CorePanicError("the core failed at source line 1: made by this test");
  };
}

test("the core fails in the middle of a call: both phones get dial tone, every line registers again, calls go through", async (context) => {
  const recordings = mkdtempSync(join(tmpdir(), "tipring-"));
  context.after(() => rmSync(recordings, { recursive: true }));
  const virtual = await VirtualBox.startRegistered({ seed: 121, recordings });
  await virtual.connect(1, 2);
  await virtual.pass(1000);
  breakCore(virtual.box.adapter.core);
  await virtual.pass(500);
  assert.equal(virtual.box.adapter.failures, 1);
  assert.ok(
    virtual.logged("core")[0]!.startsWith("error: the core failed at source line 1"),
    `${virtual.logged("core")}`,
  );
  await Promise.all([virtual.hears(1, "dial"), virtual.hears(2, "dial")]);
  virtual.until(() => virtual.areAllRegistered, 5000, "the registration of every line");

  for (const line of [1, 2]) virtual.phone(line).hang();
  await virtual.pass(3000);
  await virtual.connect(2, 1);
  for (const line of [1, 2]) virtual.phone(line).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);

  // what led to the failure is there to be looked at
  const file = readFileSync(join(recordings, "adapter.tipring"));
  const result = replay(file, new Core(builtModule("adapter", "release"), "adapter.wasm", 8));
  assert.equal(result.difference, undefined);
  assert.ok(result.frames > 100);
  await virtual.stop();
});

test("the core fails while a phone rings: the bell stops, and lifted it has dial tone", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 122 });
  await virtual.call(1, "102");
  await virtual.rings(2);
  breakCore(virtual.box.adapter.core);
  await virtual.pass(100);
  assert.ok(!virtual.phone(2).isRinging);
  virtual.until(() => virtual.areAllRegistered, 5000, "the registration of every line");
  await virtual.lift(2);
  for (const line of [1, 2]) virtual.phone(line).hang();
  // the server's INVITE to the core that is gone ends when its caller's does
  virtual.clock.advance(300_000);
  assert.deepEqual(virtual.leftOver(), []);
});
