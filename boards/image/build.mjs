// Makes the image of a board: a file to write on an SD card, its SHA-256, and a manifest for Raspberry Pi Imager.
//   npm run image -- --board raspberry-pi-3b
// No root, nothing is mounted, no program of the target runs. The same sources make the same image, bit for bit.

import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { BOARDS } from "./boards.mjs";
import { collectBootFiles, writeBootPartition } from "./boot.mjs";
import { firstSlotTable, SIZES, writeConfigPartition, writeDisk } from "./disk.mjs";
import { KernelModules, unpackKernel } from "./kernel.mjs";
import { manifestOf } from "./manifest.mjs";
import { installNode, installProgram } from "./node.mjs";
import { Packages } from "./packages.mjs";
import { checkPrograms, ImageError, megabytes, run, tell } from "./run.mjs";
import { makeSquashfs } from "./squashfs.mjs";
import { writeStage1 } from "./stage1.mjs";
import { makeSystem } from "./system.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const target = (name) => join(here, "target", name);

const USAGE = `npm run image -- --board NAME [options]
  --board NAME        ${Object.keys(BOARDS).join(", ")}
  --fast              quick compression: a larger image, for tests
  --update-key FILE   public key whose updates the image takes (npm run update:key makes one); none without
  --mirror ADDRESS    Debian's mirror; that of this machine's apt when left out
  --address ADDRESS   where the image will be downloaded from, for the manifest; its place on this machine when left out
  --renew-lock        take the newest packages into packages.lock.json, and make nothing`;

const NO_KEY = `no --update-key: a box with this image takes no updates until its owner puts a key at the console with
"update key KEY"; npm run update:key makes one (host/update/README.md)`;

const OPTIONS = {
  board: { type: "string" },
  fast: { type: "boolean", default: false },
  "update-key": { type: "string" },
  mirror: { type: "string" },
  address: { type: "string" },
  "renew-lock": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
};

/** Seconds since 1970 that every file of the image is from: those of the sources. */
function timeOfSources() {
  const time = process.env.SOURCE_DATE_EPOCH || timeOfCommit();
  if (/^\d{1,10}$/.test(time)) return Number(time);
  throw new ImageError(`SOURCE_DATE_EPOCH is "${time}" (allowed: whole seconds since 1970)`);
}

function timeOfCommit() {
  try {
    return run("git", ["log", "-1", "--format=%ct"], { cwd: root }).toString().trim();
  } catch (error) {
    throw new ImageError(
      `${error.message}\nwithout a clone of git, SOURCE_DATE_EPOCH must say of when the sources are (seconds since 1970)`,
    );
  }
}

/** The public key in a file, as npm run update:key makes it; undefined without a file. */
function readUpdateKey(file) {
  if (file === undefined) return undefined;
  let text;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new ImageError(`--update-key: ${error.message}`);
  }
  if (/^[A-Za-z0-9+/]{43}=$/.test(text)) return text;
  throw new ImageError(
    `--update-key: ${file} is no public key (allowed: the file FILE.pub that npm run update:key makes)`,
  );
}

function readAddress(address) {
  if (address === undefined) return pathToFileURL(join(root, "build/image")).href;
  if (URL.canParse(address)) return address;
  throw new ImageError(`--address: "${address}" is no address (allowed: such as https://example.org/images)`);
}

async function sha256Of(file) {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}

async function makeImage(name, { isFast, mirror, address, updateKey, time }) {
  const board = BOARDS[name];
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const out = join(root, "build/image");
  const cache = join(out, "cache");
  const parts = join(out, name);
  const work = join(parts, "work");
  rmSync(parts, { recursive: true, force: true });
  for (const folder of [cache, work]) mkdirSync(folder, { recursive: true });

  const packages = new Packages(cache, mirror);
  packages.fetch();
  tell(`${packages.size} packages of Debian`);

  const system = join(work, "system");
  makeSystem(system, packages, {
    scripts: target("system"),
    shared: ["slots.sh", "watchdog.sh"].map((name) => target(`stage1/${name}`)),
    updateKey,
    version,
    time,
  });
  installNode(system, packages.node, cache);
  installProgram(system, root, cache);
  const slot = join(parts, "system.squashfs");
  makeSquashfs(system, slot, { time, isFast });
  tell(`system: ${megabytes(statSync(slot).size)}`);

  const kernelTree = unpackKernel(packages, cache);
  const modules = new KernelModules(kernelTree, packages.kernelVersion);
  const kernel = join(parts, "kernel");
  writeFileSync(kernel, readFileSync(join(kernelTree, "boot", `vmlinuz-${packages.kernelVersion}`)));
  const stage1 = join(parts, "stage1");
  const busybox = join(system, "usr/bin/busybox");
  writeStage1(stage1, work, { busybox, scripts: target("stage1"), modules, time, isFast });
  tell(`stage 1 with the kernel's modules: ${megabytes(statSync(stage1).size)}`);

  const firmwareTree = join(work, "firmware");
  packages.unpack("raspi-firmware", firmwareTree, "./usr/lib/raspi-firmware/*");
  const bootFolder = join(parts, "boot");
  collectBootFiles(bootFolder, work, {
    board,
    firmware: join(firmwareTree, "usr/lib/raspi-firmware"),
    kernel,
    trees: join(kernelTree, `usr/lib/linux-image-${packages.kernelVersion}/broadcom`),
    stage1,
    settings: join(target("boot"), "config.txt"),
    overlay: join(target("boot"), "overlay.dts"),
    isFast,
  });
  const boot = join(work, "boot.fat");
  writeBootPartition(boot, bootFolder, { size: SIZES.boot << 20, time });
  const config = join(work, "config.ext4");
  const squashfs = readFileSync(slot);
  writeConfigPartition(config, work, { table: firstSlotTable(squashfs, version), time });
  const disk = join(parts, "disk.img");
  writeDisk(disk, { boot, config, slot: squashfs });
  tell("partitions");

  const file = `tipring-${name}-${version}.img.zst`;
  const image = join(out, file);
  run("zstd", ["-q", "-f", "-T2", isFast ? "-1" : "-12", disk, "-o", image]);
  const compressed = { size: statSync(image).size, sha256: await sha256Of(image) };
  writeFileSync(`${image}.sha256`, `${compressed.sha256}  ${file}\n`);
  const whole = { size: statSync(disk).size, sha256: await sha256Of(disk) };
  const manifest = { name, version, board, file, compressed, disk: whole, time, address };
  writeFileSync(join(out, `tipring-${name}-${version}.json`), manifestOf(manifest));
  rmSync(work, { recursive: true });
  tell(`build/image/${file}: ${megabytes(compressed.size)}`);
  console.log(`SHA-256 ${compressed.sha256}`);
  if (updateKey === undefined) console.log(NO_KEY);
}

async function main() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return console.log(USAGE);
  process.umask(0o022);
  const cache = join(root, "build/image/cache");
  if (values["renew-lock"]) {
    mkdirSync(cache, { recursive: true });
    return new Packages(cache, values.mirror).renewLock();
  }
  if (values.board === undefined || !Object.hasOwn(BOARDS, values.board)) {
    const what = values.board === undefined ? "which board?" : `no image is made for a board "${values.board}"`;
    throw new ImageError(`${what} (allowed: ${Object.keys(BOARDS).join(", ")})`);
  }
  if (!existsSync(join(root, "dist/main.js"))) throw new ImageError("dist/main.js is not built: run npm run build");
  const options = {
    isFast: values.fast,
    mirror: values.mirror,
    address: readAddress(values.address),
    updateKey: readUpdateKey(values["update-key"]),
  };
  checkPrograms();
  await makeImage(values.board, { ...options, time: timeOfSources() });
}

try {
  await main();
} catch (error) {
  const isOurs = error instanceof ImageError || error.code?.startsWith("ERR_PARSE_ARGS");
  if (!isOurs) throw error;
  console.error(`image: ${error.message}`);
  process.exitCode = 1;
}
