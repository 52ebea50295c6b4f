// What tells one box from another: 32 random bytes beside the configuration, made at the first start and kept. The core makes the
// lines' contacts from them, so that a registrar knows a box again that lost its power, and nobody else can guess them.

import { randomBytes } from "node:crypto";
import { type FileSystem, isMissing, replaceFile, systemFiles } from "./save.ts";

const SIZE = 32;
const IDENTITY = new RegExp(`^[0-9a-f]{${SIZE * 2}}$`);

/** The identity of the box with that configuration file, in hexadecimal. Throws what the file system refuses. */
export async function loadIdentity(
  configPath: string,
  files: FileSystem = systemFiles,
  random: (size: number) => Uint8Array = randomBytes,
): Promise<string> {
  const path = `${await files.realPath(configPath)}.identity`;
  const kept = await files.readFile(path).catch((error) => {
    if (isMissing(error)) return "";
    throw error;
  });
  if (IDENTITY.test(kept.trim())) return kept.trim();
  const identity = Buffer.from(random(SIZE)).toString("hex");
  await replaceFile(files, path, `${identity}\n`);
  return identity;
}
