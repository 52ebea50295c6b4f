// Builds what the JSON Schemas imply: a module that holds them, and the TypeScript types of a configuration and a board.
// `schemas.mjs` has no source file: the build makes it beside the compiled host, and rollup gets it from the plugin below.
//
// Run by hand after a change of a schema: `node host/config/generate.mjs` rewrites types.ts and board-types.ts.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const readSchema = (path) => JSON.parse(readFileSync(resolve(here, path), "utf8"));
const paths = {
  config: resolve(here, "config.schema.json"),
  board: resolve(here, "../../boards/board.schema.json"),
  header: resolve(here, "../../boards/header.schema.json"),
  card: resolve(here, "../../boards/slic/card.schema.json"),
};

/** The text of `schemas.mjs`: an ES module that imports nothing. */
function schemasCode() {
  const exports = Object.entries(paths).map(
    ([name, path]) => `export const ${name}Schema = ${JSON.stringify(readSchema(path))};\n`,
  );
  return `// Made by host/config/generate.mjs from the JSON Schemas.\n${exports.join("")}`;
}

/** Writes the module. For the compiled tests: `build/js/host/config/schemas.mjs`. */
export function generateSchemas(outFile) {
  mkdirSync(dirname(outFile), { recursive: true });
  writeFileSync(outFile, schemasCode());
}

/** Rollup plugin: answers the import of `./schemas.mjs`. */
export function schemasPlugin() {
  const id = resolve(here, "schemas.mjs");
  return {
    name: "config-schemas",
    resolveId: (source, importer) =>
      importer !== undefined && source.startsWith(".") && resolve(dirname(importer), source) === id ? id : null,
    load(source) {
      if (source !== id) return null;
      for (const path of Object.values(paths)) this.addWatchFile(path);
      return schemasCode();
    },
  };
}

/** The texts of types.ts and board-types.ts. Every key with a default, or one that is derived from others, is there after a check. */
export function typesCode() {
  const MADE = "Made by generate.mjs from the JSON Schemas; change those.";
  const [config, ...board] = Object.values(paths);
  return {
    "types.ts": [
      `// What a checked configuration holds. ${MADE}`,
      'export type * from "./board-types.ts";',
      interfacesOf([config]),
    ].join("\n\n"),
    "board-types.ts": [`// What a checked board, header and card hold. ${MADE}`, interfacesOf(board)].join("\n\n"),
  };
}

function interfacesOf(paths) {
  const interfaces = [];
  for (const path of paths) addInterface(interfaces, "", readSchema(path));
  return `${interfaces.join("\n\n")}\n`;
}

function addInterface(interfaces, fallbackName, schema) {
  const name = schema.title ?? fallbackName;
  const properties = Object.entries(schema.properties);
  const drivers = properties.some(([, property]) => "x-driver" in property) ? schema.properties.driver.enum : [];
  const at = interfaces.push("") - 1;
  if (drivers.length === 0) {
    interfaces[at] = interfaceText(interfaces, name, schema, properties);
    return name;
  }
  const each = drivers.map((driver) => {
    const own = properties.filter(([, property]) => (property["x-driver"] ?? driver) === driver);
    return interfaceText(interfaces, `${capital(driver)}${name}`, schema, own, driver);
  });
  const union = drivers.map((driver) => `${capital(driver)}${name}`).join(" | ");
  interfaces[at] = [...each, `export type ${name} = ${union};`].join("\n\n");
  return name;
}

/** With `driver`, the shape that the schema has for that one: its own keys are there. */
function interfaceText(interfaces, name, schema, properties, driver) {
  const lines = properties.flatMap(([key, property]) => {
    const isOwn = "x-driver" in property && property["x-optional"] !== true;
    const always = isOwn || "default" in property || "x-derived" in property || schema.required?.includes(key);
    const isDriver = key === "driver" && driver !== undefined;
    const type = isDriver ? `"${driver}"` : typeText(interfaces, `${capital(key)}Config`, property);
    return [`  /** ${sentence(property)} */`, `  readonly ${key}${always ? "" : "?"}: ${type};`];
  });
  return [`/** ${sentence(schema)} */`, `export interface ${name} {`, ...lines, "}"].join("\n");
}

/** A list longer than this is a string to the compiler; the validator knows it all the same. */
const MOST_NAMED = 12;

function typeText(interfaces, fallbackName, schema) {
  if (schema.enum !== undefined && schema.enum.length > MOST_NAMED) return schema.type;
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "object") return addInterface(interfaces, fallbackName, schema);
  if (schema.type === "array") {
    const item = typeText(interfaces, fallbackName, schema.items);
    return item.includes("|") ? `readonly (${item})[]` : `readonly ${item}[]`;
  }
  return schema.type === "integer" ? "number" : schema.type;
}

function sentence(schema) {
  const text = capital(schema.description).replace(/\.$/, "");
  const unit = schema["x-unit"] === undefined ? "" : ` In ${schema["x-unit"]}.`;
  const derived = schema["x-derived"] === undefined ? "" : ` Without it: ${schema["x-derived"]}.`;
  return `${text}.${unit}${derived}`;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [file, text] of Object.entries(typesCode())) writeFileSync(resolve(here, file), text);
