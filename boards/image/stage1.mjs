// Stage 1: the small initramfs beside the kernel. It chooses a slot (target/stage1) and starts the system in it.

import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settleModes } from "./modes.mjs";
import { run } from "./run.mjs";

const FOLDERS = ["bin", "config", "dev", "lib/modules", "proc", "ram", "sys", "system"];

/** Writes the initramfs. `busybox` is the static binary, `scripts` the folder target/stage1, `modules` the kernel's. */
export function writeStage1(file, work, { busybox, scripts, modules, time, isFast }) {
  const tree = join(work, "stage1");
  for (const folder of FOLDERS) mkdirSync(join(tree, folder), { recursive: true });
  copyFileSync(busybox, join(tree, "bin/busybox"));
  cpSync(scripts, tree, { recursive: true });
  for (const script of readdirSync(scripts)) chmodSync(join(tree, script), 0o755);
  modules.copyFirst(tree);
  modules.writeSquashfs(join(tree, "modules.squashfs"), work, { time, isFast });
  writeFileSync(file, compressed(archive(tree, time), isFast));
}

/** A cpio archive that depends on nothing but the files: sorted, of root, all of one time. */
function archive(tree, time) {
  settleModes(tree);
  run("find", [".", "-exec", "touch", "-h", "-d", `@${time}`, "{}", "+"], { cwd: tree });
  const names = run("find", [".", "-print0"], { cwd: tree }).toString().split("\0").filter(Boolean).sort();
  const options = ["--null", "-o", "-H", "newc", "-R", "0:0", "--reproducible", "--quiet"];
  return run("cpio", options, { cwd: tree, input: `${names.join("\0")}\0` });
}

const compressed = (bytes, isFast) => run("zstd", ["-q", isFast ? "-3" : "-19", "-c"], { input: bytes });
