// The slot table: the same vectors as stage 1's shell, and power cuts at every step.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSlotTable, SavedSlotTable, type SlotTable, writeSlotTable } from "../../host/update/slot-table.ts";
import { MemoryFiles, PowerCut } from "../support/memory-files.ts";
import { stageOne } from "../support/memory-slots.ts";
import { type SlotVector, slotVectors } from "../support/slot-vectors.ts";

const FOLDER = "/config";

function filesOf(slots: SlotVector["slots"]): MemoryFiles {
  const files = new MemoryFiles({});
  for (const [index, text] of slots.entries()) if (text !== null) files.put(`${FOLDER}/slots.${index}`, text);
  return files;
}

for (const { name, slots, counts, damaged, starts, writes } of slotVectors) {
  test(`slot table: ${name}`, async () => {
    const table = await new SavedSlotTable(filesOf(slots), FOLDER).read();
    if (counts === null) assert.equal(table, undefined);
    else assert.equal(writeSlotTable(table!), slots[counts]);
    const stage = stageOne(table, (slot) => damaged.includes(slot) || table?.[slot].size === 0);
    assert.deepEqual(stage, { starts, writes });
  });
}

test("a slot table is refused whole when any one of its bytes is another", () => {
  const text = slotVectors[1]!.slots[1]!;
  assert.equal(parseSlotTable(text)?.try, "b");
  for (let at = 0; at < text.length; at++) {
    const changed = text.slice(0, at) + (text[at] === "7" ? "8" : "7") + text.slice(at + 1);
    assert.equal(parseSlotTable(changed), undefined, `byte ${at}`);
    assert.equal(parseSlotTable(text.slice(0, at)), undefined, `cut at ${at}`);
  }
});

test("no power cut, whatever the disk keeps of it, mixes two tables or loses one that was told to be written", async () => {
  const change = fc.record({
    active: fc.constantFrom("a", "b") as fc.Arbitrary<"a" | "b">,
    try: fc.constantFrom("a", "b", undefined) as fc.Arbitrary<SlotTable["try"]>,
    tried: fc.boolean(),
    b: fc.record({
      size: fc.nat(),
      sha256: fc.constant("5".repeat(64)),
      version: fc.constantFrom("1.2.3", "0.9.0-rc.1"),
    }),
  });
  const cuts = fc.constantFrom("lost", "kept", "torn") as fc.Arbitrary<"lost" | "kept" | "torn">;
  const written = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), cuts, async (changes, cut) => {
    for (let failAt = 1; ; failAt++) {
      const files = filesOf([slotVectors[0]!.slots[0], null]);
      files.failAt = failAt;
      const saved = new SavedSlotTable(files, FOLDER);
      const tables: SlotTable[] = [(await saved.read())!];
      let isCut = false;
      for (const wanted of changes) {
        // Known before it is written: the cut may come after the last step that matters.
        const next = { ...tables.at(-1)!, ...wanted, generation: tables.length + 1 };
        try {
          await saved.change(wanted);
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error;
          isCut = true;
        }
        tables.push(next);
        if (isCut) break;
      }
      files.powerCut(cut);
      files.failAt = Infinity;
      const after = await new SavedSlotTable(files, FOLDER).read();
      assert.ok(after, `no table after a cut at step ${failAt}`);
      const allowed = isCut ? tables.slice(-2) : tables.slice(-1);
      assert.ok(
        allowed.some((table) => writeSlotTable(table) === writeSlotTable(after)),
        `cut at step ${failAt}: ${JSON.stringify(after)}`,
      );
      if (!isCut) return;
    }
  });
  await fc.assert(written, { numRuns: 60 });
});
