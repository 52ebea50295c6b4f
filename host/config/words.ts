// Configuration paths as they are typed on the console: `line 1 ring_timeout`, `server user 101 password`.
// Tables in a list go by their number from 1, or by their name where the schema says so.

import { unknownKeyText } from "./problems.ts";
import {
  allowedText,
  type ConfigSchema,
  isSection,
  isTree,
  listText,
  type Path,
  type Tree,
  type Value,
  valueAt,
} from "./schema.ts";

/** What was typed leads nowhere. The message says what would. */
export class PathError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PathError";
  }
}

export interface Resolved {
  readonly path: Path;
  readonly schema: ConfigSchema;
  /** Words behind the key: its value. */
  readonly rest: readonly string[];
  /** A list item that goes by name and is not there yet: where its name belongs. */
  readonly newName?: { readonly path: Path; readonly name: string };
}

/**
 * Walks the schema along the words. A word may be cut short as long as it means one key only.
 * `mayCreate`: one item behind the end of a list is allowed, and so is a new name.
 */
export function resolveWords(schema: ConfigSchema, tree: Tree, words: readonly string[], mayCreate: boolean): Resolved {
  const path: (string | number)[] = [];
  let at = schema;
  let index = 0;
  let newName: Resolved["newName"];
  while (index < words.length && (at.type === "object" || isSection(at))) {
    const word = words[index++]!;
    if (at.type === "object") {
      const key = keyOf(at, word);
      path.push(key);
      at = at.properties![key]!;
    } else {
      const items = (valueAt(tree, path) ?? []) as Value[];
      const place = placeOf(at, items, words.slice(0, index), mayCreate);
      path.push(place);
      const nameKey = at["x-name"];
      if (place === items.length && nameKey !== undefined) newName = { path: [...path, nameKey], name: word };
      at = at.items!;
    }
  }
  return { path, schema: at, rest: words.slice(index), ...(newName === undefined ? {} : { newName }) };
}

function keyOf(schema: ConfigSchema, word: string): string {
  const known = Object.keys(schema.properties!);
  if (known.includes(word)) return word;
  const begun = known.filter((key) => key.startsWith(word));
  if (begun.length === 1) return begun[0]!;
  if (begun.length > 1 && word !== "") throw new PathError(`"${word}" could be ${listText(begun, "or")}`);
  throw new PathError(`${word}: ${unknownKeyText(schema, word)}`);
}

function placeOf(schema: ConfigSchema, items: readonly Value[], words: readonly string[], mayCreate: boolean): number {
  const word = words.at(-1)!;
  const what = words.slice(0, -1).join(" ");
  const names = itemNames(schema, items);
  const place = names.indexOf(word);
  if (place >= 0) return place;
  if (schema["x-name"] !== undefined) {
    if (mayCreate && items.length < schema.maxItems!) return items.length;
    throw new PathError(
      `${what} ${word}: there is none (allowed: ${names.length === 0 ? "none yet" : listText(names, "or")})`,
    );
  }
  const isNext = word === String(items.length + 1);
  if (mayCreate && isNext && items.length < schema.maxItems!) return items.length;
  if (mayCreate && isNext) throw new PathError(`${what} ${word}: there can be at most ${schema.maxItems}`);
  const last = mayCreate ? items.length + 1 : items.length;
  throw new PathError(
    `${what} ${word}: there is none (allowed: ${last === 0 ? "none yet" : last === 1 ? "1" : `1 to ${last}`})`,
  );
}

/** What the items of a list are called on the console. */
function itemNames(schema: ConfigSchema, items: readonly Value[]): string[] {
  const nameKey = schema["x-name"];
  return items.map((item, index) => {
    const name = nameKey !== undefined && isTree(item) ? item[nameKey] : undefined;
    return name === undefined ? String(index + 1) : String(name);
  });
}

export interface Completion {
  /** What the word can become; "" when the description says what may be typed. */
  readonly token: string;
  readonly description: string;
}

/**
 * What can stand in place of the last of `words`, which may be empty. Nothing when an earlier word leads nowhere.
 * `forDelete`: only what is there; otherwise all that may be, values included.
 */
export function completeWords(
  schema: ConfigSchema,
  tree: Tree,
  words: readonly string[],
  forDelete: boolean,
): Completion[] {
  const begun = words.at(-1) ?? "";
  let resolved: Resolved;
  try {
    resolved = resolveWords(schema, tree, words.slice(0, -1), !forDelete);
  } catch (error) {
    if (error instanceof PathError) return [];
    throw error;
  }
  const { path, schema: at, rest } = resolved;
  const value = valueAt(tree, path);
  const all = isSection(at) ? sectionCandidates(at, value, forDelete) : forDelete ? [] : valueCandidates(at, rest);
  return all.filter(({ token }) => token === "" || token.startsWith(begun));
}

function sectionCandidates(at: ConfigSchema, value: Value | undefined, forDelete: boolean): Completion[] {
  if (at.type === "array") return itemCandidates(at, (value ?? []) as Value[], forDelete);
  return Object.entries(at.properties!)
    .filter(([key]) => !forDelete || valueAt(value, [key]) !== undefined)
    .map(([token, property]) => ({ token, description: helpText(property) }));
}

function itemCandidates(at: ConfigSchema, items: readonly Value[], forDelete: boolean): Completion[] {
  const known = itemNames(at, items).map((token, index) => ({ token, description: itemText(at, items[index]) }));
  if (forDelete || items.length >= at.maxItems!) return known;
  const nameKey = at["x-name"];
  if (nameKey === undefined) return [...known, { token: String(items.length + 1), description: "a new one" }];
  return [...known, { token: "", description: `a new one: ${allowedText(at.items!.properties![nameKey]!)}` }];
}

function valueCandidates(at: ConfigSchema, given: readonly string[]): Completion[] {
  if (at.type === "array") {
    const left = at.items!.enum!.map(String).filter((token) => !given.includes(token));
    return left.map((token) => ({ token, description: at.description! }));
  }
  if (given.length > 0) return [];
  const values = at.type === "boolean" ? [true, false] : at.enum;
  if (values === undefined) return [{ token: "", description: helpText(at) }];
  return values.map((value) => ({ token: String(value), description: at.default === value ? "default" : "" }));
}

/** The first key of a table says best which one it is. */
function itemText(at: ConfigSchema, item: Value | undefined): string {
  const [first] = Object.keys(at.items!.properties!);
  const value = isTree(item) ? item[first!] : undefined;
  return at["x-name"] === undefined && value !== undefined ? `${first} ${value}` : at.items!.description!;
}

/** "how long the phone rings (5 to 600 seconds; default 60)" */
function helpText(schema: ConfigSchema): string {
  if (isSection(schema)) return schema.description!;
  const fallback =
    schema["x-derived"] ?? (schema.default === undefined ? undefined : [schema.default].flat().map(String).join(","));
  const allowed = allowedText(schema);
  return `${schema.description} (${allowed}${fallback === undefined ? "" : `; default ${fallback}`})`;
}

/**
 * The differences of two trees as console lines, `- line 1 ring_timeout 60` and `+ line 1 ring_timeout 30`, in the schema's order.
 * `secretText` stands in place of passwords.
 */
export function differenceLines(schema: ConfigSchema, before: Tree, after: Tree, secretText: string): string[] {
  const lines: string[] = [];
  const walk = (at: ConfigSchema, words: string, a: Value | undefined, b: Value | undefined): void => {
    if (at.type === "object") {
      for (const [key, property] of Object.entries(at.properties!)) {
        const join = words === "" ? key : `${words} ${key}`;
        walk(property, join, valueAt(a, [key]), valueAt(b, [key]));
      }
      return;
    }
    if (isSection(at)) {
      const [listA, listB] = [(a ?? []) as Value[], (b ?? []) as Value[]];
      const [namesA, namesB] = [itemNames(at, listA), itemNames(at, listB)];
      for (const name of new Set([...namesA, ...namesB])) {
        walk(at.items!, `${words} ${name}`, listA[namesA.indexOf(name)], listB[namesB.indexOf(name)]);
      }
      return;
    }
    if (JSON.stringify(a) === JSON.stringify(b)) return;
    const text = (value: Value): string => (at["x-secret"] === true ? secretText : wordText(value));
    if (a !== undefined) lines.push(`- ${words} ${text(a)}`);
    if (b !== undefined) lines.push(`+ ${words} ${text(b)}`);
  };
  walk(schema, "", before, after);
  return lines;
}

/** A value as it would be typed. */
function wordText(value: Value): string {
  if (Array.isArray(value)) return value.map(wordText).join(",");
  const text = String(value);
  return /^[^\s"'\\|]+$/.test(text) ? text : JSON.stringify(text);
}
