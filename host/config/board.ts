// Boards are data: `boards/<name>/board.json`, checked against boards/board.schema.json, and held against the configuration.

import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { addValidationErrors, ConfigError, type Problem, ProblemList } from "./problems.ts";
import { isTree, type Tree } from "./schema.ts";
import type { Board, Config } from "./types.ts";
import { boardSchema, validateBoard } from "./validator.mjs";

/** Reads a board's folder; throws a ConfigError that names every problem. */
export function loadBoard(folder: string): Board {
  const file = join(folder, "board.json");
  const { board, problems } = checkBoard(readFileSync(file, "utf8"));
  if (board === undefined) throw new ConfigError(`${file} cannot be used:`, problems);
  const name = basename(resolve(folder));
  if (board.name !== name) {
    throw new ConfigError(`${file} cannot be used:`, [
      problem(["name"], `"${board.name}" is not the folder's name, "${name}"`),
    ]);
  }
  return board;
}

/** Checks the text of a `board.json`. */
export function checkBoard(text: string): { board: Board | undefined; problems: readonly Problem[] } {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch (error) {
    return { board: undefined, problems: [problem([], `this is no JSON: ${(error as Error).message}`)] };
  }
  if (!isTree(tree)) return { board: undefined, problems: [problem([], "this is not a table (allowed: a board)")] };
  if (validateBoard(tree)) return { board: tree as unknown as Board, problems: [] };
  const list = new ProblemList("", []);
  addValidationErrors(list, boardSchema, tree as Tree, validateBoard.errors ?? []);
  return { board: undefined, problems: list.found };
}

/** Phones that are programs of the host, and need no line circuit. */
const SOFTWARE_PHONES: readonly string[] = ["echo"];

/** What the configuration asks for that the board has not. Line n is the board's line n, or a program. */
export function boardProblems(board: Board, config: Config): readonly Problem[] {
  const problems: Problem[] = [];
  config.line.forEach(({ phone }, index) => {
    if (SOFTWARE_PHONES.includes(phone)) return;
    const driver = board.lines[index]?.driver;
    if (driver === phone) return;
    const has = driver === undefined ? `has ${countText(board.lines.length)}` : `has "${driver}" there`;
    const allowed = [...new Set([...(driver === undefined ? [] : [driver]), ...SOFTWARE_PHONES])].join(" or ");
    problems.push(
      problem(["line", index, "phone"], `"${phone}" is not on board ${board.name}, which ${has} (allowed: ${allowed})`),
    );
  });
  return problems;
}

const countText = (lines: number): string => (lines === 1 ? "1 line" : `${lines} lines`);

const problem = (path: Problem["path"], text: string): Problem => ({ path, line: 0, column: 0, text });
