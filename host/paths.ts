// Where the project's own files are, from the bundle (dist/) as from the compiled tree (build/js/host/).

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(folder: string): string {
  const file = join(folder, "package.json");
  if (existsSync(file) && JSON.parse(readFileSync(file, "utf8")).name === "tipring") return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`no package.json of tipring above ${fileURLToPath(import.meta.url)}`);
  return findRoot(parent);
}

export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

export const version: string = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")).version;

/** The bytes of a built module. */
export function readModule(name: "adapter" | "server" | "sound"): Uint8Array<ArrayBuffer> {
  for (const folder of ["dist", "build"]) {
    const path = join(projectRoot, folder, `${name}.wasm`);
    if (existsSync(path)) return new Uint8Array(readFileSync(path));
  }
  throw new Error(`${name}.wasm is not built: run npm run build`);
}
