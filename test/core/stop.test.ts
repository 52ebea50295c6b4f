// The adapter is told to stop, whatever its lines are doing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Dice } from "../support/dice.ts";
import { Site } from "../support/site.ts";
import { BUILDS } from "../support/virtual-box.ts";

for (const build of BUILDS) {
  test(`${build}: a phone that rings when the adapter stops falls silent, and its caller is told`, () => {
    const site = new Site(new Dice(1), build);
    const { victim, other } = site;
    site.pass(other.dial(0, "101") - site.schedule.now + 500);
    assert.equal(victim.lineState(0), "ringing");
    const { lineOrders } = victim.give(() => victim.core.stop(site.schedule.now));
    assert.ok(lineOrders > 0, "the bell is not told to stop");
    assert.equal(victim.lineState(0), "idle");
    site.pass(1000);
    assert.equal(other.lineState(0), "congestion");
  });
}
