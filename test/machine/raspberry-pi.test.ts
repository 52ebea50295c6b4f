// The built image on QEMU's raspi3b, a Raspberry Pi 3B: its serial port, SD card and USB are those of the real board, its telephones are
// simulated. The tests follow each other on one machine.

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { answerQuestions } from "./first-boot.ts";
import { Card, cannotRun, Machine, PATIENCE, START } from "./machine.ts";
import { Peer } from "./peer.ts";
import { step } from "./story.ts";

const BOARD = "qemu-raspi3b";
const PROMPT = "tipring> ";
/** Of boards/qemu-raspi3b. */
const TELEPHONES = 2;
/** dBm0: softer is not heard. */
const AUDIBLE = -30;

let card: Card;
let machine: Machine;
let peer: Peer;

/** Lifts the first telephone, and resolves when there is sound for its ear. */
async function hearDialTone(): Promise<void> {
  const { console } = machine;
  console.type("phone 1 lift\r");
  await console.sees(PROMPT, PATIENCE);
  console.type("test line 1 level\r");
  const [, level] = await console.sees(/to the phone (-?[\d.]+) dBm0/, PATIENCE);
  assert.ok(Number(level) > AUDIBLE, `the phone hears ${level} dBm0`);
  console.type("show line 1\r");
  await console.sees(/state +dial-tone/, PATIENCE);
}

describe("the image on QEMU's Raspberry Pi 3B", { skip: cannotRun(BOARD) }, () => {
  before(async () => {
    card = new Card(BOARD);
    peer = await Peer.start(0);
    machine = await Machine.start({ board: BOARD, card });
  });
  after(async () => {
    await machine?.cutPower();
    peer?.stop();
    card?.remove();
  });

  step("starts, and asks the first question on ttyAMA0", async (t) => {
    await machine.login("1/4 Country");
    t.diagnostic(`raspi3b, boot to console: ${machine.age.toFixed(1)} s`);
  });

  step(
    "the answers on the serial port make a phone that registers through USB at a server on this computer",
    async () => {
      const account = { user: "201", password: "sesame", display: "Hall", port: peer.port };
      await answerQuestions(machine, account, TELEPHONES);
      await peer.receives("REGISTER");
    },
  );

  step(
    "after the power was cut there are no questions, what was saved is there, and a handset lifted hears dial tone",
    async (t) => {
      await machine.cutPower();
      peer.forget();
      machine = await Machine.start({ board: BOARD, card });
      await machine.login(PROMPT);
      const atConsole = machine.age;
      await hearDialTone();
      t.diagnostic(`raspi3b, set up: boot to console: ${atConsole.toFixed(1)} s`);
      t.diagnostic(`raspi3b, set up: boot to dial tone: ${machine.age.toFixed(1)} s`);
      await peer.receives("REGISTER", START);
      machine.console.type("show config | include user\r");
      await machine.console.sees('user = "201"', PATIENCE);
    },
  );
});
