// Bundles the host into dist/. Packages that the user installs stay outside; the modules go in as files beside the bundle.

import { readFileSync } from "node:fs";
import json from "@rollup/plugin-json";
import esbuild from "rollup-plugin-esbuild";
import { validatorPlugin } from "./config/generate.mjs";

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

export default {
  // What runs in a Worker, or is a program of its own, is a file beside the bundle.
  input: {
    main: "host/main.ts",
    "update-make": "host/update/make.ts",
    "alsa-worker": "host/sound/alsa-worker.ts",
    "gpio-worker": "host/gpio/gpio-worker.ts",
  },
  external: [/^node:/, ...Object.keys({ ...dependencies, ...optionalDependencies })],
  plugins: [
    modules,
    validatorPlugin(),
    json(),
    esbuild({ target: "node20", tsconfig: "host/tsconfig.json", minify: true, lineLimit: 160 }),
  ],
  output: { dir: "dist", format: "es", sourcemap: true, entryFileNames: "[name].js", chunkFileNames: "[name].js" },
};
