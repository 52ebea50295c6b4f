// Stage 1's choice of a slot, run by busybox as in the image, on the same vectors as the host's side.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../host/paths.ts";
import { slotVectors } from "../support/slot-vectors.ts";

/** A slot that is damaged, or empty, cannot be loaded. */
const SCRIPT = `
table=$1 damaged=$2
sync() { :; }
load() { case $damaged in *$1*) return 1 ;; esac; [ "$2" != 0 ]; }
. "$3"
choose_slot && echo "$slot"
`;

/** Its path: with a PATH of nothing but its own programs it is not found by its name, which is among these in some builds only. */
const busybox = spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).stdout.trim();

function busyboxSkip(): string | false {
  if (busybox !== "") return false;
  if (process.env.CI === "true") throw new Error("busybox is missing: apt-get install busybox");
  return "busybox is not installed (apt-get install busybox)";
}

for (const { name, slots, counts, damaged, starts, writes } of slotVectors) {
  test(`stage 1: ${name}`, { skip: busyboxSkip() }, (t) => {
    const folder = mkdtempSync(join(tmpdir(), "tipring-stage1-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const programs = join(folder, "bin");
    mkdirSync(programs);
    execFileSync(busybox, ["--install", "-s", programs]);
    const copy = (index: number): string => join(folder, `slots.${index}`);
    for (const [index, text] of slots.entries()) if (text !== null) writeFileSync(copy(index), text);
    const rules = join(projectRoot, "boards/image/target/stage1/slots.sh");
    const { stdout, stderr } = spawnSync(busybox, ["sh", "-c", SCRIPT, "sh", folder, damaged.join(), rules], {
      encoding: "utf8",
      env: { PATH: programs },
    });
    assert.equal(stderr, "");
    assert.equal(stdout, `${starts}\n`);
    const expected = [...slots];
    for (const [index, text] of writes.entries()) expected[(counts! + 1 + index) % 2] = text;
    for (const [index, text] of expected.entries())
      assert.equal(existsSync(copy(index)) ? readFileSync(copy(index), "utf8") : null, text, `slots.${index}`);
  });
}
