// Damaged messages over stream connections, in pieces, through both modules: stream-batch.ts. More: streams.long.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BUILDS } from "../support/virtual-box.ts";
import { newTally } from "./batch.ts";
import { CORPUS } from "./corpus.ts";
import { runBatch } from "./failure.ts";
import { cutEverywhere, type StreamTally, throwStreams } from "./stream-batch.ts";

const MESSAGES = 20_000;
const BATCH = 500;
/** Of a message, that every cut is tried at. */
const MOST_CUTS = 3000;

test("20,000 messages over connections, most of them damaged, in pieces: no trap, nothing left, no stranger is served", () => {
  const tally: StreamTally = { messages: 0, answers: 0, cuts: 0 };
  for (let seed = 1; tally.messages < MESSAGES; seed++)
    runBatch(seed, seed % 4 === 0 ? "debug" : "release", newTally(), (batch) =>
      throwStreams(batch, seed, BATCH, tally),
    );
  assert.ok(tally.answers > MESSAGES / 20, `${tally.answers} answers: the messages were not reached`);
});

for (const build of BUILDS)
  test(`${build}: every message of the corpus over a connection, cut at every byte`, () => {
    for (const [index, message] of CORPUS.entries())
      runBatch(7000 + index, build, newTally(), ({ site }) => cutEverywhere(site, message, MOST_CUTS));
  });
