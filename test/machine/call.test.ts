// A call on QEMU's virt machine: hook, rotary dial and bell at the pins of its PL061, sound through snd-aloop, SIP and RTP to a phone on
// this computer.

import assert from "node:assert/strict";
import { after, before, describe, type TestContext } from "node:test";
import { answerQuestions } from "./first-boot.ts";
import { Handset, PEER_SAYS, PHONE_SAYS, telephoneFiles } from "./handset.ts";
import { Card, cannotRun, Machine, PATIENCE } from "./machine.ts";
import { Peer } from "./peer.ts";
import { step } from "./story.ts";

const NUMBER = "2304";
/** dBm0: softer is not heard. */
const AUDIBLE = -30;
/** A pulse that comes later than this at the pin is none of a dial's, ms. */
const LATE = 25;
/** What a dial or a handset does is known by then, ms: the number is whole after four seconds without a digit. */
const CALLED_WITHIN = 10_000;
const SEEN_WITHIN = 5000;
/** A computer that has much to do holds its machine up, which then knows that it has missed something, and takes nothing for a digit or a flash. */
const ATTEMPTS = 8;

async function untilDone<Done>(t: TestContext, what: string, attempt: () => Promise<Done | undefined>): Promise<Done> {
  for (let count = 1; count <= ATTEMPTS; count++) {
    const done = await attempt();
    if (done !== undefined) return done;
    t.diagnostic(`${what} ${count} went unheard`);
  }
  assert.fail(`${ATTEMPTS} times in a row a ${what} went unheard`);
}

let card: Card;
let machine: Machine;
let handset: Handset;
let peer: Peer;

describe("a call of the machine", { skip: cannotRun("qemu-virt") }, () => {
  before(async () => {
    card = new Card("qemu-virt");
    peer = await Peer.start(PEER_SAYS);
    machine = await Machine.start({ board: "qemu-virt", card, testFiles: telephoneFiles() });
    await machine.login("1/4 Country");
    await answerQuestions(machine, { user: "201", password: "sesame", display: "Hall", port: peer.port });
    await peer.receives("REGISTER");
    handset = await Handset.plugIn(machine);
  });
  after(async () => {
    await machine?.cutPower();
    peer?.stop();
    card?.remove();
  });

  step("a number dialled in pulses of 60 and 40 ms is called, ten pulses for a zero", async (t) => {
    const invite = await untilDone(t, "dial", async () => {
      await handset.lift();
      await handset.hearsDialTone();
      const late = await handset.dial(NUMBER);
      const called = late > LATE ? undefined : await peer.receivesWithin("INVITE", CALLED_WITHIN);
      if (called) return called;
      t.diagnostic(`a pulse came ${late} ms late: ${await machine.asks("show log")}`);
      await handset.hang();
      assert.ok(await machine.answers("show line 1", /state +idle/, PATIENCE));
      return undefined;
    });
    assert.ok(invite.uri.startsWith(`sip:${NUMBER}@`), `${invite.uri} was called`);
    await peer.answerCall(invite);
  });

  step("sound goes both ways through snd-aloop", async (t) => {
    await handset.hearsPeer();
    const there = await peer.hears(PHONE_SAYS, 1000);
    t.diagnostic(`the peer hears the telephone at ${there.toFixed(1)} dBm0`);
    assert.ok(there > AUDIBLE, `${there} dBm0`);
  });

  step("a flash is one, and the call goes on", async (t) => {
    await untilDone(t, "flash", async () => {
      await handset.flash(600);
      return (await machine.answers("show log", /line 1: hook flash/, SEEN_WITHIN)) || undefined;
    });
    assert.ok((await peer.hears(PHONE_SAYS, 500)) > AUDIBLE);
  });

  step("hanging up ends the call", async () => {
    await handset.hang();
    await peer.receives("BYE");
  });

  step(
    "a call from outside rings the line: ring mode on, F/R turned 40 times a second; lifted, it is silent",
    async (t) => {
      const call = peer.call("201");
      await peer.receives("180 INVITE");
      await handset.isRung(PATIENCE);
      const { turns } = await handset.watchRinging(1000);
      t.diagnostic(`${turns} turns of F/R in the first second`);
      assert.ok(turns >= 20, `${turns}`);
      await handset.lift();
      const answer = await peer.receives("200 INVITE");
      const { share } = await handset.watchRinging(300);
      assert.equal(share, 0);
      call.acknowledge(answer);
      await handset.hearsPeer();
      assert.ok((await peer.hears(PHONE_SAYS, 500)) > AUDIBLE);
      call.hangUp(answer);
      await peer.receives("200 BYE");
      await handset.hang();
    },
  );
});
