// The slots of a box on real files: found, written through, told at the start, confirmed by health.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { checkConfig } from "../../host/config/check.ts";
import { Log } from "../../host/log.ts";
import { slotPath } from "../../host/update/slot-device.ts";
import { parseSlotTable, type SlotTable, writeSlotTable } from "../../host/update/slot-table.ts";
import { startSlots } from "../../host/update/slots.ts";
import { makeKey, readPrivateKey, writeTrailer } from "../../host/update/update-file.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const KEYS = makeKey();
const SYSTEM = Buffer.alloc(1_048_576, "system");
const A = { size: 4096, sha256: "a".repeat(64), version: "0.1.0" };
const B = { size: 0, sha256: "-", version: "-" };
const FLASHED: SlotTable = {
  ...{ generation: 1, active: "a", try: undefined, tried: false, good: "a", returned: undefined },
  ...{ a: A, b: B },
};

function folderWith(t: TestContext, table: string): string {
  const folder = mkdtempSync(join(tmpdir(), "tipring-slots-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "slots.0"), table);
  writeFileSync(join(folder, "slot.a"), Buffer.alloc(2_000_000));
  writeFileSync(join(folder, "slot.b"), Buffer.alloc(2_000_000));
  writeFileSync(join(folder, "image.pub"), KEYS.publicKey);
  return folder;
}

async function start(folder: string, health = { isRegistered: () => false, frames: () => 0 }) {
  const clock = new VirtualClock();
  const log = new Log(clock);
  const config = checkConfig("[update]\nhealth_minutes = 3\n").config!;
  const options = { folder, keyFile: join(folder, "image.pub") };
  const slots = await startSlots(options, { board: "simulator", clock, log, config: () => config, health });
  const logged = (): string[] => log.recent(100).map(({ level, message }) => `${level} ${message}`);
  return { ...slots, clock, logged };
}

const newest = (folder: string): SlotTable =>
  [0, 1]
    .flatMap((copy) => parseSlotTable(readFileSync(join(folder, `slots.${copy}`), "utf8")) ?? [])
    .sort((left, right) => right.generation - left.generation)[0]!;

test("an update file goes into the other slot's file, byte for byte", async (t) => {
  const folder = folderWith(t, writeSlotTable(FLASHED));
  const { updater, logged } = await start(folder);
  assert.deepEqual(logged(), ["info slot a runs, version 0.1.0"]);
  const sha256 = createHash("sha256").update(SYSTEM).digest("hex");
  const manifest = { name: "tipring", version: "0.2.0", boards: ["simulator"], size: SYSTEM.length, sha256 } as const;
  const path = join(folder, "new.update");
  writeFileSync(path, Buffer.concat([SYSTEM, writeTrailer(manifest, readPrivateKey(KEYS.privateKey))]));
  await updater.install(
    updater.open(path, t.signal, () => {}),
    false,
  );
  assert.ok(readFileSync(join(folder, "slot.b")).subarray(0, SYSTEM.length).equals(SYSTEM));
  const { b, try: next, tried, good } = newest(folder);
  assert.deepEqual([b, next, tried, good], [{ size: SYSTEM.length, sha256, version: "0.2.0" }, "b", false, "a"]);
});

test("a system on trial is confirmed when a line is registered and a frame of sound has passed, and not before", async (t) => {
  const b = { ...A, version: "0.2.0" };
  const folder = folderWith(t, writeSlotTable({ ...FLASHED, active: "b", try: "b", tried: true, b }));
  let frames = 0;
  const { clock, updater, logged } = await start(folder, { isRegistered: () => true, frames: () => frames });
  assert.match(logged()[0]!, /^info slot b runs version 0\.2\.0 on trial: .* or after 3 min; else .* slot a again$/);
  clock.advance(60_000);
  assert.equal(await updater.isOnTrial(), true);
  frames = 1;
  clock.advance(1000);
  // the table is on a real disk, and told of when it is there
  while (logged().length === 1) await new Promise(setImmediate);
  assert.equal(logged().at(-1), "info version 0.2.0 in slot b is confirmed");
  assert.equal(newest(folder).good, "b");
});

test("a box whose slot table is broken runs all the same, and says so", async (t) => {
  const { updater, logged } = await start(folderWith(t, "junk"));
  assert.deepEqual(logged(), ["error the slot table is damaged in both copies; flash the image anew to mend it"]);
  await assert.rejects(updater.status(), /damaged in both copies/);
});

test("an image without a key takes no update", async (t) => {
  const folder = folderWith(t, writeSlotTable(FLASHED));
  const { updater } = await start(folder);
  rmSync(join(folder, "image.pub"));
  await assert.rejects(
    updater.install(
      updater.open("/dev/null", t.signal, () => {}),
      false,
    ),
    /this image was made without a key, so it takes no updates; allowed: first update key KEY/,
  );
});

test("slots are partitions 3 and 4 of the disk whose partition 2 is mounted on the table's folder", () => {
  const mounts = (source: string) =>
    `proc /proc proc rw 0 0\ntmpfs /config tmpfs rw 0 0\n${source} /config ext4 rw 0 0\n`;
  assert.equal(slotPath("a", "/config", mounts("/dev/mmcblk0p2")), "/dev/mmcblk0p3");
  assert.equal(slotPath("b", "/config/", mounts("/dev/mmcblk0p2")), "/dev/mmcblk0p4");
  assert.equal(slotPath("b", "/config", mounts("/dev/vda2")), "/dev/vda4");
  assert.throws(() => slotPath("a", "/config", mounts("/dev/sdb1")), /\/config is on \/dev\/sdb1; slots are beside/);
  assert.throws(() => slotPath("a", "/elsewhere", mounts("/dev/vda2")), /\/elsewhere is on no disk of its own/);
});
