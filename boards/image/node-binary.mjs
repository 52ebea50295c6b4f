// Node's binary, made small: an ELF file for arm64 (see the System V ABI, "Object Files") with ICU's data in it (ICU's ucmndata.h).

import { ImageError } from "./run.mjs";

/** The same program without its symbols and debug sections, a fifth of the file, and with ICU's data in English alone. */
export function smallNode(file) {
  const bytes = Buffer.from(file);
  keepEnglish(bytes);
  return withoutSections(bytes);
}

/** Ends the file where what a process maps ends. */
function withoutSections(bytes) {
  const count = bytes.readUInt16LE(0x38);
  const size = bytes.readUInt16LE(0x36);
  let end = 0;
  for (let index = 0; index < count; index++) {
    const at = Number(bytes.readBigUInt64LE(0x20)) + index * size;
    end = Math.max(end, Number(bytes.readBigUInt64LE(at + 8) + bytes.readBigUInt64LE(at + 32)));
  }
  bytes.writeBigUInt64LE(0n, 0x28); // no section table
  bytes.fill(0, 0x3a, 0x40);
  return bytes.subarray(0, end);
}

/** What is of use to no English program: other languages, converters of other character sets, dictionaries, transliterations. */
const USELESS = [
  /^(?:\w+\/)?(?!en[._])[a-z]{2,3}(?:_\w+)?\.res$/,
  /^en_(?!US|001)\w+\.res$/,
  /\.(?:cnv|dict)$/,
  /^translit\//,
];

const MAGIC = 0x27da;

/**
 * Overwrites useless items of ICU's data with zeros, which compress to nothing. An item without its header is for ICU one that is not
 * there: it falls back as for a language that it never knew.
 */
function keepEnglish(bytes) {
  const start = bytes.indexOf("CmnD") - 12; // of the header: its size, the magic, …, the format
  if (start < 0 || bytes.readUInt16LE(start + 2) !== MAGIC)
    throw new ImageError("this Node holds no ICU data as expected");
  const table = start + bytes.readUInt16LE(start);
  const count = bytes.readUInt32LE(table);
  for (let index = 0; index + 1 < count; index++) {
    const entry = table + 4 + index * 8;
    const nameAt = table + bytes.readUInt32LE(entry);
    const name = bytes.toString("latin1", nameAt, bytes.indexOf(0, nameAt)).replace(/^icudt\d+l\//, "");
    if (!USELESS.some((pattern) => pattern.test(name))) continue;
    bytes.fill(0, table + bytes.readUInt32LE(entry + 4), table + bytes.readUInt32LE(entry + 12));
  }
}
