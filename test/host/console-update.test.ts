// The update commands, on a box with slots in memory: what they say, and a file that comes over the console's own line.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { ConsoleSession } from "../../host/console/session.ts";
import { Terminal } from "../../host/console/terminal.ts";
import { UpdateKeys } from "../../host/update/keys.ts";
import { SavedSlotTable, writeSlotTable } from "../../host/update/slot-table.ts";
import { makeKey, readPrivateKey, writeTrailer } from "../../host/update/update-file.ts";
import { Updater } from "../../host/update/updater.ts";
import { ConsoleBox } from "../support/console-box.ts";
import { ConsoleWire } from "../support/console-wire.ts";
import { MemoryFiles } from "../support/memory-files.ts";
import { MemorySlots, startOnce } from "../support/memory-slots.ts";
import { XmodemSender } from "../support/xmodem-sender.ts";

const FOLDER = "/config";
const IMAGE_KEY = "/etc/tipring/update.pub";
const KEYS = makeKey();
const FINGERPRINT = fingerprint(KEYS.publicKey);
const SYSTEM = Buffer.alloc(64 * 1024, "a new system ");

let box: ConsoleBox;
let files: MemoryFiles;
let slots: MemorySlots;
let session: ConsoleSession;
let notices: string[];
let url: string | undefined;
let restarts: number;

beforeEach(() => {
  box = new ConsoleBox();
  files = new MemoryFiles({ [IMAGE_KEY]: KEYS.publicKey });
  slots = new MemorySlots(files, 1 << 20);
  notices = [];
  url = undefined;
  restarts = 0;
  const a = { size: 4096, sha256: slots.sha256("a", 4096), version: "0.1.0" };
  const b = { size: 0, sha256: "-", version: "-" };
  const flashed = { generation: 1, active: "a", try: undefined, tried: false, good: "a", returned: undefined } as const;
  files.put(`${FOLDER}/slots.0`, writeSlotTable({ ...flashed, a, b }));
  box.update = new Updater({
    table: new SavedSlotTable(files, FOLDER),
    openSlot: slots.open,
    keys: new UpdateKeys(files, { image: IMAGE_KEY, owner: `${FOLDER}/update.pub` }),
    board: "simulator",
    log: { info: () => {}, warn: () => {} },
    clock: box.clock,
    settings: () => ({ url, ca: undefined }),
    restartMachine: async () => void restarts++,
  });
  session = new ConsoleSession(box, true, (text) => notices.push(text));
});

/** As `echo KEY | base64 -d | sha256sum` has it: the first half, in groups. */
function fingerprint(key: string): string {
  const hex = createHash("sha256").update(Buffer.from(key, "base64")).digest("hex");
  return [0, 4, 8, 12, 16, 20, 24, 28].map((at) => hex.slice(at, at + 4)).join(" ");
}

function updateFile(version: string, privateKey = KEYS.privateKey): Buffer {
  const sha256 = createHash("sha256").update(SYSTEM).digest("hex");
  const manifest = { name: "tipring", version, boards: ["simulator"], size: SYSTEM.length, sha256 } as const;
  return Buffer.concat([SYSTEM, writeTrailer(manifest, readPrivateKey(privateKey))]);
}

test("a system that was not started from an image says so to every update command", async () => {
  box.update = undefined;
  for (const line of [
    "show update",
    "update from /tmp/x",
    "update xmodem",
    "update confirm",
    "update return",
    "restart",
  ])
    assert.match(await session.run(line), /^error: this system has no slots: it was not started from an image/);
});

test("an update by path: progress, status, restart, trial, confirmation", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tipring-update-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "new.update");
  writeFileSync(path, updateFile("0.2.0"));
  assert.equal(
    await session.run("show update"),
    [
      "runs         slot a",
      "starts next  slot a",
      `image's key  ${FINGERPRINT}`,
      "",
      "Slot  Version  Size    State",
      "----  -------  ------  -----",
      "a     0.1.0    0.0 MB  runs",
      "b     -        0.0 MB  empty",
    ].join("\n"),
  );
  assert.equal(await session.run(`update from ${path}`), "version 0.2.0 is in slot b; the next start tries it, once");
  assert.deepEqual(notices, ["0.1 MB of 0.1, 100 %"]);
  assert.match(await session.run("update status"), /^starts next {2}slot b$/m);
  assert.equal(await session.run("restart"), "starts anew, slot b with version 0.2.0");
  assert.equal(restarts, 1);
  assert.equal(await startOnce(files, slots, FOLDER), "b");
  const value = JSON.parse(await session.run("show update | json"));
  assert.deepEqual([value.runs, value.isOnTrial, value.startsNext, value.slots[1].version], ["b", true, "a", "0.2.0"]);
  assert.match(await session.run("show update"), /^runs +slot b, on trial: update confirm keeps it$/m);
  assert.equal(await session.run("update confirm"), "version 0.2.0 in slot b is confirmed");
  writeFileSync(path, updateFile("0.1.5"));
  assert.match(await session.run(`update from ${path}`), /^error: version 0\.1\.5 is older than 0\.2\.0, which runs/);
  assert.match(await session.run(`update from ${path} force`), /^version 0\.1\.5 is in slot a/);
  assert.equal(await session.run("update return"), "the update in slot a will not be tried; slot b stays");
});

test("a trial in vain is told with its reason", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tipring-update-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "u"), updateFile("0.2.0"));
  await session.run(`update from ${join(folder, "u")}`);
  await startOnce(files, slots, FOLDER);
  await startOnce(files, slots, FOLDER);
  const shown = await session.run("show update");
  assert.match(shown, /^b +0\.2\.0 +0\.1 MB +was tried in vain$/m);
  assert.match(shown, /\nslot b, version 0\.2\.0, was started and never confirmed; slot a runs again$/);
});

test("a key that the owner puts at the console counts beside the image's, until it is taken away", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tipring-update-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "new.update");
  const [own, other] = [makeKey(), makeKey()];
  writeFileSync(path, updateFile("0.2.0", own.privateKey));
  const refused = /^error: the signature is not by a key that this box trusts; show update has those/;
  assert.match(await session.run(`update from ${path}`), refused);

  const answers = ["", "no", "yes", "yes"];
  const asked: string[] = [];
  session = new ConsoleSession(
    box,
    true,
    (text) => notices.push(text),
    async ({ prompt }) => {
      asked.push(prompt);
      return answers.shift()!;
    },
  );
  const key = own.publicKey.trim();
  const changed = `updates by ${fingerprint(key)} are taken from now on`;
  for (const expected of ["nothing was changed", "nothing was changed"])
    assert.equal(await session.run(`update key ${key}`), expected);
  assert.match(await session.run(`update from ${path}`), refused);
  assert.equal(await session.run(`update key ${key}`), changed);
  assert.equal(asked.length, 3);
  assert.equal(
    notices[0],
    `Whoever has the secret half of ${fingerprint(key)} can then replace the whole system of this box.`,
  );
  const { keys } = JSON.parse(await session.run("show update | json"));
  assert.deepEqual(keys, [
    { of: "image", fingerprint: FINGERPRINT, problem: null },
    { of: "owner", fingerprint: fingerprint(key), problem: null },
  ]);
  assert.match(await session.run(`update from ${path}`), /^version 0\.2\.0 is in slot b/);
  writeFileSync(path, updateFile("0.3.0"));
  assert.match(
    await session.run(`update from ${path}`),
    /^version 0\.3\.0 is in slot b/,
    "the image's key counts still",
  );

  assert.match(await session.run(`update key ${other.publicKey}`), /are taken from now on$/);
  writeFileSync(path, updateFile("0.4.0", own.privateKey));
  assert.match(await session.run(`update from ${path}`), refused, "a new key replaces the earlier one");
  assert.equal(await session.run("update key none"), "updates by the owner's key are taken no more");
  assert.match(await session.run("update key none"), /^error: the owner has put no key: there is none to remove/);
  assert.deepEqual(JSON.parse(await session.run("show update | json")).keys.length, 1);
});

test("what is no key is refused, and a key that is damaged on the card is told, not trusted", async () => {
  for (const word of ["AAAA", KEYS.publicKey.trim().slice(1), `${KEYS.publicKey.trim()}A`, "/config/key"])
    assert.match(
      await session.run(`update key ${word}`),
      /^error: this is no key for updates; allowed: 32 bytes in base64/,
    );
  files.put(`${FOLDER}/update.pub`, "\0".repeat(45));
  assert.match(
    await session.run("show update"),
    /^image's key +[0-9a-f ]{39}\nowner's key +\/config\/update\.pub cannot be used: this is no key/m,
  );
  await files.unlink(IMAGE_KEY);
  assert.match(
    await session.run("update from /dev/null"),
    /^error: \/config\/update\.pub cannot be used: this is no key/,
  );
  await files.unlink(`${FOLDER}/update.pub`);
  assert.match(await session.run("show update"), /^updates by +nobody; update key KEY puts a key$/m);
  assert.match(await session.run("update from /dev/null"), /^error: this image was made without a key/);
});

test("what is no place of an update is refused with what is", async () => {
  const cases: [string, RegExp][] = [
    [
      "update from http://host/x",
      /"http:\/\/host\/x" is no place of an update; allowed: https:\/\/HOST\/PATH, or a path/,
    ],
    ["update from /nowhere/at/all", /\/nowhere\/at\/all can't be read: ENOENT/],
    ["update from /etc/hostname", /\/etc\/hostname has \d+ bytes; an update file has more/],
    ["update now", /update\.url is not set; allowed: update from https:\/\/HOST\/PATH, or a path/],
    ["update xmodem", /there is no serial line here that a file could come over/],
    ["update return", /slot b is empty: there is nothing to return to/],
    ["update confirm", /slot a does not run on trial: nothing is to be confirmed/],
  ];
  for (const [line, why] of cases) assert.match(await session.run(line), why);
});

/** A console whose line has been lent to the receiver. */
async function waitForXmodem(): Promise<{ wire: ConsoleWire; terminal: Terminal }> {
  const wire = new ConsoleWire();
  wire.isText = false;
  const terminal = new Terminal(box, wire, wire, { greeting: "at once" });
  await wire.sees("ata> ");
  wire.type("update xmodem\r");
  await wire.sees("^C ends this\r\n");
  return { wire, terminal };
}

test("XMODEM over the console itself: the line is lent, and keys are keys again afterwards", async () => {
  const { wire, terminal } = await waitForXmodem();
  const sender = new XmodemSender(updateFile("0.2.0"), "XMODEM-1K");
  let at = wire.raw.length;
  const answer = (): void => {
    // The wire keeps text: what a receiver says is ASCII.
    const said = Buffer.from(wire.raw.slice(at), "latin1");
    at = wire.raw.length;
    const reply = sender.take(said);
    if (reply.length > 0) wire.type(reply);
    if (!sender.isDone) setImmediate(answer);
  };
  terminal.notice("a log line that would spoil it");
  // Time passes while the sender waits: the receiver listens behind an EOT whether more comes.
  const ticking = setInterval(() => box.clock.advance(50), 1);
  answer();
  await wire.sees("version 0.2.0 is in slot b; the next start tries it, once\r\n");
  clearInterval(ticking);
  assert.ok(slots.bytes.b.subarray(0, SYSTEM.length).equals(SYSTEM));
  await wire.sees("ata> ");
  wire.type("show version\r");
  await wire.sees("core ABI");
  terminal.notice("another");
  await wire.sees("[1 messages left out: the line was busy]");
  terminal.close();
});

test("XMODEM that nobody sends is ended by ^C, and the console is there again", async () => {
  const { wire, terminal } = await waitForXmodem();
  await wire.sees("C");
  wire.type("\x03");
  const ticking = setInterval(() => box.clock.advance(500), 1);
  await wire.sees("error: stopped");
  clearInterval(ticking);
  await wire.sees("ata> ");
  terminal.close();
  assert.equal(slots.opened, 0);
});

test("a console that is pulled out in mid-transfer leaves an empty slot and the old system", async () => {
  const wire = new ConsoleWire();
  wire.isText = false;
  const terminal = new Terminal(box, wire, wire, { greeting: "at once" });
  await wire.sees("ata> ");
  wire.type("update xmodem\r");
  await wire.sees("C");
  terminal.close();
  await new Promise(setImmediate);
  while (slots.opened > 0) await new Promise(setImmediate);
  assert.equal((await box.update!.status()).slots[1]!.state, "empty");
  assert.equal(await startOnce(files, slots, FOLDER), "a");
});
