// Where in a configuration file a problem stands: keys however they are written, what is no TOML, and files at random.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parse } from "smol-toml";
import { checkConfig } from "../../host/config/check.ts";
import { problemText } from "../../host/config/problems.ts";
import { simulatorText } from "../../host/config/simulator.ts";
import { findPlace, locateKeys } from "../../host/config/toml-locator.ts";

const messages = (text: string): string[] => checkConfig(text).problems.map(problemText);

describe("places", () => {
  test("a key on a dotted path, in an inline table, and quoted", () => {
    assert.deepEqual(
      checkConfig('sip.port = 0\nserver = { enabled = true, "port" = 0 }\n').problems.map(({ path, line, column }) => ({
        path: path.join("."),
        line,
        column,
      })),
      [
        { path: "sip.port", line: 1, column: 12 },
        { path: "server.port", line: 2, column: 28 },
      ],
    );
  });

  test("text in quotes, comments and long strings do not pass for keys", () => {
    const text = [
      "# sip.port = 0",
      "[server]",
      'realm = "a\\"port = 0 # no comment"',
      "[[server.user]]",
      "name = '101'",
      'password = """',
      "[sip]",
      'port = 1 ""\\"',
      '"""',
      "[sip] # [server]",
      "port = 0",
    ].join("\n");
    const lines = checkConfig(text).problems.map((problem) => `${problem.path.join(".")} ${problem.line}`);
    assert.deepEqual(lines, ["server.realm 3", "server.user.0.password 6", "sip.port 11"]);
  });

  test("all problems come at once, in the order of the text", () => {
    assert.deepEqual(
      checkConfig("[console]\nbaud = 1\n[sip]\nport = 0\nx = 1\n[system]\ncountry = 5\n").problems.map(
        ({ line }) => line,
      ),
      [2, 4, 5, 7],
    );
  });

  test("CRLF line ends and a missing last line break change no line number", () => {
    assert.deepEqual(messages("[sip]\r\n\r\nport = 0"), ["sip.port, line 3: 0 is less than 1 (allowed: 1 to 65535)"]);
  });
});

describe("what is no TOML", () => {
  test("comes with line and column in the same form", () => {
    const [problem] = checkConfig("[sip]\nport = \n").problems;
    assert.equal(problem!.line, 2);
    assert.match(problemText(problem!), /^line 2, column \d+: this is no TOML: /);
  });

  test("never shows the text around it, where a password may stand", () => {
    const { problems } = checkConfig('[[server.user]]\nname = "101"\npassword = "opensesame" x\n');
    assert.equal(problems.length, 1);
    assert.doesNotMatch(problemText(problems[0]!), /opensesame/);
  });

  test("a key twice", () => {
    assert.equal(checkConfig("[sip]\nport = 1\nport = 2\n").problems[0]!.line, 3);
  });
});

describe("whatever stands in the file", () => {
  const text = simulatorText();
  const piece = fc.oneof(
    fc.constantFrom(
      '"',
      "'",
      '"""',
      "[",
      "]",
      "[[",
      "]]",
      "{",
      "}",
      "=",
      ".",
      ",",
      "#",
      "\\",
      "\n",
      "\r\n",
      "\t",
      "-",
      "0",
      "inf",
      "nan",
    ),
    fc.constantFrom("2026-11-23 10:00:00", "a.b = 1", "[sip]", "[[line]]", "[server.user]", "__proto__", "é😀\u0000"),
    fc.string({ maxLength: 8 }),
  );
  const edit = fc.record({ at: fc.nat({ max: text.length }), remove: fc.nat({ max: 12 }), insert: piece });

  test("it is accepted, or refused with places that are in the file", () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let broken = text;
        for (const { at, remove, insert } of edits) broken = broken.slice(0, at) + insert + broken.slice(at + remove);
        const { problems, config } = checkConfig(broken);
        assert.equal(config === undefined, problems.length > 0);
        const lines = broken.split("\n").length;
        for (const problem of problems) {
          assert.ok(problem.line >= 1 && problem.line <= lines, `${problemText(problem)}, of ${lines} lines`);
          assert.ok(problem.column >= 1);
        }
      }),
      { seed: 4711, numRuns: 3000 },
    );
  });

  test("every value is found where it stands, however its key is written", () => {
    const name = fc.constantFrom("a", "b-1", "é", "x.y", "", "q'q", '"', "tab\t");
    const scalar = fc.oneof(
      fc.integer(),
      fc.boolean(),
      fc.constantFrom("plain", "# no comment", "a = 1", "[x]", "]]", 'q"q', "back\\", "line\nline", "}"),
    );
    const { value: anyValue } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        scalar,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(name, tie("value"), { maxKeys: 3 }),
      ),
    }));
    const write = (value: unknown): string => {
      if (Array.isArray(value)) return `[ ${value.map((item) => `${write(item)}, # ] "\n`).join("")}]`;
      if (typeof value === "object") {
        const inside = Object.entries(value as object).map(([key, item]) => `${JSON.stringify(key)} = ${write(item)}`);
        return `{ ${inside.join(", ")} }`;
      }
      return JSON.stringify(value);
    };
    fc.assert(
      fc.property(
        fc.dictionary(name, anyValue, { minKeys: 1, maxKeys: 4 }),
        fc.integer({ min: 0, max: 2 }),
        (tree, style) => {
          const head = ["", "[top] # [x]\n", "[[first]]\n[[ first ]]\n"][style]!;
          const base = [[], ["top"], ["first", 1]][style]!;
          const body = Object.entries(tree).map(([key, value]) => `${JSON.stringify(key)}\t= ${write(value)} # "\n`);
          const toml = head + body.join("");
          // The locator relies on the parser having accepted the text.
          parse(toml);
          const places = locateKeys(toml);
          for (const [key, value] of Object.entries(tree)) {
            const place = findPlace(places, [...base, key])!;
            assert.equal(toml.slice(place.valueStart, place.valueEnd), write(value));
            assert.ok(toml.startsWith(JSON.stringify(key), place.start));
          }
        },
      ),
      { seed: 815, numRuns: 1000 },
    );
  });
});
