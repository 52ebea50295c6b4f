// The second copy of a file that people may edit. `<file>.copy` holds the same text, and a last line with its SHA-256; the file itself
// has no such line, so that an editor may change it. A file that can be used counts, whoever wrote it; one that cannot, or has gone,
// is put aside and gets the text of its copy, if that is whole.

import { createHash } from "node:crypto";
import { basename } from "node:path";
import { type FileSystem, isMissing, replaceFile } from "./save.ts";

const SUM = "# SHA-256 of the lines above: ";

export interface Found {
  /** Undefined when there is neither file nor copy. */
  readonly text: string | undefined;
  /** What somebody should know of it. */
  readonly notes: readonly string[];
}

const copyOf = (path: string): string => `${path}.copy`;

const sumLine = (text: string): string => `${SUM}${createHash("sha256").update(text).digest("hex")}\n`;

const withLineEnd = (text: string): string => (text === "" || text.endsWith("\n") ? text : `${text}\n`);

/** Replaces the copy, whole or not at all. */
export function writeCopy(files: FileSystem, path: string, text: string): Promise<void> {
  const whole = withLineEnd(text);
  return replaceFile(files, copyOf(path), whole + sumLine(whole));
}

/** `problemOf`: why a text cannot be used, if so. Throws what the file system says of a file that is there and has no copy. */
export async function readFileOrCopy(
  files: FileSystem,
  path: string,
  problemOf: (text: string) => string | undefined,
): Promise<Found> {
  const copy = await readCopy(files, path);
  const name = basename(path);
  let text: string | undefined;
  let problem: string | undefined;
  try {
    text = await files.readFile(path);
    problem = problemOf(text);
  } catch (error) {
    if (copy.text === undefined && !isMissing(error)) throw error;
    problem = (error as Error).message;
  }
  if (text !== undefined && (problem === undefined || copy.text === undefined)) {
    const isSame = withLineEnd(text) === copy.text;
    const notes = isSame ? [] : await renewedCopy(files, path, text, problem);
    return { text, notes: copy.isDamaged ? [`${name}.copy was damaged and is written anew`, ...notes] : notes };
  }
  if (copy.text === undefined) return { text: undefined, notes: [] };
  const aside = text === undefined ? "" : `; what it held is in ${name}.damaged`;
  try {
    if (text !== undefined) await replaceFile(files, `${path}.damaged`, text);
    await replaceFile(files, path, copy.text);
    return { text: copy.text, notes: [`${name} could not be used and holds its copy again (${problem})${aside}`] };
  } catch (error) {
    return {
      text: copy.text,
      notes: [`${name} cannot be used, its copy is (${problem}); it could not be mended: ${(error as Error).message}`],
    };
  }
}

/** A text that cannot be used gets no copy. */
async function renewedCopy(
  files: FileSystem,
  path: string,
  text: string,
  problem: string | undefined,
): Promise<string[]> {
  if (problem !== undefined) return [];
  try {
    await writeCopy(files, path, text);
    return [];
  } catch (error) {
    return [`${basename(path)} has no copy: ${(error as Error).message}`];
  }
}

async function readCopy(files: FileSystem, path: string): Promise<{ text: string | undefined; isDamaged: boolean }> {
  let all: string;
  try {
    all = await files.readFile(copyOf(path));
  } catch (error) {
    return { text: undefined, isDamaged: !isMissing(error) };
  }
  const at = all.lastIndexOf(SUM);
  const text = all.slice(0, Math.max(at, 0));
  return at >= 0 && all.slice(at) === sumLine(text) ? { text, isDamaged: false } : { text: undefined, isDamaged: true };
}
