// Boards are data: each one that is here is sound, and what is wrong with one is told by key.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  boardProblems,
  checkBoard,
  checkCard,
  lineCard,
  loadBoard,
  loadCard,
  loadHeader,
} from "../../host/config/board.ts";
import { parseConfig } from "../../host/config/check.ts";
import { problemText } from "../../host/config/problems.ts";
import { simulatorConfig } from "../../host/config/simulator.ts";
import { ConfigStore } from "../../host/config/store.ts";
import type { Board, GpioBoardLine } from "../../host/config/types.ts";
import { MemoryFiles } from "../support/memory-files.ts";

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

    test(`${name}: what the README adds for a second line is sound`, () => {
      const added = /```json\n(.*?)```/s.exec(readFileSync(join("boards", name, "README.md"), "utf8"))?.[1];
      if (added === undefined) return assert.ok(!name.startsWith("raspberry-pi"));
      const board = loadBoard(join("boards", name));
      assert.deepEqual(messages({ ...board, lines: [...board.lines, JSON.parse(added)] }), []);
    });

    test(`${name}: the README says of every pin where it is`, () => {
      const board = loadBoard(join("boards", name));
      const header = board.header === undefined ? undefined : loadHeader(board.header);
      const readme = readFileSync(join("boards", name, "README.md"), "utf8");
      for (const [signal, pin] of wires(board)) {
        const position = header?.pins.find((each) => each.pin === pin)?.position ?? "";
        const place = /\d+/.exec(position.replace(/^input and output /, ""))?.[0];
        const row = new RegExp(
          `^\\|.*\\b${signal}\\b.*\\|.*\\b${header?.numbering === "BCM" ? "BCM " : ""}${pin}\\b.*\\| +${place}\\b`,
          "m",
        );
        if (board.header !== "qemu-virt") {
          assert.match(readme, row, `${signal} on ${pin}`);
          assert.ok(drawn(readme).get(Number(place))?.includes(signal), `${signal} in the drawing, on ${place}`);
        } else assert.match(readme, new RegExp(`^\\|.*\\b${signal}\\b.*\\| +${pin} +\\|$`, "m"));
      }
    });
  }
});

describe("every drawing of a 40-pin header", () => {
  const drawings = folders.flatMap((name) => {
    const places = drawn(readFileSync(join("boards", name, "README.md"), "utf8"));
    return places.size === 0 ? [] : [{ name, places }];
  });

  test("there is one for each board that has one", () => assert.equal(drawings.length, 7));

  for (const { name, places } of drawings)
    test(`${name}: all 40 places, and what is written at each is there`, () => {
      assert.deepEqual(
        [...places.keys()].sort((one, other) => one - other),
        Array.from({ length: 40 }, (_, index) => index + 1),
      );
      const { header } = loadBoard(name);
      const { pins } = loadHeader(header ?? "");
      for (const [place, text] of places) {
        const [pin] = pins.filter(({ position }) => Number(/^header pin (\d+)/.exec(position)?.[1]) === place);
        const label = /BCM (\d+)|\b(P[A-I]\d+)|(GND|3\.3 V|5 V)/.exec(text);
        if (label === null) continue;
        const [, bcm, port, supply] = label;
        if (bcm !== undefined) assert.equal(pin?.pin, Number(bcm), text);
        else if (port !== undefined) assert.ok(pin?.position.endsWith(`, ${port}`), text);
        else assert.ok(SUPPLY[supply as keyof typeof SUPPLY].includes(place), text);
      }
    });
});

/** Where the 40-pin header has no GPIO pin. */
const SUPPLY = { GND: [6, 9, 14, 20, 25, 30, 34, 39], "3.3 V": [1, 17], "5 V": [2, 4] };

/** What a README's drawing of the header says at each place. */
function drawn(readme: string): Map<number, string> {
  const places = new Map<number, string>();
  for (const [, left, odd, even, right] of readme.matchAll(/^(.*?)(\d+) o {2}o +(\d+)(.*)$/gm)) {
    assert.equal(Number(odd) + 1, Number(even));
    places.set(Number(odd), left as string);
    places.set(Number(even), right as string);
  }
  return places;
}

/** Signals as a README has them, and their pins. */
function* wires({ lines, button }: Board): Generator<[string, number]> {
  for (const line of lines) {
    if (line.driver !== "gpio") continue;
    yield ["RM", line.pins.ringMode];
    yield ["F/R", line.pins.forwardReverse];
    yield ["SHK", line.pins.hook];
  }
  if (button) yield ["one leg", button.pin];
}

test("an image is made for boards that are here", async () => {
  const { BOARDS } = await import(pathToFileURL(resolve("boards/image/boards.mjs")).href);
  // raspberry-pi is all of them: the box looks which one it is
  const names = Object.keys(BOARDS).filter((name) => name !== "raspberry-pi");
  assert.deepEqual(
    names.filter((name) => !folders.includes(name)),
    [],
  );
  assert.ok(names.length >= 8);
});

describe("every line circuit in boards/slic/ that is driven by pins", () => {
  const cards = readdirSync("boards/slic").filter((name) => existsSync(join("boards/slic", name, "card.json")));

  test("the two modules are there", () => {
    for (const name of ["ag1171", "ks0835f"]) assert.ok(cards.includes(name));
  });

  for (const name of cards)
    test(`${name}: is accepted, has a README, and PD is never driven high`, () => {
      const card = loadCard(name);
      assert.notEqual(card.powerDownLevel as string, "high");
      assert.ok(readFileSync(join("boards/slic", name, "README.md"), "utf8").length > 0);
    });

  const card = JSON.parse(readFileSync("boards/slic/ag1171/card.json", "utf8"));
  const faults = (change: object) => checkCard(JSON.stringify({ ...card, ...change })).problems.map(problemText);

  test("a card that drives PD high is refused", () => {
    const refused = 'powerDownLevel: "high" is not known (allowed: open)';
    assert.deepEqual(faults({ powerDownLevel: "high" }), [refused]);
  });

  test("a card whose lowest frequency is above its highest is refused", () => {
    const refused = "ringFrequencyMin: 30 is more than ringFrequencyMax (allowed: 10 to 25 Hz)";
    assert.deepEqual(faults({ ringFrequencyMin: 30 }), [refused]);
  });
});

test("a line may have another level of F/R at rest than its card", () => {
  const line = loadBoard("raspberry-pi-3b").lines[0] as GpioBoardLine;
  assert.equal(lineCard(line).forwardLevel, "high");
  assert.equal(lineCard({ ...line, levels: { forwardReverse: "low" } }).forwardLevel, "low");
});

describe("every header in boards/headers/", () => {
  for (const file of readdirSync("boards/headers"))
    test(`${file}: no pin and no place is there twice`, () => {
      const { pins } = loadHeader(file.replace(/\.json$/, ""));
      assert.equal(new Set(pins.map(({ pin }) => pin)).size, pins.length);
      assert.equal(new Set(pins.map(({ position }) => position)).size, pins.length);
    });

  test("raspberry-pi: the header of the maker's documents", () => {
    const bcm = [
      [3, 2, "up"],
      [5, 3, "up"],
      [7, 4, "up"],
      [8, 14, "down"],
      [10, 15, "down"],
      [11, 17, "down"],
      [12, 18, "down"],
      [13, 27, "down"],
      [15, 22, "down"],
      [16, 23, "down"],
      [18, 24, "down"],
      [19, 10, "down"],
      [21, 9, "down"],
      [22, 25, "down"],
      [23, 11, "down"],
      [24, 8, "up"],
      [26, 7, "up"],
      [27, 0, "up"],
      [28, 1, "up"],
      [29, 5, "up"],
      [31, 6, "up"],
      [32, 12, "down"],
      [33, 13, "down"],
      [35, 19, "down"],
      [36, 16, "down"],
      [37, 26, "down"],
      [38, 20, "down"],
      [40, 21, "down"],
    ];
    const places = loadHeader("raspberry-pi").pins.map(({ pin, position, pull }) => [
      Number(position.replace("header pin ", "")),
      pin,
      pull,
    ]);
    assert.deepEqual(
      places.sort(([one], [other]) => Number(one) - Number(other)),
      bcm,
    );
  });

  test("raspberry-pi: 28 pins, and the console's UART is BCM 14 and 15 on header pins 8 and 10", () => {
    const { pins } = loadHeader("raspberry-pi");
    assert.equal(pins.length, 28);
    const console = pins.filter(({ taken }) => taken?.includes("UART"));
    assert.deepEqual(
      console.map(({ pin, position }) => [pin, position]),
      [
        [14, "header pin 8"],
        [15, "header pin 10"],
      ],
    );
  });
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
      /^lines\[1\]\.driver: "gpoi" is not known; did you mean "gpio"\? \(allowed: simulated, gpio or serial\)$/,
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

test("a board goes by its name or by a folder; an unknown one is told", () => {
  assert.equal(loadBoard("simulator").name, "simulator");
  assert.equal(loadBoard("./boards/simulator/").name, "simulator");
  assert.throws(() => loadBoard("simulater"), /board "simulater" is not known; did you mean "simulator"\? \(allowed: /);
  assert.throws(() => loadBoard("./boards"), /\.\/boards is no board: there is no board\.json in it/);
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

  const line = (user: string, phone: string) =>
    `[[line]]\nuser = "${user}"\nphone = "${phone}"\nregistrar = "127.0.0.2"\n`;
  const small = { ...simulator, name: "small", lines: simulator.lines.slice(0, 1) };

  test("a phone where the board has no socket is refused, an echo test is not", () => {
    const config = parseConfig(line("1", "socket") + line("2", "socket") + line("3", "echo"), "test");
    const refused = 'line[2].phone: board small has 1 socket (allowed: "echo")';
    assert.deepEqual(boardProblems(small, config).map(problemText), [refused]);
  });

  test("a socket may go by the name of its driver", () => {
    for (const phone of ["simulated", "gpio", "serial"])
      assert.equal(parseConfig(line("1", phone), "test").line[0]?.phone, "socket");
  });

  test("what the board has not cannot be committed, and changes nothing", async () => {
    const path = "/tipring/tipring.toml";
    const store = await ConfigStore.load(path, {
      files: new MemoryFiles({ [path]: line("1", "socket") }),
      more: (config) => boardProblems(small, config),
    });
    store.set("line 2 user", "2");
    store.set("line 2 registrar", "127.0.0.2");
    await assert.rejects(store.commit(), /line\[2\]\.phone: board small has 1 socket \(allowed: "echo"\)/);
    assert.equal(store.running.line.length, 1);
    store.set("line 2 phone", "echo");
    await store.commit();
    assert.equal(store.running.line.length, 2);
  });
});
