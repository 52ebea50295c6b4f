// The benchmarks' runner: what it prints for programs to read.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { describe, it } from "node:test";

function bench(...args: string[]) {
  return spawnSync(process.execPath, ["test/bench/run.mjs", "--built", ...args], { encoding: "utf8" });
}

describe("npm run bench", () => {
  it("--json prints one document and nothing else", () => {
    const { status, stdout } = bench("--json", "sizes");
    assert.equal(status, 0);
    const { machine, benchmarks } = JSON.parse(stdout);
    assert.equal(machine.node, process.version);
    assert.deepEqual(Object.keys(benchmarks), ["sizes"]);
    const adapter = benchmarks.sizes.rows.find((row: { what: string }) => row.what === "adapter.wasm");
    assert.equal(adapter.value, statSync("build/adapter.wasm").size);
  });

  it("a table has a line for each figure", () => {
    const { status, stdout } = bench("sizes");
    assert.equal(status, 0);
    for (const what of ["adapter.wasm", "server.wasm", "bundle of the host"])
      assert.match(stdout, new RegExp(`^${what} +[\\d,]+ bytes`, "m"));
  });

  it("the adapter that it drives rings and is answered", () => {
    const { status, stdout } = bench("--json", "latency");
    assert.equal(status, 0);
    const [first] = JSON.parse(stdout).benchmarks.latency.rows;
    assert.deepEqual([first.what, first.value], ["off-hook to dial tone", 1]);
  });

  it("an unknown name is told with the known ones", () => {
    const { status, stdout, stderr } = bench("parsr");
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /no benchmark is called parsr; there are .*parser/);
  });
});
