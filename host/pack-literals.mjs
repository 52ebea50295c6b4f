// Makes a release module smaller: AssemblyScript keeps a text literal in 16 bits a character, after a header of 20 bytes, and as
// a data segment or two of its own. Here they all become one strip in eight bits, which assembly/base/literal.ts lays out again
// when the module starts. Read first: WebAssembly core specification §5.5 (binary format of sections, data segments).

import { readFileSync, writeFileSync } from "node:fs";

const DATA_SECTION = 11;
const DATA_COUNT_SECTION = 12;
const I32_CONST = 0x41;
const END = 0x0b;
/** Size of the block, two words of a collector, kind of object, size in bytes. */
const HEADER_SIZE = 20;
const STRING_KIND = 2;
/** What a data segment costs beside its bytes, nearly. */
const SEGMENT_COST = 7;

/** Sections of a module as `{ id, start, end }`, `start` after the header. */
function sections(bytes) {
  const found = [];
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at];
    const [length, start] = readLeb(bytes, at + 1);
    found.push({ id, start, end: start + length });
    at = start + length;
  }
  return found;
}

function readLeb(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

/** Unsigned; a signed one of a positive value needs bit 6 of its last byte clear. */
function leb(value, isSigned = false) {
  const bytes = [];
  while (value > (isSigned ? 63 : 127)) {
    bytes.push((value & 127) | 128);
    value >>>= 7;
  }
  return [...bytes, value];
}

/** Memory as the active segments of a data section make it. */
function imageOf(bytes, { start }) {
  const segments = [];
  let [count, at] = readLeb(bytes, start);
  for (; count > 0; count--) {
    if (bytes[at] !== 0 || bytes[at + 1] !== I32_CONST)
      throw new Error("pack-literals: a data segment that is not active");
    const [address, afterAddress] = readLeb(bytes, at + 2);
    const [length, from] = readLeb(bytes, afterAddress + 1);
    segments.push({ address, content: bytes.subarray(from, from + length) });
    at = from + length;
  }
  const image = Buffer.alloc(Math.max(...segments.map(({ address, content }) => address + content.length)) + 16);
  for (const { address, content } of segments) image.set(content, address);
  return image;
}

/** Address and text of the literals that a byte a character can hold. */
function literalsOf(image) {
  const found = [];
  for (let at = 32; at < image.length; at += 16) {
    const [block, collector, again, kind, size] = [20, 16, 12, 8, 4].map((before) => image.readUInt32LE(at - before));
    // The block's size is that of header and text, rounded up to what keeps the next one aligned.
    const isString = kind === STRING_KIND && collector === 0 && again === 0 && block === ((size + 16 + 19) & ~15) - 4;
    if (!isString || size === 0 || size > 510 || at + size > image.length) continue;
    const text = image.toString("utf16le", at, at + size);
    if (/^[\0-\xff]*$/.test(text)) found.push({ at, text });
  }
  return found;
}

function stripOf(literals) {
  const strip = [];
  let block = 0;
  for (const { at, text } of literals) {
    for (; at / 16 - block > 255; block += 255) strip.push(255, 0);
    strip.push(at / 16 - block, text.length, ...Buffer.from(text, "latin1"));
    block = at / 16;
  }
  return Buffer.from([...strip, 0]);
}

/** The fewest segments that pay: what stands apart by less than a segment costs stays together. */
function segmentsOf(image) {
  const segments = [];
  for (let at = 0; at < image.length; at++) {
    if (image[at] === 0) continue;
    const last = segments.at(-1);
    if (last && at - last.end < SEGMENT_COST) last.end = at + 1;
    else segments.push({ start: at, end: at + 1 });
  }
  return segments;
}

export function packLiterals(path) {
  const bytes = readFileSync(path);
  const all = sections(bytes);
  const data = all.find(({ id }) => id === DATA_SECTION);
  const image = imageOf(bytes, data);
  const literals = literalsOf(image);
  const strip = stripOf(literals);

  const { literalStrip, literalStripEnd } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  if (strip.length > literalStripEnd.value - literalStrip.value)
    throw new Error(
      `pack-literals: ${strip.length} bytes of literals in ${path}, more than STRIP_SIZE of base/literal.ts`,
    );

  for (const { at, text } of literals) image.fill(0, at - HEADER_SIZE, at + 2 * text.length);
  image.set(strip, literalStrip.value);
  const segments = segmentsOf(image);
  const content = Buffer.concat([
    Buffer.from(leb(segments.length)),
    ...segments.flatMap(({ start, end }) => [
      Buffer.from([0, I32_CONST, ...leb(start, true), END, ...leb(end - start)]),
      image.subarray(start, end),
    ]),
  ]);
  const replaced = { [DATA_SECTION]: content, [DATA_COUNT_SECTION]: leb(segments.length) };
  const packed = all.flatMap(({ id, start, end }) => {
    const body = Buffer.from(replaced[id] ?? bytes.subarray(start, end));
    return [Buffer.from([id, ...leb(body.length)]), body];
  });
  writeFileSync(path, Buffer.concat([bytes.subarray(0, 8), ...packed]));
}
