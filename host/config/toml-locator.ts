// Where the keys of a TOML text stand. smol-toml gives values without places, and a message without a line number is half a message.
// TOML 1.0 "Keys", "Table", "Array of Tables", "Inline Table". The text must have been parsed already: nothing is checked here.

import type { Path } from "./schema.ts";

export interface Place {
  readonly path: Path;
  /** `table`: a [header]. `item`: a [[header]]. `key`: key = value on lines of its own. `inside`: within an array or inline table. */
  readonly kind: "table" | "item" | "key" | "inside";
  /** Offset of the header's bracket, of the key, or of a value in an array. */
  readonly start: number;
  /** Offsets of the value; of the header itself for `table` and `item`. */
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** All places of a TOML text in the order of the text. */
export function locateKeys(text: string): Place[] {
  return new Locator(text).run();
}

/** The place of `path`, or of the nearest thing around it: a missing key is reported at its table's header. */
export function findPlace(places: readonly Place[], path: Path): Place | undefined {
  for (let length = path.length; length > 0; length--) {
    const part = path.slice(0, length);
    const exact = places.find((place) => samePath(place.path, part));
    if (exact !== undefined) return exact;
    // A table that only exists because a dotted key or a deeper header names it.
    const within = places.find((place) => startsWith(place.path, part));
    if (within !== undefined) return within;
  }
  return undefined;
}

export const samePath = (a: Path, b: Path): boolean => a.length === b.length && startsWith(a, b);

export const startsWith = (path: Path, prefix: Path): boolean =>
  prefix.length <= path.length && prefix.every((key, index) => key === path[index]);

/** Line and column of an offset, both from 1. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastBreak };
}

class Locator {
  readonly #text: string;
  #at = 0;
  readonly #places: Place[] = [];
  /** Items so far of each array of tables, by its path as JSON. */
  readonly #items = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  run(): Place[] {
    let table: Path = [];
    for (;;) {
      this.#skipBlank();
      if (this.#at >= this.#text.length) return this.#places;
      if (this.#text[this.#at] === "[") table = this.#header();
      else this.#keyAndValue(table, "key");
    }
  }

  #header(): Path {
    const start = this.#at;
    const isItem = this.#text[start + 1] === "[";
    this.#at += isItem ? 2 : 1;
    const keys = this.#keys("]");
    this.#at += isItem ? 2 : 1;
    const path = this.#throughItems(keys, isItem);
    this.#places.push({ path, kind: isItem ? "item" : "table", start, valueStart: start, valueEnd: this.#at });
    return path;
  }

  /** [[server.user]] counts; [server.user.extra] means the last item so far. */
  #throughItems(keys: readonly string[], isItem: boolean): Path {
    const path: (string | number)[] = [];
    keys.forEach((key, index) => {
      path.push(key);
      const name = JSON.stringify(path);
      const count = this.#items.get(name) ?? 0;
      const isLast = index === keys.length - 1;
      if (isLast && isItem) {
        this.#items.set(name, count + 1);
        path.push(count);
      } else if (count > 0) path.push(count - 1);
    });
    return path;
  }

  #keyAndValue(table: Path, kind: "key" | "inside"): void {
    const start = this.#at;
    const path = [...table, ...this.#keys("=")];
    this.#at++;
    this.#value(path, kind, start);
  }

  /** Dotted key up to `end`, which is left standing. */
  #keys(end: string): string[] {
    const keys: string[] = [];
    for (;;) {
      this.#skipSpaces();
      const from = this.#at;
      const quote = this.#text[from];
      if (quote === '"' || quote === "'") {
        this.#skipString();
        const raw = this.#text.slice(from, this.#at);
        keys.push(quote === '"' ? unescapeKey(raw) : raw.slice(1, -1));
      } else {
        while (/[A-Za-z0-9_-]/.test(this.#text[this.#at] ?? "")) this.#at++;
        keys.push(this.#text.slice(from, this.#at));
      }
      this.#skipSpaces();
      const next = this.#text[this.#at];
      if (next === end || next === undefined) return keys;
      this.#at++;
    }
  }

  #value(path: Path, kind: "key" | "inside", start: number | undefined): void {
    this.#skipSpaces();
    const valueStart = this.#at;
    const slot = this.#places.length;
    const first = this.#text[valueStart];
    if (first === '"' || first === "'") this.#skipString();
    else if (first === "[") this.#list("]", (index) => this.#value([...path, index], "inside", undefined));
    else if (first === "{") this.#list("}", () => this.#keyAndValue(path, "inside"));
    else this.#skipBare();
    // Before what stands inside it.
    this.#places.splice(slot, 0, { path, kind, start: start ?? valueStart, valueStart, valueEnd: this.#at });
  }

  #list(end: string, element: (index: number) => void): void {
    this.#at++;
    for (let index = 0; this.#at < this.#text.length; index++) {
      this.#skipBlank();
      if (this.#text[this.#at] === end) break;
      element(index);
      this.#skipBlank();
      if (this.#text[this.#at] === ",") this.#at++;
    }
    this.#at++;
  }

  #skipString(): void {
    const quote = this.#text[this.#at]!;
    const triple = quote.repeat(3);
    const isLong = this.#text.startsWith(triple, this.#at);
    const end = isLong ? triple : quote;
    this.#at += end.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      this.#at += quote === '"' && this.#text[this.#at] === "\\" ? 2 : 1;
    }
    this.#at += end.length;
    // Up to two quotes may stand right before the closing three.
    if (isLong) while (this.#text[this.#at] === quote) this.#at++;
  }

  /** A number, a truth value or a date, which may hold a space. */
  #skipBare(): void {
    while (/[^,\]}#\r\n]/.test(this.#text[this.#at] ?? "\n")) this.#at++;
    while (/[ \t]/.test(this.#text[this.#at - 1] ?? "")) this.#at--;
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at++;
  }

  #skipBlank(): void {
    for (;;) {
      const next = this.#text[this.#at];
      if (next === "#") {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end < 0 ? this.#text.length : end;
      } else if (next === " " || next === "\t" || next === "\r" || next === "\n" || next === "\ufeff") this.#at++;
      else return;
    }
  }
}

/** A basic string as a key. TOML's escapes are JSON's, and \e, \x and \U. */
function unescapeKey(raw: string): string {
  const json = raw
    .replace(/\\e/g, "\\u001b")
    .replace(/\\x([0-9A-Fa-f]{2})/g, "\\u00$1")
    .replace(/\\U([0-9A-Fa-f]{8})/g, (_, hex: string) =>
      JSON.stringify(String.fromCodePoint(Number.parseInt(hex, 16))).slice(1, -1),
    );
  try {
    return JSON.parse(json) as string;
  } catch {
    return raw.slice(1, -1);
  }
}
