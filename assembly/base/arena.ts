// Big tables are laid out once, at set-up, above the static data. Nothing is ever given back: this is not a heap.

let top: usize = 0;

/** What scans may load past the end of a table: sip/characters.ts. */
const OVERREAD: usize = 16;

/** `lengthBytes` zeroed bytes, 16-aligned. Only entry files call it, only while the module sets itself up. */
export function reserve(lengthBytes: i32): usize {
  if (top == 0) top = (__heap_base + 15) & ~15;
  const at = top;
  top += (<usize>lengthBytes + 15) & ~15;
  assert(top + OVERREAD <= <usize>memory.size() << 16, "limits.ts asks for more than initialMemory of asconfig.json holds");
  return at;
}

/** Bytes of memory that nothing has claimed. */
export function spareBytes(): i32 { return <i32>((<usize>memory.size() << 16) - top); }
