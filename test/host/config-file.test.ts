// A configuration and its file: saving that a power cut cannot spoil, what is shown of it, completion, and what a fresh start reads.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import fc from "fast-check";
import { parse } from "smol-toml";
import { checkConfig } from "../../host/config/check.ts";
import { ConfigError } from "../../host/config/problems.ts";
import type { ConfigSchema } from "../../host/config/schema.ts";
import { configSchema } from "../../host/config/schemas.mjs";
import { simulatorConfig, simulatorText } from "../../host/config/simulator.ts";
import { ConfigStore } from "../../host/config/store.ts";
import { FILE, open, TEXT } from "../support/config-file.ts";
import { MemoryFiles, PowerCut } from "../support/memory-files.ts";

describe("a power cut at any step of a save", () => {
  /** Steps of a fourth commit, when the history is there and full at two. */
  const run = async (failAt: number, cut: "lost" | "kept" | "torn"): Promise<{ files: MemoryFiles; steps: number }> => {
    const files = new MemoryFiles({ [FILE]: TEXT });
    const store = await open(TEXT, files);
    store.set("sip port", "5081");
    await store.commit();
    const before = files.steps;
    store.set("sip port", "5082");
    files.failAt = before + failAt;
    await store.commit().catch((error) => {
      if (!(error instanceof PowerCut)) throw error;
    });
    const steps = files.steps - before;
    files.powerCut(cut);
    files.failAt = Infinity;
    return { files, steps };
  };

  test("leaves the old text or the new one, and a history that can be read", async () => {
    const { steps } = await run(Infinity, "kept");
    assert.ok(steps >= 10, `a save has ${steps} steps`);
    const seen = new Set<number>();
    for (const cut of ["lost", "kept", "torn"] as const) {
      for (let failAt = 1; failAt <= steps + 1; failAt++) {
        const { files } = await run(failAt, cut);
        const store = await ConfigStore.load(FILE, { files });
        const { port } = store.running.sip;
        assert.ok(port === 5081 || port === 5082, `${cut} at step ${failAt}: port ${port}`);
        seen.add(port);
        if (failAt > steps) assert.equal(port, 5082, "a commit that has returned is safe");
        await store.rollback(1);
        const back = port === 5082 ? 5081 : 5070;
        assert.equal(
          checkConfig(store.show({ candidate: true, secrets: true })).config!.sip.port,
          back,
          `${cut} ${failAt}`,
        );
        store.set("sip port", "5083");
        await store.commit();
        assert.equal((await ConfigStore.load(FILE, { files })).running.sip.port, 5083);
      }
    }
    assert.deepEqual([...seen].sort(), [5081, 5082]);
  });
});

describe("show", () => {
  test("hides passwords in text, tree and comparison, wherever they stand", async () => {
    const text = `server = { enabled = true, user = [{ name = "101", password = "opensesame" }] }
line = [{ user = "101", password = """open\\
sesame""" }]\n`;
    for (const source of [TEXT, text]) {
      const store = await open(source);
      store.set("server user 101 password", "verysecret");
      for (const shown of [
        store.show(),
        store.show({ candidate: true }),
        JSON.stringify(store.showTree({ candidate: true })),
        JSON.stringify(store.showTree()),
        store.compare().join("\n"),
      ]) {
        assert.match(shown, /\*{8}/);
        assert.doesNotMatch(shown, /sesame|verysecret/);
      }
    }
  });

  test("gives everything when asked", async () => {
    const store = await open();
    assert.equal(store.show({ secrets: true }), TEXT);
    assert.deepEqual(store.showTree({ secrets: true }), structuredClone(parse(TEXT)));
  });

  test("what was shown cannot come back as a configuration", async () => {
    const store = await open();
    assert.notDeepEqual(checkConfig(store.show()).problems, []);
  });
});

describe("completion", () => {
  const tokens = async (words: string[], forDelete = false): Promise<string[]> =>
    (await open()).complete(words, { forDelete }).map(({ token }) => token);

  test("keys, in the schema's order", async () => {
    assert.deepEqual(await tokens([""]), ["system", "sip", "server", "tls", "line", "console", "update", "recorder"]);
    assert.deepEqual(await tokens(["s"]), ["system", "sip", "server"]);
    assert.deepEqual(await tokens(["line", "1", "fl"]), ["flash_min", "flash_max"]);
  });

  test("items of a list by number or name, and a new one", async () => {
    assert.deepEqual(await tokens(["line", ""]), ["1", "2", "3"]);
    assert.deepEqual(await tokens(["server", "user", ""]), ["101", "102", ""]);
    assert.deepEqual(await tokens(["line", ""], true), ["1", "2"]);
    assert.deepEqual(await tokens(["server", "user", "10"], true), ["101", "102"]);
  });

  test("values", async () => {
    assert.deepEqual(await tokens(["line", "1", "dial_mode", ""]), ["both", "dtmf", "pulse"]);
    assert.deepEqual(await tokens(["line", "1", "register", "t"]), ["true"]);
    assert.deepEqual(await tokens(["line", "1", "codecs", "PCMA", ""]), ["PCMU"]);
    assert.deepEqual(await tokens(["line", "1", "ring_timeout", ""]), [""]);
    assert.deepEqual(await tokens(["line", "1", "ring_timeout", "30", ""]), []);
  });

  test("through words that are cut short", async () => {
    assert.deepEqual(await tokens(["li", "1", "dial_m", "p"]), ["pulse"]);
  });

  test("delete sees only what is there", async () => {
    assert.deepEqual(await tokens([""], true), ["server", "line"]);
    assert.deepEqual(await tokens(["line", "1", ""], true), ["user", "ring_timeout"]);
    assert.deepEqual(await tokens(["line", "1", "user", ""], true), []);
  });

  test("nothing behind a word that leads nowhere", async () => {
    assert.deepEqual(await tokens(["lane", ""]), []);
    assert.deepEqual(await tokens(["line", "7", ""]), []);
  });

  test("tells what each is for, what is allowed and the default", async () => {
    const store = await open();
    const text =
      "how long the phone rings before the caller is told that nobody answers (5 to 600 seconds; default 60)";
    assert.deepEqual(store.complete(["line", "1", "ri"]), [{ token: "ring_timeout", description: text }]);
    assert.deepEqual(store.complete(["line", "1", "ring_timeout", "3"]), [{ token: "", description: text }]);
    for (const { description } of store.complete(["line", "1", ""])) assert.notEqual(description, "");
    assert.deepEqual(store.complete(["line", "2"]), [{ token: "2", description: "user 102" }]);
    assert.match(store.complete(["server", "dom"])[0]!.description, /default server bind/);
  });
});

test("whatever is set and committed is what a fresh start reads", async () => {
  const keys = settableKeys();
  const setting = fc.oneof(...keys.map((key) => fc.record({ key: fc.constant(key), value: valueFor(key.schema) })));
  const seed = 20261123;
  await fc.assert(
    fc.asyncProperty(fc.array(setting, { minLength: 1, maxLength: 12 }), async (settings) => {
      const files = new MemoryFiles({ [FILE]: TEXT });
      const store = await open(TEXT, files);
      const accepted = new Map<string, unknown>();
      for (const { key, value } of settings) {
        store.set(key.words, value.text);
        accepted.set(key.words, value.typed);
      }
      const wanted = store.candidate;
      const lines = store.compare();
      try {
        await store.commit();
      } catch (error) {
        // Ports and flash windows may clash; then nothing has happened.
        assert.ok(error instanceof ConfigError);
        assert.equal(await files.readFile(FILE), TEXT);
        return;
      }
      const fresh = await ConfigStore.load(FILE, { files });
      assert.deepEqual(fresh.candidate, wanted);
      assert.deepEqual(fresh.running, store.running);
      assert.deepEqual(fresh.compare(), []);
      for (const [words, typed] of accepted) assert.deepEqual(schemaValue(fresh, words), typed, words);
      // Comments that were not in the way are still there.
      assert.match(await files.readFile(FILE), /# The shop's box/);
      await fresh.rollback(lines.length > 0 ? 1 : 0);
      assert.equal(fresh.show({ candidate: true, secrets: true }), TEXT);
    }),
    { seed, numRuns: 300 },
  );
});

interface Key {
  words: string;
  schema: ConfigSchema;
}

/** Every key that holds a value, of line 1 and of user 101. `user` and `name` stay: the lines need their users. */
function settableKeys(): Key[] {
  const keys: Key[] = [];
  const walk = (words: string, schema: ConfigSchema): void => {
    for (const [key, property] of Object.entries(schema.properties!)) {
      const name = words === "" ? key : `${words} ${key}`;
      if (property.type === "object") walk(name, property);
      else if (property.items?.type === "object") walk(`${name} ${key === "user" ? "101" : "1"}`, property.items);
      else if (key !== "user" && key !== "name" && name !== "line 1 password")
        keys.push({ words: name, schema: property });
    }
  };
  walk("", configSchema);
  return keys;
}

const TONES = ["425", "f1=350@-17,f2=440@-17.5,c=500/500-100/0;", "350@-17,440@-17;2(.1/.1/1+2);*(*/0/1+2)"];

/** Text as typed, and the value that it is to become. */
function valueFor(schema: ConfigSchema): fc.Arbitrary<{ text: string; typed: unknown }> {
  const asText = (arbitrary: fc.Arbitrary<unknown>) => arbitrary.map((typed) => ({ text: String(typed), typed }));
  if (schema.enum !== undefined) return asText(fc.constantFrom(...schema.enum));
  if (schema.type === "boolean") return asText(fc.boolean());
  if (schema.type === "array") {
    const items = fc.shuffledSubarray([...schema.items!.enum!], { minLength: 1 });
    return items.map((typed) => ({ text: typed.join(","), typed }));
  }
  if (schema.type === "integer") {
    const step = schema.multipleOf ?? 1;
    const numbers = fc.integer({ min: Math.ceil(schema.minimum! / step), max: Math.floor(schema.maximum! / step) });
    return asText(numbers.map((number) => number * step));
  }
  if (schema["x-allowed"]!.startsWith("a tone")) return asText(fc.constantFrom(...TONES));
  const pattern = (schema as { pattern?: string }).pattern ?? "";
  const isFree = pattern.includes("\\u0000");
  const isLong = schema.maxLength === 1023;
  if (isFree || isLong) {
    const unit = isLong
      ? fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code))
      : fc.constantFrom(..."aZ0 \"'\\#=[]{},é€😀;");
    return asText(fc.string({ unit, minLength: 1, maxLength: 30 }));
  }
  if (schema["x-allowed"]!.startsWith("an IPv4")) return asText(fc.ipV4().filter((text) => text !== "0.0.0.0"));
  return asText(fc.stringMatching(new RegExp(pattern)).filter((text) => text.length <= 255));
}

function schemaValue(store: ConfigStore, words: string): unknown {
  let at: unknown = store.showTree({ secrets: true });
  for (const word of words.split(" ")) {
    if (Array.isArray(at)) at = at[word === "101" ? at.findIndex(({ name }) => name === "101") : Number(word) - 1];
    else at = (at as Record<string, unknown>)[word];
  }
  return at;
}

describe("on a real file system", () => {
  const folder = (context: TestContext): string => {
    const path = mkdtempSync(join(tmpdir(), "tipring-config-"));
    context.after(() => rmSync(path, { recursive: true }));
    return path;
  };

  test("a file with passwords is for its owner only, and so is its history", async (context) => {
    const file = join(folder(context), "tipring.toml");
    const store = await ConfigStore.load(file, { initialText: () => TEXT });
    assert.equal(readFileSync(file, "utf8"), TEXT);
    store.set("sip port", "5081");
    await store.commit();
    const [earlier] = readdirSync(`${file}.history`);
    assert.equal(readFileSync(join(`${file}.history`, earlier!), "utf8"), TEXT);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(`${file}.copy`).mode & 0o777, 0o600);
    assert.equal(statSync(join(`${file}.history`, earlier!)).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(join(file, "..")).sort(), [
      "tipring.toml",
      "tipring.toml.copy",
      "tipring.toml.history",
    ]);
    await store.rollback(1);
    assert.deepEqual(store.compare(), ["- sip port 5081"]);
  });

  test("a symbolic link stays one", async (context) => {
    const path = folder(context);
    writeFileSync(join(path, "real.toml"), TEXT);
    symlinkSync("real.toml", join(path, "link.toml"));
    const store = await ConfigStore.load(join(path, "link.toml"));
    store.set("sip port", "5081");
    await store.commit();
    assert.equal((await ConfigStore.load(join(path, "real.toml"))).running.sip.port, 5081);
  });

  test("a missing file is named", async (context) => {
    const file = join(folder(context), "none.toml");
    await assert.rejects(ConfigStore.load(file), {
      name: "ConfigError",
      message: `${file} cannot be read: there is no such file`,
    });
  });
});

describe("the simulator's configuration", () => {
  test("two phones and an echo test at the built-in server, on this machine", () => {
    const config = simulatorConfig();
    assert.deepEqual(
      config.line.map(({ user, phone, registrar, password }, index) => [
        user,
        phone,
        registrar,
        password === config.server.user[index]!.password,
      ]),
      [
        ["101", "socket", "127.0.0.1:5060", true],
        ["102", "socket", "127.0.0.1:5060", true],
        ["600", "echo", "127.0.0.1:5060", true],
      ],
    );
    assert.equal(config.server.enabled, true);
  });

  test("passwords are long, and new each time", () => {
    const passwords = [simulatorConfig(), simulatorConfig()].flatMap(({ server }) =>
      server.user.map((user) => user.password),
    );
    assert.equal(new Set(passwords).size, 6);
    for (const password of passwords) assert.match(password, /^[A-Za-z0-9]{16}$/);
  });

  test("takes other ports", () => {
    const { sip, server } = simulatorConfig({ sip: 6070, rtp: 20000, server: 6060 });
    assert.deepEqual([sip.port, sip.rtp_port, server.port], [6070, 20000, 6060]);
  });

  test("can be changed from the console without losing its comments", async () => {
    const text = simulatorText();
    const store = await open(text);
    store.set("line 1 country", "FR");
    await store.commit();
    const comments = (source: string): string[] => source.split("\n").filter((line) => line.startsWith("#"));
    assert.deepEqual(comments(store.show()), comments(text));
  });
});
