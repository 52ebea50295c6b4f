// One batch of damaged messages over stream connections, joined and cut anywhere, through both modules while calls go on. What must hold
// is what must hold of datagrams: batch.ts. A stranger gets answers, nothing else; whoever comes from the server's address is heard.

import assert from "node:assert/strict";
import { Dice } from "../support/dice.ts";
import { type Element, type Outcome, SERVER, type Site } from "../support/site.ts";
import { type Batch, STRANGER } from "./batch.ts";
import { CORPUS } from "./corpus.ts";
import { mutateFramed } from "./stream-mutations.ts";

/** Connections of one peer at a time: more than the adapter keeps unfinished messages for. */
const FLOWS = 40;
const LINE_END = Buffer.from("\r\n\r\n");
const SIZES = [1, 2, 7, 100, 1000, 4096, 65_535];
/** Of a core's memory for what it is handed over. */
const SLICE = 4096;

export interface StreamTally {
  messages: number;
  /** To strangers. */
  answers: number;
  /** Messages that came in two pieces, one after the other. */
  cuts: number;
}

/** What no connection of a stranger may bring about. Returns how many answers there were. */
function judge(element: Element, outcomes: readonly Outcome[]): number {
  let answers = 0;
  for (const { sent, lineOrders } of outcomes) {
    assert.equal(lineOrders, 0, "a stranger moved a line");
    for (const { to, bytes } of sent) {
      const text = Buffer.from(bytes).toString("latin1");
      assert.ok(to.startsWith(`${STRANGER}:`), `${element.name} sends to ${to}: ${text.slice(0, 80)}`);
      answers++;
      assert.ok(text.startsWith("SIP/2.0 ") || text === "\r\n", `${element.name} sends ${text.slice(0, 80)}`);
    }
  }
  return answers;
}

class Peer {
  readonly element: Element;
  readonly #flows: number[] = [];
  readonly #address: string;
  readonly #dice: Dice;

  constructor(element: Element, address: string, dice: Dice) {
    this.element = element;
    this.#address = address;
    this.#dice = dice;
  }

  #flow(): number {
    const place = this.#dice.below(FLOWS);
    const flow = this.#flows[place] ?? 0;
    if (this.element.isOpen(flow)) return flow;
    const fresh = this.element.open(this.#address, 1 + this.#dice.below(65535));
    this.#flows[place] = fresh;
    return fresh;
  }

  /** What is thrown, and what came of it. */
  throw(messages: readonly Uint8Array[]): Outcome[] {
    const dice = this.#dice;
    const bytes = Buffer.concat(messages.flatMap((message) => (dice.chance(0.1) ? [LINE_END, message] : [message])));
    const flow = this.#flow();
    const outcomes: Outcome[] = [];
    // now and then the rest never comes
    const end = dice.chance(0.1) ? dice.below(bytes.length + 1) : bytes.length;
    for (let at = 0; at < end; ) {
      const size = Math.min(dice.pick(SIZES), end - at);
      for (let from = at; from < at + size; from += SLICE)
        outcomes.push(...this.element.receiveStream(flow, bytes.subarray(from, Math.min(from + SLICE, at + size))));
      at += size;
    }
    if (dice.chance(0.2)) this.element.close(flow);
    return outcomes;
  }
}

/** Throws `count` messages, and lets everything come to its end. */
export function throwStreams(batch: Batch, seed: number, count: number, tally: StreamTally): void {
  const dice = new Dice(seed ^ 0x5bd1e995);
  const { site } = batch;
  const strangers = [new Peer(site.server, STRANGER, dice), new Peer(site.victim, STRANGER, dice)];
  const registrar = new Peer(site.victim, SERVER, dice);
  for (let round = 0, thrown = 0; thrown < count; round++) {
    if (round % 50 === 0) batch.keepCalls();
    const messages = Array.from({ length: 1 + dice.below(3) }, () => mutateFramed(dice.pick(CORPUS), dice));
    if (dice.chance(0.75)) {
      const peer = dice.pick(strangers);
      tally.answers += judge(peer.element, peer.throw(messages));
    } else {
      const overheard = site.overheard.filter(({ to }) => to === site.victim);
      const live =
        dice.chance(0.5) && overheard.length > 0 ? mutateFramed(dice.pick(overheard).bytes, dice) : undefined;
      registrar.throw(live ? [...messages, live] : messages);
    }
    thrown += messages.length;
    tally.messages += messages.length;
    if (dice.chance(0.1)) site.pass(dice.pick([1, 20, 500, 4000, 33_000]));
  }
  batch.finish();
}

/** A message in two pieces over a connection each, at every byte up to `most`. Returns how often that was. */
export function cutEverywhere(site: Site, message: Uint8Array, most: number): number {
  let cuts = 0;
  for (const element of [site.server, site.victim])
    for (let cut = 1; cut < Math.min(message.length, most); cut++) {
      const flow = element.open(STRANGER, 5060);
      for (const piece of [message.subarray(0, cut), message.subarray(cut)])
        for (let from = 0; from < piece.length; from += SLICE)
          judge(element, element.receiveStream(flow, piece.subarray(from, from + SLICE)));
      element.close(flow);
      if (++cuts % 100 === 0) site.pass(33_000);
    }
  assert.deepEqual(site.quiet(), []);
  return cuts;
}
