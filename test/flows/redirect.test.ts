// Numbers that the built-in server redirects, dialled on a phone: RFC 3261 §8.1.3.4 and §8.3.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { BUILDS, VirtualBox } from "../support/virtual-box.ts";

const REDIRECTS = `
[[server.redirect]]
prefix = "9"
to = "sip:102@127.0.0.1"

[[server.redirect]]
prefix = "91"
to = "192.0.2.7:5070"
`;

for (const build of BUILDS) {
  test(`a number that is to be asked for as another rings there, and both talk (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({
      build,
      seed: 31,
      keys: (line) => (line === 2 ? REDIRECTS : ""),
    });
    await virtual.call(1, "9555");
    await virtual.rings(2);
    virtual.phone(2).lift();
    virtual.until(() => virtual.isTalking(1) && virtual.isTalking(2), 3000, "both talk");
    for (const line of [1, 2]) virtual.phone(line).hang();
    virtual.until(() => [1, 2].every((line) => virtual.state(line) === "idle"), 3000, "everybody on-hook");
    virtual.clock.advance(100_000);
    assert.deepEqual(virtual.leftOver(), []);
  });

  test(`the server relays nothing to the places that it redirects to: the caller hears congestion tone (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({
      build,
      seed: 32,
      keys: (line) => (line === 2 ? REDIRECTS : ""),
    });
    await virtual.call(1, "9155");
    await virtual.hears(1, "congestion");
    assert.ok(virtual.reports.some(({ line, report }) => line === 1 && report === Report.CallFailed));
  });
}
