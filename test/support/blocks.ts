// Parts of the adapter as modules of their own, from test/blocks: for tests that are only about sound.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";

/** The exports of test/blocks/NAME.ts; `memory` is one of them. */
export function loadBlock<Exports>(name: string): Exports & { memory: WebAssembly.Memory } {
  const module = new WebAssembly.Module(new Uint8Array(readFileSync(join(projectRoot, `build/blocks/${name}.wasm`))));
  return new WebAssembly.Instance(module).exports as unknown as Exports & { memory: WebAssembly.Memory };
}
