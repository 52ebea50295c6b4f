// What is wrong with a configuration, told so that it can be mended: where, what was found, what is allowed.

import {
  allowedText,
  type ConfigSchema,
  isTree,
  type Path,
  schemaAt,
  type Tree,
  type Value,
  valueAt,
} from "./schema.ts";
import { findPlace, lineAndColumn, type Place } from "./toml-locator.ts";
import { type Fault, type Keyword, repeatedItem } from "./validate.ts";

export interface Problem {
  /** Of the key; for a missing or unknown key, that key itself. Empty when the text is no TOML at all. */
  readonly path: Path;
  /** In the text, from 1; 0 when the fault has no place in it. */
  readonly line: number;
  readonly column: number;
  /** "700 is more than 600 (allowed: 5 to 600 seconds)" */
  readonly text: string;
}

/** A configuration that cannot be used. The message holds one line for each problem. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(source: string, problems: readonly Problem[]) {
    super([source, ...problems.map((problem) => `  ${problemText(problem)}`)].join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** "line[1].ring_timeout, line 14: 700 is more than 600 (allowed: 5 to 600 seconds)" */
export function problemText(problem: Problem): string {
  const place = [pathText(problem.path), problem.line === 0 ? "" : `line ${problem.line}`].filter(
    (part) => part !== "",
  );
  // A syntax error has no key to look for, so the column is the only help.
  if (problem.path.length === 0 && problem.line > 0) place.push(`column ${problem.column}`);
  return place.length === 0 ? problem.text : `${place.join(", ")}: ${problem.text}`;
}

/** "line[1].ring_timeout". Counted from 1, as people and the console do. */
export function pathText(path: Path): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key + 1}]` : `${index === 0 ? "" : "."}${visible(key)}`))
    .join("");
}

/** Where the problems of one text are put together. */
export class ProblemList {
  readonly found: Problem[] = [];
  readonly #text: string;
  readonly #places: readonly Place[];

  constructor(text: string, places: readonly Place[]) {
    this.#text = text;
    this.#places = places;
  }

  /** One message for each path: the first says enough, and a second would often follow from it. */
  add(path: Path, text: string): void {
    const name = JSON.stringify(path);
    if (this.found.some((problem) => JSON.stringify(problem.path) === name)) return;
    const place = findPlace(this.#places, path);
    const exact = place !== undefined && place.path.length >= path.length;
    const offset = place === undefined ? 0 : exact && place.kind !== "inside" ? place.valueStart : place.start;
    this.found.push({
      path,
      ...(place === undefined ? { line: 0, column: 0 } : lineAndColumn(this.#text, offset)),
      text,
    });
  }

  sort(): void {
    this.found.sort((a, b) => a.line - b.line || a.column - b.column);
  }
}

/** Puts the validator's findings into words. `tree` is what was read, without defaults. */
export function addFaults(list: ProblemList, schema: ConfigSchema, tree: Tree, faults: readonly Fault[]): void {
  for (const { path, keyword } of faults) {
    const parent = schemaAt(schema, path.slice(0, -1))!;
    if (keyword === "additionalProperties") list.add(path, unknownKeyText(parent, String(path.at(-1))));
    else {
      const keySchema = schemaAt(schema, path)!;
      const fault = faultText(keyword, keySchema, valueAt(tree, path));
      // Of a list, say what the whole may hold; of one table in it, what that may be.
      const isItem = typeof path.at(-1) === "number" && keySchema.type !== "object";
      list.add(path, `${fault} (allowed: ${allowedText(isItem ? parent : keySchema)})`);
    }
  }
}

function faultText(keyword: Keyword, schema: ConfigSchema, value: Value | undefined): string {
  const found = schema["x-secret"] === true ? "this" : foundText(value);
  switch (keyword) {
    case "required":
      return "missing";
    case "type":
      return `${found} is not ${kindText(schema)}`;
    case "minimum":
      return `${found} is less than ${schema.minimum}`;
    case "maximum":
      return `${found} is more than ${schema.maximum}`;
    case "multipleOf":
      return `${found} is not a multiple of ${schema.multipleOf}`;
    case "enum":
      return `${found} is not known${suggestion(String(value), (schema.enum ?? []).map(String))}`;
    case "minLength":
      return value === "" ? "the text is empty" : `${found} is too short`;
    case "maxLength":
      return `${found} is too long`;
    case "minItems":
      return "the list is empty";
    case "maxItems":
      return `${(value as Value[]).length} are more than ${schema.maxItems}`;
    case "uniqueItems":
      return `${foundText(repeatedItem(value as Value[]))} is there twice`;
    default:
      return `${found} is not valid`;
  }
}

export function unknownKeyText(schema: ConfigSchema, key: string): string {
  const known = Object.keys(schema.properties ?? {});
  return `unknown key${suggestion(key, known) || ` (allowed: ${known.join(", ")})`}`;
}

function kindText(schema: ConfigSchema): string {
  if (schema.type === "integer") return "a whole number";
  if (schema.type === "string") return "a text in quotes";
  if (schema.type === "boolean") return "true or false";
  if (schema.type === "object") return "a table";
  return schema.items?.type === "object" ? "a list of tables" : "a list";
}

function foundText(value: Value | undefined): string {
  if (typeof value === "string") return `"${visible(value)}"`;
  if (Array.isArray(value)) return "a list";
  if (isTree(value)) return "a table";
  return String(value);
}

/** Bounded, and without control characters: it goes to a terminal. */
function visible(text: string): string {
  const cut = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return JSON.stringify(cut)
    .slice(1, -1)
    .replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, "?");
}

/** Shorter words begin too many others by chance. */
const MIN_PREFIX = 3;

/** "; did you mean "ring_timeout"?" when one of `known` is near enough to be what was meant. */
export function suggestion(word: string, known: readonly string[]): string {
  let best = "";
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  if (word.length > 40) return "";
  for (const candidate of known) {
    const [a, b] = [word.toLowerCase(), candidate.toLowerCase()];
    const isPrefix = Math.min(a.length, b.length) >= MIN_PREFIX && (a.startsWith(b) || b.startsWith(a));
    const distance = isPrefix ? 1 : editDistance(a, b);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === "" ? "" : `; did you mean "${best}"?`;
}

/** Insertions, deletions, replacements, and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}
