// What is read aloud: the words that every Debian system has lying about, licences and manuals, in many languages.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const LICENCES = "/usr/share/common-licenses";
const MANUALS = "/usr/share/man";
/** Characters: enough for an hour and a half of one language, in every voice another part of it. */
const ENOUGH = 120_000;

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
    })
    .sort();
}

/** The words of a manual, without its orders to the typesetter. */
function plain(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes)
    .toString("utf8")
    .replace(/^\.\\".*$/gm, "")
    .replace(/^\.\w+ ?/gm, "")
    .replace(/\\f.|\\-|\\&|\\\(../g, " ")
    .replace(/[<>{}|=_*#~^`"]+/g, " ")
    .replace(/\s+/g, " ");
}

function read(paths: readonly string[]): string {
  let text = "";
  for (const path of paths) {
    if (text.length > ENOUGH) break;
    text += `${plain(path)}\n`;
  }
  return text;
}

const texts = new Map<string, string>();

/** A text of `length` characters; another one for another `number`. In English where there is none in that language. */
export function textIn(language: string, number: number, length: number): string {
  const own = /^[a-z]+/.exec(language)![0];
  let text = texts.get(own);
  if (text === undefined) {
    const manuals = own === "en" ? [] : filesBelow(join(MANUALS, own));
    text = read(manuals);
    if (text.length < length) text = read([...filesBelow(LICENCES), ...filesBelow(join(MANUALS, "man7"))]);
    texts.set(own, text);
  }
  if (text.length === 0) throw new Error(`${LICENCES} and ${MANUALS} hold no text`);
  const from = (number * length) % Math.max(text.length - length, 1);
  return text.slice(from, from + length);
}
