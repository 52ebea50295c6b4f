// as-pect builds every spec file into a debug module of its own. SIMD is switched on in test/unit/as-pect.asconfig.json.

export default {
  entries: ["test/unit/**/*.spec.ts"],
  include: [],
  disclude: [/node_modules/],
  async instantiate(memory, createImports, instantiate, binary) {
    return instantiate(binary, createImports({ env: { memory } }));
  },
  outputBinary: false,
};
