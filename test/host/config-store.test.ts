// Candidate, running and earlier configurations: set, delete, compare, commit, rollback, completion, and saving that a power cut
// cannot spoil.

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
import { simulatorConfig, simulatorText } from "../../host/config/simulator.ts";
import { type Changes, ConfigStore, KEPT_CONFIGURATIONS } from "../../host/config/store.ts";
import { configSchema } from "../../host/config/validator.mjs";
import { PathError } from "../../host/config/words.ts";
import { MemoryFiles, PowerCut } from "../support/memory-files.ts";

const FILE = "/etc/tipring.toml";
const TEXT = `# The shop's box
[server]
enabled = true # the only one

# Counter
[[server.user]]
name = "101"
password = "opensesame"

# Workshop
[[server.user]]
name = "102"
password = "sesameopen"

[[line]] # left socket
user = "101"
ring_timeout = 45 # short

[[line]]
user = "102"
`;

const open = (text = TEXT, files = new MemoryFiles({ [FILE]: text })): Promise<ConfigStore> =>
  ConfigStore.load(FILE, { files });

describe("set", () => {
  test("changes the candidate and not the running configuration", async () => {
    const store = await open();
    store.set("line 1 ring_timeout", "30");
    assert.equal(store.isChanged, true);
    assert.equal(store.running.line[0]!.ring_timeout, 45);
    assert.deepEqual(store.compare(), ["- line 1 ring_timeout 45", "+ line 1 ring_timeout 30"]);
  });

  test("keeps comments and order", async () => {
    const store = await open();
    store.set("line 1 ring_timeout", "30");
    store.set("line 2 display", "Work shop");
    assert.equal(
      store.show({ candidate: true, secrets: true }),
      `${TEXT.replace("= 45 # short", "= 30 # short")}display = "Work shop"\n`,
    );
  });

  test("turns text into what the schema wants", async () => {
    const store = await open();
    const typed: [words: string, value: unknown][] = [
      ["sip port 5080", 5080],
      ["server enabled off", false],
      ["recorder enabled true", true],
      ["line 1 codecs pcma,PCMU", ["PCMA", "PCMU"]],
      ["line 2 codecs PCMA PCMU", ["PCMA", "PCMU"]],
      ["line 1 country uk", "UK"],
      ["line 1 display 12", "12"],
      ["line 1 user 107", "107"],
      ["console baud 9600", 9600],
    ];
    for (const [words, value] of typed) {
      store.set(words);
      const path = words.split(" ").slice(0, words.startsWith("line") ? 3 : 2);
      const at = path.map((word) => (/^\d$/.test(word) ? Number(word) - 1 : word));
      const found = at.reduce<unknown>((tree, key) => (tree as Record<string | number, unknown>)[key], store.candidate);
      assert.deepEqual(found, value, words);
    }
  });

  test("takes words in a list, with the value behind the key", async () => {
    const store = await open();
    store.set(["line", "1", "display", "Front desk"]);
    assert.deepEqual(store.compare(), ['+ line 1 display "Front desk"']);
  });

  test("understands a key that is cut short, as long as it is one key only", async () => {
    const store = await open();
    store.set("line 1 ring", "30");
    assert.deepEqual(store.compare(), ["- line 1 ring_timeout 45", "+ line 1 ring_timeout 30"]);
    assert.throws(() => store.set("line 1 dial_", "x"), { message: '"dial_" could be dial_mode or dial_plan' });
  });

  test("makes a new line and a new server user", async () => {
    const store = await open();
    store.set("server user 103 password", "third");
    store.set("line 3 user", "103");
    assert.deepEqual(store.compare(), [
      "+ server user 103 name 103",
      "+ server user 103 password ********",
      "+ line 3 user 103",
    ]);
    const changes = await store.commit();
    assert.deepEqual(changes, { sections: ["server", "line"], lines: [2] });
    assert.equal(store.running.line[2]!.password, "third");
  });

  test("makes a section that is not there", async () => {
    const store = await open();
    store.set("recorder megabytes", "30");
    assert.equal(store.show({ candidate: true, secrets: true }), `${TEXT}\n[recorder]\nmegabytes = 30\n`);
  });

  test("goes into dotted keys and inline tables too", async () => {
    const store = await open(
      'sip.port = 5080\nserver = { enabled = true, port = 5061 }\nsystem = { country = "US" }\n',
    );
    store.set("sip port", "5081");
    store.set("server port", "5062");
    store.set("system hostname", "attic");
    store.set("sip bind", "127.0.0.2");
    assert.deepEqual(store.candidate, {
      sip: { port: 5081, bind: "127.0.0.2" },
      server: { enabled: true, port: 5062 },
      system: { country: "US", hostname: "attic" },
    });
    const { running } = store;
    await store.commit();
    assert.notEqual(store.running, running);
    assert.equal(store.running.sip.bind, "127.0.0.2");
  });

  const refused: readonly (readonly [words: string, kind: new (...a: never[]) => Error, message: RegExp])[] = [
    [
      "line 1 ring_timeout 700",
      ConfigError,
      /line\[1\]\.ring_timeout: 700 is more than 600 \(allowed: 5 to 600 seconds\)/,
    ],
    ["line 1 ring_timeout soon", ConfigError, /"soon" is not a whole number/],
    ["line 1 ring_timeout 1e2", ConfigError, /"1e2" is not a whole number/],
    ["line 1 register maybe", ConfigError, /"maybe" is not true or false/],
    ["line 1 codecs PCMA,G729", ConfigError, /line\[1\]\.codecs\[2\]: "G729" is not known/],
    ["server user 1é3 password x", ConfigError, /server\.user\[3\]\.name: "1é3" is not valid/],
    ["server user 101 password ", PathError, /the value is missing \(allowed: 1 to 63 characters/],
    ["line 1 rign_timeout 30", PathError, /rign_timeout: unknown key; did you mean "ring_timeout"\?/],
    ["line 5 user 105", PathError, /line 5: there is none \(allowed: 1 to 3\)/],
    ["line 0 user 105", PathError, /line 0: there is none/],
    ["line one user 105", PathError, /line one: there is none/],
    ["line 1", PathError, /group of keys/],
    ["sip", PathError, /group of keys/],
    ["", PathError, /group of keys/],
    ["constructor x", PathError, /constructor: unknown key/],
    ["line 1 __proto__ x", PathError, /__proto__: unknown key/],
  ];
  for (const [words, kind, message] of refused) {
    test(`refuses "${words}" and leaves the candidate as it was`, async () => {
      const store = await open();
      assert.throws(
        () => store.set(words),
        (error: unknown) => error instanceof kind && message.test(error.message),
      );
      assert.equal(store.isChanged, false);
    });
  }

  test("leaves what only shows in the whole to the commit", async () => {
    const store = await open();
    store.set("sip port", "5060");
    await assert.rejects(store.commit(), /server\.port: 5060 is also sip port/);
    assert.equal(store.running.sip.port, 5070);
    store.set("server port", "5070");
    await store.commit();
    assert.equal(store.running.sip.port, 5060);
  });

  test("a ninth line is one too many", async () => {
    const store = await open();
    for (let line = 3; line <= 8; line++) store.set(`line ${line} user`, `20${line}`);
    assert.throws(() => store.set("line 9 user", "209"), { message: "line 9: there can be at most 8" });
  });
});

describe("delete", () => {
  test("a key: its default holds again", async () => {
    const store = await open();
    store.delete("line 1 ring_timeout");
    assert.deepEqual(store.compare(), ["- line 1 ring_timeout 45"]);
    await store.commit();
    assert.equal(store.running.line[0]!.ring_timeout, 60);
    assert.equal(store.show({ secrets: true }), TEXT.replace("ring_timeout = 45 # short\n", ""));
  });

  test("an item of a list, with the comment right above it; later ones move up", async () => {
    const store = await open();
    store.delete("line 1");
    store.delete("server user 101");
    assert.equal(
      store.show({ candidate: true, secrets: true }),
      TEXT.replace(/# Counter\n(.*\n){4}/, "").replace(/\[\[line\]\] # left(.*\n){4}/, ""),
    );
    await store.commit();
    assert.equal(store.running.line.length, 1);
    assert.equal(store.running.line[0]!.user, "102");
  });

  test("a whole section, in all the places where it stands", async () => {
    const text = '[server]\nport = 5061\n[sip]\nport = 1\n[[server.user]]\nname = "1"\npassword = "x"\n';
    const store = await open(text);
    store.delete("server");
    assert.equal(store.show({ candidate: true }), "[sip]\nport = 1\n");
  });

  test("the last item of a list", async () => {
    const store = await open();
    store.delete("line 2");
    store.delete("line 1");
    assert.equal(Object.hasOwn(store.candidate, "line"), false);
    await store.commit();
    assert.deepEqual(store.running.line, []);
  });

  test("from an inline table, where the text has to be written anew", async () => {
    const store = await open('# kept only as long as it can be\nsip = { port = 5080, bind = "127.0.0.2" }\n');
    store.delete("sip port");
    assert.deepEqual(store.candidate, { sip: { bind: "127.0.0.2" } });
    await store.commit();
    assert.equal(store.running.sip.port, 5070);
  });

  for (const [words, message] of [
    ["line 3", "line 3: there is none (allowed: 1 to 2)"],
    ["server user 109", "server user 109: there is none (allowed: 101 or 102)"],
    ["sip port", "sip port: this is not set"],
    ["", ": this is no key"],
    ["line 1 user 101", "line 1 user 101: this is no key"],
  ] as const) {
    test(`refuses "${words}"`, async () => {
      const store = await open();
      assert.throws(() => store.delete(words), { name: "PathError", message });
      assert.equal(store.isChanged, false);
    });
  }

  test("what the whole cannot do without is refused at the commit", async () => {
    const store = await open();
    store.delete("line 1 user");
    await assert.rejects(store.commit(), /line\[1\]\.user: missing/);
  });
});

describe("commit", () => {
  test("says which sections and lines are different, derived values included", async () => {
    const store = await open();
    const heard: Changes[] = [];
    const stop = store.onCommit((changes) => heard.push(changes));
    store.set("system country", "DE");
    store.set("line 2 country", "US");
    const changes = await store.commit();
    assert.deepEqual(changes, { sections: ["system", "line"], lines: [0] });
    assert.deepEqual(heard, [changes]);
    stop();
    store.set("sip port", "5081");
    await store.commit();
    assert.equal(heard.length, 1);
  });

  test("of nothing changes nothing, and writes nothing", async () => {
    const files = new MemoryFiles({ [FILE]: TEXT });
    const store = await open(TEXT, files);
    const steps = files.steps;
    assert.deepEqual(await store.commit(), { sections: [], lines: [] });
    assert.equal(files.steps, steps);
  });

  test("does not run twice at once", async () => {
    const store = await open();
    store.set("sip port", "5081");
    const first = store.commit();
    await assert.rejects(store.commit(), /Another commit is under way/);
    await first;
    assert.equal(store.running.sip.port, 5081);
  });

  test("what is set meanwhile stays in the candidate", async () => {
    const store = await open();
    store.set("sip port", "5081");
    const commit = store.commit();
    store.set("sip port", "5082");
    await commit;
    assert.equal(store.running.sip.port, 5081);
    assert.deepEqual(store.compare(), ["- sip port 5081", "+ sip port 5082"]);
  });

  test("a failing disk leaves the running configuration, and the candidate for another try", async () => {
    const files = new MemoryFiles({ [FILE]: TEXT });
    const store = await open(TEXT, files);
    store.set("sip port", "5081");
    files.failAt = files.steps + 3;
    await assert.rejects(store.commit(), PowerCut);
    assert.equal(store.running.sip.port, 5070);
    assert.equal(store.isChanged, true);
    files.failAt = Infinity;
    await store.commit();
    assert.equal(store.running.sip.port, 5081);
  });
});

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

describe("rollback", () => {
  const commitPorts = async (store: ConfigStore, from: number, to: number): Promise<void> => {
    for (let port = from; port <= to; port++) {
      store.set("sip port", String(port));
      await store.commit();
    }
  };

  test("makes an earlier configuration the candidate, and a commit makes it run", async () => {
    const store = await open();
    await commitPorts(store, 5081, 5083);
    await store.rollback(2);
    assert.deepEqual(store.compare(), ["- sip port 5083", "+ sip port 5081"]);
    assert.equal(store.running.sip.port, 5083);
    await store.commit();
    assert.equal(store.running.sip.port, 5081);
    await store.rollback(1);
    assert.deepEqual(store.compare(), ["- sip port 5081", "+ sip port 5083"]);
  });

  test("0 is the running one, as discard", async () => {
    const store = await open();
    store.set("sip port", "5081");
    await store.rollback(0);
    assert.equal(store.isChanged, false);
    store.set("sip port", "5081");
    store.discard();
    assert.equal(store.isChanged, false);
  });

  test(`keeps ${KEPT_CONFIGURATIONS}, and says how many there are`, async () => {
    const store = await open();
    await assert.rejects(store.rollback(1), { message: "rollback 1: there is none (allowed: 0 to 0)" });
    await commitPorts(store, 5081, 5081 + KEPT_CONFIGURATIONS + 4);
    assert.equal(await store.earlierCount(), KEPT_CONFIGURATIONS);
    await store.rollback(KEPT_CONFIGURATIONS);
    assert.deepEqual(store.compare(), ["- sip port 5095", "+ sip port 5085"]);
    await assert.rejects(store.rollback(KEPT_CONFIGURATIONS + 1), {
      message: `rollback ${KEPT_CONFIGURATIONS + 1}: there is none (allowed: 0 to ${KEPT_CONFIGURATIONS})`,
    });
  });

  test("brings back what somebody wrote into the file meanwhile", async () => {
    const files = new MemoryFiles({ [FILE]: TEXT });
    const store = await open(TEXT, files);
    files.put(FILE, TEXT.replace("45", "50"));
    store.set("line 1 ring_timeout", "30");
    await store.commit();
    await store.rollback(1);
    assert.deepEqual(store.compare(), ["- line 1 ring_timeout 30", "+ line 1 ring_timeout 50"]);
  });

  test("what is no TOML is refused", async () => {
    const files = new MemoryFiles({ [FILE]: TEXT });
    const store = await open(TEXT, files);
    files.put(FILE, "not = = toml");
    store.set("sip port", "5081");
    await store.commit();
    await assert.rejects(store.rollback(1), /rollback 1 cannot be used:\n {2}line 1, column \d+: this is no TOML/);
    assert.equal(store.isChanged, false);
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
    assert.deepEqual(await tokens([""]), ["system", "sip", "server", "tls", "line", "console", "recorder"]);
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
    assert.equal(statSync(join(`${file}.history`, earlier!)).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(join(file, "..")).sort(), ["tipring.toml", "tipring.toml.history"]);
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
        ["101", "simulated", "127.0.0.1:5060", true],
        ["102", "simulated", "127.0.0.1:5060", true],
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
