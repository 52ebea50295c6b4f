// The boot partition: firmware, kernel, device trees and stage 1, in a FAT file system, for that is what the boot firmware reads.

import { copyFileSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.mjs";

/** With 16 MB for the graphics the firmware is the cut-down one; the full one is there for who asks for more. */
const FIRMWARE = [
  "bootcode.bin",
  ...["start", "start4"],
  ...["start_cd", "start4cd"],
  ...["fixup", "fixup4", "fixup_cd", "fixup4cd"],
].map((name) => (name.includes(".") ? name : `${name}${name.startsWith("start") ? ".elf" : ".dat"}`));
/** What the firmware asks for when the upstream kernel's file is called otherwise. */
const OTHER_NAMES = { "bcm2837-rpi-zero-2-w": "bcm2710-rpi-zero-2-w" };

/** Puts the files of the boot partition into `folder`. */
export function collectBootFiles(folder, work, { board, firmware, kernel, trees, stage1, settings, overlay, isFast }) {
  mkdirSync(folder, { recursive: true });
  copyFileSync(stage1, join(folder, "stage1"));
  writeFileSync(join(folder, "kernel8.img"), run("gzip", ["-n", isFast ? "-1" : "-9", "-c", kernel]));
  writeFileSync(join(folder, "cmdline.txt"), `${board.commandLine}\n`);
  if (!board.hasFirmware) return;
  for (const name of FIRMWARE) copyFileSync(join(firmware, name), join(folder, name));
  copyFileSync(settings, join(folder, "config.txt"));
  const blob = join(work, "overlay.dtbo");
  run("dtc", ["-q", "-@", "-I", "dts", "-O", "dtb", "-o", blob, overlay]);
  for (const tree of board.trees) {
    const target = join(folder, `${tree}.dtb`);
    run("fdtoverlay", ["-i", join(trees, `${tree}.dtb`), "-o", target, blob]);
    if (OTHER_NAMES[tree]) copyFileSync(target, join(folder, `${OTHER_NAMES[tree]}.dtb`));
  }
}

/** A FAT file system of `size` bytes with the files of `folder`. */
export function writeBootPartition(file, folder, { size, time }) {
  writeFileSync(file, "");
  truncateSync(file, size);
  run("mkfs.vfat", ["-F", "32", "-n", "TIPRING", "-i", "71b71b01", "--invariant", file]);
  run("find", [folder, "-exec", "touch", "-d", `@${time}`, "{}", "+"]);
  const files = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
  run("mcopy", ["-m", "-i", file, ...files, "::/"], {
    env: { MTOOLSRC: "/dev/null", MTOOLS_SKIP_CHECK: "1", SOURCE_DATE_EPOCH: `${time}` },
  });
}
