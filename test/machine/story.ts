// Tests that follow each other on one machine.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

let isBroken = false;

/** One test of a story: what follows a failure would only wait for what cannot come. */
export function step(title: string, work: (t: TestContext) => Promise<void>): void {
  test(title, async (t) => {
    if (isBroken) assert.fail("a step before this one failed");
    isBroken = true;
    await work(t);
    isBroken = false;
  });
}
