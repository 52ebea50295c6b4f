// Boards are data: each one that is here is sound, and what is wrong with one is told by key.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { boardProblems, checkBoard, loadBoard } from "../../host/config/board.ts";
import { parseConfig } from "../../host/config/check.ts";
import { problemText } from "../../host/config/problems.ts";
import { simulatorConfig } from "../../host/config/simulator.ts";

const folders = readdirSync("boards", { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join("boards", entry.name, "board.json")))
  .map((entry) => entry.name);

describe("every board in boards/", () => {
  test("the simulator is one of them", () => assert.ok(folders.includes("simulator")));

  for (const name of folders) {
    test(`${name}: is accepted, has a README, and stands in the list`, () => {
      assert.equal(loadBoard(join("boards", name)).name, name);
      assert.ok(readFileSync(join("boards", name, "README.md"), "utf8").length > 0);
      assert.match(readFileSync("boards/README.md", "utf8"), new RegExp(`\\(${name}/README\\.md\\)`));
    });
  }
});

const good = {
  vendor: "v",
  name: "n",
  lines: [{ driver: "simulated" }],
  sound: { driver: "paced" },
  console: { driver: "terminal" },
};
const messages = (board: unknown): string[] => checkBoard(JSON.stringify(board)).problems.map(problemText);

describe("a board that is wrong is told by key", () => {
  const cases: readonly (readonly [title: string, board: unknown, message: RegExp])[] = [
    ["no lines", { ...good, lines: [] }, /^lines: the list is empty/],
    ["too many lines", { ...good, lines: Array(9).fill({ driver: "simulated" }) }, /^lines: 9 are more than 8/],
    [
      "an unknown driver",
      { ...good, lines: [{ driver: "gpoi" }] },
      /^lines\[1\]\.driver: "gpoi" is not known \(allowed: simulated\)$/,
    ],
    ["an unknown key", { ...good, sounds: 1 }, /^sounds: unknown key; did you mean "sound"\?$/],
    [
      "a bad name",
      { ...good, name: "My Board" },
      /^name: "My Board" is not valid \(allowed: lower-case words joined by hyphens\)$/,
    ],
    ["a number for a name", { ...good, vendor: 5 }, /^vendor: 5 is not a text in quotes/],
    ["a missing key", { ...good, console: undefined }, /^console: missing \(allowed: a table\)$/],
    ["a list", [], /^this is not a table/],
    ["null", null, /^this is not a table/],
  ];
  for (const [title, board, message] of cases) {
    test(title, () => {
      const found = messages(board);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0]!, message);
    });
  }

  test("no JSON", () => assert.match(problemText(checkBoard("{").problems[0]!), /^this is no JSON: /));
  test("the good one", () => assert.deepEqual(messages(good), []));
});

test("a board's name is that of its folder", (context) => {
  const parent = mkdtempSync(join(tmpdir(), "tipring-board-"));
  context.after(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, "attic");
  mkdirSync(folder);
  writeFileSync(join(folder, "board.json"), JSON.stringify({ ...good, name: "cellar" }));
  assert.throws(() => loadBoard(folder), /name: "cellar" is not the folder's name, "attic"/);
});

describe("the configuration against the board", () => {
  const simulator = loadBoard("boards/simulator");

  test("the simulator's own fits", () => assert.deepEqual(boardProblems(simulator, simulatorConfig()), []));

  test("a phone where the board has no line is refused, an echo test is not", () => {
    const line = (user: string, phone: string) =>
      `[[line]]\nuser = "${user}"\nphone = "${phone}"\nregistrar = "127.0.0.2"\n`;
    const config = parseConfig(line("1", "simulated") + line("2", "simulated") + line("3", "echo"), "test");
    const small = { ...simulator, name: "small", lines: simulator.lines.slice(0, 1) };
    assert.deepEqual(boardProblems(small, config).map(problemText), [
      'line[2].phone: "simulated" is not on board small, which has 1 line (allowed: echo)',
    ]);
  });
});
