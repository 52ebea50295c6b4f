// What the rules of the core promise about the built modules themselves: no imports, no allocator, memory of one fixed size.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readWasm } from "../../support/wasm-module.ts";

const MODULES = ["adapter.debug", "adapter", "server.debug", "server"];
const PAGE = 65536;

for (const name of MODULES) {
  const bytes = new Uint8Array(readFileSync(`build/${name}.wasm`));
  const binary = readWasm(bytes);
  const module = new WebAssembly.Module(bytes);

  test(`${name}.wasm imports nothing`, () => {
    assert.deepEqual(WebAssembly.Module.imports(module), []);
    assert.equal(binary.imports, 0);
  });

  test(`${name}.wasm contains no memory.grow: every instruction of every function was looked at`, () => {
    assert.ok(binary.functions > 100, `${binary.functions} functions`);
    assert.ok(binary.instructions > 10_000, `${binary.instructions} instructions`);
    assert.equal(binary.memoryGrows, 0);
  });

  test(`${name}.wasm has one memory, of the same size at first and at most, and it cannot grow`, () => {
    assert.equal(binary.memories.length, 1);
    const [{ initial, maximum }] = binary.memories as [(typeof binary.memories)[0]];
    assert.equal(maximum, initial);
    const { memory } = new WebAssembly.Instance(module, {}).exports as { memory: WebAssembly.Memory };
    assert.equal(memory.buffer.byteLength, initial * PAGE);
    assert.throws(() => memory.grow(1), RangeError);
    assert.equal(memory.buffer.byteLength, initial * PAGE);
  });

  test(`${name}.wasm: what is laid out at the start leaves room, and stays the same when it starts over`, () => {
    const core = new WebAssembly.Instance(module, {}).exports as Record<string, (now?: number) => number>;
    core.reset!(0);
    const spare = core.spareMemory!();
    assert.ok(spare >= 0 && spare < binary.memories[0]!.initial * PAGE, `${spare} bytes spare`);
    core.reset!(1000);
    assert.equal(core.spareMemory!(), spare);
  });
}

/** A module with one memory of 1 to 2 pages and one function, body given. */
function moduleOf(...body: number[]): Uint8Array {
  const section = (id: number, ...content: number[]) => [id, content.length, ...content];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 0, 0),
    ...section(3, 1, 0),
    ...section(5, 1, 1, 1, 2),
    ...section(10, 1, body.length + 1, 0, ...body),
  ]);
}

test("the reader finds a memory.grow, and only where it is an instruction", () => {
  const [constant, grow, drop, end] = [0x41, 0x40, 0x1a, 0x0b];
  const grows = moduleOf(constant, 1, grow, 0, drop, end);
  assert.ok(WebAssembly.validate(grows as Uint8Array<ArrayBuffer>));
  assert.equal(readWasm(grows).memoryGrows, 1);
  assert.deepEqual(readWasm(grows).memories, [{ initial: 1, maximum: 2 }]);
  const onlyNumber = moduleOf(constant, grow, drop, end); // the constant -64, whose byte looks the same
  assert.ok(WebAssembly.validate(onlyNumber as Uint8Array<ArrayBuffer>));
  assert.equal(readWasm(onlyNumber).memoryGrows, 0);
});

test("the reader refuses an opcode that it does not know, and a module that is cut off", () => {
  assert.throws(() => readWasm(moduleOf(0xfe, 0, 0x0b)), /opcode 0xfe is not known/);
  assert.throws(() => readWasm(moduleOf(0x0b).subarray(0, -1)), /ends in the middle/);
});
