// as-pect builds every spec file into a debug module of its own. SIMD is switched on in test/unit/as-pect.asconfig.json.
// `node test/run.mjs PART` hands over PART, so that only the specs whose path contains it are built.

import { readdirSync } from "node:fs";

const parts = (process.env.TIPRING_SPECS ?? "").split(",");
const specs = readdirSync("test/unit", { recursive: true })
  .map((name) => `test/unit/${name}`)
  .filter((path) => path.endsWith(".spec.ts") && parts.some((part) => path.includes(part)));

export default {
  entries: specs,
  include: [],
  disclude: [/node_modules/],
  async instantiate(memory, createImports, instantiate, binary) {
    return instantiate(binary, createImports({ env: { memory } }));
  },
  outputBinary: false,
};
