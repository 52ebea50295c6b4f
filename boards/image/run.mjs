// Runs the programs that do the work, and tells what is going on and how long it took.

import { spawnSync } from "node:child_process";

/** Something that the user can mend: its message is all there is to say. */
export class ImageError extends Error {}

/** Program → the Debian package that has it. */
const PROGRAMS = {
  "apt-get": "apt",
  cpio: "cpio",
  debugfs: "e2fsprogs",
  depmod: "kmod",
  "dpkg-deb": "dpkg",
  dtc: "device-tree-compiler",
  fdtoverlay: "device-tree-compiler",
  gzip: "gzip",
  mcopy: "mtools",
  mke2fs: "e2fsprogs",
  "mkfs.vfat": "dosfstools",
  mksquashfs: "squashfs-tools",
  npm: "npm",
  sfdisk: "fdisk",
  tar: "tar",
  xz: "xz-utils",
  zstd: "zstd",
};

/** Programs that make file systems are where only root looks; `npm run` puts programs of node_modules first, an old npm among them. */
const PATH = [...process.env.PATH.split(":"), "/usr/sbin", "/sbin"]
  .filter((folder) => !folder.endsWith("node_modules/.bin"))
  .join(":");

export function checkPrograms() {
  const missing = Object.keys(PROGRAMS).filter(
    (program) => spawnSync("sh", ["-c", `command -v ${program}`], { env: { ...process.env, PATH } }).status !== 0,
  );
  if (missing.length === 0) return checkNpm();
  const packages = [...new Set(missing.map((program) => PROGRAMS[program]))];
  throw new ImageError(`missing: ${missing.join(", ")}; on Debian: apt-get install ${packages.join(" ")}`);
}

/** The first npm that installs for another processor, with --cpu: 10.2. */
function checkNpm() {
  const version = run("npm", ["--version"]).toString().trim();
  const [major, minor] = version.split(".").map(Number);
  if (major > 10 || (major === 10 && minor >= 2)) return;
  throw new ImageError(
    `npm ${version} cannot install for another processor (allowed: 10.2 or newer; npm install -g npm@10)`,
  );
}

/** What the program printed; throws what it complained about. `input` goes to its standard input, `env` is added. */
export function run(program, args, { input, env = {}, cwd } = {}) {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    cwd,
    input,
    env: { ...process.env, TZ: "UTC", LC_ALL: "C", ...env, PATH },
    maxBuffer: 1 << 30,
  });
  if (status === 0) return stdout;
  const complaint = error?.message ?? stderr.toString().trim().split("\n").slice(0, 6).join("\n");
  throw new ImageError(`${program} ${args.join(" ")} failed: ${signal ? `ended by ${signal}\n` : ""}${complaint}`);
}

const started = performance.now();

/** One line of progress, with the seconds since the start. */
export function tell(text) {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${seconds.padStart(6)} s  ${text}\n`);
}

export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
