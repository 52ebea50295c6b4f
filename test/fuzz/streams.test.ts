// Damaged messages over stream connections, joined and cut anywhere, through both modules while calls go on: RFC 3261 §18.3. What must
// hold is what must hold of datagrams: batch.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Dice } from "../support/dice.ts";
import type { Element, Outcome } from "../support/site.ts";
import { BUILDS } from "../support/virtual-box.ts";
import { type Batch, newTally, STRANGER } from "./batch.ts";
import { CORPUS } from "./corpus.ts";
import { runBatch } from "./failure.ts";
import { mutateSip } from "./sip-mutations.ts";

const MESSAGES = 20_000;
const BATCH = 500;
/** Connections of one stranger at a time. */
const FLOWS = 40;
const LINE_END = Buffer.from("\r\n\r\n");

let answers = 0;

/** What no connection of a stranger may bring about. */
function judge(element: Element, outcomes: readonly Outcome[]): void {
  for (const { sent, lineOrders } of outcomes) {
    assert.equal(lineOrders, 0, "a stranger moved a line");
    for (const { to, bytes } of sent) {
      const text = Buffer.from(bytes).toString("latin1");
      assert.ok(to.startsWith(`${STRANGER}:`), `${element.name} sends to ${to}: ${text.slice(0, 80)}`);
      answers++;
      assert.ok(text.startsWith("SIP/2.0 ") || text === "\r\n", `${element.name} sends ${text.slice(0, 80)}`);
    }
  }
}

class Strangers {
  readonly #flows: number[] = [];
  readonly #element: Element;
  readonly #dice: Dice;

  constructor(element: Element, dice: Dice) {
    this.#element = element;
    this.#dice = dice;
  }

  #flow(): number {
    const place = this.#dice.below(FLOWS);
    const flow = this.#flows[place] ?? 0;
    if (this.#element.isOpen(flow)) return flow;
    const fresh = this.#element.open(STRANGER, 1 + this.#dice.below(65535));
    this.#flows[place] = fresh;
    return fresh;
  }

  /** One to three messages in pieces, over one connection. */
  throw(): number {
    const dice = this.#dice;
    const messages = Array.from({ length: 1 + dice.below(3) }, () => {
      const message = dice.pick(CORPUS);
      return dice.chance(0.7) ? mutateSip(message, dice) : message;
    });
    const bytes = Buffer.concat(messages.flatMap((message) => (dice.chance(0.1) ? [LINE_END, message] : [message])));
    const flow = this.#flow();
    for (let at = 0; at < bytes.length; ) {
      const size = dice.pick([1, 2, 7, 100, 1000, 4096, 65_535]);
      judge(this.#element, this.#element.receiveStream(flow, bytes.subarray(at, at + size)));
      at += size;
    }
    if (dice.chance(0.2)) this.#element.close(flow);
    return messages.length;
  }
}

function throwAll(batch: Batch, seed: number): number {
  const dice = new Dice(seed ^ 0x5bd1e995);
  const { site } = batch;
  const strangers = [new Strangers(site.server, dice), new Strangers(site.victim, dice)];
  let thrown = 0;
  for (let round = 0; thrown < BATCH; round++) {
    if (round % 50 === 0) batch.keepCalls();
    thrown += dice.pick(strangers).throw();
    if (dice.chance(0.1)) site.pass(dice.pick([1, 20, 500, 4000, 33_000]));
  }
  batch.finish();
  return thrown;
}

test("20,000 messages over connections, most of them damaged, in pieces: no trap, nothing left, no stranger is served", () => {
  let thrown = 0;
  for (let seed = 1; thrown < MESSAGES; seed++)
    runBatch(seed, seed % 4 === 0 ? "debug" : "release", newTally(), (batch) => {
      thrown += throwAll(batch, seed);
    });
  assert.ok(answers > MESSAGES / 20, `${answers} answers: the messages were not reached`);
});

for (const build of BUILDS)
  test(`${build}: every message of the corpus over a connection, cut at every byte`, () => {
    for (const [index, message] of CORPUS.entries())
      runBatch(7000 + index, build, newTally(), ({ site }) => {
        for (const element of [site.server, site.victim])
          for (let cut = 1; cut < Math.min(message.length, 3000); cut++) {
            const flow = element.open(STRANGER, 5060);
            for (const piece of [message.subarray(0, cut), message.subarray(cut)])
              judge(element, element.receiveStream(flow, piece));
            element.close(flow);
            if (cut % 100 === 0) site.pass(33_000);
          }
        assert.deepEqual(site.quiet(), []);
      });
  });
