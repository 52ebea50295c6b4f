// Two copies of the configuration: whichever is damaged, the box starts with what was saved last, and says what it found.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigError } from "../../host/config/problems.ts";
import { ConfigStore } from "../../host/config/store.ts";
import { FILE, TEXT } from "../support/config-file.ts";
import { MemoryFiles, PowerCut } from "../support/memory-files.ts";

const COPY = `${FILE}.copy`;

/** Files of a box that has committed port 5081 once. */
async function saved(): Promise<MemoryFiles> {
  const files = new MemoryFiles({ [FILE]: TEXT });
  const store = await ConfigStore.load(FILE, { files });
  store.set("sip port", "5081");
  await store.commit();
  return files;
}

const start = (files: MemoryFiles): Promise<ConfigStore> => ConfigStore.load(FILE, { files });

/** The next start finds nothing to say: both are whole again. */
async function isHealed(files: MemoryFiles, port: number): Promise<void> {
  for (const damaged of [FILE, COPY]) {
    const text = await files.readFile(damaged);
    files.put(damaged, `${text.slice(0, 20)}\0${text.slice(21)}`);
    const store = await start(files);
    assert.equal(store.running.sip.port, port, `without ${damaged}`);
    assert.equal(store.notes.length, 1);
  }
  assert.deepEqual((await start(files)).notes, []);
}

describe("damage to the file", () => {
  const damages: readonly (readonly [what: string, damage: (text: string) => string])[] = [
    ["half of it is gone", (text) => text.slice(0, text.length / 2 + 3)],
    ["a block of zeros", (text) => `${text.slice(0, 40)}${"\0".repeat(64)}${text.slice(104)}`],
    ["a bit of a key", (text) => text.replace("server", "cerver")],
    ["a bit of a value", (text) => text.replace("enabled = true", "enabled = trud")],
  ];
  for (const [what, damage] of damages) {
    test(`${what}: the copy is used and named, and what the file held is kept aside`, async () => {
      const files = await saved();
      const broken = damage(await files.readFile(FILE));
      files.put(FILE, broken);
      const store = await start(files);
      assert.equal(store.running.sip.port, 5081);
      assert.equal(store.running.line.length, 2);
      assert.match(
        store.notes.join(),
        /^tipring\.toml could not be used and holds its copy again \(.+\); .*tipring\.toml\.damaged$/,
      );
      assert.equal(await files.readFile(`${FILE}.damaged`), broken);
      await isHealed(files, 5081);
    });
  }

  test("it has gone: the copy is used", async () => {
    const files = await saved();
    await files.unlink(FILE);
    const store = await start(files);
    assert.equal(store.running.sip.port, 5081);
    assert.match(store.notes.join(), /holds its copy again \(no such file/);
    await isHealed(files, 5081);
  });

  test("it and the copy: the start fails, and says what is wrong in the file", async () => {
    const files = await saved();
    files.put(FILE, "[sip\n");
    files.put(COPY, `${await files.readFile(COPY)} `);
    await assert.rejects(start(files), (error) => error instanceof ConfigError && /line 1/.test(error.message));
    assert.equal(await files.readFile(FILE), "[sip\n");
  });
});

describe("damage to the copy", () => {
  test("a bit, half of it, or its sum: the file is used, and the copy is made again", async () => {
    for (const damage of [
      (text: string) => text.replace("101", "100"),
      (text: string) => text.slice(0, text.length / 2),
      (text: string) => text.slice(0, -2),
      () => "",
    ]) {
      const files = await saved();
      files.put(COPY, damage(await files.readFile(COPY)));
      const store = await start(files);
      assert.equal(store.running.sip.port, 5081);
      assert.deepEqual(store.notes, ["tipring.toml.copy was damaged and is written anew"]);
      await isHealed(files, 5081);
    }
  });

  test("it was never there: nothing is said", async () => {
    const files = new MemoryFiles({ [FILE]: TEXT });
    assert.deepEqual((await start(files)).notes, []);
    await isHealed(files, 5070);
  });

  test("the disk takes no copy: the box starts, and says so", async () => {
    const files = new MemoryFiles({ [FILE]: TEXT });
    files.failAt = 1;
    const store = await start(files);
    assert.equal(store.running.sip.port, 5070);
    assert.deepEqual(store.notes, ["tipring.toml has no copy: no power at step 1"]);
  });
});

test("a file that somebody has edited counts, and its copy follows; with or without a last line feed", async () => {
  for (const end of ["\n", ""]) {
    const files = await saved();
    files.put(
      FILE,
      `${(await files.readFile(FILE)).replace("ring_timeout = 45", "ring_timeout = 50").trimEnd()}${end}`,
    );
    const store = await start(files);
    assert.equal(store.running.line[0]!.ring_timeout, 50);
    assert.deepEqual(store.notes, []);
    await isHealed(files, 5081);
  }
});

test("a file that cannot be mended is not needed: the copy runs", async () => {
  const files = await saved();
  files.put(FILE, "");
  files.put(FILE, "nonsense");
  files.failAt = files.steps + 1;
  const store = await start(files);
  assert.equal(store.running.sip.port, 5081);
  assert.match(store.notes.join(), /its copy is .*could not be mended: no power/);
});

test("a power cut at any step of a commit, and then damage to either: the old configuration or the new one, never none", async () => {
  const commit = async (
    failAt: number,
    cut: "lost" | "kept" | "torn",
  ): Promise<{ files: MemoryFiles; steps: number }> => {
    const files = await saved();
    const store = await start(files);
    const before = files.steps;
    store.set("sip port", "5082");
    files.failAt = before + failAt;
    await store.commit().catch((error) => assert.ok(error instanceof PowerCut));
    const steps = files.steps - before;
    files.powerCut(cut);
    files.failAt = Infinity;
    return { files, steps };
  };
  const { steps } = await commit(Infinity, "kept");
  const seen = new Set<number>();
  for (const cut of ["lost", "kept", "torn"] as const) {
    for (let failAt = 1; failAt <= steps; failAt++) {
      for (const damaged of [FILE, COPY]) {
        const { files } = await commit(failAt, cut);
        files.put(damaged, "\0".repeat(512));
        const { port } = (await start(files)).running.sip;
        assert.ok(port === 5081 || port === 5082, `${cut} at step ${failAt}, ${damaged}: port ${port}`);
        seen.add(port);
        await isHealed(files, port);
      }
    }
  }
  assert.deepEqual([...seen].sort(), [5081, 5082]);
});

test("a power cut while a damaged file is mended: the next start mends it", async () => {
  const mend = async (
    failAt: number,
    cut: "lost" | "kept" | "torn",
  ): Promise<{ files: MemoryFiles; steps: number }> => {
    const files = await saved();
    files.put(FILE, "\0\0");
    const before = files.steps;
    files.failAt = before + failAt;
    assert.equal((await start(files)).running.sip.port, 5081);
    const steps = files.steps - before;
    files.powerCut(cut);
    files.failAt = Infinity;
    return { files, steps };
  };
  const { steps } = await mend(Infinity, "kept");
  for (const cut of ["lost", "kept", "torn"] as const) {
    for (let failAt = 1; failAt <= steps; failAt++) {
      const { files } = await mend(failAt, cut);
      assert.equal((await start(files)).running.sip.port, 5081, `${cut} at step ${failAt}`);
      await isHealed(files, 5081);
    }
  }
});
