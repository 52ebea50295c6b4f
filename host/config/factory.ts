// Factory settings: everything that was set or learnt is gone, and the next start begins like the first one.

import { open, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Removes the configuration at `path` and all that is kept beside it under names that begin with its own: earlier ones, copies,
 * who had registered. A power cut on the way leaves settings that are whole, or none.
 */
export async function forgetSettings(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of (await readdir(folder)).sort())
    if (name === basename(path) || name.startsWith(`${basename(path)}.`))
      await rm(join(folder, name), { recursive: true, force: true });
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
