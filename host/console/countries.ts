// Countries as people write them: the code of ISO 3166 or the English name, which the JavaScript engine knows.

import { configSchema } from "../config/schemas.mjs";
import { CommandError } from "./command.ts";
import { TABLE_COLUMNS } from "./table.ts";

const schema = configSchema.properties!.system!.properties!.country!;
export const COUNTRY_CODES: readonly string[] = schema.enum!.map(String);
export const DEFAULT_COUNTRY = String(schema.default);
const ALIASES: Readonly<Record<string, string>> = schema["x-alias"] ?? {};
const names = new Intl.DisplayNames(["en"], { type: "region" });
const LIST_COLUMNS = 3;

/** In ASCII: `Turkiye`. */
export const countryName = (code: string): string => (names.of(code) ?? code).normalize("NFD").replace(/[^ -~]/g, "");

const plain = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/[^A-Za-z]/g, "")
    .toLowerCase();

/** `de`, `Germany` and `germ` are DE. Throws a CommandError that names what it could have been. */
export function countryCode(typed: string): string {
  const code = typed.toUpperCase();
  if (COUNTRY_CODES.includes(code)) return code;
  const alias = ALIASES[code];
  if (alias !== undefined) return alias;
  const wanted = plain(typed);
  const begun = COUNTRY_CODES.filter((each) => wanted !== "" && plain(countryName(each)).startsWith(wanted));
  const exact = begun.find((each) => plain(countryName(each)) === wanted);
  if (exact !== undefined) return exact;
  if (begun.length === 1) return begun[0]!;
  if (begun.length > 1) throw new CommandError(`"${typed}" could be ${begun.map(countryName).join(", ")}`);
  throw new CommandError(`"${typed}" is no country that is known here; allowed: ${COUNTRY_CODES.join(" ")}`);
}

/** All of them, in columns read downwards. */
export function countryList(): string {
  const all = COUNTRY_CODES.map((code) => `${code} ${countryName(code)}`);
  const rows = Math.ceil(all.length / LIST_COLUMNS);
  const width = Math.floor(TABLE_COLUMNS / LIST_COLUMNS);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: LIST_COLUMNS }, (_, column) =>
      (all[column * rows + row] ?? "").slice(0, width - 1).padEnd(width),
    )
      .join("")
      .trimEnd(),
  ).join("\n");
}
