// Bytes of what is shipped.

import { statSync } from "node:fs";

export const title = "bytes of what is shipped";

export function run() {
  const row = (what, path, goal) => ({ what, value: statSync(path).size, unit: "bytes", goal });
  return [
    row("adapter.wasm", "build/adapter.wasm", "<= 163,840"),
    row("server.wasm", "build/server.wasm", "<= 102,400"),
    row("bundle of the host", "dist/main.js", "<= 409,600"),
  ];
}
