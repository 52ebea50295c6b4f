// The keys whose updates are taken: the one that the image was made with, and one that the owner of the box may have put beside the
// settings. Both count.

import { createHash, type KeyObject } from "node:crypto";
import { dirname } from "node:path";
import { type FileSystem, isMissing, replaceFile, syncFolder } from "../config/save.ts";
import type { KeyHolder, UpdateKeyStatus } from "../status.ts";
import { readPublicKey, UpdateError, writePublicKey } from "./update-file.ts";

const HOLDERS: readonly KeyHolder[] = ["image", "owner"];

type Held = { of: KeyHolder; key: KeyObject } | { of: KeyHolder; problem: string };

export class UpdateKeys {
  readonly #files: FileSystem;
  readonly #paths: Readonly<Record<KeyHolder, string>>;

  constructor(files: FileSystem, paths: Readonly<Record<KeyHolder, string>>) {
    this.#files = files;
    this.#paths = paths;
  }

  /** Those that count. Throws when there are none: nobody's update can be taken. */
  async usable(): Promise<readonly KeyObject[]> {
    const held = await this.#held();
    const keys = held.flatMap((each) => ("key" in each ? [each.key] : []));
    if (keys.length > 0) return keys;
    const problems = held.flatMap((each) => ("problem" in each ? [each.problem] : []));
    throw new UpdateError(
      problems.length > 0
        ? problems.join("; ")
        : "this image was made without a key, so it takes no updates; allowed: first update key KEY, with yours",
    );
  }

  async status(): Promise<readonly UpdateKeyStatus[]> {
    return (await this.#held()).map((each) =>
      "key" in each
        ? { of: each.of, fingerprint: fingerprintOf(each.key), problem: null }
        : { of: each.of, fingerprint: null, problem: each.problem },
    );
  }

  /** Puts the owner's key, in the place of an earlier one. */
  putOwn(key: KeyObject): Promise<void> {
    return replaceFile(this.#files, this.#paths.owner, writePublicKey(key));
  }

  /** Takes the owner's key away; false when there was none. */
  async removeOwn(): Promise<boolean> {
    try {
      await this.#files.unlink(this.#paths.owner);
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
    await syncFolder(this.#files, dirname(this.#paths.owner));
    return true;
  }

  async #held(): Promise<readonly Held[]> {
    const all = await Promise.all(HOLDERS.map((of) => this.#read(of)));
    return all.filter((each) => each !== undefined);
  }

  async #read(of: KeyHolder): Promise<Held | undefined> {
    const path = this.#paths[of];
    try {
      return { of, key: readPublicKey(await this.#files.readFile(path)) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      return { of, problem: `${path} cannot be used: ${(error as Error).message}` };
    }
  }
}

/** The first half of the SHA-256 of the key's 32 bytes, in groups that can be read out. */
export function fingerprintOf(key: KeyObject): string {
  const bytes = Buffer.from(writePublicKey(key), "base64");
  return createHash("sha256")
    .update(bytes)
    .digest("hex")
    .slice(0, 32)
    .replace(/.{4}(?=.)/g, "$& ");
}
