// An update that is signed and whole, and whose system cannot run: for tests of the way back.

import { execFileSync } from "node:child_process";
import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writePublicKey, writeTrailer } from "../../host/update/update-file.ts";

export interface BadUpdate {
  file: Buffer;
  /** The text of the `update.pub` that takes it. */
  publicKey: string;
}

/** `folder` is for its parts. The squashfs is empty: the kernel finds no init in it, and starts the machine anew. */
export function badUpdate(folder: string, key: KeyObject, version: string, boards: readonly string[]): BadUpdate {
  const empty = join(folder, "empty");
  const squashfs = join(folder, "bad.squashfs");
  mkdirSync(empty);
  execFileSync("mksquashfs", [empty, squashfs, "-noappend", "-quiet", "-no-progress"]);
  const system = readFileSync(squashfs);
  const sha256 = createHash("sha256").update(system).digest("hex");
  const trailer = writeTrailer({ name: "tipring", version, boards, size: system.length, sha256 }, key);
  return { file: Buffer.concat([system, trailer]), publicKey: writePublicKey(createPublicKey(key)) };
}
