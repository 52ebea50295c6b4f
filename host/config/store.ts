// The running configuration and the candidate, as network gear has them: `set` and `delete` change the candidate only, `commit`
// checks it as a whole, saves it and makes it the running one, `rollback` makes an earlier one the candidate.

import { isDeepStrictEqual } from "node:util";
import { parse } from "smol-toml";
import type { ConfigAccess } from "../status.ts";
import { type Checked, checkConfig, checkValues, SECRET_MASK } from "./check.ts";
import { readFileOrCopy } from "./copy.ts";
import { ConfigError, type Problem, problemText } from "./problems.ts";
import { type FileSystem, SavedFile, systemFiles } from "./save.ts";
import {
  allowedText,
  type ConfigSchema,
  isSection,
  isTree,
  type Path,
  schemaAt,
  type Tree,
  typedValue,
  type Value,
  valueAt,
} from "./schema.ts";
import { configSchema } from "./schemas.mjs";
import { deleteFromText, setInText, writeToml } from "./toml-edit.ts";
import { locateKeys, startsWith } from "./toml-locator.ts";
import type { Config } from "./types.ts";
import { type Completion, completeWords, differenceLines, PathError, resolveWords } from "./words.ts";

/** How many earlier configurations `rollback` can reach. */
export const KEPT_CONFIGURATIONS = 10;

/** What a commit changed, defaults and derived values included. */
export interface Changes {
  readonly sections: readonly (keyof Config)[];
  /** Lines that are new, gone or different, counted from 0. */
  readonly lines: readonly number[];
}

interface Version {
  readonly text: string;
  readonly tree: Tree;
}

export interface StoreOptions {
  readonly files?: FileSystem;
  /** The text of a new file when there is none. Without it a missing file is an error. */
  readonly initialText?: () => string;
  /** What else keeps a configuration from being used, sound as it is by itself: the board. */
  readonly more?: (config: Config) => readonly Problem[];
  /** What `auto` stands for now. */
  readonly ownAddress?: () => string;
}

export class ConfigStore implements ConfigAccess {
  /** What was found when it was loaded, for the log: a damaged file. */
  readonly notes: readonly string[];
  readonly #file: SavedFile;
  readonly #check: (text: string) => Checked;
  #running: Version;
  #config: Config;
  #candidate: Version;
  #isCommitting = false;
  readonly #listeners = new Set<(changes: Changes) => void>();

  private constructor(
    file: SavedFile,
    check: (text: string) => Checked,
    running: Version,
    config: Config,
    notes: readonly string[],
  ) {
    this.notes = notes;
    this.#file = file;
    this.#check = check;
    this.#running = running;
    this.#config = config;
    this.#candidate = running;
  }

  /** Reads and checks the file; throws a ConfigError that names every problem in it. */
  static async load(path: string, options: StoreOptions = {}): Promise<ConfigStore> {
    const files = options.files ?? systemFiles;
    const file = new SavedFile(await files.realPath(path), files, KEPT_CONFIGURATIONS);
    const check = (each: string) => checkWith(each, options);
    const found = await readFileOrCopy(files, file.path, (each) => {
      const [problem] = check(each).problems;
      return problem && problemText(problem);
    });
    if (found.text === undefined && options.initialText === undefined)
      throw new ConfigError(`${path} cannot be read: there is no such file`, []);
    const text = found.text ?? options.initialText!();
    if (found.text === undefined) await file.write(text);
    const { tree, problems, config } = check(text);
    if (config === undefined) throw new ConfigError(`${path} cannot be used:`, problems);
    return new ConfigStore(file, check, { text, tree }, config, found.notes);
  }

  get path(): string {
    return this.#file.path;
  }

  /** Complete: defaults and derived values are in it. Frozen. */
  get running(): Config {
    return this.#config;
  }

  /** What was written of the candidate, without defaults; checked only as far as `set` does. A copy. */
  get candidate(): Tree {
    return structuredClone(this.#candidate.tree);
  }

  get isChanged(): boolean {
    return this.#candidate.text !== this.#running.text;
  }

  /**
   * Sets one key of the candidate: `set(["line", "1", "ring_timeout", "30"])`, or `set("line 1 display", "Front desk")`.
   * Without `value` the words behind the key are the value. Throws a PathError for a path that leads nowhere, a ConfigError for a
   * value that is not allowed there.
   */
  set(path: string | readonly string[], value?: string): void {
    const words = toWords(path);
    const resolved = resolveWords(configSchema, this.#candidate.tree, words, true);
    if (isSection(resolved.schema))
      throw new PathError(`${words.join(" ")}: this is a group of keys, and takes no value`);
    const given = value === undefined ? resolved.rest : [...resolved.rest, value];
    if (given.length === 0) {
      throw new PathError(`${words.join(" ")}: the value is missing (allowed: ${allowedText(resolved.schema)})`);
    }
    const text = given.join(" ");

    let next = this.#candidate;
    const changes: [Path, Value][] = [[resolved.path, typedValue(resolved.schema, text)]];
    if (resolved.newName !== undefined) changes.unshift([resolved.newName.path, resolved.newName.name]);
    for (const [at, typed] of changes) {
      next = edited(setInText(next.text, at, typed), treeWith(next.tree, at, typed));
      const problem = checkValues(next.tree).find((each) => startsWith(each.path, at));
      if (problem !== undefined) throw new ConfigError("This is not allowed:", [problem]);
    }
    this.#candidate = next;
  }

  /** Takes a key, a group or an item of a list out of the candidate. Later items of a list move up. */
  delete(path: string | readonly string[]): void {
    const words = toWords(path);
    const { path: at, rest } = resolveWords(configSchema, this.#candidate.tree, words, false);
    if (rest.length > 0 || at.length === 0) throw new PathError(`${words.join(" ")}: this is no key`);
    if (valueAt(this.#candidate.tree, at) === undefined) throw new PathError(`${words.join(" ")}: this is not set`);
    this.#candidate = edited(deleteFromText(this.#candidate.text, at), treeWithout(this.#candidate.tree, at));
  }

  /** The candidate against the running configuration, `-` and `+` lines. Passwords are masked. */
  compare(): string[] {
    return differenceLines(configSchema, this.#running.tree, this.#candidate.tree, SECRET_MASK);
  }

  /** What keeps the candidate from being committed. */
  check(): readonly Problem[] {
    // Line numbers of a text that nobody has seen would mislead.
    return this.#check(this.#candidate.text).problems.map((problem) =>
      problem.path.length > 0 ? { ...problem, line: 0 } : problem,
    );
  }

  /**
   * Checks the candidate, saves it and makes it the running configuration. Throws a ConfigError, or the file system's error;
   * then nothing has changed.
   */
  async commit(): Promise<Changes> {
    if (this.#isCommitting) throw new Error("Another commit is under way.");
    const candidate = this.#candidate;
    const { config } = this.#check(candidate.text);
    if (config === undefined) throw new ConfigError("The candidate cannot be committed:", this.check());
    this.#isCommitting = true;
    try {
      if (candidate.text !== this.#running.text) await this.#file.write(candidate.text);
    } finally {
      this.#isCommitting = false;
    }
    const before = this.#config;
    this.#running = candidate;
    this.#config = config;
    const changes = changesBetween(before, config);
    for (const listener of this.#listeners) listener(changes);
    return changes;
  }

  /** Looks again at what the machine decides: the address that `auto` stands for. */
  refresh(): void {
    const { config } = this.#check(this.#running.text);
    if (config === undefined || isDeepStrictEqual(config, this.#config)) return;
    const changes = changesBetween(this.#config, config);
    this.#config = config;
    for (const listener of this.#listeners) listener(changes);
  }

  /** Makes the configuration of `back` commits ago the candidate; 0 is the running one. */
  async rollback(back: number): Promise<void> {
    if (back === 0) return this.discard();
    const text = await this.#file.earlier(back);
    if (text === undefined) {
      throw new PathError(`rollback ${back}: there is none (allowed: 0 to ${await this.#file.count()})`);
    }
    const { tree, problems } = checkConfig(text);
    if (problems[0]?.path.length === 0) throw new ConfigError(`rollback ${back} cannot be used:`, problems);
    this.#candidate = { text, tree };
  }

  /** How many earlier configurations there are. */
  earlierCount(): Promise<number> {
    return this.#file.count();
  }

  discard(): void {
    this.#candidate = this.#running;
  }

  /**
   * What can stand in place of the last word, which may be empty: `complete(["line", "1", "ri"])`. For `set`; with `forDelete` only
   * what is there.
   */
  complete(words: readonly string[], options: { forDelete?: boolean } = {}): Completion[] {
    return completeWords(configSchema, this.#candidate.tree, words, options.forDelete === true);
  }

  /** Tells what each commit changed, defaults included, until the returned function is called. */
  onCommit(listener: (changes: Changes) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** The TOML text with its comments, passwords masked unless asked for. */
  show(options: { candidate?: boolean; secrets?: boolean } = {}): string {
    const version = options.candidate === true ? this.#candidate : this.#running;
    return options.secrets === true ? version.text : maskedText(version);
  }

  /** What was written, for `| json`. Passwords are masked unless asked for. */
  showTree(options: { candidate?: boolean; secrets?: boolean } = {}): Tree {
    const { tree } = options.candidate === true ? this.#candidate : this.#running;
    return options.secrets === true ? structuredClone(tree) : maskedTree(configSchema, tree);
  }
}

function checkWith(text: string, { more, ownAddress }: StoreOptions): Checked {
  const checked = checkConfig(text, ownAddress?.());
  const problems = (checked.config && more?.(checked.config)) ?? [];
  return problems.length === 0 ? checked : { tree: checked.tree, problems, config: undefined };
}

const toWords = (path: string | readonly string[]): readonly string[] =>
  typeof path === "string" ? path.split(/\s+/).filter((word) => word !== "") : path;

/** The edited text if it says what was wanted; else the whole written anew. */
function edited(text: string, tree: Tree): Version {
  return { text: holds(text, tree) ? text : writeToml(tree), tree };
}

function holds(text: string, tree: Tree): boolean {
  try {
    return isDeepStrictEqual(plain(parse(text) as Tree), plain(tree));
  } catch {
    return false;
  }
}

/** smol-toml's tables and ours differ in their prototypes only. */
const plain = (tree: Tree): unknown => JSON.parse(JSON.stringify(tree));

function treeWith(tree: Tree, path: Path, value: Value): Tree {
  const copy = structuredClone(tree);
  let at: Tree | Value[] = copy;
  path.forEach((key, index) => {
    const table = at as Record<string | number, Value>;
    if (index === path.length - 1) table[key] = value;
    else {
      table[key] ??= typeof path[index + 1] === "number" ? [] : {};
      at = table[key] as Tree | Value[];
    }
  });
  return copy;
}

function treeWithout(tree: Tree, path: Path): Tree {
  const copy = structuredClone(tree);
  const parent = valueAt(copy, path.slice(0, -1));
  const key = path.at(-1)!;
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (isTree(parent)) delete parent[key];
  // TOML has no empty list of tables.
  const list = path.slice(0, -1);
  if (Array.isArray(parent) && parent.length === 0 && list.length > 0) return treeWithout(copy, list);
  return copy;
}

function changesBetween(before: Config, after: Config): Changes {
  const sections = (Object.keys(configSchema.properties!) as (keyof Config)[]).filter(
    (key) => !isDeepStrictEqual(before[key], after[key]),
  );
  const count = Math.max(before.line.length, after.line.length);
  const lines = Array.from({ length: count }, (_, line) => line);
  return { sections, lines: lines.filter((line) => !isDeepStrictEqual(before.line[line], after.line[line])) };
}

function maskedText({ text, tree }: Version): string {
  let masked = text;
  for (const place of locateKeys(text).reverse()) {
    if (schemaAt(configSchema, place.path)?.["x-secret"] !== true) continue;
    masked = `${masked.slice(0, place.valueStart)}"${SECRET_MASK}"${masked.slice(place.valueEnd)}`;
  }
  const wanted = maskedTree(configSchema, tree);
  return holds(masked, wanted) ? masked : writeToml(wanted);
}

function maskedTree(schema: ConfigSchema, tree: Tree): Tree {
  const mask = (at: ConfigSchema | undefined, value: Value): Value => {
    if (at?.["x-secret"] === true) return SECRET_MASK;
    if (Array.isArray(value)) return value.map((item) => mask(at?.items, item));
    if (!isTree(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(at?.properties?.[key], item)]));
  };
  return mask(schema, tree) as Tree;
}
