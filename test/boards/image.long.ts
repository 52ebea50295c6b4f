// The image of a Raspberry Pi 3B, made twice from the packages on, in two folders, by two users: the same bit for bit. And what is in it.
// Needs the programs of boards/image/README.md, and a mirror when the cache is empty.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { projectRoot, version } from "../../host/paths.ts";
import { parseSlotTable } from "../../host/update/slot-table.ts";

const BOARD = "raspberry-pi-3b";
const FILE = `tipring-${BOARD}-${version}.img.zst`;
const MIB = 1 << 20;
/** RFC 8032 §7.1, the public key of the first test vector. */
const KEY = Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex").toString("base64");
const NOBODY = 65534;

const folder = mkdtempSync(join(tmpdir(), "tipring-image-"));
after(() => rmSync(folder, { recursive: true }));
const keyFile = join(folder, "key.pub");
writeFileSync(keyFile, `${KEY}\n`);

const images = join(projectRoot, "build/image");
const disk = join(images, BOARD, "disk.img");
const output = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 26 });
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Makes the image as `npm run image` does, and gives its SHA-256. */
function makeImage(root: string, options: object): string {
  const started = performance.now();
  const run = (...args: string[]) =>
    execFileSync(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"], ...options });
  run("host/build.mjs", "--if-stale");
  run("boards/image/build.mjs", "--board", BOARD, "--update-key", keyFile);
  const image = readFileSync(join(root, "build/image", FILE));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${BOARD}: ${(image.length / 1e6).toFixed(1)} MB in ${seconds} s, SHA-256 ${sha256(image)}`);
  return sha256(image);
}

/** The sources somewhere else: readable by their owner alone, as a clone under the umask 077 is, and without anything that was built. */
function copySources(): string {
  const root = join(folder, "elsewhere, in a folder with blanks");
  const files = output("git", "-C", projectRoot, "ls-files", "-z", "--cached", "--others", "--exclude-standard");
  for (const file of files.split("\0").filter(Boolean).reverse()) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(join(projectRoot, file), join(root, file));
  }
  symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"));
  // What was downloaded, and nothing that was made of it.
  const downloads = (name: string): boolean => name === "packages" || name === "npm" || name.endsWith(".tgz");
  for (const name of readdirSync(join(images, "cache")).filter(downloads))
    cpSync(join(images, "cache", name), join(root, "build/image/cache", name), { recursive: true });
  execFileSync("chmod", ["-R", "u+rwX,go-rwx", root]);
  return root;
}

describe("the image", () => {
  let first: string;

  before(() => {
    first = makeImage(projectRoot, {});
  });

  it("is the same from another folder, another user, another time zone and language", () => {
    const root = copySources();
    const isRoot = process.getuid?.() === 0;
    if (isRoot) {
      for (const path of [folder, root]) execFileSync("chown", ["-Rh", `${NOBODY}:${NOBODY}`, path]);
    }
    const time = output("git", "-C", projectRoot, "log", "-1", "--format=%ct").trim();
    const second = makeImage(root, {
      ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
      env: { PATH: process.env.PATH, HOME: root, TZ: "Asia/Kolkata", LC_ALL: "C.UTF-8", SOURCE_DATE_EPOCH: time },
    });
    assert.equal(second, first);
  });

  it("has the four partitions at their places", () => {
    const { partitiontable } = JSON.parse(output("sfdisk", "--json", disk));
    assert.equal(partitiontable.label, "dos");
    const found = partitiontable.partitions.map((each: Record<string, unknown>) => [
      Number(each.start) / 2048,
      Number(each.size) / 2048,
      each.type,
      each.bootable ?? false,
    ]);
    assert.deepEqual(found, [
      [4, 64, "c", true],
      [68, 64, "83", false],
      [132, 96, "da", false],
      [228, 96, "da", false],
    ]);
    assert.equal(readFileSync(disk).length, 512 * MIB, "a power of two, and no more than the smallest card");
  });

  it("boots on a Raspberry Pi 3B: firmware, kernel, device tree, stage 1, and what the firmware is told", () => {
    const boot = `${disk}@@4M`;
    const read = (name: string): Buffer =>
      execFileSync("mcopy", ["-n", "-i", boot, `::/${name}`, "-"], { maxBuffer: 1 << 27 });
    const names = output("mdir", "-b", "-i", boot, "::/")
      .split("\n")
      .map((line) => line.replace("::/", ""));
    const settings = Object.fromEntries(
      [
        ...read("config.txt")
          .toString()
          .matchAll(/^(\w+)[= ](.*)$/gm),
      ].map(([, key, value]) => [key, value]),
    );
    assert.equal(settings.arm_64bit, "1");
    assert.equal(settings.enable_uart, "1");
    assert.equal(settings.initramfs, "stage1 followkernel");
    assert.equal(settings.gpu_mem, "16");
    for (const name of ["bootcode.bin", "start_cd.elf", "fixup_cd.dat", settings.kernel, "stage1", "cmdline.txt"])
      assert.ok(names.includes(name), name);
    // the magic number at 0x38 of an arm64 kernel (Documentation/arch/arm64/booting.rst)
    const kernel = execFileSync("gzip", ["-dc"], { input: read("kernel8.img"), maxBuffer: 1 << 28 });
    assert.equal(kernel.toString("latin1", 0x38, 0x3c), "ARM\x64");
    assert.match(output("zstd", "-lv", join(images, BOARD, "stage1")), /Check: XXH64/);
    assert.equal(
      read("cmdline.txt").toString(),
      `console=ttyAMA0,115200 net.ifnames=0 loglevel=3 panic=10 tipring.board=${BOARD}\n`,
    );
    const tree = join(folder, "tree.dtb");
    writeFileSync(tree, read("bcm2837-rpi-3-b.dtb"));
    const property = (node: string, name: string): string => output("fdtget", tree, node, name).trim();
    assert.equal(property("/", "model"), "Raspberry Pi 3 Model B");
    assert.equal(property("/chosen", "stdout-path"), "serial0:115200n8");
    assert.equal(property("/soc/serial@7e201000/bluetooth", "status"), "disabled");
    assert.equal(property("/soc/serial@7e201000", "status"), "okay");
  });

  it("has settings on a clean ext4 of root's, with both copies of the slot table", () => {
    const config = `${disk}?offset=${68 * MIB}`;
    assert.match(output("dumpe2fs", "-h", config), /^Filesystem volume name: +tipring-config$/m);
    execFileSync("e2fsck", ["-fn", config], { stdio: "pipe" });
    const orders = output("debugfs", "-R", "ls -p /", config);
    for (const name of ["slots.0", "slots.1"]) assert.match(orders, new RegExp(`/100644/0/0/${name}/`));
    const [table, copy] = ["slots.0", "slots.1"].map((name) => output("debugfs", "-R", `cat /${name}`, config));
    assert.equal(copy, table);
    assert.equal(parseSlotTable(table!)?.active, "a");
  });

  it("has in slot a the system that the slot table names, and nothing in slot b", () => {
    const table = parseSlotTable(output("debugfs", "-R", "cat /slots.0", `${disk}?offset=${68 * MIB}`))!;
    const bytes = readFileSync(disk);
    const slot = bytes.subarray(132 * MIB, 132 * MIB + table.a.size);
    assert.equal(sha256(slot), table.a.sha256);
    assert.equal(table.a.version, version);
    assert.equal(table.b.size, 0);
    assert.ok(bytes.subarray(228 * MIB).equals(Buffer.alloc(bytes.length - 228 * MIB)));
    assert.ok(slot.equals(readFileSync(join(images, BOARD, "system.squashfs"))));
  });

  it("has a system of Node, the program and its native parts for arm64 alone, and the key for updates", () => {
    const at = ["-o", String(132 * MIB)];
    const file = (path: string): string => output("unsquashfs", ...at, "-cat", disk, path);
    assert.equal(file("etc/tipring/version"), `${version}\n`);
    assert.equal(file("etc/tipring/update.pub"), `${KEY}\n`);
    const list = output("unsquashfs", ...at, "-lls", disk).split("\n");
    const files = list.filter((line) => line.startsWith("-")).map((line) => line.replace(/^.*squashfs-root\//, ""));
    for (const name of ["usr/bin/node", "opt/tipring/dist/main.js", "opt/tipring/dist/adapter.wasm"])
      assert.ok(files.includes(name), name);
    for (const name of [
      `opt/tipring/boards/${BOARD}/board.json`,
      "usr/lib/tipring/adapter",
      "etc/ssl/certificates.pem",
    ])
      assert.ok(files.includes(name), name);
    const native = files.filter((name) => name.endsWith(".node"));
    assert.ok(native.some((name) => name.includes("koffi")) && native.some((name) => name.includes("serialport")));
    for (const name of native) {
      const head = execFileSync("unsquashfs", [...at, "-cat", disk, name], { maxBuffer: 1 << 26 });
      // ELF's e_machine: 183 is AArch64
      assert.equal(head.readUInt16LE(18), 183, name);
    }
    assert.deepEqual(
      files.filter((name) => /(?<!licen[cs]e)\.(?:map|d\.ts|md)$/.test(name)),
      [],
    );
    for (const name of ["libc6", "busybox-static", "openntpd", "raspi-firmware", "node"])
      assert.ok(files.includes(`usr/share/doc/${name}/copyright`), `the terms of ${name}`);
    for (const line of list.filter((each) => /^[-d]/.test(each)))
      assert.match(line, /^(?:drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) root\/root /);
  });

  it("has a manifest with all that Raspberry Pi Imager's schema of a list of systems asks for, and true", () => {
    const image = readFileSync(join(images, FILE));
    assert.equal(readFileSync(join(images, `${FILE}.sha256`), "utf8"), `${sha256(image)}  ${FILE}\n`);
    const { os_list } = JSON.parse(readFileSync(join(images, `tipring-${BOARD}-${version}.json`), "utf8"));
    assert.equal(os_list.length, 1);
    const { name, description, release_date, ...facts } = os_list[0];
    assert.ok(name.includes(BOARD) && description.length > 0);
    assert.match(release_date, /^\d{4}-\d\d-\d\d$/);
    const whole = readFileSync(disk);
    const unpacked = execFileSync("zstd", ["-dc", join(images, FILE)], { maxBuffer: 1 << 30 });
    assert.ok(unpacked.equals(whole));
    assert.deepEqual(facts, {
      icon: "",
      url: pathToFileURL(join(images, FILE)).href,
      extract_size: whole.length,
      extract_sha256: sha256(whole),
      image_download_size: image.length,
      image_download_sha256: sha256(image),
      init_format: "none",
      devices: ["pi3-64bit"],
    });
  });
});
