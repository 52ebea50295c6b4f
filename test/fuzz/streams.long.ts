// Half a million damaged messages over stream connections, and some hundred damaged ones cut at every byte, from seeds that no run before
// has had, on every core of the machine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isMainThread } from "node:worker_threads";
import { Dice } from "../support/dice.ts";
import { newTally } from "./batch.ts";
import { CORPUS } from "./corpus.ts";
import { runBatch } from "./failure.ts";
import { cutEverywhere, type StreamTally, throwStreams } from "./stream-batch.ts";
import { mutateFramed } from "./stream-mutations.ts";
import { freshSeed, onEveryCore, runShare } from "./workers.ts";

const MESSAGES = 500_000;
const BATCH = 1000;
/** Of a message, that every cut is tried at. */
const MOST_CUTS = 1500;

const newStreamTally = (): StreamTally => ({ messages: 0, answers: 0, cuts: 0 });

if (!isMainThread)
  runShare(newStreamTally, (seed, tally) => {
    runBatch(seed, "release", newTally(), (batch) => throwStreams(batch, seed, BATCH, tally));
    runBatch(seed, "release", newTally(), ({ site }) => {
      const dice = new Dice(seed);
      tally.cuts += cutEverywhere(site, mutateFramed(dice.pick(CORPUS), dice), MOST_CUTS);
    });
  });
else
  test("500,000 messages over connections, most of them damaged; 500 of them cut at every byte", async () => {
    const sum = newStreamTally();
    await onEveryCore<StreamTally>(import.meta.url, freshSeed(), MESSAGES / BATCH, (tally) => {
      for (const key of ["messages", "answers", "cuts"] as const) sum[key] += tally[key];
      console.log(`# ${JSON.stringify(sum)}`);
    });
    assert.ok(sum.messages >= MESSAGES, `${sum.messages} messages`);
    assert.ok(sum.answers > MESSAGES / 20, `${sum.answers} answers: the messages were not reached`);
    assert.ok(sum.cuts > MESSAGES / 20, `${sum.cuts} cuts`);
  });
