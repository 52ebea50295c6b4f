// A reader of WebAssembly binaries, as far as the tests of the built modules ask: sections, memories, and every instruction of every
// function. WebAssembly Core Specification 2.0 §5 (binary format). What it does not know it refuses, so nothing is overlooked.

const MAGIC = "\0asm\x01\0\0\0";
const Section = { Import: 2, Memory: 5, Code: 10 } as const;
const MEMORY_GROW = 0x40;

/** Bytes read one after the other. */
class Bytes {
  readonly #bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw new Error(`the module ends in the middle, at byte ${this.at}`);
    return this.#bytes[this.at++]!;
  }

  skip(count: number): void {
    this.at += count;
    if (this.at > this.end) throw new Error(`the module ends in the middle, at byte ${this.end}`);
  }

  /** §5.2.2: LEB128. Signed ones are only skipped, and are as long. */
  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  part(length: number): Bytes {
    const part = new Bytes(this.#bytes, this.at, this.at + length);
    this.skip(length);
    return part;
  }
}

export interface MemoryLimits {
  /** Pages of 64 KiB. */
  initial: number;
  maximum: number | undefined;
}

export interface WasmModule {
  imports: number;
  memories: MemoryLimits[];
  functions: number;
  instructions: number;
  /** memory.grow instructions, in all functions. */
  memoryGrows: number;
}

export function readWasm(bytes: Uint8Array): WasmModule {
  if (Buffer.from(bytes.subarray(0, 8)).toString("latin1") !== MAGIC) throw new Error("not a WebAssembly module");
  const module: WasmModule = { imports: 0, memories: [], functions: 0, instructions: 0, memoryGrows: 0 };
  const reader = new Bytes(bytes, 8);
  while (reader.at < reader.end) {
    const id = reader.byte();
    const section = reader.part(reader.number());
    if (id === Section.Import) module.imports = section.number();
    else if (id === Section.Memory) readMemories(section, module);
    else if (id === Section.Code) readCode(section, module);
  }
  return module;
}

function readMemories(section: Bytes, module: WasmModule): void {
  for (let count = section.number(); count > 0; count--) {
    const hasMaximum = (section.byte() & 1) === 1;
    const initial = section.number();
    module.memories.push({ initial, maximum: hasMaximum ? section.number() : undefined });
  }
}

function readCode(section: Bytes, module: WasmModule): void {
  module.functions = section.number();
  for (let index = 0; index < module.functions; index++) {
    const body = section.part(section.number());
    for (let locals = body.number(); locals > 0; locals--) {
      body.number();
      body.byte();
    }
    while (body.at < body.end) {
      const opcode = body.byte();
      module.instructions++;
      if (opcode === MEMORY_GROW) module.memoryGrows++;
      skipImmediates(body, opcode);
    }
  }
  if (section.at !== section.end) throw new Error("bytes are left in the code section");
}

/** §5.4: how many LEB128 numbers follow an opcode, where that is all that follows. */
function numbersAfter(opcode: number): number | undefined {
  if (opcode >= 0x45 && opcode <= 0xc4) return 0; // numeric instructions
  if (opcode >= 0x28 && opcode <= 0x3e) return 2; // loads and stores
  if (opcode >= 0x20 && opcode <= 0x26) return 1; // variables and tables
  // unreachable, nop, else, end, return, drop, select, ref.is_null
  if ([0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].includes(opcode)) return 0;
  // block, loop, if, br, br_if, call, memory.size, memory.grow, i32.const, i64.const, ref.null, ref.func
  if ([0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10, 0x3f, MEMORY_GROW, 0x41, 0x42, 0xd0, 0xd2].includes(opcode)) return 1;
  return opcode === 0x11 ? 2 : undefined; // call_indirect
}

function skipImmediates(body: Bytes, opcode: number): void {
  const count = numbersAfter(opcode);
  if (count !== undefined) skipNumbers(body, count);
  else if (opcode === 0x0e)
    skipNumbers(body, body.number() + 1); // br_table
  else if (opcode === 0x1c)
    body.skip(body.number()); // select with types
  else if (opcode === 0x43)
    body.skip(4); // f32.const
  else if (opcode === 0x44)
    body.skip(8); // f64.const
  else if (opcode === 0xfc) skipBulk(body, body.number());
  else if (opcode === 0xfd) skipVector(body, body.number());
  else throw new Error(`opcode 0x${opcode.toString(16)} is not known to the test's reader`);
}

function skipNumbers(body: Bytes, count: number): void {
  for (let index = 0; index < count; index++) body.number();
}

/** §5.4.5 and §5.4.6: saturating conversions, bulk memory, tables. */
function skipBulk(body: Bytes, opcode: number): void {
  const counts = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];
  const count = counts[opcode];
  if (count === undefined) throw new Error(`opcode 0xfc ${opcode} is not known to the test's reader`);
  skipNumbers(body, count);
}

/** §5.4.8: vectors. */
function skipVector(body: Bytes, opcode: number): void {
  if (opcode > 0x113) throw new Error(`opcode 0xfd ${opcode} is not known to the test's reader`);
  const isLane = opcode >= 84 && opcode <= 91;
  if (opcode <= 11 || isLane || opcode === 92 || opcode === 93) skipNumbers(body, 2);
  if (opcode === 12 || opcode === 13) body.skip(16);
  if ((opcode >= 21 && opcode <= 34) || isLane) body.skip(1);
}
