// Stage 1's choice of a slot, run by this machine's shell, with the tables that the host's side is tested with.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { projectRoot } from "../../host/paths.ts";
import { writeSlotTable } from "../../host/update/slot-table.ts";

interface Vector {
  name: string;
  /** `slots.0` and `slots.1`; null when there is no such file. */
  slots: (string | null)[];
  /** The copy that counts. */
  counts: number | null;
  damaged: string[];
  starts: string;
  /** The tables that are written on the way. */
  writes: string[];
}

const { vectors } = JSON.parse(readFileSync(join(projectRoot, "test/vectors/slots.json"), "utf8")) as {
  vectors: Vector[];
};

/** Its own `load` and `mv`: which slots are damaged is told, and each table that is put in place is kept. */
const SCRIPT = `
. boards/image/target/stage1/slots.sh
load() { case " $damaged " in *" $1 "*) return 1 ;; esac; }
sync() { :; }
mv() { cp "$1" "$table/write.$((writes += 1))"; echo "\${2##*/}" >> "$table/order"; command mv "$1" "$2"; }
choose_slot && echo "$slot"
`;

const folder = mkdtempSync(join(tmpdir(), "tipring-slots-"));
after(() => rmSync(folder, { recursive: true }));

function choose(slots: (string | null)[], damaged: string[]) {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  for (const [index, text] of slots.entries()) if (text !== null) writeFileSync(join(folder, `slots.${index}`), text);
  const env = { ...process.env, table: folder, damaged: damaged.join(" "), writes: "0" };
  const { status, stdout } = spawnSync("sh", ["-c", SCRIPT], { cwd: projectRoot, env, encoding: "utf8" });
  const writes: string[] = [];
  for (let path = join(folder, "write.1"); existsSync(path); path = join(folder, `write.${writes.length + 1}`))
    writes.push(readFileSync(path, "utf8"));
  const order = existsSync(join(folder, "order")) ? readFileSync(join(folder, "order"), "utf8").trim().split("\n") : [];
  return { status, slot: stdout.trim(), writes, order };
}

describe("stage 1", () => {
  for (const { name, slots, counts, damaged, starts, writes } of vectors)
    it(`${name}: starts ${starts}, writes ${writes.length} tables`, () => {
      const result = choose(slots, damaged);
      assert.equal(result.slot, starts);
      assert.deepEqual(result.writes, writes);
      const into = writes.map((_, index) => `slots.${(counts! + 1 + index) % 2}`);
      assert.deepEqual(result.order, into, "each table takes the place of the copy that does not count");
    });

  it("both slots are damaged: nothing is started", () => {
    const content = { size: 4096, sha256: "1".repeat(64), version: "0.1.0" };
    const table = { generation: 1, active: "a", try: undefined, tried: false, good: "a", returned: undefined } as const;
    const text = writeSlotTable({ ...table, a: content, b: content });
    assert.equal(choose([text, null], ["a", "b"]).status, 1);
  });
});
