// Boards are data: `boards/<name>/board.json`, checked against boards/board.schema.json, as a whole (board-check.ts), and held
// against the configuration.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { projectRoot } from "../paths.ts";
import { boardFaults } from "./board-check.ts";
import { addFaults, ConfigError, type Problem, ProblemList, suggestion } from "./problems.ts";
import { type ConfigSchema, isTree, listText, type Path, schemaAt, type Tree, valueAt } from "./schema.ts";
import { boardSchema, cardSchema, headerSchema } from "./schemas.mjs";
import type { Board, Card, Config, GpioBoardLine, Header } from "./types.ts";
import { validate } from "./validate.ts";

const boardsFolder = join(projectRoot, "boards");
const cardsFolder = join(boardsFolder, "slic");
const headersFolder = join(boardsFolder, "headers");

interface Checked<Kind> {
  readonly value: Kind | undefined;
  readonly problems: readonly Problem[];
}

/** Reads a board by the name of its folder in boards/, or by a path; throws a ConfigError that names every problem. */
export function loadBoard(nameOrFolder: string): Board {
  const isPath = /[/\\]|^\.+$/.test(nameOrFolder);
  const folder = isPath ? nameOrFolder : join(boardsFolder, nameOrFolder);
  const file = join(folder, "board.json");
  if (!existsSync(file)) {
    const names = foldersWith(boardsFolder, "board.json");
    const advice = suggestion(nameOrFolder, names);
    const allowed = `(allowed: ${listText(names, "or")}, or a folder that holds a board.json)`;
    if (isPath) throw new ConfigError(`${folder} is no board: there is no board.json in it`, []);
    throw new ConfigError(`board "${nameOrFolder}" is not known${advice} ${allowed}`, []);
  }
  const { board, problems } = checkBoard(readFileSync(file, "utf8"));
  if (board === undefined) throw new ConfigError(`${file} cannot be used:`, problems);
  requireName(file, board.name, basename(resolve(folder)), "folder");
  return board;
}

/** Checks the text of a `board.json`: each key, and all of it together. */
export function checkBoard(text: string): { board: Board | undefined; problems: readonly Problem[] } {
  const { value, problems } = checked<Board>(text, boardSchema, "board");
  if (value === undefined) return { board: undefined, problems };
  const found = boardFaults(value, {
    cards: foldersWith(cardsFolder, "card.json"),
    headers: headerNames(),
    header: loadHeader,
    card: loadCard,
  });
  return { board: found.length === 0 ? value : undefined, problems: found };
}

/** The facts of a line circuit that is driven by pins, from boards/slic. */
export function loadCard(name: string): Card {
  const file = join(cardsFolder, name, "card.json");
  const { value, problems } = checkCard(readFileSync(file, "utf8"));
  if (value === undefined) throw new ConfigError(`${file} cannot be used:`, problems);
  requireName(file, value.name, name, "folder");
  return value;
}

/** The same for one line of a board, which may have a level of its own. */
export function lineCard({ card, levels }: GpioBoardLine): Card {
  const facts = loadCard(card);
  return { ...facts, forwardLevel: levels?.forwardReverse ?? facts.forwardLevel };
}

/** Checks the text of a `card.json`. */
export function checkCard(text: string): Checked<Card> {
  const { value, problems } = checked<Card>(text, cardSchema, "card");
  if (value === undefined || value.ringFrequencyMin <= value.ringFrequencyMax) return { value, problems };
  const fault = `${value.ringFrequencyMin} is more than ringFrequencyMax (allowed: 10 to ${value.ringFrequencyMax} Hz)`;
  return { value: undefined, problems: [problem(["ringFrequencyMin"], fault)] };
}

/** The pins that wires can be put on, from boards/headers. */
export function loadHeader(name: string): Header {
  const file = join(headersFolder, `${name}.json`);
  const { value, problems } = checked<Header>(readFileSync(file, "utf8"), headerSchema, "header");
  if (value === undefined) throw new ConfigError(`${file} cannot be used:`, problems);
  requireName(file, value.name, name, "file");
  return value;
}

/** What the configuration asks for that the board has not. Line n is the board's socket n, or a program. */
export function boardProblems(board: Board, config: Config): readonly Problem[] {
  return config.line.flatMap(({ phone }, index) => {
    if (phone === "echo" || index < board.lines.length) return [];
    const has = board.lines.length === 1 ? "1 socket" : `${board.lines.length} sockets`;
    return [problem(["line", index, "phone"], `board ${board.name} has ${has} (allowed: "echo")`)];
  });
}

function requireName(file: string, name: string, wanted: string, kind: "folder" | "file"): void {
  if (name === wanted) return;
  throw new ConfigError(`${file} cannot be used:`, [
    problem(["name"], `"${name}" is not the ${kind}'s name, "${wanted}"`),
  ]);
}

function checked<Kind>(text: string, schema: ConfigSchema, what: string): Checked<Kind> {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch (error) {
    return { value: undefined, problems: [problem([], `this is no JSON: ${(error as Error).message}`)] };
  }
  if (!isTree(tree)) return { value: undefined, problems: [problem([], `this is not a table (allowed: a ${what})`)] };
  const list = new ProblemList("", []);
  const faults = validate(schema, tree);
  if (faults.length > 0) addFaults(list, schema, tree, faults);
  else addDriverFaults(list, schema, tree, []);
  return { value: list.found.length === 0 ? (tree as Kind) : undefined, problems: list.found };
}

/** Keys beside a `driver`: each driver needs its own and does not know the others'. */
function addDriverFaults(list: ProblemList, schema: ConfigSchema, tree: Tree, path: Path): void {
  const at = path.length === 0 ? tree : valueAt(tree, path);
  if (Array.isArray(at)) {
    for (const index of at.keys()) addDriverFaults(list, schema, tree, [...path, index]);
  }
  if (!isTree(at)) return;
  for (const [key, property] of Object.entries(schemaAt(schema, path)?.properties ?? {})) {
    addDriverFaults(list, schema, tree, [...path, key]);
    const owner = property["x-driver"];
    if (owner === undefined) continue;
    const isOwn = owner === at.driver;
    if (key in at && !isOwn) list.add([...path, key], `driver "${at.driver}" has no such key; "${owner}" has`);
    if (!(key in at) && isOwn && property["x-optional"] !== true)
      list.add([...path, key], `missing; driver "${owner}" needs it: ${property.description}`);
  }
}

/** Folders of `parent` that hold a file of that name. */
const foldersWith = (parent: string, file: string): string[] =>
  readdirSync(parent)
    .filter((name) => existsSync(join(parent, name, file)))
    .sort();

const headerNames = (): string[] =>
  readdirSync(headersFolder)
    .map((file) => basename(file, ".json"))
    .sort();

const problem = (path: Problem["path"], text: string): Problem => ({ path, line: 0, column: 0, text });
