// Changes to a TOML text that leave its comments and its order alone. Written for the tables that our schema has; the store
// holds every result against the tree it wanted, and writes the whole text anew when an edit did not come out right.

import { stringify } from "smol-toml";
import type { Path, Tree, Value } from "./schema.ts";
import { locateKeys, type Place, samePath, startsWith } from "./toml-locator.ts";

/** One value as TOML: `"text"`, `5`, `true`, `["a", "b"]`. */
export function valueText(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  return stringify({ value })
    .replace(/^value = /, "")
    .trimEnd();
}

/** The text with `path` set to `value`; its table is made when there is none. */
export function setInText(text: string, path: Path, value: Value): string {
  const places = locateKeys(text);
  const place = places.find((candidate) => samePath(candidate.path, path));
  if (place !== undefined) return splice(text, place.valueStart, place.valueEnd, valueText(value));

  const table = path.slice(0, -1);
  const statement = `${path.at(-1)} = ${valueText(value)}\n`;
  const header = places.findIndex((candidate) => isHeader(candidate) && samePath(candidate.path, table));
  if (header >= 0) {
    const at = lineEnd(text, ownKeysEnd(places, header));
    return splice(text, at, at, startOnNewLine(text, at) + statement);
  }
  const at = newTableOffset(text, places, table);
  return splice(text, at, at, `${startOnNewLine(text, at)}\n${headerText(table)}\n${statement}`);
}

/** The text without the key or table at `path`. A table's own comment goes with it. */
export function deleteFromText(text: string, path: Path): string {
  let rest = text;
  const places = locateKeys(text);
  // From the end, so that the offsets of what is still to go stay right.
  for (let index = places.length - 1; index >= 0; index--) {
    const place = places[index]!;
    if (!startsWith(place.path, path)) continue;
    if (isHeader(place)) rest = splice(rest, commentStart(text, place.start), blockEnd(text, places, index), "");
    else if (place.kind === "key" && !isWithinHeader(places, index, path)) {
      rest = splice(rest, lineStart(text, place.start), lineEnd(text, place.valueEnd), "");
    }
  }
  return rest;
}

/** The whole text anew, without comments. */
export const writeToml = (tree: Tree): string => stringify(tree);

const isHeader = (place: Place): boolean => place.kind === "table" || place.kind === "item";

const splice = (text: string, start: number, end: number, insert: string): string =>
  text.slice(0, start) + insert + text.slice(end);

function headerText(table: Path): string {
  const name = table.filter((key) => typeof key === "string").join(".");
  return typeof table.at(-1) === "number" ? `[[${name}]]` : `[${name}]`;
}

/** Offset behind the last key that stands right under a header. */
function ownKeysEnd(places: readonly Place[], header: number): number {
  let end = places[header]!.valueEnd;
  for (let index = header + 1; index < places.length && !isHeader(places[index]!); index++) {
    end = Math.max(end, places[index]!.valueEnd);
  }
  return end;
}

/** Behind the last table of the same kind, so that [[line]] follows [[line]]; else at the end of the text. */
function newTableOffset(text: string, places: readonly Place[], table: Path): number {
  const family = table.slice(0, 1);
  for (let index = places.length - 1; index >= 0; index--) {
    const place = places[index]!;
    if (isHeader(place) && startsWith(place.path, family)) return lineEnd(text, ownKeysEnd(places, index));
  }
  return text.length;
}

/** Where the next table begins, its comment included. */
function blockEnd(text: string, places: readonly Place[], header: number): number {
  const next = places.slice(header + 1).find(isHeader);
  return next === undefined ? text.length : commentStart(text, next.start);
}

/** Whether the header above a key goes away as well, and takes the key along. */
function isWithinHeader(places: readonly Place[], key: number, path: Path): boolean {
  const header = places.slice(0, key).findLast(isHeader);
  return header !== undefined && startsWith(header.path, path);
}

/** The beginning of the comment lines that stand right above. */
function commentStart(text: string, offset: number): number {
  let start = lineStart(text, offset);
  while (start > 0) {
    const above = lineStart(text, start - 1);
    if (!/^[ \t]*#/.test(text.slice(above, start))) break;
    start = above;
  }
  return start;
}

const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;

/** Behind the line break, or the end of the text. */
function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
}

const startOnNewLine = (text: string, at: number): string => (at === 0 || text[at - 1] === "\n" ? "" : "\n");
