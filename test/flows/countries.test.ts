// Countries' telephones on their own line: a caller hears what he has heard all his life. Of each kind of tones and of ringing there
// is one; all countries are measured in test/core/country-tones.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualBox } from "../support/virtual-box.ts";

/** How an exchange rings, ms of ring and silence: ITU-T E.180 Supplement 2 and the countries' own standards. */
const CADENCES: Record<string, number[]> = {
  US: [2000, 4000],
  GB: [400, 200, 400, 2000],
  DE: [1000, 4000],
  FR: [1500, 3500],
  SE: [1000, 5000],
  AU: [400, 200, 400, 2000],
  ES: [1500, 3000],
  HK: [400, 200, 400, 3000],
  IT: [1000, 4000],
  JP: [1000, 2000],
  TR: [2000, 4000],
};

for (const country of Object.keys(CADENCES)) {
  test(`${country}: dial, ringback, busy and congestion tone as the ear there knows them, and the bell's own pace`, async () => {
    const virtual = await VirtualBox.startRegistered({ seed: 101, keys: () => `country = "${country}"` });
    await virtual.call(1, "102");
    await virtual.rings(2);
    await virtual.hears(1, "ringback");
    await virtual.pass(12_000);
    const cadence = CADENCES[country]!;
    const rung = virtual.phone(2).bell.cadence.map((length) => Math.round(length));
    for (const [index, length] of cadence.entries()) assert.equal(rung[index], length, `${rung}`);
    assert.equal(rung[cadence.length], cadence[0], `${rung}`);
    virtual.phone(1).hang();
    virtual.until(() => virtual.state(2) === "idle", 3000, "the end of the ringing");

    await virtual.lift(2);
    await virtual.call(1, "102");
    await virtual.hears(1, "busy");
    virtual.phone(1).hang();
    virtual.until(() => virtual.state(1) === "idle", 3000, "on-hook");
    await virtual.call(1, "199");
    await virtual.hears(1, "congestion");
    for (const line of [1, 2]) virtual.phone(line).hang();
    virtual.clock.advance(100_000);
    assert.deepEqual(virtual.leftOver(), []);
  });
}
