// A tree as a squashfs that is the same, bit for bit, whenever it is made.

import { rmSync } from "node:fs";
import { settleModes } from "./modes.mjs";
import { run } from "./run.mjs";

/** `time` in seconds since 1970. zstd, for it is quick to read: on the target each page of Node comes out of it. */
export function makeSquashfs(tree, file, { time, isFast }) {
  rmSync(file, { force: true });
  settleModes(tree);
  const compression = ["-comp", "zstd", "-Xcompression-level", isFast ? "1" : "19", "-b", "256K"];
  const owners = ["-all-root", "-no-xattrs", "-no-exports"];
  const times = ["-mkfs-time", `${time}`, "-all-time", `${time}`];
  run("mksquashfs", [tree, file, ...compression, ...owners, ...times, "-no-progress", "-quiet"], {
    env: { SOURCE_DATE_EPOCH: undefined },
  });
}
