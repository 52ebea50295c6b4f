// Updates into slots that lose their power at every step, with stage 1 after each: the old system or the new one runs, never a mixture.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, test } from "node:test";
import type { UpdateSource } from "../../host/status.ts";
import { watchHealth } from "../../host/update/health.ts";
import { UpdateKeys } from "../../host/update/keys.ts";
import { SavedSlotTable, type SlotName, writeSlotTable } from "../../host/update/slot-table.ts";
import { type Manifest, makeKey, readPrivateKey, writeTrailer } from "../../host/update/update-file.ts";
import { Updater } from "../../host/update/updater.ts";
import { MemoryFiles, PowerCut } from "../support/memory-files.ts";
import { MemorySlots, startOnce } from "../support/memory-slots.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const FOLDER = "/config";
const IMAGE_KEY = "/etc/tipring/update.pub";
const CAPACITY = 640 * 1024;
const OLD_SIZE = 8192;
const KEYS = makeKey();
const PRIVATE = readPrivateKey(KEYS.privateKey);

let files: MemoryFiles;
let slots: MemorySlots;
let updater: Updater;
let logged: string[];

/** A box that has run version 0.1.0 from slot a since it was flashed. */
function freshBox(): void {
  files = new MemoryFiles({ [IMAGE_KEY]: KEYS.publicKey });
  slots = new MemorySlots(files, CAPACITY);
  const a = { size: OLD_SIZE, sha256: slots.sha256("a", OLD_SIZE), version: "0.1.0" };
  const b = { size: 0, sha256: "-", version: "-" };
  const flashed = { generation: 1, active: "a", try: undefined, tried: false, good: "a", returned: undefined } as const;
  files.put(`${FOLDER}/slots.0`, writeSlotTable({ ...flashed, a, b }));
  logged = [];
  const keep = (level: string) => (_area: string, message: string) => void logged.push(`${level} ${message}`);
  updater = new Updater({
    table: new SavedSlotTable(files, FOLDER),
    openSlot: slots.open,
    keys: new UpdateKeys(files, { image: IMAGE_KEY, owner: `${FOLDER}/update.pub` }),
    board: "simulator",
    log: { info: keep("info"), warn: keep("warn") },
    clock: new VirtualClock(),
    settings: () => ({ url: undefined, ca: undefined }),
    restartMachine: async () => void logged.push("the machine starts anew"),
  });
}

beforeEach(freshBox);

const SYSTEM = Buffer.alloc(600 * 1024);
for (let at = 0; at < SYSTEM.length; at++) SYSTEM[at] = (at * 7919) >> 8;

function updateFile(change: Partial<Manifest> = {}, system = SYSTEM): Buffer {
  const sha256 = createHash("sha256").update(system).digest("hex");
  const manifest: Manifest = { name: "tipring", version: "0.2.0", boards: ["simulator"], size: system.length, sha256 };
  return Buffer.concat([system, writeTrailer({ ...manifest, ...change }, PRIVATE)]);
}

/** Comes in pieces whose size has nothing to do with any block. */
function sourceOf(file: Buffer, more: Partial<UpdateSource> = {}): UpdateSource {
  return {
    name: "a test",
    async *read() {
      for (let at = 0; at < file.length; at += 9973) yield file.subarray(at, at + 9973);
    },
    ...more,
  };
}

const start = (): Promise<SlotName> => startOnce(files, slots, FOLDER);

test("an update is written, tried once, confirmed, and stays", async () => {
  const told: number[] = [];
  const file = updateFile();
  const text = await updater.install(
    sourceOf(file, { size: file.length, progress: ({ bytes }) => told.push(bytes) }),
    false,
  );
  assert.equal(text, "version 0.2.0 is in slot b; the next start tries it, once");
  assert.equal(told.at(-1), file.length);
  assert.deepEqual(slots.bytes.b.subarray(0, SYSTEM.length), SYSTEM);
  assert.equal(slots.opened, 0);
  assert.equal(await start(), "b");
  assert.equal((await updater.status()).isOnTrial, true);
  assert.equal(await updater.confirm(), "version 0.2.0 in slot b is confirmed");
  assert.equal(await start(), "b");
  await assert.rejects(updater.confirm(), /slot b does not run on trial: nothing is to be confirmed/);
  assert.equal(await updater.return(), "the next start is slot a, version 0.1.0");
  assert.equal(await start(), "a");
});

test("an update that nobody confirms has one start, and the next is the old system, which says why", async () => {
  await updater.install(sourceOf(updateFile()), false);
  assert.equal(await start(), "b");
  await updater.tellStart(5);
  assert.match(logged.at(-1)!, /^info slot b runs version 0\.2\.0 on trial: confirmed when .* or after 5 min; else/);
  assert.equal(await start(), "a");
  logged = [];
  await updater.tellStart(5);
  assert.deepEqual(logged, [
    "info slot a runs, version 0.1.0",
    "warn slot b, version 0.2.0, was started and never confirmed; slot a runs again",
  ]);
  assert.equal(await start(), "a");
  const { slots: shown, startsNext } = await updater.status();
  assert.deepEqual([shown.map(({ state }) => state), startsNext], [["runs", "was tried in vain"], "a"]);
  await updater.install(sourceOf(updateFile({ version: "0.2.1" })), false);
  assert.equal(await start(), "b");
});

test("an update whose bytes have rotted is not started", async () => {
  await updater.install(sourceOf(updateFile()), false);
  slots.bytes.b[300_000]! ^= 4;
  assert.equal(await start(), "a");
  logged = [];
  await updater.tellStart(5);
  assert.match(logged[1]!, /^warn slot b, version 0\.2\.0, was not started: its bytes are not those that were written/);
});

test("the power may go at any write: the next start has the old system or the new one, and can be updated again", async () => {
  const file = updateFile();
  await updater.install(sourceOf(file), false);
  const steps = files.steps;
  assert.ok(steps > 15, `${steps} steps`);
  const seen = new Set<string>();
  for (const cut of ["lost", "kept", "torn"] as const) {
    for (let failAt = 1; failAt <= steps + 1; failAt++) {
      freshBox();
      files.failAt = failAt;
      const isDone = await updater.install(sourceOf(file), false).then(
        () => true,
        (error) => {
          assert.ok(error instanceof PowerCut, String(error));
          return false;
        },
      );
      files.powerCut(cut);
      slots.powerCut(cut);
      files.failAt = Infinity;
      const runs = await start();
      const wanted = { a: Buffer.alloc(OLD_SIZE, "old"), b: SYSTEM }[runs];
      assert.ok(
        slots.bytes[runs].subarray(0, wanted.length).equals(wanted),
        `${cut} at step ${failAt}: slot ${runs} is mixed`,
      );
      if (isDone) assert.equal(runs, "b", `${cut} at step ${failAt}`);
      assert.equal(await start(), "a", `${cut} at step ${failAt}: nobody confirmed`);
      seen.add(runs);
      await updater.install(sourceOf(file), false);
      assert.equal(await start(), "b", `${cut} at step ${failAt}: another update`);
    }
  }
  assert.deepEqual([...seen].sort(), ["a", "b"]);
});

const REFUSED: [string, () => UpdateSource, RegExp][] = [
  ["of another board", () => sourceOf(updateFile({ boards: ["qemu-virt"] })), /for qemu-virt; this box is a simulator/],
  [
    "of an older version",
    () => sourceOf(updateFile({ version: "0.0.9" })),
    /0\.0\.9 is older than 0\.1\.0, which runs/,
  ],
  ["without its end", () => sourceOf(updateFile().subarray(0, 610_000)), /its end is missing/],
  ["with a byte changed", () => sourceOf(Buffer.from(updateFile()).fill(1, 5, 6)), /not what was signed: 614400 bytes/],
  ["with too little", () => sourceOf(updateFile().subarray(4096)), /not what was signed: 610304 bytes/],
  ["that is empty", () => sourceOf(Buffer.alloc(0)), /its end is missing/],
  ["larger than a slot", () => sourceOf(Buffer.alloc(CAPACITY + 2 * 262_144)), /too large: .* room for 655360 bytes/],
];
for (const [what, source, why] of REFUSED) {
  test(`an update ${what} is refused, and what runs stays`, async () => {
    await assert.rejects(updater.install(source(), false), why);
    assert.match(logged.at(-1)!, /^warn no update from a test: /);
    assert.equal(slots.opened, 0);
    assert.equal((await updater.status()).slots[1]!.state, "empty");
    assert.equal(await start(), "a");
  });
}

test("what the trailer tells is refused before the other slot is touched", async () => {
  await updater.install(sourceOf(updateFile()), false);
  const file = updateFile({ version: "0.0.9" });
  const early = sourceOf(file, { size: file.length, trailer: async () => file.subarray(-4096) });
  await assert.rejects(updater.install(early, false), /older than 0\.1\.0/);
  await assert.rejects(updater.install(sourceOf(file, { size: 1e6 }), false), /has 1000000 bytes; a slot .* 655360/);
  assert.equal(await start(), "b");
});

test("an older version is taken when that is wanted", async () => {
  await updater.install(sourceOf(updateFile({ version: "0.0.9" })), true);
  assert.equal(await start(), "b");
});

test("a source that breaks off leaves an empty slot", async () => {
  const file = updateFile();
  const broken = sourceOf(file, {
    async *read() {
      yield file.subarray(0, 400_000);
      throw new Error("the line went dead");
    },
  });
  await assert.rejects(updater.install(broken, false), /the line went dead/);
  assert.equal((await updater.status()).slots[1]!.state, "empty");
  assert.equal(await start(), "a");
});

test("a card that does not keep what is written is found out", async () => {
  slots.broken = { slot: "b", at: 123_456 };
  await assert.rejects(updater.install(sourceOf(updateFile()), false), /does not give back what was written/);
  assert.equal(await start(), "a");
});

test("while what runs is on trial no update is taken, and return goes back", async () => {
  await updater.install(sourceOf(updateFile()), false);
  assert.equal((await updater.status()).startsNext, "b");
  assert.equal(await start(), "b");
  await assert.rejects(
    updater.install(sourceOf(updateFile()), false),
    /on trial, .* first: update confirm, or update return/,
  );
  assert.equal(await updater.return(), "the next start is slot a, version 0.1.0");
  assert.equal(await start(), "a");
});

test("return takes back an update that was not tried yet, and has nowhere to go on a fresh box", async () => {
  await assert.rejects(updater.return(), /slot b is empty: there is nothing to return to/);
  await updater.install(sourceOf(updateFile()), false);
  assert.equal(await updater.return(), "the update in slot b will not be tried; slot a stays");
  assert.equal(await start(), "a");
});

test("one update at a time", async () => {
  const first = updater.install(sourceOf(updateFile()), false);
  await assert.rejects(updater.install(sourceOf(updateFile()), false), /already/);
  await first;
});

test("health: a registered line and a frame of sound, or enough minutes", () => {
  for (const [isRegistered, frames, confirmedAt] of [
    [true, 1, 0],
    [true, 0, 120_000],
    [false, 1, 120_000],
  ] as const) {
    const clock = new VirtualClock();
    let at: number | undefined;
    watchHealth(clock, { isRegistered: () => isRegistered, frames: () => frames }, 2, () => {
      at = clock.now();
    });
    clock.advance(300_000);
    assert.equal(at, confirmedAt);
    assert.equal(clock.pending, 0);
  }
  const clock = new VirtualClock();
  watchHealth(clock, { isRegistered: () => false, frames: () => 0 }, 1, () => assert.fail("it was ended"))();
  clock.advance(100_000);
});
