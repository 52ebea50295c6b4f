// Which of the two system slots runs, which is tried next, which is known to work: text that stage 1, a shell script, reads and
// writes too. README.md beside this file has the format; two copies, so that a power cut leaves the old table or the new one.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { type FileSystem, isMissing, replaceFile } from "../config/save.ts";

export type SlotName = "a" | "b";

/** What a slot holds; nothing that may be started when `size` is 0. */
export interface SlotContent {
  /** Bytes of the squashfs. */
  size: number;
  /** Of those bytes, in hex; `-` in an empty slot. */
  sha256: string;
  /** `-` in an empty slot. */
  version: string;
}

export interface SlotTable {
  generation: number;
  /** What stage 1 started last. */
  active: SlotName;
  /** What the next start tries, once. */
  try: SlotName | undefined;
  /** Stage 1 has started `try`. */
  tried: boolean;
  /** What starts when there is nothing to try. */
  good: SlotName;
  /** Why stage 1 did not start, or not keep, what it was to: written by stage 1, and gone with the next trial. */
  returned: "unconfirmed" | "damaged" | undefined;
  a: SlotContent;
  b: SlotContent;
}

export const EMPTY_SLOT: SlotContent = { size: 0, sha256: "-", version: "-" };

export const otherSlot = (slot: SlotName): SlotName => (slot === "a" ? "b" : "a");

const KEYS = [
  ...["generation", "active", "try", "tried", "good", "returned"],
  ...["a_size", "a_sha256", "a_version", "b_size", "b_sha256", "b_version"],
] as const;

const ALLOWED: Readonly<Record<string, RegExp>> = {
  generation: /^[1-9]\d{0,14}$/,
  active: /^[ab]$/,
  try: /^[ab-]$/,
  tried: /^[01]$/,
  good: /^[ab]$/,
  returned: /^(?:-|unconfirmed|damaged)$/,
  size: /^\d{1,12}$/,
  sha256: /^(?:-|[0-9a-f]{64})$/,
  version: /^[!-~]{1,64}$/,
};

export function writeSlotTable(table: SlotTable): string {
  const { generation, active, good, tried } = table;
  const values = [
    ...[generation, active, table.try ?? "-", tried ? 1 : 0, good, table.returned ?? "-"],
    ...[table.a, table.b].flatMap(({ size, sha256, version }) => [size, sha256, version]),
  ];
  const lines = KEYS.map((key, index) => `${key} ${values[index]}\n`).join("");
  return `${lines}sum ${sumOf(lines)}\n`;
}

/** Undefined for a text that is not whole. */
export function parseSlotTable(text: string): SlotTable | undefined {
  const end = text.lastIndexOf("sum ");
  if (end < 0 || text.slice(end) !== `sum ${sumOf(text.slice(0, end))}\n`) return undefined;
  const values = new Map<string, string>();
  const lines = text.slice(0, end).split("\n").slice(0, -1);
  if (lines.length !== KEYS.length) return undefined;
  for (const [index, line] of lines.entries()) {
    const [key, value = ""] = splitAtBlank(line);
    if (key !== KEYS[index] || !ALLOWED[key.replace(/^[ab]_/, "")]!.test(value)) return undefined;
    values.set(key, value);
  }
  const value = (key: string): string => values.get(key)!;
  const orNone = (key: string): string | undefined => (value(key) === "-" ? undefined : value(key));
  const content = (slot: SlotName): SlotContent => ({
    size: Number(value(`${slot}_size`)),
    sha256: value(`${slot}_sha256`),
    version: value(`${slot}_version`),
  });
  return {
    generation: Number(value("generation")),
    active: value("active") as SlotName,
    try: orNone("try") as SlotTable["try"],
    tried: value("tried") === "1",
    good: value("good") as SlotName,
    returned: orNone("returned") as SlotTable["returned"],
    a: content("a"),
    b: content("b"),
  };
}

/** Both copies, in one folder. */
export class SavedSlotTable {
  readonly #files: FileSystem;
  readonly #paths: readonly [string, string];

  constructor(files: FileSystem, folder: string) {
    this.#files = files;
    this.#paths = [join(folder, "slots.0"), join(folder, "slots.1")];
  }

  /** The newer of the copies that are whole; undefined when neither is. */
  async read(): Promise<SlotTable | undefined> {
    const copies = await this.#copies();
    return copies[newer(copies)];
  }

  /** Puts a changed table in the place of the copy that does not count. Throws when there is no table to change. */
  async change(changes: Partial<Omit<SlotTable, "generation">>): Promise<SlotTable> {
    const copies = await this.#copies();
    const at = newer(copies);
    const old = copies[at];
    if (!old) throw new Error(`neither ${this.#paths.join(" nor ")} is a whole slot table`);
    const table = { ...old, ...changes, generation: old.generation + 1 };
    await replaceFile(this.#files, this.#paths[at === 0 ? 1 : 0], writeSlotTable(table));
    return table;
  }

  async #copies(): Promise<[SlotTable | undefined, SlotTable | undefined]> {
    const [first, second] = await Promise.all(this.#paths.map((path) => this.#copy(path)));
    return [first, second];
  }

  async #copy(path: string): Promise<SlotTable | undefined> {
    try {
      return parseSlotTable(await this.#files.readFile(path));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

/** Which copy counts. */
function newer([first, second]: readonly [SlotTable | undefined, SlotTable | undefined]): 0 | 1 {
  return (second?.generation ?? 0) > (first?.generation ?? 0) ? 1 : 0;
}

function splitAtBlank(line: string): [string, string | undefined] {
  const at = line.indexOf(" ");
  return at < 0 ? [line, undefined] : [line.slice(0, at), line.slice(at + 1)];
}

function sumOf(lines: string): string {
  return createHash("sha256").update(lines).digest("hex");
}
