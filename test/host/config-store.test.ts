// Candidate, running and earlier configurations: set, delete, compare, commit, rollback.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigError } from "../../host/config/problems.ts";
import { type Changes, type ConfigStore, KEPT_CONFIGURATIONS } from "../../host/config/store.ts";
import { PathError } from "../../host/config/words.ts";
import { FILE, open, TEXT } from "../support/config-file.ts";
import { MemoryFiles, PowerCut } from "../support/memory-files.ts";

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
