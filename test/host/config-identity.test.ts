// The bytes that tell one box from another: made once, kept through power cuts, read by nobody else.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadIdentity } from "../../host/config/identity.ts";
import { MemoryFiles } from "../support/memory-files.ts";

const CONFIG = "/tipring/tipring.toml";
const FILE = `${CONFIG}.identity`;
const bytes = (value: number) => (size: number) => new Uint8Array(size).fill(value);

test("made at the first start, the same at every other", async () => {
  const files = new MemoryFiles({});
  assert.equal(await loadIdentity(CONFIG, files, bytes(0xa5)), "a5".repeat(32));
  assert.equal(await loadIdentity(CONFIG, files, bytes(0x17)), "a5".repeat(32));
  assert.notEqual(await loadIdentity("/other/tipring.toml", files), "a5".repeat(32));
});

test("what is no identity is replaced by a new one", async () => {
  for (const text of ["", "a5\n", `${"a5".repeat(33)}\n`, `${"g5".repeat(32)}\n`]) {
    const files = new MemoryFiles({ [FILE]: text });
    assert.equal(await loadIdentity(CONFIG, files, bytes(0x17)), "17".repeat(32));
    assert.equal(await files.readFile(FILE), `${"17".repeat(32)}\n`);
  }
});

test("once a start has used it, no power cut takes it away", async () => {
  for (const unsynced of ["lost", "kept", "torn"] as const) {
    const files = new MemoryFiles({});
    const used = await loadIdentity(CONFIG, files, bytes(0xa5));
    files.powerCut(unsynced);
    assert.equal(await loadIdentity(CONFIG, files, bytes(0x17)), used, unsynced);
  }
});

test("a power cut while it is made leaves none or a whole one", async () => {
  const whole = new MemoryFiles({});
  await loadIdentity(CONFIG, whole, bytes(0xa5));
  for (let failAt = 1; failAt <= whole.steps; failAt++) {
    for (const unsynced of ["lost", "kept", "torn"] as const) {
      const files = new MemoryFiles({});
      files.failAt = failAt;
      await assert.rejects(loadIdentity(CONFIG, files, bytes(0xa5)));
      files.failAt = Infinity;
      files.powerCut(unsynced);
      assert.match(await loadIdentity(CONFIG, files, bytes(0x17)), /^(a5|17){32}$/, `step ${failAt}, ${unsynced}`);
    }
  }
});

test("only its owner reads it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tipring-identity-"));
  try {
    const path = join(folder, "tipring.toml");
    assert.match(await loadIdentity(path), /^[0-9a-f]{64}$/);
    assert.equal(statSync(`${path}.identity`).mode & 0o777, 0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
