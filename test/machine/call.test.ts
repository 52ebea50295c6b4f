// A call on QEMU's virt machine: hook, rotary dial and bell at the pins of its PL061, sound through snd-aloop, SIP and RTP to a phone on
// this computer.

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { answerQuestions } from "./first-boot.ts";
import { Handset, PEER_SAYS, PHONE_SAYS, telephoneFiles } from "./handset.ts";
import { Card, cannotRun, Machine, PATIENCE } from "./machine.ts";
import { Peer } from "./peer.ts";
import { step } from "./story.ts";

const NUMBER = "2304";
/** dBm0: softer is not heard. */
const AUDIBLE = -30;

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

  step("a number dialled in pulses of 60 and 40 ms is called, ten pulses for a zero", async () => {
    await handset.lift();
    await handset.hearsDialTone();
    const late = await handset.dial(NUMBER);
    const invite = await peer.receives("INVITE");
    assert.ok(invite.uri.startsWith(`sip:${NUMBER}@`), `${invite.uri} was called; a pulse came ${late} ms late`);
    await peer.answerCall(invite);
  });

  step("sound goes both ways through snd-aloop", async (t) => {
    await handset.hearsPeer();
    const there = await peer.hears(PHONE_SAYS, 1000);
    t.diagnostic(`the peer hears the telephone at ${there.toFixed(1)} dBm0`);
    assert.ok(there > AUDIBLE, `${there} dBm0`);
  });

  step("a flash is one, and the call goes on", async () => {
    await handset.flash(600);
    machine.console.type("show log\r");
    await machine.console.sees("flash", PATIENCE);
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
