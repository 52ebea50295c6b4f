// A file system in memory that loses its power: what was not synced may be lost, kept or torn.

import type { FileSystem, OpenFile } from "../../host/config/save.ts";

/** The step at which the power went. */
export class PowerCut extends Error {}

interface Content {
  /** What readers see. */
  text: string;
  /** What was on the disk at the last sync. */
  safe: string | undefined;
}

export class MemoryFiles implements FileSystem {
  /** Steps that change something, so far. */
  steps = 0;
  /** From this step on, everything fails. */
  failAt = Infinity;
  /** Directory entries as readers see them, and as they were at the directory's last sync. */
  #entries = new Map<string, Content>();
  readonly #safeEntries = new Map<string, Content>();

  constructor(files: Readonly<Record<string, string>>) {
    for (const [path, text] of Object.entries(files)) this.put(path, text);
  }

  /** A file that was there long before. */
  put(path: string, text: string): void {
    const content = { text, safe: text };
    this.#entries.set(path, content);
    this.#safeEntries.set(path, content);
  }

  /**
   * The machine starts again. Text that was not synced is gone (`lost`), there (`kept`) or half there (`torn`). Directory entries
   * that were not synced are back where they were, except in `kept`.
   */
  powerCut(unsynced: "lost" | "kept" | "torn"): void {
    if (unsynced !== "kept") this.#entries = new Map(this.#safeEntries);
    for (const content of this.#entries.values()) {
      if (content.safe === content.text || unsynced === "kept") continue;
      content.text = unsynced === "lost" ? (content.safe ?? "") : content.text.slice(0, content.text.length / 2);
    }
  }

  async readFile(path: string): Promise<string> {
    const content = this.#entries.get(path);
    if (content === undefined) throw missing(path);
    return content.text;
  }

  async realPath(path: string): Promise<string> {
    return path;
  }

  async open(path: string, flags: string): Promise<OpenFile> {
    this.step();
    if (flags === "r") return this.#directory(path);
    const content: Content = { text: "", safe: undefined };
    this.#entries.set(path, content);
    return {
      writeFile: async (text) => {
        // Half of it is written before the power goes.
        content.text = text.slice(0, text.length / 2);
        this.step();
        content.text = text;
      },
      sync: async () => {
        this.step();
        content.safe = content.text;
      },
      close: async () => {},
    };
  }

  #directory(path: string): OpenFile {
    const inside = (name: string): boolean => name.slice(0, name.lastIndexOf("/")) === path;
    return {
      writeFile: () => Promise.reject(new Error(`${path} is a directory`)),
      sync: async () => {
        this.step();
        for (const name of this.#safeEntries.keys()) if (inside(name)) this.#safeEntries.delete(name);
        for (const [name, content] of this.#entries) if (inside(name)) this.#safeEntries.set(name, content);
      },
      close: async () => {},
    };
  }

  async rename(from: string, to: string): Promise<void> {
    this.step();
    const content = this.#entries.get(from);
    if (content === undefined) throw missing(from);
    this.#entries.delete(from);
    this.#entries.set(to, content);
  }

  async unlink(path: string): Promise<void> {
    this.step();
    if (!this.#entries.delete(path)) throw missing(path);
  }

  async mkdir(): Promise<void> {
    this.step();
  }

  async list(path: string): Promise<string[]> {
    return [...this.#entries.keys()]
      .filter((name) => name.startsWith(`${path}/`))
      .map((name) => name.slice(path.length + 1));
  }

  /** For other things that lose the same power. */
  step(): void {
    if (++this.steps >= this.failAt) throw new PowerCut(`no power at step ${this.steps}`);
  }
}

const missing = (path: string): Error => Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
