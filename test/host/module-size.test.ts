// The size of the two modules, with the packing of their literals that keeps it, and of the host's bundle.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

// A build script without types, so tsc doesn't look; it stands beside build/js, not in it.
const { packLiterals } = await import(new URL("../../../../host/pack-literals.mjs", import.meta.url).href);

interface Literals {
  memory: WebAssembly.Memory;
  textPointer(): number;
  writeLiteral(index: number): number;
  isBehindGap(length: number): number;
}

const load = (path: string) =>
  new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(readFileSync(path)))).exports as unknown as Literals;
const textOf = (module: Literals, length: number) =>
  Buffer.from(module.memory.buffer, module.textPointer(), length).toString("latin1");

describe("the modules' size", () => {
  it("the adapter's core takes at most 160 KB, the server's 100 KB", () => {
    assert.ok(statSync("build/adapter.wasm").size <= 163_840);
    assert.ok(statSync("build/server.wasm").size <= 102_400);
  });
});

it("the host's bundle, without native parts and without maps, takes at most 400 KB", () => {
  const sizes = readdirSync("dist").map((name) => (name.endsWith(".js") ? statSync(join("dist", name)).size : 0));
  const size = sizes.reduce((sum, each) => sum + each);
  assert.ok(size > 0 && size <= 409_600, `${size} bytes`);
});

describe("packed literals", () => {
  const folder = mkdtempSync(join(tmpdir(), "literals-"));
  after(() => rmSync(folder, { recursive: true }));
  const plain = "build/blocks/literals.wasm";
  const packed = join(folder, "literals.wasm");
  copyFileSync(plain, packed);
  packLiterals(packed);

  it("read as before: short, empty, with a zero, with what eight bits can't hold, and longer than a record", () => {
    const [before, now] = [load(plain), load(packed)];
    const texts = [0, 1, 2, 3, 4, 5, 6].map((index) => textOf(now, now.writeLiteral(index)));
    assert.deepEqual(
      texts,
      [0, 1, 2, 3, 4, 5, 6].map((index) => textOf(before, before.writeLiteral(index))),
    );
    assert.deepEqual(texts.slice(0, 4), ["a", "INVITE", "", "two\r\nlines, \0 and é"]);
    assert.deepEqual(
      texts.map((text) => text.length),
      [1, 6, 0, 19, 5, 255, 256],
    );
  });

  it("one that stands further on than a step of the strip reads as before", () => {
    const module = load(packed);
    Buffer.from(module.memory.buffer, module.textPointer(), 14).write("behind the gap", "latin1");
    assert.ok(module.isBehindGap(14));
  });

  it("take less room", () => {
    assert.ok(statSync(packed).size < statSync(plain).size - 300);
  });
});
