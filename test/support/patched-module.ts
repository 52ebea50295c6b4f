// A module built from the sources with something changed in them, in memory: faults that no input from outside could bring about.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { projectRoot } from "../../host/paths.ts";

/** In a file of assembly/: this text, which stands there once, becomes that. */
export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The debug build of a module with these patches. Throws when one does not fit, or the result does not compile. */
export async function patchedModule(
  name: "adapter" | "server",
  patches: readonly Patch[],
): Promise<Uint8Array<ArrayBuffer>> {
  const open = new Set(patches);
  let wasm: Uint8Array | undefined;
  const read = async (path: string): Promise<string | null> => {
    let text: string;
    try {
      text = await readFile(path.startsWith("/") ? path : join(projectRoot, path), "utf8");
    } catch {
      return null; // the compiler tries several places
    }
    for (const patch of patches) {
      if (!path.endsWith(`assembly/${patch.file}`)) continue;
      if (text.split(patch.from).length !== 2)
        throw new Error(`${patch.file}: "${patch.from}" does not stand there once`);
      text = text.replace(patch.from, () => patch.to);
      open.delete(patch);
    }
    return text;
  };
  const { error, stderr } = await asc.main(
    [`assembly/${name}.ts`, "--target", `${name}-debug`, "--baseDir", projectRoot, "--outFile", "patched.wasm"],
    {
      readFile: read,
      writeFile: (file, contents) => {
        if (file.endsWith(".wasm") && typeof contents !== "string") wasm = contents;
      },
    },
  );
  if (error || !wasm) throw new Error(`${name} with patches: ${error?.message}\n${stderr.toString()}`);
  if (open.size > 0) throw new Error(`no such file: ${[...open].map(({ file }) => file).join(", ")}`);
  return new Uint8Array(wasm);
}
