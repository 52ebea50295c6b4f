// `tipring board`: what a board has, and where each of its wires goes.

import { loadHeader } from "./config/board.ts";
import { pinUses } from "./config/board-check.ts";
import type { Board, BoardConsole, BoardLine, BoardSound } from "./config/types.ts";
import { drawFacts, drawTable } from "./console/table.ts";

export function wiringText(board: Board): string {
  const facts = drawFacts([
    ["board", `${board.name}, ${board.vendor}`],
    ...board.lines.map((line, index): [string, string] => [`line ${index + 1}`, lineText(line)]),
    ["sound", soundText(board.sound)],
    ["console", consoleText(board.console)],
  ]);
  const uses = pinUses(board);
  const header = board.header === undefined ? undefined : loadHeader(board.header);
  if (uses.length === 0 || header === undefined) return facts;
  const rows = uses.map(({ what, pin }) => {
    const place = header.pins.find((each) => each.pin === pin)?.position ?? "";
    return [what, `${header.numbering} ${pin}`, place];
  });
  return `${facts}\n\n${drawTable(["Wire", "Pin", "Where"], rows)}`;
}

function lineText(line: BoardLine): string {
  if (line.driver === "gpio") return `${line.card} at pins, sound channel ${line.channel}`;
  return line.driver === "serial" ? `port ${line.port} of the line card at ${line.path}` : "a simulated telephone";
}

const soundText = (sound: BoardSound): string =>
  sound.driver === "alsa" ? `${sound.device}, ${sound.rate} Hz, ${sound.periodMs} ms` : sound.driver;

const consoleText = (console: BoardConsole): string =>
  console.driver === "serial" ? `${console.path}, ${console.baud} baud` : "the terminal";
