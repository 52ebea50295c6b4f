// How QEMU's virt machine comes back by itself: from updates that are whole and signed and cannot run, one start each, and from a
// program that stands still. Then, at every write that came to the card on the way, what a power cut would have left to start.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, constants as files, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, type TestContext } from "node:test";
import { systemFiles } from "../../host/config/save.ts";
import { projectRoot } from "../../host/paths.ts";
import { SavedSlotTable } from "../../host/update/slot-table.ts";
import { makeKey, readPrivateKey } from "../../host/update/update-file.ts";
import { type BadUpdate, badUpdate } from "../support/bad-update.ts";
import { Dice } from "../support/dice.ts";
import { CutCard } from "./cut-card.ts";
import { STAGE_1 } from "./initramfs.ts";
import { Card, cannotRun, Machine, PATIENCE, START } from "./machine.ts";
import { step } from "./story.ts";
import { powerCuts } from "./write-log.ts";

const SEED = 20_261_125;
const PROMPT = "tipring> ";
/** A system that hangs takes all the time that it gets; s, instead of the image's 180. */
const SHORTENED = `[ ! -e /system/ballast ] || start_within 25\n`;
const EMPTY = "99.0.0";
const HANGS = "99.0.1";
/** Stage 1 at two starts, the first of which nobody confirms; `sums` has what is in the slots. */
const TWO_STARTS = `
load() { case " $sums " in *" $1:$2:$3 "*) ;; *) return 1 ;; esac; }
sync() { :; }
. boards/image/target/stage1/slots.sh
choose_slot && echo "$slot" && choose_slot && echo "$slot"
`;

let card: Card;
let machine: Machine;
let log: string;
let untouched: string;
/** How long the log was before the first update. */
let begun: number;
let empty: BadUpdate;
let hangs: BadUpdate;
/** How long the log was when the console said which slot starts next. */
const said: { at: number; starts: "a" | "b" }[] = [];

const tell = (starts: "a" | "b"): void => void said.push({ at: statSync(log).size, starts });

/** The program is there after a start, without accounts. */
async function consoleIsThere(): Promise<void> {
  await machine.login("1/4 Country");
  machine.console.type("skip\r");
  await machine.console.sees(PROMPT, PATIENCE);
}

/** Seconds since `before` that the machine was not up yet. */
async function awayFor(t: TestContext, before: number): Promise<void> {
  const total = (performance.now() - before) / 1000;
  const uptime = Number(await machine.shell("cut -d' ' -f1 /proc/uptime"));
  t.diagnostic(`console after ${total.toFixed(1)} s, ${uptime.toFixed(1)} s of them since the last start`);
}

async function take(version: string): Promise<void> {
  const path = `/tmp/${version}.update`;
  const decode = `Buffer.from(fs.readFileSync("/test/${version}.base64", "latin1"), "base64")`;
  await machine.shell(`node -e 'fs.writeFileSync("${path}", ${decode})'`);
  machine.console.type(`update from ${path}\r`);
  await machine.console.sees(`version ${version} is in slot b; the next start tries it, once`, PATIENCE);
  tell("b");
  machine.console.type("restart\r");
}

async function runsOldSystem(version: string): Promise<void> {
  await consoleIsThere();
  const { console } = machine;
  console.type("show update\r");
  await console.sees(/runs +slot a/, PATIENCE);
  await console.sees(`slot b, version ${version}, was started and never confirmed; slot a runs again`, PATIENCE);
  assert.match(await machine.shell("cat /etc/tipring/slot"), /^a$/m);
  tell("a");
}

describe(`the way back, seed ${SEED}`, { skip: cannotRun("qemu-virt") }, () => {
  before(async () => {
    card = new Card("qemu-virt");
    log = join(card.folder, "writes");
    untouched = join(card.folder, "untouched.img");
    copyFileSync(card.path, untouched, files.COPYFILE_FICLONE);
    writeFileSync(log, "");
    const shared = { folder: card.folder, key: readPrivateKey(makeKey().privateKey), boards: ["qemu-virt"] };
    empty = badUpdate({ ...shared, version: EMPTY, system: "empty" });
    hangs = badUpdate({ ...shared, version: HANGS, system: "hangs" });
    const testFiles = {
      [STAGE_1]: SHORTENED,
      [`${EMPTY}.base64`]: empty.file.toString("base64"),
      [`${HANGS}.base64`]: hangs.file.toString("base64"),
    };
    machine = await Machine.start({ board: "qemu-virt", card, testFiles, writeLog: log });
    await consoleIsThere();
  });
  after(async () => {
    await machine?.cutPower();
    card?.remove();
  });

  step("an update without an init returns by itself, and the console says why", async () => {
    const { console } = machine;
    console.type("update from /tmp/nothing\r");
    await console.sees("this image was made without a key", PATIENCE);
    console.type(`update key ${empty.publicKey.trim()}\r`);
    await console.sees("yes or no [no]: ", PATIENCE);
    console.type("yes\r");
    await console.sees("are taken from now on", PATIENCE);
    begun = statSync(log).size;
    await take(EMPTY);
    await console.sees("Kernel panic", START);
    await runsOldSystem(EMPTY);
  });

  step("an update that hangs before its program opens the watchdog returns by itself as well", async (t) => {
    const before = performance.now();
    await take(HANGS);
    await runsOldSystem(HANGS);
    await awayFor(t, before);
    assert.doesNotMatch(machine.console.heard, /Kernel panic[\s\S]*Kernel panic/);
  });

  step("a program that stands still is noticed, and the machine starts anew", async (t) => {
    assert.equal(await machine.shell("cat /sys/class/watchdog/watchdog0/timeout"), "15");
    const before = performance.now();
    await machine.shell("kill -STOP $(pidof node)");
    await consoleIsThere();
    await awayFor(t, before);
  });

  step("a power cut at any write leaves a slot to start whose bytes are those of the table", async (t) => {
    await machine.cutPower();
    const cuts = new CutCard(untouched, join(card.folder, "cuts"));
    const sizeOf = ({ file }: BadUpdate): number => file.length - 4096;
    const { a } = (await new SavedSlotTable(systemFiles, cuts.settings()).read())!;
    const sumOfA = cuts.slotSum("a", a.size);
    assert.equal(sumOfA, a.sha256);
    let [count, last] = [0, "a"];
    const left = [...said];
    for (const cut of powerCuts(log, new Dice(SEED), 1)) {
      assert.ok(
        cut.writes.every((each) => !cuts.isInSlot("a", each)),
        "nobody writes to the slot that runs",
      );
      await cuts.cut(cut, async () => {
        if (cut.at < begun) return;
        const b = [empty, hangs].map((each) => `b:${sizeOf(each)}:${cuts.slotSum("b", sizeOf(each))}`);
        const starts = twoStarts(cuts.settings(), [`a:${a.size}:${sumOfA}`, ...b]);
        assert.match(starts, /^[ab]\na\n$/);
        while (left.length > 0 && cut.at > left[0]!.at) assert.equal(last, left.shift()!.starts);
        if (cut.isSettled) last = starts[0]!;
        count++;
      });
    }
    cuts.close();
    t.diagnostic(`${count} power cuts`);
  });
});

function twoStarts(table: string, sums: readonly string[]): string {
  const env = { ...process.env, table, sums: sums.join(" ") };
  const { stdout, stderr } = spawnSync("sh", ["-c", TWO_STARTS], { cwd: projectRoot, env, encoding: "utf8" });
  assert.equal(stderr, "");
  return stdout;
}
