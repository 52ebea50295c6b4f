// A commit on the console takes effect while people use their phones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { reallyHeard } from "../../host/sound/listen.ts";
import { VirtualBox } from "../support/virtual-box.ts";
import { voice1 } from "../support/voices.ts";

async function commit(virtual: VirtualBox, ...settings: string[]): Promise<void> {
  for (const setting of settings) virtual.box.config.set(setting.split(" "));
  await virtual.run(virtual.box.config.commit());
}

test("another ring_timeout of one line leaves the call of two others alone, and holds for the next call", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 71, phones: 4 });
  await virtual.connect(1, 2);
  await commit(virtual, "line 4 ring_timeout 5");
  await virtual.run(virtual.phone(1).play(voice1));
  await virtual.pass(400);
  const verdict = reallyHeard(virtual.phone(2).heard.samples(), voice1);
  assert.ok(verdict.heard, verdict.reason);

  assert.ok(virtual.areAllRegistered);
  await virtual.call(3, "104");
  await virtual.rings(4);
  virtual.until(() => virtual.state(4) === "idle", 10_000, "the end of the ringing");
  assert.equal(virtual.clock.now() - virtual.phone(4).bell.bursts[0]!.from, 5000);
  await virtual.hears(3, "congestion");
  for (const line of [1, 2, 3]) virtual.phone(line).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
});

test("a setting of a line that is in a call does not end it", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 72 });
  await virtual.connect(1, 2);
  await commit(virtual, "line 1 display Kitchen", "line 2 dial_mode pulse");
  await virtual.pass(3000);
  assert.ok(virtual.isTalking(1) && virtual.isTalking(2) && virtual.areAllRegistered);
  for (const line of [1, 2]) virtual.phone(line).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
});

test("another realm: server and lines start over, and calls go through again", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 73 });
  await commit(virtual, "server realm home");
  await virtual.pass(3000);
  virtual.until(() => virtual.areAllRegistered, 60_000, "the registration of every line");
  await virtual.connect(1, 2);
  for (const line of [1, 2]) virtual.phone(line).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
});
