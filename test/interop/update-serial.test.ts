// An update over the serial console of the built program, sent by lrzsz's sx: the console asks for it, takes it, and is there again.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ReadStream } from "node:tty";
import { simulatorText } from "../../host/config/simulator.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { EMPTY_SLOT, parseSlotTable, writeSlotTable } from "../../host/update/slot-table.ts";
import { makeKey, readPrivateKey, writeTrailer } from "../../host/update/update-file.ts";
import { within } from "../support/deadline.ts";
import { Dice } from "../support/dice.ts";
import { PtyPair, ptySkip } from "../support/pty.ts";
import { TipringProgram } from "../support/tipring-program.ts";

const SLOT_SIZE = 1 << 20;

function skip(): string | false {
  if (spawnSync("sx", ["--version"]).error === undefined) return ptySkip();
  if (process.env.CI === "true") throw new Error("sx is missing: apt-get install lrzsz");
  return "sx is not installed (apt-get install lrzsz)";
}

test("update xmodem on a serial console, sent by sx -k; the slot holds it, and the console goes on", {
  skip: skip(),
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "tipring-update-"));
  const [config, slots, keyFile, file] = ["tipring.toml", "slots", "update.pub", "new.update"].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  const cable = new PtyPair();
  await cable.connect();
  const sip = await freeUdpPorts(2);
  const ports = { sip, server: sip + 1, rtp: await freeUdpPorts(6) };
  writeFileSync(config, `${simulatorText(ports)}\n[console]\nserial = "${cable.near}"\n`, { mode: 0o600 });

  mkdirSync(slots);
  for (const slot of ["a", "b"]) {
    writeFileSync(join(slots, `slot.${slot}`), "");
    truncateSync(join(slots, `slot.${slot}`), SLOT_SIZE);
  }
  const a = { size: 4096, sha256: "a".repeat(64), version: "0.1.0" };
  const flashed = { generation: 1, active: "a", try: undefined, tried: false, good: "a", returned: undefined } as const;
  writeFileSync(join(slots, "slots.0"), writeSlotTable({ ...flashed, a, b: EMPTY_SLOT }));
  const keys = makeKey();
  writeFileSync(keyFile, keys.publicKey);
  // Every byte value, as a compressed system has them: none may be taken for a key or a signal of the line.
  const dice = new Dice(7);
  const system = Buffer.from(Array.from({ length: 96 * 1024 }, () => dice.below(256)));
  const sha256 = createHash("sha256").update(system).digest("hex");
  const manifest = { name: "tipring", version: "0.2.0", boards: ["simulator"], size: system.length, sha256 } as const;
  writeFileSync(file, Buffer.concat([system, writeTrailer(manifest, readPrivateKey(keys.privateKey))]));

  const box = new TipringProgram(["run", "--headless", "-c", config, "--slots", slots, "--update-key", keyFile]);
  const flags = constants.O_RDWR | constants.O_NOCTTY;
  const far = openSync(cable.far, flags);
  let screen: ReadStream | undefined;
  const sees = (text: string): Promise<void> => {
    let seen = "";
    screen ??= new ReadStream(openSync(cable.far, flags));
    const from = screen;
    const seeing = new Promise<void>((resolve) => {
      from.on("data", (bytes: Buffer) => {
        seen += bytes;
        if (seen.includes(text)) resolve();
      });
    });
    return within(seeing, 15_000, () => `${text} in ${seen}`).finally(() => from.removeAllListeners("data"));
  };
  const types = async (line: string, answer: string): Promise<void> => {
    const seen = sees(answer);
    spawnSync("sh", ["-c", 'printf "%s\\r" "$1" > "$2"', "sh", line, cable.far]);
    await seen;
  };
  try {
    await box.says(/serial console open/);
    await types("", "tipring> ");
    await types("update xmodem", "^C ends this");
    screen?.destroy();
    screen = undefined;
    const sender = spawn("sx", ["-k", file], { stdio: [far, far, "ignore"] });
    const ended = new Promise((resolve) => sender.once("exit", resolve));
    assert.equal(await within(ended, 60_000, "the end of sx"), 0);
    await box.says(/version 0\.2\.0 is in slot b; the next start tries it, once/);
    assert.ok(readFileSync(join(slots, "slot.b")).subarray(0, system.length).equals(system));
    assert.equal(parseSlotTable(readFileSync(join(slots, "slots.0"), "utf8"))?.try, "b");
    await types("show update", "is tried at the next start");
  } finally {
    screen?.destroy();
    closeSync(far);
    await box.stop();
    await cable.close();
    rmSync(folder, { recursive: true });
  }
});
