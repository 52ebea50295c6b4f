// The built image on QEMU's virt machine: from the first Enter on its serial port to a registered phone, and what a power cut leaves.
// The tests follow each other on one machine.

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { answerQuestions } from "./first-boot.ts";
import { Handset, PEER_SAYS, telephoneFiles } from "./handset.ts";
import { Card, cannotRun, Machine, PATIENCE, START } from "./machine.ts";
import { Peer } from "./peer.ts";
import { step } from "./story.ts";

let card: Card;
let machine: Machine;
let peer: Peer;

describe("the image on QEMU's virt machine", { skip: cannotRun("qemu-virt") }, () => {
  before(async () => {
    card = new Card("qemu-virt");
    peer = await Peer.start(PEER_SAYS);
    machine = await Machine.start({ board: "qemu-virt", card, testFiles: telephoneFiles() });
  });
  after(async () => {
    await machine?.cutPower();
    peer?.stop();
    card?.remove();
  });

  step("starts, and asks the first question on its serial port", async (t) => {
    await machine.login("1/4 Country");
    t.diagnostic(`virt, boot to console: ${machine.age.toFixed(1)} s`);
  });

  step("nothing but SIP is open on the network", async () => {
    const sockets = await machine.shell("netstat -lntu | tail -n +3");
    assert.doesNotMatch(sockets, /tcp/);
    const ports = [...sockets.matchAll(/udp\s+\d+\s+\d+\s+\S+:(\d+)/g)].map(([, port]) => Number(port));
    assert.deepEqual(
      ports.filter((port) => port !== 68), // DHCP's
      [5060],
      sockets,
    );
  });

  step("the answers on the serial port make a phone that registers at a server on this computer", async () => {
    await answerQuestions(machine, { user: "201", password: "sesame", display: "Hall", port: peer.port });
    await peer.receives("REGISTER");
    const files = await machine.shell("ls -1 /config");
    assert.match(files, /^tipring\.toml$/m);
    assert.match(files, /^tipring\.toml\.copy$/m);
  });

  step(
    "a handset that is lifted at the GPIO pin hears dial tone through snd-aloop, and nothing once it is down",
    async () => {
      const handset = await Handset.plugIn(machine);
      await handset.lift();
      await handset.hearsDialTone();
      await handset.hang();
      await handset.hearsNothing();
    },
  );

  step(
    "after the power was cut what was saved is there: no questions, it registers, and who lifted meanwhile hears dial tone",
    async (t) => {
      await machine.cutPower();
      peer.forget();
      machine = await Machine.start({ board: "qemu-virt", card, testFiles: telephoneFiles() });
      const listen = async (): Promise<void> => {
        await machine.shellIsThere();
        const handset = await Handset.plugIn(machine);
        await handset.lift();
        await handset.hearsDialTone();
        t.diagnostic(`virt, set up: boot to dial tone: ${machine.age.toFixed(1)} s`);
      };
      const look = async (): Promise<void> => {
        await machine.login("tipring> ");
        t.diagnostic(`virt, set up: boot to console: ${machine.age.toFixed(1)} s`);
      };
      await Promise.all([look(), peer.receives("REGISTER", START), listen()]);
      machine.console.type("show config | include user\r");
      await machine.console.sees('user = "201"', PATIENCE);
    },
  );
});
