// The whole card: a partition table, the boot partition, the settings, and the two slots.

import { createHash } from "node:crypto";
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { ImageError, megabytes, run } from "./run.mjs";

const MIB = 1 << 20;
/** In MiB. The size of the card is a power of two, as QEMU wants it; any real one is larger. */
const START = 4;
export const SIZES = { boot: 64, config: 64, slot: 96 };
const CARD = 512;

const IDENTITY = {
  disk: "0x71b71b00",
  config: "71b71b02-0000-4000-8000-000000000002",
  hash: "71b71b03-0000-4000-8000-000000000003",
};

/**
 * Of ext4: named, for what mke2fs takes by itself is this machine's. Without metadata_csum: a power cut may write one of the
 * superblock's two sectors and not the other, and with a checksum over both the kernel would take neither.
 */
const FEATURES = [
  ...["none", "has_journal", "ext_attr", "resize_inode", "dir_index", "filetype", "extent", "64bit", "flex_bg"],
  ...["sparse_super", "large_file", "huge_file", "dir_nlink", "extra_isize"],
].join();

/** The slot table of a card fresh from the factory: the system is in slot a, and it is good. */
export function firstSlotTable(squashfs, version) {
  const sha256 = createHash("sha256").update(squashfs).digest("hex");
  const lines = [
    ...["generation 1", "active a", "try -", "tried 0", "good a", "returned -"],
    ...[
      `a_size ${squashfs.length}`,
      `a_sha256 ${sha256}`,
      `a_version ${version}`,
      "b_size 0",
      "b_sha256 -",
      "b_version -",
    ],
  ];
  const text = lines.map((line) => `${line}\n`).join("");
  return `${text}sum ${createHash("sha256").update(text).digest("hex")}\n`;
}

const SLOT_TABLES = ["slots.0", "slots.1"];

/** An ext4 file system with both copies of the slot table. */
export function writeConfigPartition(file, work, { table, time }) {
  const tree = join(work, "config");
  mkdirSync(tree, { recursive: true });
  for (const name of SLOT_TABLES) writeFileSync(join(tree, name), table);
  run("find", [tree, "-exec", "touch", "-d", `@${time}`, "{}", "+"]);
  writeFileSync(file, "");
  truncateSync(file, SIZES.config * MIB);
  const fixed = [
    ...["-O", FEATURES, "-b", "1024", "-I", "256", "-N", "16384", "-U", IDENTITY.config],
    ...["-E", `hash_seed=${IDENTITY.hash},lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0`],
  ];
  const env = { E2FSPROGS_FAKE_TIME: `${time}`, MKE2FS_CONFIG: "/dev/null", SOURCE_DATE_EPOCH: `${time}` };
  run("mke2fs", ["-q", "-F", "-t", "ext4", "-L", "tipring-config", ...fixed, "-d", tree, file], { env });
  // mke2fs takes the owner from this machine, and the time of a file's last change of state, which nobody can set there.
  const fields = [`ctime @${time}`, "uid 0", "gid 0"];
  const orders = SLOT_TABLES.flatMap((name) => fields.map((field) => `set_inode_field /${name} ${field}\n`));
  run("debugfs", ["-w", "-f", "-", file], { env, input: orders.join("") });
}

export function writeDisk(file, { boot, config, slot }) {
  if (slot.length > SIZES.slot * MIB) {
    throw new ImageError(`the system has ${megabytes(slot.length)}; a slot holds ${megabytes(SIZES.slot * MIB)}`);
  }
  writeFileSync(file, "");
  truncateSync(file, CARD * MIB);
  const starts = [
    START,
    START + SIZES.boot,
    START + SIZES.boot + SIZES.config,
    START + SIZES.boot + SIZES.config + SIZES.slot,
  ];
  const table = [
    ...["label: dos", `label-id: ${IDENTITY.disk}`],
    `start=${starts[0]}MiB, size=${SIZES.boot}MiB, type=c, bootable`,
    `start=${starts[1]}MiB, size=${SIZES.config}MiB, type=83`,
    `start=${starts[2]}MiB, size=${SIZES.slot}MiB, type=da`,
    `start=${starts[3]}MiB, size=${SIZES.slot}MiB, type=da`,
  ];
  run("sfdisk", ["-q", file], { input: `${table.join("\n")}\n` });
  const disk = openSync(file, "r+");
  for (const [index, bytes] of [readFileSync(boot), readFileSync(config), slot].entries()) {
    writeSparse(disk, bytes, starts[index] * MIB);
  }
  ftruncateSync(disk, CARD * MIB);
  closeSync(disk);
}

/** Leaves holes where there is nothing but zeros. */
function writeSparse(disk, bytes, position) {
  for (let offset = 0; offset < bytes.length; offset += MIB) {
    const block = bytes.subarray(offset, Math.min(bytes.length, offset + MIB));
    if (block.some((byte) => byte !== 0)) writeSync(disk, block, 0, block.length, position + offset);
  }
}
