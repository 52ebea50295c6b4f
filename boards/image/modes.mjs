// The permissions of a tree that goes into the image: whether a file is a program decides them, not the umask of who made the clone.

import { chmodSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export function settleModes(tree) {
  chmodSync(tree, 0o755);
  for (const entry of readdirSync(tree, { withFileTypes: true })) {
    const path = join(tree, entry.name);
    if (entry.isDirectory()) settleModes(path);
    else if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}
