// Bundles the host into dist/. Packages that the user installs stay outside; the modules go in as files beside the bundle.

import { readdirSync, readFileSync, rmSync } from "node:fs";
import json from "@rollup/plugin-json";
import esbuild from "rollup-plugin-esbuild";
import { schemasPlugin } from "./config/generate.mjs";

const { dependencies, optionalDependencies } = JSON.parse(readFileSync("package.json", "utf8"));

/** Copies the built modules beside the bundle. */
const modules = {
  name: "wasm-modules",
  buildStart() {
    for (const fileName of ["adapter.wasm", "server.wasm", "sound.wasm"]) {
      this.emitFile({ type: "asset", fileName, source: readFileSync(`build/${fileName}`) });
    }
  },
};

/** What an earlier build has left in dist/ would go into packages and images. */
const onlyThis = {
  name: "only-this",
  writeBundle({ dir }, bundle) {
    for (const name of readdirSync(dir)) if (!(name in bundle)) rmSync(`${dir}/${name}`, { recursive: true });
  },
};

export default {
  // What runs in a Worker, or is a program of its own, is a file beside the bundle.
  input: {
    main: "host/main.ts",
    "update-make": "host/update/make.ts",
    "alsa-worker": "host/sound/alsa-worker.ts",
    "gpio-worker": "host/gpio/gpio-worker.ts",
  },
  external: [
    /^node:/,
    ...Object.keys({ ...dependencies, ...optionalDependencies }).map((name) => new RegExp(`^${name}(/|$)`)),
  ],
  plugins: [
    modules,
    onlyThis,
    schemasPlugin(),
    json(),
    esbuild({ target: "node20", tsconfig: "host/tsconfig.json", minify: true, lineLimit: 160 }),
  ],
  output: { dir: "dist", format: "es", sourcemap: true, entryFileNames: "[name].js", chunkFileNames: "[name].js" },
};
