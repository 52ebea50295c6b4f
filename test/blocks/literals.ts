// Literals of every kind that host/pack-literals.mjs meets.

import { equals, writeText } from "../../assembly/base/literal";

export { panicLine } from "../../assembly/abi/panic";
export { literalStrip, literalStripEnd } from "../../assembly/base/literal";

const text: usize = memory.data(1024, 16);

export function textPointer(): usize { return text; }

/** Writes literal `index`, 0 to 6, as the core would, and returns its length. */
export function writeLiteral(index: i32): i32 {
  switch (index) {
    case 0: return write("a");
    case 1: return write("INVITE");
    case 2: return write("");
    case 3: return write("two\r\nlines, \0 and é");
    case 4: return write("Ωmega");
    case 5: return write("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
  }
  return write("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxy");
}

/** More than a step of the strip reaches. */
export function gapPointer(): usize { return memory.data(40000, 16); }

export function isBehindGap(length: i32): bool { return equals(text, length, "behind the gap"); }

function write(literal: string): i32 { return <i32>(writeText(text, literal) - text); }
