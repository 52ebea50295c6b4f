// Long calls, and calls whose other end has died without a word: RFC 4028 between two boxes and their server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { VirtualBox } from "../support/virtual-box.ts";
import { GOOD_WIRE } from "../support/virtual-network.ts";

const MINUTE = 60_000;
const AWAY = "127.0.0.2:";

/** Phone 101 of one box talks to phone 201 of the other. */
async function talking(seed: number, caller: "home" | "away"): Promise<[VirtualBox, VirtualBox]> {
  const home = await VirtualBox.startRegistered({ seed, phones: 1, guests: 1 });
  const away = await VirtualBox.startRegistered({ beside: home, phones: 1 });
  const [from, to, number] = caller === "home" ? [home, away, "201"] : [away, home, "101"];
  await from.call(1, number);
  await to.rings(1);
  to.phone(1).lift();
  home.until(() => home.isTalking(1) && away.isTalking(1), 5000, "the answer");
  return [home, away];
}

/** Requests with that method as they leave the box of the caller for the server, and when, in whole seconds. */
function watch(virtual: VirtualBox, method: string): number[] {
  const seen: number[] = [];
  const start = virtual.clock.now();
  virtual.network.onSend = ({ at, from, bytes }) => {
    if (!from.endsWith(":5060") && Buffer.from(bytes.subarray(0, method.length + 1)).toString() === `${method} `) {
      seen.push(Math.round((at - start) / 1000));
    }
  };
  return seen;
}

test("RFC 4028 §10: in a call that goes on the caller's box gives a sign of life each quarter of an hour", async () => {
  const boxes = await talking(401, "home");
  const [home, away] = boxes;
  const updates = watch(home, "UPDATE");
  home.clock.advance(31 * MINUTE);
  assert.deepEqual(updates, [900, 1800]);
  assert.ok(home.isTalking(1) && away.isTalking(1));
  for (const box of boxes) box.phone(1).hang();
  home.clock.advance(150_000);
  for (const box of boxes) assert.deepEqual(box.leftOver(), []);
});

test("line session_timer 90: a sign of life each 45 s, and a far end without power is found out after a minute", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 403, keys: () => "session_timer = 90" });
  await virtual.connect(1, 2);
  const updates = watch(virtual, "UPDATE");
  virtual.clock.advance(200_000);
  // each goes to the server and on to the other line
  assert.deepEqual(updates, [45, 90, 135, 180]);
  virtual.network.wire = { ...GOOD_WIRE, loss: 1 };
  const since = virtual.clock.now();
  virtual.until(() => !virtual.isTalking(2), 61_000, "the end at the called");
  assert.ok(virtual.clock.now() - since > 20_000);
});

for (const [caller, minutes] of [
  ["home", 15.6],
  ["away", 29.5],
] as const) {
  const who = caller === "home" ? "a phone that was called" : "the phone that called";
  test(`${who} loses its power: ${minutes} minutes later the line is free, and not before`, async () => {
    const [home] = await talking(402, caller);
    home.network.wire = (from, to) => ({ ...GOOD_WIRE, loss: from.startsWith(AWAY) || to.startsWith(AWAY) ? 1 : 0 });
    home.clock.advance((minutes - 0.5) * MINUTE);
    assert.ok(home.isTalking(1));
    home.until(() => !home.isTalking(1), MINUTE, "the end of the call");
    assert.equal(home.reported(1, Report.CallEnded).length, 1);
    home.phone(1).hang();
    home.clock.advance(150_000);
    assert.deepEqual(home.leftOver(), []);
  });
}
