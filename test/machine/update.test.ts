// An update that is whole and signed, and whose system cannot run, on QEMU's virt machine: one start, and the old system is back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { makeKey, readPrivateKey } from "../../host/update/update-file.ts";
import { badUpdate } from "../support/bad-update.ts";
import { Card, Machine, PATIENCE, START } from "./machine.ts";

const PROMPT = "tipring> ";

test("a bad update returns by itself, and the console says why", async () => {
  const card = new Card("qemu-virt");
  let machine: Machine | undefined;
  try {
    machine = await Machine.start({ board: "qemu-virt", card });
    const { console } = machine;
    await machine.login("1/4 Country");
    console.type("\x03");
    await console.sees(PROMPT, PATIENCE);

    const key = readPrivateKey(makeKey().privateKey);
    const { file, publicKey } = badUpdate(card.folder, key, "99.0.0", ["qemu-virt"]);
    // The image was made without a key; its files are in memory, and can be written to.
    const packed = gzipSync(file).toString("base64");
    const unpack = `fs.writeFileSync("/tmp/bad.update", zlib.gunzipSync(Buffer.from("${packed}", "base64")))`;
    await machine.shell(`echo ${publicKey.trim()} > /etc/tipring/update.pub; node -e '${unpack}'`);
    console.type("update from /tmp/bad.update\r");
    await console.sees("version 99.0.0 is in slot b; the next start tries it, once", PATIENCE);
    console.type("restart\r");
    await console.sees("Kernel panic", START);

    await machine.login("1/4 Country");
    console.type("\x03");
    await console.sees(PROMPT, PATIENCE);
    console.type("show update\r");
    await console.sees(/runs +slot a/, PATIENCE);
    await console.sees("slot b, version 99.0.0, was started and never confirmed; slot a runs again", PATIENCE);
    assert.match(await machine.shell("cat /etc/tipring/slot"), /^a$/m);
  } finally {
    await machine?.cutPower();
    card.remove();
  }
});
