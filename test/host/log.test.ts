// The log: bounded, safe to print whatever the network sent, and without anybody's password.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { entryText, LOG_CAPACITY, LOG_LEVELS, Log, type LogEntry, lineSink } from "../../host/log.ts";

// 2026-11-23 14:03:07.250 in whatever zone the test runs.
const AT = new Date(2026, 10, 23, 14, 3, 7, 250).getTime();
const clock = { wallClock: () => AT };

const one = (message: string, fields?: Record<string, unknown>): LogEntry => {
  const log = new Log(clock, { level: "debug" });
  log.info("sip", message, fields);
  return log.recent(1)[0]!;
};

describe("entries", () => {
  test("hold time, level, area, message and fields", () => {
    assert.deepEqual(one("registered", { line: 1, expires: 3600 }), {
      time: AT,
      level: "info",
      area: "sip",
      message: "registered",
      fields: { line: 1, expires: 3600 },
    });
    assert.deepEqual(one("ready"), { time: AT, level: "info", area: "sip", message: "ready" });
  });

  test("below the level are dropped", () => {
    for (const [index, level] of LOG_LEVELS.entries()) {
      const log = new Log(clock, { level });
      for (const each of LOG_LEVELS) log[each]("test", each);
      assert.deepEqual(
        log.recent(9).map(({ message }) => message),
        LOG_LEVELS.slice(0, index + 1),
      );
      assert.deepEqual(
        LOG_LEVELS.map((each) => log.isOn(each)),
        LOG_LEVELS.map((_, place) => place <= index),
      );
    }
  });

  test("the level can be changed while it runs", () => {
    const log = new Log(clock);
    log.debug("test", "not yet");
    log.level = "debug";
    log.debug("test", "now");
    assert.deepEqual(
      log.recent(9).map(({ message }) => message),
      ["now"],
    );
  });

  test("the oldest make room, and the newest are asked for by number", () => {
    const log = new Log(clock, { capacity: 3 });
    const texts = (count: number) => log.recent(count).map(({ message }) => message);
    assert.deepEqual(texts(5), []);
    for (let number = 1; number <= 7; number++) log.info("test", String(number));
    assert.deepEqual(texts(5), ["5", "6", "7"]);
    assert.deepEqual(texts(2), ["6", "7"]);
    assert.deepEqual(texts(0), []);
    assert.deepEqual(texts(-1), []);
  });

  test(`at most ${LOG_CAPACITY} are kept`, () => {
    const log = new Log(clock);
    for (let number = 0; number < LOG_CAPACITY + 10; number++) log.info("test", String(number));
    assert.equal(log.recent(Infinity).length, LOG_CAPACITY);
    assert.equal(log.recent(Infinity)[0]!.message, "10");
  });
});

describe("bounds", () => {
  test("a long message and a long field are cut", () => {
    const entry = one("m".repeat(1e6), { body: "b".repeat(1e6) });
    assert.equal(entry.message, `${"m".repeat(1000)}…`);
    assert.equal(entry.fields!.body, `${"b".repeat(1000)}…`);
  });

  test("fields beyond the sixteenth are left out", () => {
    const fields = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, index]));
    assert.equal(Object.keys(one("many", fields).fields!).length, 16);
  });

  test("any value becomes one that prints", () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    const { fields } = one("values", {
      error: new Error("no route"),
      bytes: 12n,
      none: null,
      gone: undefined,
      loop,
      list: ["a", 1],
    });
    assert.deepEqual(fields, { error: "no route", bytes: "12", none: null, loop: "[object]", list: '["a",1]' });
  });
});

describe("what the network sent cannot steer a terminal or forge a line", () => {
  test("control characters are made visible", () => {
    assert.equal(one("a\r\nb\tc\u001b[2Jd\u0000e\u007ff\u009bg").message, "a\\r\\nb\\tc\\x1b[2Jd\\x00e\\x7ff\\x9bg");
    assert.equal(one("safe\u202egnp.exe\u2028x").message, "safe\\u202egnp.exe\\u2028x");
    assert.equal(one("half \ud800 pair, whole 😀").message, "half \\ud800 pair, whole 😀");
  });

  test("in the names of fields too", () => {
    assert.deepEqual(one("x", { "a b=c\n": 1 }).fields, { "a_b_c\\n": 1 });
  });

  test("whatever is logged is one line without control characters", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        (a, b, c) => {
          // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
          assert.doesNotMatch(entryText(one(a, { [b]: c })), /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
        },
      ),
      { seed: 7, numRuns: 2000 },
    );
  });
});

describe("secrets are never kept", () => {
  const request = [
    "REGISTER sip:127.0.0.1 SIP/2.0",
    'Authorization: Digest username="101", realm="tipring",',
    ' response="6629fae49393a05397450978507c4ef1"',
    "Call-ID: keepme",
    "Proxy-authorization : Digest 6629fae49393a05397450978507c4ef1",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20",
    "",
  ].join("\r\n");

  test("RFC 3261 §20.7: Authorization and its continued lines, in a whole message", () => {
    const { message } = one(request);
    assert.doesNotMatch(message, /6629fae|PS1uQ/);
    assert.match(message, /REGISTER sip:127\.0\.0\.1 SIP\/2\.0/);
    assert.match(message, /Call-ID: keepme/);
    assert.match(message, /inline:\*{8}\|2\^20/);
    assert.doesNotMatch(String(one("x", { datagram: request }).fields!.datagram), /6629fae|PS1uQ/);
  });

  test("fields by their name, at any depth", () => {
    const { fields } = one("x", {
      password: "opensesame",
      Authorization: "Digest opensesame",
      ha1: "opensesame",
      response: "opensesame",
      user: { name: "101", password: "opensesame" },
      users: [{ secret: "opensesame" }],
      responses: 3,
    });
    assert.doesNotMatch(JSON.stringify(fields), /opensesame/);
    assert.equal(fields!.responses, 3);
    assert.match(String(fields!.user), /101/);
  });

  test("name and value within a text", () => {
    for (const text of [
      "password=opensesame",
      'password = "open sesame" port = 5',
      '{"password":"opensesame"}',
      "secret: opensesame",
      'response="opensesame"',
      'password="a\\"opensesame"',
    ]) {
      assert.doesNotMatch(one(text).message, /sesame/, text);
    }
  });

  test("a secret at the cut is not half shown", () => {
    const text = `${"x".repeat(990)} password=${"opensesame".repeat(300)}`;
    assert.doesNotMatch(one(text).message, /open/);
  });
});

describe("lines", () => {
  test("time level area: message key=value", () => {
    assert.equal(
      entryText(one("registered", { line: 1, server: "127.0.0.1:5060" })),
      "14:03:07.250 info sip: registered line=1 server=127.0.0.1:5060",
    );
    assert.equal(entryText(one("ready")), "14:03:07.250 info sip: ready");
  });

  test("values with spaces, quotes and equal signs stand in quotes", () => {
    assert.equal(
      entryText(one("x", { a: "two words", b: 'say "hi"', c: "k=v", d: "" })),
      '14:03:07.250 info sip: x a="two words" b="say \\"hi\\"" c="k=v" d=""',
    );
  });
});

describe("listeners", () => {
  test("hear each entry until they leave", () => {
    const log = new Log(clock);
    const written: string[] = [];
    const stop = log.onLine(lineSink({ write: (text: string) => written.push(text) }));
    log.info("sip", "one");
    log.debug("sip", "not kept, not told");
    stop();
    log.info("sip", "two");
    assert.deepEqual(written, ["14:03:07.250 info sip: one\n"]);
  });

  test("one that fails is dropped, and the others still hear", () => {
    const log = new Log(clock);
    const heard: string[] = [];
    log.onLine(() => {
      throw new Error("disk full");
    });
    log.onLine(({ message }) => heard.push(message));
    log.info("sip", "one");
    log.info("sip", "two");
    assert.deepEqual([...heard].sort(), ["a listener failed and was dropped", "one", "two"]);
    assert.deepEqual(
      log.recent(9).map(({ message }) => message),
      ["one", "a listener failed and was dropped", "two"],
    );
  });
});
