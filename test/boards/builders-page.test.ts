// boards/README.md leads somebody from parts to a call by itself: its wires are those of the board's file, its dialogue is what the
// program prints, its commands are the console's.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadBoard, loadHeader } from "../../host/config/board.ts";
import { firstBootText } from "../../host/config/first-boot.ts";
import { ConfigStore } from "../../host/config/store.ts";
import type { GpioBoardLine } from "../../host/config/types.ts";
import { ConsoleSession } from "../../host/console/session.ts";
import { Terminal } from "../../host/console/terminal.ts";
import { ConsoleBox } from "../support/console-box.ts";
import { ConsoleWire } from "../support/console-wire.ts";
import { MemoryFiles } from "../support/memory-files.ts";

const PAGE = readFileSync("boards/README.md", "utf8");
const BOARD = "raspberry-pi-3b";
const board = loadBoard(BOARD);

function section(title: string): string {
  const found = new RegExp(`\n## \\d\\. ${title}\n(.*?)\n## `, "s").exec(PAGE)?.[1];
  assert.ok(found !== undefined, title);
  return found;
}

async function newBox(): Promise<ConsoleBox> {
  const box = new ConsoleBox();
  box.ports = board.lines.map(({ driver }) => driver);
  box.config = await ConfigStore.load("/c.toml", { files: new MemoryFiles({ "/c.toml": firstBootText() }) });
  return box;
}

test("each wire of the table and of the drawing is the board's", () => {
  const wiring = section("Wire");
  const drawing = /```\n(.*?)```/s.exec(wiring)![1]!;
  const { pins } = board.lines[0] as GpioBoardLine;
  const wires: [string, number][] = [
    ["AG1171 RM", pins.ringMode],
    ["AG1171 F/R", pins.forwardReverse],
    ["AG1171 SHK", pins.hook],
    ["button, one leg", board.button!.pin],
    ["serial adapter RXD", 14],
    ["serial adapter TXD", 15],
  ];
  const { pins: header } = loadHeader(board.header!);
  for (const [name, pin] of wires) {
    const position = header.find((each) => each.pin === pin)!.position.replace("header pin ", "");
    assert.match(wiring, new RegExp(`^\\| ${name} +\\| .*\\| ${position} +\\| BCM ${pin} +\\|$`, "m"));
    const place = Number(position) % 2 === 1 ? `BCM ${pin} +${position} o` : `o +${position} +BCM ${pin}\\b`;
    assert.match(drawing, new RegExp(place), `${name} in the drawing`);
  }
  assert.match(drawing, /o 32 +BCM 12 ─+ F\/R /);
  assert.match(drawing, /o 36 +BCM 16 ─+ RM /);
  assert.match(drawing, /BCM 26, pin 37 ─+ SHK /);
  assert.equal((board.lines[0] as GpioBoardLine).card, "ag1171");
});

test("the four questions are, word for word, what the program prints", async () => {
  const page = /```\n(.*?)```/s.exec(section("Four questions"))![1]!.trimEnd().split("\n");
  const box = await newBox();
  const wire = new ConsoleWire();
  const terminal = new Terminal(box, wire, wire, { greeting: "on Enter" });
  wire.type("\r");
  for (const line of page.filter((each) => /\]:/.test(each))) {
    const [, question, typed] = /^(.*\]:) ?(.*)$/.exec(line)!;
    await wire.sees(question!);
    wire.type(`${typed}\r`);
  }
  await wire.sees("show registration");
  await wire.sees("ata> ");
  terminal.close();
  const screen = wire.screen.text.split("\n").map((line) => line.trimEnd());
  const from = screen.indexOf(page[0]!);
  assert.deepEqual(screen.slice(from, from + page.length), page);
});

test("every command that the page names is one", async () => {
  const commands = [...PAGE.matchAll(/`((?:show|test|set|commit|setup)\b[^`\n]*)`/g)].map(([, command]) => command!);
  const typed = [.../```\n(set .*?)```/s.exec(PAGE)![1]!.trim().split("\n")];
  assert.ok(commands.length >= 8 && typed.length === 3);
  const session = new ConsoleSession(await newBox(), true, () => {});
  for (const command of ["set line 1 user 101", ...commands, ...typed])
    assert.doesNotMatch(await session.run(command), /unknown|one word|ambiguous|not allowed/, command);
});
