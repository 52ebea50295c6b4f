// 100,000 damaged datagrams through both modules as they were built, on virtual time, while calls are made: see batch.ts for what must
// hold. A million: datagrams.long.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SERVER } from "../support/site.ts";
import { BUILDS } from "../support/virtual-box.ts";
import { type Batch, newTally, STRANGER } from "./batch.ts";
import { CORPUS, KEPT } from "./corpus.ts";
import { runBatch } from "./failure.ts";

const DATAGRAMS = 100_000;
const BATCH = 1000;
const BATCHES_OF_DEBUG = 10;

test("100,000 damaged datagrams: no trap, nothing left, no stranger is served, calls connect meanwhile", () => {
  const tally = newTally();
  for (let seed = 1; tally.datagrams < DATAGRAMS; seed++)
    runBatch(seed, seed <= BATCHES_OF_DEBUG ? "debug" : "release", tally, (batch) => batch.run(BATCH));
  assert.ok(tally.genuineCalls >= DATAGRAMS / BATCH / 2, `${tally.genuineCalls} genuine calls`);
  assert.ok(tally.fromStrangers > DATAGRAMS / 5, `${tally.fromStrangers} datagrams of strangers`);
  assert.ok(tally.bytesToStrangers > 0, "no stranger was told anything: the server was not reached");
  console.log(`# ${JSON.stringify(tally)}`);
});

/** Throws each datagram at both modules: as the adapter's own server, and as a stranger. */
function throwAll(batch: Batch, datagrams: Iterable<Uint8Array>): void {
  for (const datagram of datagrams) {
    batch.throw({ to: "victim", from: SERVER, port: 5060 }, datagram);
    batch.throw({ to: "victim", from: STRANGER, port: 5060 }, datagram);
    batch.throw({ to: "server", from: STRANGER, port: 5060 }, datagram);
  }
}

function* cutEverywhere(message: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < message.length; length++) yield message.subarray(0, length);
}

for (const build of BUILDS) {
  test(`${build}: every message of the corpus, cut at every byte`, () => {
    const tally = newTally();
    CORPUS.forEach((message, index) => {
      runBatch(7000 + index, build, tally, (batch) => {
        throwAll(batch, cutEverywhere(message));
        batch.finish();
      });
    });
    assert.ok(tally.datagrams > 50_000, `${tally.datagrams} datagrams to ${STRANGER}`);
  });

  test(`${build}: every live message, cut at every byte`, () => {
    runBatch(8000, build, newTally(), (batch) => {
      batch.keepCalls();
      for (const { to, bytes } of [...batch.site.overheard])
        for (const cut of cutEverywhere(bytes)) batch.throw(batch.wayOf(to), cut);
      batch.finish();
    });
  });

  test(`${build}: ${KEPT.length} messages that once found a fault`, () => {
    runBatch(9000, build, newTally(), (batch) => {
      throwAll(batch, KEPT);
      batch.finish();
    });
    assert.ok(KEPT.every(({ length }) => length > 0));
  });
}
